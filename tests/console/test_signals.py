"""However the program ends: the terminal is as it was, what works beside it was stopped, and nothing hangs.

Each case is one way in which a terminal, a signal or a machine behaves badly.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.console.pseudo import Terminal, terminal

SOON = 2.0
"""Seconds in which the program leaves by itself, on a machine that has other things to do; alone it takes a third."""
AT_WORST = 3.5
"""The same where something hangs, and the process has to be ended by force after 2.2 seconds."""
LIVE = r"● live"

PROGRAM = """
import os, signal, socket, sys, time
from pathlib import Path
from monitor import cli
from monitor.feed.collector import Collector
from monitor.console.screens.main import MainScreen
from monitor.console.terminal import Driver

notes = Path(os.environ["CALLMON_DATA_DIR"]) / "notes"
def noting(name):
    real = getattr(Collector, name)
    def noted(self, *given):
        with notes.open("a") as out:
            out.write(name + "\\n")
        return real(self, *given)
    setattr(Collector, name, noted)
noting("retry")
noting("stop")
{breaks}
sys.exit(cli.main({arguments}))
"""

Act = Callable[[Terminal], None]


def send(*numbers: int) -> Act:
    """Return what sends these signals, one right after the other."""

    def act(child: Terminal) -> None:
        for number in numbers:
            os.kill(child.pid, number)

    return act


def type_keys(keys: str) -> Act:
    return lambda child: child.type(keys)


def answer_modes(child: Terminal) -> None:
    """Answer as a terminal that knows sizes in band, upon which Textual asks for them, and for mouse pixels."""
    child.type("\x1b[?2048;2$y")
    while b"\x1b[?1016h" not in child.bytes:
        assert child.read(5)


def answer_and_quit(child: Terminal) -> None:
    answer_modes(child)
    child.type("q")


def answer_late(child: Terminal) -> None:
    child.type("q\x1b[?2048;2$y")


def hang_up(child: Terminal) -> None:
    child.hang_up()


def stop_then_terminate(child: Terminal) -> None:
    """What `kill %1` of a shell does to a job that is stopped."""
    os.kill(child.pid, signal.SIGTSTP)
    child.wait_stopped()
    send(signal.SIGTERM, signal.SIGCONT)(child)


def hang(child: Terminal) -> None:
    """Press the key that hangs, and see the clock of the screen stand still."""
    child.type("w")
    child.settle(1.5)


def stall(child: Terminal) -> None:
    """Have it write more than a terminal takes that nobody reads from."""
    for _ in range(150):
        child.type("21")
        time.sleep(0.01)


@dataclass(frozen=True)
class Case:
    act: Act
    code: int
    within: float = SOON
    breaks: str = ""
    """What goes wrong inside the program."""
    sees: str = LIVE
    first: Act | None = None
    """What happens before the end is asked for."""
    forced: bool = False
    """Whether the program cannot leave by itself."""
    reading: bool = True
    stops: bool = True
    """Whether what works beside the screen gets to hear of the end."""
    size: tuple[int, int] = (80, 24)
    network: bool = False


HANGING_NAMES = """
def hang(*given, **named):
    (notes.parent / "asked").touch()
    time.sleep(60)
