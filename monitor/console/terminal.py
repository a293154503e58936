"""The terminal, entered and left: whatever ends the program, nothing stays switched on and nothing hangs.

Textual leaves by its own event loop. That loop stands still while a terminal does not read what is written to it,
and the end of a terminal is nothing it hears of. So signals and hang-ups are heard by a thread of their own here:
it asks the screen to leave, and when that does not come about in time, it ends the process itself.
"""

from __future__ import annotations

import asyncio
import codecs
import os
import select
import signal
import sys
import termios
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, ClassVar

from textual.app import App
from textual.drivers import linux_driver
from textual.drivers._writer_thread import WriterThread
from textual.drivers.linux_driver import LinuxDriver

from monitor.errors import ExitCode

LEAVE_WITHIN = 2.2
"""Seconds from a signal, or from the end of the screen, in which the process is gone."""
_SCREEN_LEAVES_WITHIN = 1.0
"""Seconds after which a screen that was asked to leave counts as stuck."""
_WRITES_WITHIN = 0.3
"""Seconds that a terminal is given to take the last words."""
_PIECES = 10
"""Times that a terminal's buffer is emptied, to make room for one frame of the largest screen."""
_LEAVING = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)
_BY_ITSELF = 0
"""What the thread reads instead of a signal's number when the screen has ended without one."""

_SWITCHED_ON_LATE = "\x1b[?1016l\x1b[?2048l"
"""Mouse positions in pixels, and sizes told in band: Textual 8.2.8 switches them on when the terminal answers that it
knows them, which may be after it has switched off everything else. The first of them it never switches off."""

RESTORE = (
    b"\x18"  # cancels a sequence that was cut off
    b"\x1b[?2026l"  # synchronized output
    b"\x1b[?1016l\x1b[?1015l\x1b[?1006l\x1b[?1003l\x1b[?1002l\x1b[?1000l"  # the mouse
    b"\x1b[?1004l\x1b[?2004l\x1b[?2048l"  # focus, bracketed paste, sizes in band
    b"\x1b[<u"  # kitty's keyboard protocol; kept per screen, so before the next
    b"\x1b[?7h\x1b[0m\x1b[?1049l\x1b[?25h"  # line wrap, plain looks, the first screen, its cursor
)
"""Switches off whatever Textual may have switched on."""


def _lenient_decoder(encoding: str) -> Callable[[], codecs.IncrementalDecoder]:
    """Return what makes decoders to which no byte is an error: keys of a terminal that is not set to UTF-8."""
    return partial(codecs.getincrementaldecoder(encoding), "replace")


linux_driver.getincrementaldecoder = _lenient_decoder  # type: ignore[attr-defined, assignment]  # Textual's would end its thread


class Driver(LinuxDriver):
    """Textual's driver, less what it leaves on, and with job control that is safe at any moment.

    Textual stops and goes on from within the signal handler, which can interrupt a write that holds a lock; here both
    wait for the event loop. A stop that nobody could foresee (SIGSTOP) is made good when the program goes on.
    """

    on_screen: ClassVar[bool] = False
    """Whether the terminal is the application's now. A process has one terminal, so this is kept once."""
    leaving: ClassVar[bool] = False
    """Whether the process is about to end: then the terminal is not taken any more."""
    _switched_off = False
    """Whether all is written that gives the terminal back."""

    def start_application_mode(self) -> None:
        """Take the terminal, unless another job has it."""
        Driver.on_screen = True
        self._switched_off = False
        super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual's has no annotations
        Driver.on_screen = self._writer_thread is not None and self._writer_thread.is_alive()

    def stop_application_mode(self) -> None:
        """Give the terminal back, if it was taken. Touching another job's terminal would stop this process."""
        if Driver.on_screen:
            super().stop_application_mode()
            self.write(_SWITCHED_ON_LATE)
            self._switched_off = True
        else:
            self.disable_input()

    def disable_input(self) -> None:
        """End reading, if it has not ended."""
        if self._key_thread is not None and self._key_thread.is_alive():
            super().disable_input()

    def close(self) -> None:
        """Write what is left to be written."""
        if Driver.on_screen:
            super().close()
            Driver.on_screen = not self._switched_off

    def write(self, data: str) -> None:
        """Write `data`, as long as the terminal is the application's."""
        if Driver.on_screen:
            super().write(data)

    def _sigtstp_application(self, *_: Any) -> None:
        self._loop.call_soon_threadsafe(super()._sigtstp_application)

    def _sigcont_application(self, *_: Any) -> None:
        self._loop.call_soon_threadsafe(self._go_on)

    def _go_on(self) -> None:
        if Driver.leaving:
            return
        if Driver.on_screen:
            self.suspend_application_mode()
        super()._sigcont_application()


