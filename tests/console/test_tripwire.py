"""Whatever the account says, the terminal gets nothing but text and what Textual's own driver writes."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.console.hostile import MARK
from tests.console.pseudo import Terminal, terminal

MINIMAL = """
from textual.app import App
from textual.widgets import Input, Label, OptionList
class Minimal(App):
    def compose(self):
        yield Label("text")
        yield Input("more")
        yield OptionList("one", "two")
Minimal().run()
"""
OWN = {"CSI ?1016h", "CSI ?1016l", "CSI ?2048h", "CSI ?2048l", "CSI ?2026h", "CSI ?2026l", "OSC 22", "copied"}
"""What the driver writes as well, when the terminal answers or the pointer moves; what our driver switches off; and
what is copied by `y` and `Y`."""
SEQUENCE = re.compile(
    r"\x1b\[(?P<csi>[0-?]*)(?P<between>[ -/]*)(?P<final>[@-~])"
    r"|\x1b\](?P<osc>22;[a-z-]*)\x07"
    r"|\x1b\]52;c;(?P<copied>[A-Za-z0-9+/=]*)\x07"
    r"|(?P<odd>\x1b.?|[\x00-\x1f\x7f-\x9f])",
    re.DOTALL,
)


def sequences(written: bytes) -> Iterator[str]:
    """Yield every control sequence and control character by its kind: colours and places by their final letter."""
    for match in SEQUENCE.finditer(written.decode("utf-8")):
        if match["odd"]:
            yield repr(match["odd"])
        elif match["osc"]:
            yield "OSC 22"
        elif match["copied"] is not None:
            copied = b64decode(match["copied"] + "==").decode("utf-8", "replace")
            yield "copied" if COPIED.fullmatch(copied) else f"OSC 52 {copied!r}"
        else:
            plain = re.fullmatch(r"[\d;]*", match["csi"]) is not None and not match["between"]
            yield f"CSI {'' if plain else match['csi'] + match['between']}{match['final']}"


BELL = re.compile(rb"(?<=\x1b\[\?2026l)\x07(?=\x1b\[\?2026h)")
"""The bell for an incident rings between two frames; text stands within them."""
COPIED = re.compile(r"[0-9a-f-]{36}|curl --globoff [ -~]*")
"""What the tour copies: the uuid of a call, or a command."""

ASKED = (
    (rb"\x1b\[\?2026\$p", "\x1b[?2026;2$y"),
    (rb"\x1b\[\?2048\$p", "\x1b[?2048;2$y"),
    (rb"\x1b\[0?c|\xc2\x9bc", "\x1b[?62;22c"),
    (rb"\x1b\[6n", "\x1b[12;40R"),
    (rb"\x1b\[>q", "\x1bP>|q(1)\x1b\\"),
    (rb"\x1b\[21t", f"\x1b]l{MARK}\x1b\\"),
    (rb"\x1bP\$q", "\x1bP1$r0m\x1b\\"),
)
"""What a talkative terminal is asked, and answers: one that tells its title as well, which text may have set."""


class Talkative:
    """Answers what the program's output asks, once for each time it is asked."""

    def __init__(self, child: Terminal) -> None:
        self._child = child
        self._read = 0

    def settle(self, seconds: float = 0.05) -> None:
        self._child.settle(seconds)
        fresh, self._read = self._child.bytes[self._read :], len(self._child.bytes)
        for question, answer in ASKED:
            if times := len(re.findall(question, fresh)):
                self._child.type(answer * min(times, 5))
                self._child.settle(seconds)