socket.getaddrinfo = hang
"""
CASES = {
    "q": Case(type_keys("q"), 0),
    "ctrl+c": Case(type_keys("\x03"), 0),
    "q, with mouse pixels on": Case(answer_and_quit, 0),
    "q, and the terminal answers late": Case(answer_late, 0),
    "TERM": Case(send(signal.SIGTERM), 143),
    "HUP": Case(send(signal.SIGHUP), 129),
    "INT": Case(send(signal.SIGINT), 130),
    "QUIT": Case(send(signal.SIGQUIT), 131),
    "a volley of signals": Case(send(*[signal.SIGTERM] * 40), 143),
    "TERM before the first paint": Case(send(signal.SIGTERM), 143, sees="", stops=True),
    "TERM while stopped": Case(stop_then_terminate, 143),
    "terminal closed": Case(hang_up, 129),
    "terminal closed, under nohup": Case(hang_up, 129, breaks="signal.signal(signal.SIGHUP, signal.SIG_IGN)"),
    "terminal closed, and no signal comes": Case(
        hang_up, 129, breaks="signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGHUP])"
    ),
    "terminal takes nothing": Case(
        send(signal.SIGTERM), 143, AT_WORST, first=stall, forced=True, reading=False, size=(200, 60)
    ),
    "names are never resolved, TERM": Case(
        send(signal.SIGTERM), 143, AT_WORST, HANGING_NAMES, r"connecting", forced=True, network=True
    ),
    "names are never resolved, q": Case(
        type_keys("q"), 0, AT_WORST, HANGING_NAMES, r"connecting", forced=True, network=True
    ),
    "the store hangs": Case(
        send(signal.SIGTERM), 143, AT_WORST, "Collector.stop = lambda self: time.sleep(60)", forced=True, stops=False
    ),
    "the store hangs, q": Case(
        type_keys("q"), 0, AT_WORST, "Collector.stop = lambda self: time.sleep(60)", forced=True, stops=False
    ),
    "the screen hangs": Case(
        send(signal.SIGTERM),
        143,
        AT_WORST,
        "MainScreen.action_window = lambda self: time.sleep(60)",
        first=hang,
        forced=True,
    ),
    "the disk is full": Case(
        send(signal.SIGTERM), 143, breaks='(notes.parent / "callmon.log").symlink_to("/dev/full")'
    ),
    "a crash": Case(type_keys("w"), 1, breaks="MainScreen.action_window = lambda self: 1 / 0"),
    "a crash while leaving": Case(type_keys("q"), 1, breaks="Driver.stop_application_mode = lambda self: 1 / 0"),
}


def program(breaks: str, arguments: list[str]) -> tuple[str, str]:
    return ("-c", PROGRAM.format(breaks=breaks, arguments=arguments))


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_it_leaves_and_leaves_nothing_on(tmp_path: Path, case: Case) -> None:
    arguments = ["--interval", "60"] if case.network else ["--demo"]
    environ = {"RETREAVER_BASE_URL": "https://nowhere.invalid", "RETREAVER_API_KEY": "k"} if case.network else {}
    with terminal(tmp_path, program=program(case.breaks, arguments), environ=environ, size=case.size) as child:
        if case.sees:
            child.until(case.sees)
        else:
            while b"\x1b[?1049h" not in child.bytes:
                assert child.read(10)
        while case.network and not (tmp_path / "asked").exists():
            assert child.read(10)
        if case.first is not None:
            case.first(child)
        began = time.monotonic()
        case.act(child)
        code = child.wait(reading=case.reading)
        took = time.monotonic() - began
        assert code == case.code
        assert took < case.within
        assert (took > 2) is case.forced
        if case.act is not hang_up:
            assert child.left_on() == set()
        assert b"Traceback" not in child.bytes.rpartition(b"\x1b[?1049l")[2] or case.code == 1
    if case.stops:
        assert "stop" in (tmp_path / "notes").read_text().split()


@pytest.mark.parametrize("number", [signal.SIGTSTP, signal.SIGSTOP], ids=["TSTP", "STOP"])
def test_a_stopped_program_goes_on_where_it_was_and_polls_at_once(tmp_path: Path, number: signal.Signals) -> None:
    with terminal(tmp_path, "--interval", "60", program=program("", ["--demo", "--interval", "60"])) as child:
        child.until(LIVE)
        os.kill(child.pid, number)
        child.wait_stopped()
        assert (child.left_on() == set()) is (number == signal.SIGTSTP)  # nobody hears of SIGSTOP
        child.bytes = b""
        child.screen.reset()
        os.kill(child.pid, signal.SIGCONT)
        child.until(LIVE)
        assert child.bytes.count(b"\x1b[?1049h") == 1
        assert (tmp_path / "notes").read_text().split() == ["retry"]
        child.type("?")
        child.until("callmon · keys")  # one thread reads the keys, not two
        child.type("?q")
        assert child.wait() == 0
        assert child.left_on() == set()


SIZES = [(1, 1), (0, 0), (500, 200), (2, 1), (1, 60), (300, 2), (139, 15), (140, 16), (80, 24)]


def test_a_storm_of_sizes_is_outlived_on_every_screen(tmp_path: Path) -> None:
    draw = random.Random(7)  # noqa: S311  # sizes, not secrets
    sizes = [*SIZES, *((draw.randrange(260), draw.randrange(80)) for _ in range(200 - len(SIZES)))]
    screens = ["", "\r", "\x1b", "2", "1", "c", "\x1b", "?", "\x1b", "s", "\x1b", "v", "\x1b", ":", "\x1b"]
    with terminal(tmp_path, "--demo") as child:
        child.until(LIVE)
        for place, (columns, lines) in enumerate(sizes):
            child.resize(columns, lines)
            if place % 10 == 0:
                child.type(screens[place // 10 % len(screens)])
            child.settle(0.01)
        for _ in range(3):
            child.type("\x1b")
            child.settle(0.3)
        child.screen.reset()
        child.resize(80, 24)
        child.until(LIVE)
        child.type("q")
        assert child.wait() == 0
        assert child.left_on() == set()


@pytest.mark.parametrize("stream", ["input", "output", "error output"])
def test_without_a_terminal_it_says_so_and_ends(tmp_path: Path, stream: str) -> None:
    """`nohup callmon` takes its input from nowhere and writes to a file."""
    redirected = {"input": "0", "output": "1", "error output": "2"}[stream]
    told = tmp_path / "told"
    redirects = f"import os; os.dup2(os.open('/dev/null', os.O_RDWR), {redirected})"
    if stream == "error output":
        redirects = f"import os; os.dup2(os.open({str(told)!r}, os.O_CREAT | os.O_WRONLY), 2)"
    with terminal(tmp_path, program=("-c", f"{redirects}; {PROGRAM.format(breaks='', arguments=['--demo'])}")) as child:
        assert child.wait() == 2
        words = child.bytes.decode() + (told.read_text() if told.exists() else "")
        assert f"needs a terminal, and its {stream} is none" in words
        assert "once --json" in words
        assert b"\x1b" not in child.bytes
