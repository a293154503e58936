"""The line in which a filter is typed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from textual.app import App, ComposeResult
from textual.content import Content
from textual.pilot import Pilot
from textual.widgets import Button, Input, Label

from monitor import paths
from monitor.console.widgets.filter_bar import FilterBar
from monitor.insight.filter import parse


class Tiny(App[None]):
    """A bar above something that has the keys otherwise."""

    CSS_PATH = [paths.styles_dir() / "filter.tcss"]  # noqa: RUF012  # Textual's name

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []

    def compose(self) -> ComposeResult:
        yield FilterBar()
        yield Button(Content("table"))

    def on_mount(self) -> None:
        self.query_one(Button).focus()

    def on_filter_bar_changed(self, event: FilterBar.Changed) -> None:
        self.told.append(str(event.filter))

    def on_filter_bar_left(self) -> None:
        self.told.append("left")
        self.query_one(Button).focus()


class Typing:
    """Somebody at the bar."""

    def __init__(self, app: Tiny, pilot: Pilot[None]) -> None:
        self.app, self.pilot = app, pilot
        self.bar = app.query_one(FilterBar)

    async def open(self) -> None:
        self.bar.open()
        await self.pilot.pause()

    async def type(self, text: str) -> list[str]:
        """Type `text`, and return what was told since the last time."""
        await self.pilot.press(*("space" if char == " " else char for char in text))
        return await self.told()

    async def press(self, *keys: str) -> list[str]:
        await self.pilot.press(*keys)
        return await self.told()

    async def told(self) -> list[str]:
        await self.pilot.pause()
        told, self.app.told = self.app.told, []
        return told

    def shown(self) -> bool:
        return bool(self.bar.display)

    @property
    def line(self) -> str:
        return "".join(segment.text for segment in self.app.screen._compositor.render_strips()[0])

    @property
    def underlined(self) -> str:
        """What of the line is underlined."""
        strip = self.app.screen._compositor.render_strips()[0]
        return "".join(segment.text for segment in strip if segment.style and segment.style.underline)

    @property
    def expected(self) -> str:
        return str(self.bar.query_one("#expected", Label).content)


@asynccontextmanager
async def typing(width: int = 80) -> AsyncIterator[Typing]:
    app = Tiny()
    async with app.run_test(size=(width, 8), notifications=True, tooltips=True) as pilot:
        yield Typing(app, pilot)


async def test_every_text_that_says_something_else_is_in_force_at_once() -> None:
    async with typing() as on:
        assert not on.shown()
        await on.open()
        assert on.shown()
        assert await on.type("ab") == ["a", "ab"]
        assert await on.type(" c") == ["ab c"], "a blank says nothing"
        assert await on.press("backspace") == ["ab"]
        assert on.bar.filter == parse("ab")


async def test_a_mistake_is_underlined_and_the_last_good_filter_stays_in_force() -> None:
    async with typing() as on:
        await on.open()
        on.bar.put("campaign:solar")
        assert await on.told() == ["campaign:solar"]
        assert (on.underlined, on.expected) == ("", "")
        on.bar.put("campaign:solar revenue>x talk<9")
        assert await on.told() == []
        assert on.bar.filter == parse("campaign:solar")
        assert on.underlined == "x"
        assert on.expected == "expected a number such as 5 or 2.50"
        assert on.line.rstrip().endswith(on.expected), "on the same line, to the right"
        on.bar.put("campaign:solar revenue>5")
        assert await on.told() == ["campaign:solar revenue>5"]
        assert (on.underlined, on.expected) == ("", "")


async def test_what_is_missing_at_the_end_is_shown_where_it_is_missing() -> None:
    async with typing() as on:
        await on.open()
        on.bar.put("revenue> ")
        await on.told()
        assert on.underlined == ">"


async def test_enter_keeps_the_filter_and_gives_the_keys_back() -> None:
    async with typing() as on:
        await on.open()
        await on.type("ab")
        assert await on.press("enter") == ["left"]
        assert on.shown()
        assert on.bar.filter == parse("ab")
        await on.open()
        assert await on.type("c") == ["abc"], "the next time it goes on behind it"


async def test_escape_clears_the_filter_and_gives_the_keys_back() -> None:
    async with typing() as on:
        await on.open()
        await on.type("ab")
        assert sorted(await on.press("escape")) == ["", "left"]
        assert on.bar.filter == parse("")
        assert not on.shown()


async def test_nobody_leaves_a_mistake_without_a_word() -> None:
    async with typing() as on:
        await on.open()
        on.bar.put("state:liv x")
        await on.told()
        assert await on.press("enter") == []
        assert on.bar.query_one(Input).has_focus
        assert await on.type("e") == ["state:live x"], "the cursor stands where the mistake is"
        assert await on.press("enter") == ["left"]


async def test_the_bar_is_hidden_while_it_is_blank_and_nobody_types() -> None:
    async with typing() as on:
        await on.open()
        assert await on.press("enter") == ["left"]
        assert not on.shown()
        on.bar.put("solar")
        assert await on.told() == ["solar"]
        assert on.shown(), "a filter from elsewhere shows"
        assert not on.bar.query_one(Input).has_focus
        on.bar.put("")
        assert await on.told() == [""]
        assert not on.shown()


async def test_a_key_typed_into_the_filter_does_nothing_else() -> None:
    async with typing() as on:
        await on.open()
        assert (await on.type("q?:[b]"))[-1:] == ["q?"], "what follows is no field"
        assert on.expected.startswith("expected a field")
        assert on.app.is_running


async def test_no_more_is_typed_than_a_filter_may_hold_and_a_narrow_screen_shows_both() -> None:
    async with typing(width=60) as on:
        await on.open()
        await on.type("x")
        on.bar.put("state:l")
        await on.told()
        assert "state:l" in on.line
        assert "expected one of: live" in on.line
        on.bar.put("x" * 1000)
        assert await on.told() == ["x" * 1000]
        assert await on.type("y") == []
        assert on.expected == ""
