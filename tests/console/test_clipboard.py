"""Copying: exactly these bytes go to the terminal, through tmux and GNU screen too, and nothing breaks out of them."""

from __future__ import annotations

import re
import shlex
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from monitor.console.clipboard import MOST, copy, sequence
from monitor.console.pixel_address import command
from tests.console.hostile import CORPUS
from tests.console.pseudo import Terminal, terminal
from tests.console.test_detail_pages import notices, opened
from tests.console.test_monitor import Stage, stage
from tests.insight.pixel_cases import a_pixel
from tests.make import a_final_call

UUID = "0192f817-6fdc-4711-bbbb-cccccccccccc"
CURL = "curl --globoff --silent --show-error --output /dev/null --write-out '%{http_code}\\n' "


@pytest.mark.parametrize(
    ("environ", "sent"),
    [
        ({}, "\x1b]52;c;QUJD\x07"),
        ({"TERM": "xterm-256color"}, "\x1b]52;c;QUJD\x07"),
        ({"TMUX": "/tmp/t,1,0", "TERM": "screen-256color"}, "\x1bPtmux;\x1b\x1b]52;c;QUJD\x07\x1b\\"),  # noqa: S108  # not used
        ({"STY": "1.pts"}, "\x1bP\x1b]52;c;QUJD\x07\x1b\\"),
        ({"TERM": "screen.xterm"}, "\x1bP\x1b]52;c;QUJD\x07\x1b\\"),
    ],
)
def test_the_bytes_are_exactly_these(environ: dict[str, str], sent: str) -> None:
    assert sequence("QUJD", environ) == sent


def test_screen_gets_strings_that_it_does_not_cut() -> None:
    encoded = b64encode(b"x" * 1000).decode()
    strings = re.fullmatch(r"(?:\x1bP[^\\]{1,76}\x1b\\)+", sequence(encoded, {"STY": "1"}))
    assert strings is not None
    assert "".join(re.findall(r"\x1bP(.*?)\x1b\\", strings[0], re.DOTALL)) == f"\x1b]52;c;{encoded}\x07"


WRAPS = {
    "plain": ({}, rb"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07"),
    "tmux": ({"TMUX": "/run/t,1,0"}, rb"\x1bPtmux;\x1b\x1b\]52;c;([A-Za-z0-9+/=]*)\x07\x1b\\"),
    "screen": ({"STY": "1.pts"}, rb"\x1bP\x1b\]52;c;([A-Za-z0-9+/=]*)\x07\x1b\\"),
}


@pytest.mark.parametrize("under", WRAPS)
def test_a_terminal_gets_the_uuid_and_nothing_else(tmp_path: Path, under: str) -> None:
    environ, pattern = WRAPS[under]
    with terminal(tmp_path, "--demo", environ={"TMUX": "", "STY": "", **environ}, size=(160, 45)) as child:
        child.until(r"● live")
        child.type("\x1b[B\r")  # not on the first row, which is whatever call is the newest
        shown = child.until(r"uuid [0-9a-f-]{36}")
        before = len(child.bytes)
        child.type("Y")
        child.until(r"copied: the call's uuid")
        child.type("q")
        assert child.wait() == 0
        sent = copied(child, before, pattern)
    assert sent in shown
    assert re.fullmatch(r"[0-9a-f-]{36}", sent)


def copied(child: Terminal, since: int, pattern: bytes) -> str:
    """Return what was sent as the clipboard's, which must have been sent once, and in this way."""
    written = child.bytes[since:]
    assert written.count(b"]52;") == 1
    found = re.search(pattern, written)
    assert found is not None
    return b64decode(found[1]).decode()


@contextmanager
def written(on: Stage) -> Iterator[list[str]]:
    """What the application writes to its terminal itself; a pilot's terminal shows nothing of it."""
    data: list[str] = []
    driver = on.app._driver
    assert driver is not None
    driver.write = data.append  # type: ignore[method-assign, assignment]  # a pilot's writes nothing
    yield data


async def sent_by(words: str) -> tuple[list[str], str]:
    """Return what is sent to the terminal when `words` are copied, and what is said of it."""
    async with stage() as on:
        with written(on) as sent:
            copy(on.app, "that", words)
        await on.pilot.pause()
        return sent, notices(on)


