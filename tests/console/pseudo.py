"""The program on a pseudo-terminal, as a terminal sees it: every byte it writes, and how it ends."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from fcntl import ioctl
from pathlib import Path

import pyte

DEFAULT_ON = {"7", "25"}
"""Private modes that a terminal has on to begin with: line wrap, and the cursor."""
COOKED = termios.ECHO | termios.ICANON | termios.ISIG | termios.IEXTEN
"""What a shell expects of its terminal, and a screen switches off."""


class Terminal:
    """A child on a pseudo-terminal, its bytes fed to a terminal emulator."""

    def __init__(self, pid: int, file: int, columns: int, lines: int) -> None:
        self.pid = pid
        self.bytes = b""
        self.screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self.screen)
        self._file = file

    def read(self, seconds: float) -> bool:
        """Take in what the child wrote within `seconds`; return whether there was anything."""
        ready, _, _ = select.select([self._file], [], [], seconds)
        if not ready:
            return False
        try:
            data = os.read(self._file, 65536)
        except OSError:
            return False
        self.bytes += data
        self._stream.feed(data)
        return bool(data)

    def settle(self, seconds: float) -> None:
        """Take in what the child writes, until it has written nothing for so many seconds."""
        while self.read(seconds):
            pass

    def until(self, pattern: str, seconds: float = 20) -> str:
        """Return the screen as soon as `pattern` stands on it."""
        deadline = time.monotonic() + seconds
        while not re.search(pattern, text := "\n".join(self.screen.display)):
            assert time.monotonic() < deadline, f"{pattern!r} never came:\n{text}"
            self.read(0.2)
        return text

    def type(self, keys: str | bytes) -> None:
        os.write(self._file, keys.encode() if isinstance(keys, str) else keys)

    def resize(self, columns: int, lines: int) -> None:
        """Change the size, as a terminal does whose window is drawn larger."""
        ioctl(self._file, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.screen.resize(max(1, lines), max(1, columns))

    def hang_up(self) -> None:
        """Close the terminal under the program."""
        os.close(self._file)
        self._file = -1

    def wait(self, seconds: float = 10, *, reading: bool = True) -> int:
        """Return the exit code of the child. Without `reading` nobody takes what it writes until it has ended."""
        status = self._state(seconds, 0, reading=reading)
        if self._file >= 0:
            self.settle(0.05)
        return os.waitstatus_to_exitcode(status)

    def wait_stopped(self, seconds: float = 10) -> None:
        """Wait until the child is stopped (state T)."""
        assert os.WIFSTOPPED(self._state(seconds, os.WUNTRACED, reading=True))
        self.settle(0.05)

    def _state(self, seconds: float, options: int, *, reading: bool) -> int:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if reading and self._file >= 0:
                self.read(0.02)
            else:
                time.sleep(0.02)
            pid, status = os.waitpid(self.pid, os.WNOHANG | options)
            if pid:
                return status
        raise AssertionError("the program did not end:\n" + "\n".join(self.screen.display))

    def left_on(self) -> set[str]:
        """Return what the program switched and not back again: private modes by number, kitty's keys, a raw line."""
        state: dict[str, bool] = {}
        for modes, switch in re.findall(rb"\x1b\[\?([\d;]+)([hl])", self.bytes):
            state |= dict.fromkeys(modes.decode().split(";"), switch == b"h")
        left = {mode for mode, on in state.items() if on != (mode in DEFAULT_ON)}
        if len(re.findall(rb"\x1b\[>\d+u", self.bytes)) > self.bytes.count(b"\x1b[<u"):
            left.add("kitty")
        if termios.tcgetattr(self._file)[3] & COOKED != COOKED:
            left.add("raw")
        return left

    def close(self) -> None:
        """End the child, if it has not ended, and the terminal."""
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        if self._file >= 0:
            os.close(self._file)


@contextmanager
def terminal(
    tmp_path: Path,
    *arguments: str,
    program: Sequence[str] = ("-m", "monitor"),
    environ: dict[str, str] | None = None,
    size: tuple[int, int] = (80, 24),
) -> Iterator[Terminal]:
    columns, lines = size
    pid, file = pty.fork()
    if pid == 0:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("RETREAVER_", "CALLMON_"))}
        own = {"CALLMON_DATA_DIR": str(tmp_path), "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        own |= {"SSH_TTY": "a remote machine: no test opens a browser", **(environ or {})}
        os.execve(sys.executable, [sys.executable, *program, *arguments], {**kept, **own})
    ioctl(file, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    child = Terminal(pid, file, columns, lines)
    try:
        yield child
    finally:
        child.close()