def run(app: App[int], *, stop: Callable[[], None], continued: Callable[[], None]) -> int:
    """Run `app` on the terminal and return the exit code; by then the terminal is as it was.

    `stop` ends what works beside the screen. It is called when the screen has ended, and also when the screen is stuck
    and a signal asks to leave: then from another thread, perhaps a second time. `continued` is called (from a thread)
    when the process goes on after it was stopped. From the end of the screen the process has LEAVE_WITHIN seconds.
    """
    watch = _Watch(app, stop, continued)
    watch.begin()
    code = int(ExitCode.FAILURE)
    try:
        try:
            code = asyncio.run(watch.main())
        finally:
            code = watch.screen_has_ended(code)
            if Driver.on_screen:
                watch.give_back()
    finally:
        stop()
    return code


class _Watch:
    """Hears signals and the end of the terminal, in a thread that nothing of the screen can block."""

    def __init__(self, app: App[int], stop: Callable[[], None], continued: Callable[[], None]) -> None:
        self._app = app
        self._stop = stop
        self._continued = continued
        self._loop: asyncio.AbstractEventLoop | None = None
        self._code: int | None = None
        self._ended = threading.Event()
        self._in, self._out = sys.__stdin__.fileno(), sys.__stderr__.fileno()  # type: ignore[union-attr]  # checked to be a terminal
        self._ear, self._mouth = os.pipe()
        self._attributes = termios.tcgetattr(self._in)

    def begin(self) -> None:
        """Listen from now on, until the process ends. SIGHUP is heard even where `nohup` had it ignored."""
        os.set_blocking(self._mouth, False)
        signal.set_wakeup_fd(self._mouth, warn_on_full_buffer=False)
        for number in _LEAVING:
            signal.signal(number, self._note)
        threading.Thread(target=self._listen, name="signals", daemon=True).start()

    async def main(self) -> int:
        """Run the application and return its exit code."""
        self._loop = asyncio.get_running_loop()
        result = await self._app.run_async()
        return result if result is not None else self._app.return_code or 0

    def screen_has_ended(self, code: int) -> int:
        """Give the rest of the program its time to end. Return the exit code: a signal's, else `code`."""
        decided = self._decide(code)
        self._ended.set()
        with suppress(OSError):
            os.write(self._mouth, bytes([_BY_ITSELF]))
        return decided

    def give_back(self) -> None:
        """Make the terminal what it was before. Waits for one that takes nothing; does nothing to one that is gone."""
        with suppress(OSError, termios.error):
            termios.tcsetattr(self._in, termios.TCSANOW, self._attributes)
            termios.tcflush(self._out, termios.TCOFLUSH)
            os.write(self._out, RESTORE)
        Driver.on_screen = False

    def _note(self, number: int, _frame: object) -> None:
        """Note a signal in the main thread. What is to be done about it is done by the one that listens."""
        self._decide(128 + number)

    def _decide(self, code: int) -> int:
        """Leave with `code`, unless it is decided already; return what is decided."""
        Driver.leaving = True
        if self._code is None:
            self._code = code
        return self._code

    def _listen(self) -> None:
        waiting = select.poll()
        waiting.register(self._ear, select.POLLIN)
        waiting.register(self._in, 0)  # its hang-up is told unasked
        while True:
            for file, event in waiting.poll():
                if file == self._ear:
                    for number in os.read(self._ear, 64):
                        self._hear(number)
                elif event & select.POLLHUP:
                    Driver.on_screen = False  # there is none; what writes to it could wait for ever
                    self._leave(128 + signal.SIGHUP)
                else:
                    waiting.unregister(self._in)

    def _hear(self, number: int) -> None:
        if number in _LEAVING:
            self._leave(128 + number)
        elif number == _BY_ITSELF:
            self._leave(int(ExitCode.OK))
        elif number == signal.SIGCONT:
            self._continued()

    def _leave(self, code: int) -> None:
        """Ask the screen to leave, and see to it that the process ends. Does not return."""
        deadline = time.monotonic() + LEAVE_WITHIN
        code = self._decide(code)
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop is closed: the screen has just ended
                self._loop.call_soon_threadsafe(self._app.exit, code)
        if not self._ended.wait(_SCREEN_LEAVES_WITHIN):
            self._attempt(self._stop, deadline - time.monotonic())
        time.sleep(max(0.0, deadline - time.monotonic()))
        if Driver.on_screen:
            self._attempt(self._take_back, _WRITES_WITHIN)
            self._attempt(self.give_back, _WRITES_WITHIN)
        os._exit(code)

    def _take_back(self) -> None:
        """Discard what waits to be written: a write that waits keeps all others out, for as long as it waits."""
        for writer in threading.enumerate():
            if isinstance(writer, WriterThread) and writer.ident is not None:
                with writer._queue.mutex:
                    writer._queue.queue.clear()
                for _ in range(_PIECES):
                    termios.tcflush(self._out, termios.TCOFLUSH)
                    signal.pthread_kill(writer.ident, signal.SIGTERM)  # wakes it, and is heard by nobody any more
                    time.sleep(0.01)

    @staticmethod
    def _attempt(function: Callable[[], None], seconds: float) -> None:
        """Do what may hang; wait for it so many seconds at most."""
        with suppress(RuntimeError):  # no thread can be begun any more
            helper = threading.Thread(target=function, daemon=True)
            helper.start()
            helper.join(seconds)
