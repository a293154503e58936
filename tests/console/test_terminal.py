"""The program in a real terminal: what it paints, and how it leaves."""

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
import pytest

SWITCHES = {"1049": "alternate screen", "1000": "mouse", "1003": "all mouse", "1006": "mouse as SGR", "2004": "paste"}


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

    def until(self, pattern: str, seconds: float = 20) -> str:
        """Return the screen as soon as `pattern` stands on it."""
        deadline = time.monotonic() + seconds
        while not re.search(pattern, text := "\n".join(self.screen.display)):
            assert time.monotonic() < deadline, f"{pattern!r} never came:\n{text}"
            self.read(0.2)
        return text

    def type(self, keys: str) -> None:
        os.write(self._file, keys.encode())

    def wait(self, seconds: float = 10) -> int:
        """Return the exit code of the child."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.read(0.05)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                while self.read(0.05):
                    pass
                return os.waitstatus_to_exitcode(status)
        raise AssertionError("the program did not end")

    def left_on(self) -> set[str]:
        """Return what the program switched on and not off again."""
        state: dict[str, bool] = {}
        for modes, switch in re.findall(rb"\x1b\[\?([\d;]+)([hl])", self.bytes):
            state |= dict.fromkeys(modes.decode().split(";"), switch == b"h")
        return {SWITCHES[mode] for mode, on in state.items() if on and mode in SWITCHES}


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
        own = {"CALLMON_DATA_DIR": str(tmp_path), "TERM": "xterm-256color", "COLORTERM": "truecolor", **(environ or {})}
        os.execve(sys.executable, [sys.executable, *program, *arguments], {**kept, **own})
    ioctl(file, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    child = Terminal(pid, file, columns, lines)
    try:
        yield child
    finally:
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        os.close(file)


def test_the_demo_lives_and_q_leaves_the_terminal_as_it_was(tmp_path: Path) -> None:
    with terminal(tmp_path, "--demo") as child:
        text = child.until(r"● live .*\n[\s\S]*◔ ringing|● talking")
        assert "Example Co · 2" in child.until(r"Example Co · 2")
        assert "DEMO" in text
        child.until(r"● talking +\d")
        child.type("q")
        assert child.wait() == 0
        assert child.left_on() == set()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)])
def test_signals_leave_the_terminal_as_it_was(tmp_path: Path, number: signal.Signals, code: int) -> None:
    with terminal(tmp_path, "--demo") as child:
        child.until(r"● live")
        os.kill(child.pid, number)
        assert child.wait() == code
        assert child.left_on() == set()


def test_an_unreachable_account_is_told_on_the_screen(tmp_path: Path) -> None:
    nowhere = {"RETREAVER_BASE_URL": "http://127.0.0.1:9", "RETREAVER_API_KEY": "canary-key"}
    with terminal(tmp_path, environ=nowhere, size=(120, 24)) as child:
        child.until(r"offline, retry in")
        child.type("q")
        assert child.wait() == 0
        assert b"canary" not in child.bytes
    assert "canary" not in (tmp_path / "callmon.log").read_text()


def test_the_log_and_its_folder_are_for_this_user_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with terminal(folder, "--demo") as child:
        child.until(r"● live")
        child.type("q")
        child.wait()
    assert oct(folder.stat().st_mode)[-3:] == "700"
    assert oct((folder / "callmon.log").stat().st_mode)[-3:] == "600"


CRASHES = """
import sys
from monitor import cli
from monitor.console.screens.main import MainScreen

def tick(self):
    key = "canary-" + "value"
    raise RuntimeError("it fails")

MainScreen.action_window = tick
sys.exit(cli.main(["--demo"]))
"""


def test_a_crash_prints_one_line_and_no_values(tmp_path: Path) -> None:
    with terminal(tmp_path, program=("-c", CRASHES)) as child:
        child.until(r"● live")
        child.type("w")
        assert child.wait() == 1
        assert child.left_on() == set()
        assert "internal error (RuntimeError)" in child.until("internal error")
        assert b"canary-value" not in child.bytes
    logged = (tmp_path / "callmon.log").read_text()
    assert "RuntimeError: it fails" in logged
    assert "canary-value" not in logged


HANGS = """
import sys, time
from monitor import cli
from monitor.feed.collector import Collector

Collector.stop = lambda self: time.sleep(60)
sys.exit(cli.main(["--demo"]))
"""


def test_a_signal_ends_the_program_even_when_something_hangs(tmp_path: Path) -> None:
    with terminal(tmp_path, program=("-c", HANGS)) as child:
        child.until(r"● live")
        os.kill(child.pid, signal.SIGTERM)
        assert child.wait(5) == 143
        assert child.left_on() == set()
