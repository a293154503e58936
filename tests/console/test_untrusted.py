"""What the account says is text to every widget: never markup, never something to click on."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import textual.content
import textual.markup
from rich.segment import Segment
from rich.text import Text
from textual.color import Color
from textual.content import Content
from textual.widgets import Label

from monitor.console.app import CallmonApp
from monitor.console.untrusted import ControlFilter
from monitor.feed.once import read_once
from monitor.model.batch import Batch
from monitor.model.health import Outcome
from tests.console import throwing
from tests.console.hostile import CORPUS, MARK, HostileAccount
from tests.console.test_monitor import Stage, stage
from tests.make import NOON, healthy


@pytest.fixture(scope="module")
def hostile() -> Batch:
    """Everything a hostile account says, as the models understand it."""

    async def read() -> Batch:
        from monitor import cli

        start = cli.wall()
        async with HostileAccount(start, refused=False).open_api() as api:
            return (await read_once(api, start - timedelta(hours=2), start)).batch

    return asyncio.run(read())


@pytest.fixture(autouse=True)
def _markup_is_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail whenever the account's words are read as markup, by Textual or by Rich."""

    monkeypatch.setenv("SSH_TTY", "a remote machine: no test opens a browser")

    def watched(real: Callable[..., Any]) -> Callable[..., Any]:
        def parse(markup: str, *given: Any, **named: Any) -> Any:
            assert MARK not in markup, f"read as markup: {markup!r}"
            return real(markup, *given, **named)

        return parse

    monkeypatch.setattr(textual.markup, "to_content", watched(textual.markup.to_content))
    monkeypatch.setattr(textual.markup, "_to_content", watched(textual.markup._to_content))
    monkeypatch.setattr(Text, "from_markup", watched(Text.from_markup))
    monkeypatch.setattr("rich.markup.render", watched(__import__("rich.markup").markup.render))


async def test_the_watch_sees_a_str_in_a_widget() -> None:
    """The test of the test."""
    with pytest.raises(AssertionError, match="read as markup"):
        Label(f"[b]{MARK}[/b]").visual  # noqa: B018  # the property does the parsing
    Label(Content(f"[b]{MARK}")).visual  # noqa: B018


ROUNDS: list[list[str]] = [
    [],
    ["enter"],
    ["enter", "tab"],
    ["enter", "tab", "R", "right_square_bracket", "y", "Y", "i"],
    ["enter", "tab", "tab", "R"],
    ["enter", "shift+tab", "R"],
    ["enter", "o"],
    ["2"],
    ["2", "enter"],
    ["c"],
    ["question_mark"],
    ["s"],
    ["v"],
    ["colon"],
    ["space"],
]


@pytest.mark.parametrize("width", [160, 80])
async def test_no_screen_reads_it_as_markup_and_no_click_on_it_does_anything(hostile: Batch, width: int) -> None:
    async with stage(width, 30) as on:
        done: list[str] = []
        on.app.action_pwned = lambda: done.append("pwned")  # type: ignore[attr-defined]  # what the markup asks for
        on.source.mailbox.put(hostile)
        on.source.say(health=healthy(NOON, outcome=Outcome.NETWORK, message=CORPUS[12], hint=CORPUS[13]))
        await on.pilot.pause()
        for keys in ROUNDS:
            await on.press(*keys)
            for x, y in itertools.product(range(2, width, 37), range(0, 28, 2)):
                throwing.click(on.app, x, y)
            await on.pilot.pause()
            await back_to_the_table(on)
        assert done == []
        assert on.app.is_running
        assert MARK in "".join(str(row) for row in on.main.calls.view.rows.values())


async def back_to_the_table(on: Stage) -> None:
    for _ in range(6):
        await on.press("escape")
    while on.app.screen is not on.main:
        on.app.pop_screen()
        await on.pilot.pause()
    await on.press("1")


async def test_an_error_that_quotes_the_account_is_text() -> None:
    async with stage() as on:
        health = healthy(NOON, outcome=Outcome.AUTH, message=CORPUS[12], hint=CORPUS[13], next_at=None)
        await on.say(health=health)
        assert on.main.query_one("#notice").display


@pytest.mark.parametrize("attack", [*CORPUS, *map(chr, (*range(32), *range(0x7F, 0xA0)))])
def test_the_second_door_lets_no_control_character_through(attack: str) -> None:
    passed = ControlFilter().apply([Segment("a"), Segment(attack), Segment("b")], Color(0, 0, 0))
    text = "".join(segment.text for segment in passed)
    assert text[0] + text[-1] == "ab"
    assert not any(ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0 for char in text)


@pytest.mark.parametrize("back", [timedelta(days=1), timedelta(minutes=5), timedelta(days=-3)])
async def test_a_clock_that_jumps_breaks_nothing_and_no_age_is_negative(hostile: Batch, back: timedelta) -> None:
    """The machine slept, or its clock was set: in the midst of everything."""
    async with stage(160) as on:
        on.source.mailbox.put(hostile)
        await on.say()
        for keys in (["space"], ["enter"], ["2"], ["c"]):
            await on.press(*keys)
            on.now -= back
            on.app._tick()
            await on.pilot.pause()
            shown = "\n".join(
                str(segment.text) for line in on.app.screen._compositor.render_strips() for segment in line
            )
            assert re.search(r"[-−]\d+(:\d\d| (s|min|h|d|y)\b)", shown) is None
            on.now += back
        assert on.app.is_running


def test_the_application_filters_whatever_the_theme() -> None:
    from tests.console.scene import scene

    app: CallmonApp = scene(theme="ansi-dark")
    assert any(isinstance(each, ControlFilter) for each in app.get_line_filters())