@pytest.fixture(scope="module")
def driven(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """What Textual's driver writes of itself, when a minimal application is looked at, and left."""
    with terminal(tmp_path_factory.mktemp("minimal"), program=("-c", MINIMAL)) as child:
        child.until("text")
        for keys in ("x\t\x1b[B", "\x1b[<35;3;3M", "\x11"):
            child.type(keys)
            child.settle(0.2)
        child.wait()
    return {*sequences(child.bytes), *OWN}


TOUR = (
    *("", "\x1b[B", "\x1b[B\x1b[B", "\r", "R", "\t", "]", "[", "\x1b[6~", "y", "Y", "i", "\t\x1b[6~", "R"),
    *("\t\x1b[5~", "\x1b[6~", "\x1b[6~", "\t", "o", "r", "\x1b[B\r", "\x1b", "\x1b"),
    *(
        "2",
        "\r",
        "\x1b",
        "3",
        "\r",
        "\x1b[B",
        "\x1b",
        "6",
        "a",
        "M",
        "1",
        "c",
        "w",
        "c",
        "?",
        "\x1b[6~",
        "?",
        "s",
        "\x1b[B",
        "\x1b",
        "v",
        " ",
        "\r",
    ),
    *(":", "colum", "\x1b", " ", " ", "\x1b[<35;20;8M", "\x1b[<0;20;8M\x1b[<0;20;8m", "w", "r"),
)
"""Every screen: calls, a call in full, a pixel of it, how it was routed, its JSON, its addresses, buyers, pixels,
alerts, chart, help, pickers, palette, frozen. A command and a uuid are copied on the way."""


SCREENS = (
    "● live",
    "Timeline",
    "Pixel 1 of",
    r"how it routed|no call flow|is not documented|\d s +\? ",
    '": null',
    "open nothing",
    "IN PROGRESS",
    "WEBHOOK · HOST",
    "WEBHOOK +HOST",
    "c q close",
    "callmon · keys",
    "Sort by",
    "space ticks",
)
"""Words that stand on each of them, and on no other; on its left, where no notice of an incident covers them."""
AWAITED = {
    "\t": "Pixel 1 of",
    "\t\x1b[6~": SCREENS[3],
    "\t\x1b[5~": '": null',
    "o": "open nothing",
    "2": "IN PROGRESS",
    "3": "WEBHOOK · HOST",
    "6": "WEBHOOK +HOST",
    "c": "c q close",
    "?": "callmon · keys",
    "s": "Sort by",
    "v": "space ticks",
}
"""Keys whose screen takes a moment, the first time: it is imported then, or reads the answer on a call."""


def tour(folder: Path, size: tuple[int, int], *flaws: str) -> tuple[Terminal, str]:
    """Walk through all screens of the monitor on a hostile account, in a terminal that answers; return what it saw."""
    seen = ""
    with terminal(folder, program=("-m", "tests.console.hostile", *flaws), size=size) as child:
        talkative = Talkative(child)
        child.until(r"● live|refused the request")
        talkative.settle()
        for keys in (*TOUR, "\x1b"):
            child.type(keys)
            talkative.settle(0.15 if keys == "\x1b" else 0.05)  # an escape is one when nothing follows at once
            if keys in AWAITED and not re.search(AWAITED[keys], seen) and "refused" not in flaws:
                child.until(AWAITED[keys])
            seen += "\n".join(child.screen.display)
        child.type("q")
        assert child.wait() == 0
    return child, seen


WIDE, NARROW = (160, 45), (80, 24)


@pytest.mark.parametrize(
    ("size", "flaw"),
    [(WIDE, ()), (NARROW, ()), (WIDE, ("model",)), (NARROW, ("filter",)), (NARROW, ("refused",))],
    ids=["wide", "narrow", "wide, the models clean nothing", "narrow, the screen filters nothing", "a refused key"],
)
def test_nothing_but_text_reaches_the_terminal(
    tmp_path: Path, driven: set[str], size: tuple[int, int], flaw: tuple[str, ...]
) -> None:
    child, seen = tour(tmp_path, size, *flaw)
    written = set(sequences(BELL.sub(b"", child.bytes)))
    assert written - driven == set()
    assert ("copied" in written) is (flaw != ("refused",))
    assert (MARK.encode() in child.bytes) is (flaw != ("refused",))
    assert keys_noted(tmp_path) == keys_typed()
    assert flaw == ("refused",) or [words for words in SCREENS if not re.search(words, seen)] == []


def test_without_both_doors_the_wire_is_tripped_and_keys_are_pressed_by_nobody(
    tmp_path: Path, driven: set[str]
) -> None:
    """The test of the test."""
    with terminal(tmp_path, program=("-m", "tests.console.hostile", "model", "filter"), size=WIDE) as child:
        while MARK.encode() not in child.bytes:
            assert child.read(10)
        Talkative(child).settle(0.3)
    assert {"'\\x1b]'", "CSI c", "'\\x9b'"} <= set(sequences(child.bytes)) - driven
    assert keys_noted(tmp_path)


def keys_noted(folder: Path) -> list[str]:
    return (folder / "keys").read_text().splitlines()


NAMES = {
    "\x1b[B": "down", "\x1b[5~": "pageup", "\x1b[6~": "pagedown", "[": "left_square_bracket",
    "]": "right_square_bracket", "\r": "enter", "\t": "tab", "\x1b": "escape", " ": "space",
    "?": "question_mark", ":": "colon",
}  # fmt: skip


def keys_typed() -> list[str]:
    typed = "".join((*TOUR, "\x1b", "q"))
    found = re.findall(r"\x1b\[<[\d;]*[Mm]|\x1b\[B|\x1b\[[56]~|.", typed, re.DOTALL)
    return [NAMES.get(each, each) for each in found if not each.startswith("\x1b[<")]