async def test_what_is_too_long_is_not_copied_by_halves() -> None:
    most = MOST // 4 * 3
    for words in ("x" * most, "ü" * (most // 2)):
        sent, said = await sent_by(words)
        assert b64decode(sent[0].partition(";c;")[2][:-1]).decode() == words
        assert f"({most:,} bytes)" in said
        sent, said = await sent_by(f"{words}xyz")
        assert sent == []
        assert f"is too long to copy: {MOST + 2:,} of at most 74,994 bytes; nothing was copied" in said


@pytest.mark.parametrize("attack", [*CORPUS, "\u202e" * 40_000])
async def test_only_printable_text_goes_in(attack: str) -> None:
    sent, _ = await sent_by(attack)
    for each in sent:
        assert re.fullmatch(r"\x1b\]52;c;[A-Za-z0-9+/=]*\x07", each)
        assert b64decode(each.partition(";c;")[2][:-1]).decode().isprintable()


@pytest.mark.parametrize("under", WRAPS)
async def test_under_tmux_it_is_told_what_may_be_in_the_way(under: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TMUX", "STY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in WRAPS[under][0].items():
        monkeypatch.setenv(name, value)
    _, said = await sent_by("words")
    assert "copied: that (5 bytes)" in said
    assert ("set -g allow-passthrough on" in said) is (under == "tmux")


# The command


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("https://h.example/p?caller=%2B1301&d=5", "'https://h.example/p?caller=REDACTED&d=REDACTED'"),
        ("http://h.example", "http://h.example"),
        ("https://h.example/?", "https://h.example/"),
        ("https://h.example/?a=&flag&b=[call_uuid]", "'https://h.example/?a=&REDACTED&b=REDACTED'"),
        ("https://h.example/[1-9]/[x]/p;key=k1?q=1#f=2", "'https://h.example/[1-9]/[x]/p;key=REDACTED?q=REDACTED'"),
        ("https://h.example/$(id)'&a?x=';rm%20-rf", "'https://h.example/$(id)'\"'\"'&a?x=REDACTED'"),
    ],
)
def test_the_command_asks_for_the_address_without_its_values(url: str, asked: str) -> None:
    assert command(url) == CURL + asked
    *words, last = shlex.split(command(url))
    assert words == shlex.split(CURL)
    assert last.startswith(("http://", "https://"))


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "no http"),
        ("javascript:alert(1)", "no http"),
        ("-o/etc/passwd", "no http"),
        ("file:///etc/passwd", "no http"),
        ("gopher://x.example/", "no http"),
        ("https://user:pw@h.example/", "user info"),
        ("https://h.example/{a,b}", "do not consist of"),
        ("https://h.example/\n-K/tmp/x", "do not consist of"),
        ("https://h.example/\x1b]52;c;x\x07", "do not consist of"),
        ("https://h.example/" + "x" * 2030 + "…", "cut"),
        ("https://[1-9].example/", "do not consist of"),
        *((f"https://{attack}/?a={attack}", ".") for attack in CORPUS),
    ],
)
def test_what_is_not_plainly_an_address_of_the_web_makes_no_command(url: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        command(url)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://h.example/p?caller=13015550042", "copied: the command, its values left out"),
        ("javascript:alert(1)", "nothing was copied: it is no http or https address"),
    ],
)
async def test_values_are_left_out_of_the_command_even_when_revealed(url: str, said: str) -> None:
    async with opened(a_final_call("x", pixels=(a_pixel(url),)), page="Pixel") as on:
        await on.press("r")
        with written(on) as sent:
            await on.press("y")
        assert said in notices(on)
        assert len(sent) == said.startswith("copied")
        for each in sent:
            assert "13015550042" not in b64decode(each.partition(";c;")[2][:-1]).decode()


async def test_the_uuid_is_copied_on_every_page_and_a_command_on_that_of_a_pixel_alone() -> None:
    async with opened(a_final_call(UUID, pixels=(a_pixel(),))) as on:
        for _ in range(4):
            await on.press("Y", "y", "tab")
        said = notices(on)
        assert said.count("copied: the call's uuid (36 bytes)") == 4
        assert said.count("copied: the command") == 1
        assert said.count("nothing was copied: open the page of a pixel first") == 3
