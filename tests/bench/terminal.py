"""A child on a pseudo-terminal: its bytes with the moments at which they came, its keys, its processor time."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fcntl import ioctl
from typing import Self

COLUMNS, LINES = 160, 45
DOWN, PAGE_DOWN, HOME = b"\x1b[B", b"\x1b[6~", b"\x1b[H"
QUIET = 0.004
"""Seconds without a byte after which a frame counts as complete."""
SETTLED = 0.045
"""Seconds without a byte after which nothing more is to come: more than two frames at 60 a second."""


@dataclass(frozen=True, slots=True)
class Reaction:
    """What the child wrote in answer to something.

    `first` is the moment at which the frame that came first was complete, `last` that of the last byte of all
    frames; None when nothing came. `size` counts all bytes.
    """

    first: float | None
    last: float | None
    size: int


class Terminal:
    """A child on a terminal of 160 × 45 cells that reads everything and answers no query.

    Times are those of `time.monotonic`, which all processes of a machine share.
    """

    def __init__(self, arguments: Sequence[str], environ: Mapping[str, str], passed: Sequence[int] = ()) -> None:
        self._file, side = pty.openpty()
        ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        self.began = time.monotonic()
        try:
            self._process = subprocess.Popen(
                [sys.executable, *arguments],
                stdin=side,
                stdout=side,
                stderr=side,
                env={**environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"},
                start_new_session=True,
                pass_fds=passed,
            )
        finally:
            os.close(side)
        self._tail = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """End the child: by its key, else by signal."""
        try:
            self.type(b"q")
            if not (self._ended(3) or self._end_by(signal.SIGTERM)):
                self._end_by(signal.SIGKILL)
        finally:
            os.close(self._file)

    def _end_by(self, number: signal.Signals) -> bool:
        with suppress(ProcessLookupError):
            self._process.send_signal(number)
        return self._ended(3)

    def _ended(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                return True
            self.read(0.02)
        return False

    def type(self, keys: bytes) -> float:
        """Press `keys`; return the moment."""
        moment = time.monotonic()
        with suppress(OSError):
            os.write(self._file, keys)
        return moment

    def read(self, seconds: float) -> bytes:
        """Return what comes within `seconds`, as soon as it comes."""
        ready, _, _ = select.select([self._file], [], [], max(0.0, seconds))
        if not ready:
            return b""
        try:
            return os.read(self._file, 1 << 16)
        except OSError:  # the other side is closed: the child is gone
            time.sleep(min(seconds, 0.01))
            return b""

    def until(self, pattern: bytes, seconds: float = 30) -> float:
        """Return the moment at which `pattern` (an expression within one frame) was painted."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            data = self.read(0.5)
            self._tail = (self._tail + data)[-(1 << 17) :]
            if data and re.search(pattern, self._tail):
                self._tail = b""
                return time.monotonic()
            if self._process.poll() is not None:
                break
        raise RuntimeError(f"{pattern!r} was not painted: {self._tail[-2000:]!r}")

    def reaction(self, seconds: float = 2.0) -> Reaction:
        """Return what is written until nothing more comes; give up waiting for the first byte after `seconds`."""
        first: float | None = None
        last: float | None = None
        size = 0
        while True:
            data = self.read(seconds if last is None else SETTLED)
            now = time.monotonic()
            if not data:
                break
            if first is None and last is not None and now - last > QUIET:
                first = last
            last = now
            size += len(data)
        return Reaction(first if first is not None else last, last, size)

    def settle(self, seconds: float = 10) -> None:
        """Read until the child is silent."""
        deadline = time.monotonic() + seconds
        while self.read(0.15) and time.monotonic() < deadline:
            pass

    def count(self, seconds: float) -> int:
        """Return how many bytes come in `seconds`."""
        deadline = time.monotonic() + seconds
        size = 0
        while (left := deadline - time.monotonic()) > 0:
            size += len(self.read(left))
        return size

    def processor(self) -> float:
        """Return the processor seconds that the child has used so far."""
        return processor_seconds(self._process.pid)


def processor_seconds(pid: int) -> float:
    """Return the processor seconds (user and system) of a process, to the nanosecond where the system tells them."""
    with suppress(OSError, AttributeError):
        return time.clock_gettime((~pid << 3) | 2)  # Linux: the number of the clock of another process
    told = subprocess.run(["ps", "-o", "time=", "-p", str(pid)], capture_output=True, text=True, check=True).stdout
    seconds = 0.0
    for part in told.strip().split(":"):
        seconds = seconds * 60 + float(part)
    return seconds
