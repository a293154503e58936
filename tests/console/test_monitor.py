"""The monitor's screen, driven by keys and mouse."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from textual.pilot import Pilot

from monitor.console.app import CallmonApp
from monitor.console.screens.chart import ChartScreen
from monitor.console.screens.detail import DetailScreen
from monitor.console.screens.help import HelpScreen
from monitor.console.screens.main import MainScreen
from monitor.console.widgets.drawn import Lines
from monitor.ledger import HELD
from monitor.model.call import Call, FiredPixel
from monitor.model.health import Outcome
from tests.make import EXAMPLE_CO, NOON, ScriptedSource, a_call, a_final_call, a_target, at, healthy


class Stage:
    """The running application, with the means to tell it news and to read its screen."""

    def __init__(self, app: CallmonApp, source: ScriptedSource, pilot: Pilot[int]) -> None:
        self.app = app
        self.source = source
        self.pilot = pilot
        self.now = NOON

    async def say(self, *calls: Call, **news: Any) -> None:
        self.source.say(calls, **{"complete": True, "health": healthy(self.now), **news})
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def wait(self, seconds: float) -> None:
        """Let time pass on the screen's clock, and let it tick."""
        self.now += timedelta(seconds=seconds)
        self.app._tick()
        await self.pilot.pause()

    @property
    def main(self) -> MainScreen:
        return self.app.main

    @property
    def text(self) -> str:
        """What stands on the screen."""
        screen = self.app.screen
        width, height = screen.size
        return "\n".join(
            "".join(segment.text for segment in strip) for strip in screen._compositor.render_strips(screen.size)
        )[: (width + 1) * height]

    def line(self, name: str) -> str:
        """What stands in the one-line widget `name`."""
        return "".join(text for text, _ in self.main.query_one(f"#{name}", Lines).lines[0])

    def stale(self) -> bool:
        """Whether the calls have lost their colour."""
        return self.main.calls._stale

    def shown(self) -> list[str]:
        """The calls in sight, from the top."""
        return [line.key for line in self.main.calls._lines]


@asynccontextmanager
async def stage(width: int = 160, height: int = 45, held: int = HELD) -> AsyncIterator[Stage]:
    source = ScriptedSource()
    clock: Callable[[], datetime] = lambda: on.now if on else NOON  # noqa: E731  # the stage comes to be below
    on: Stage | None = None
    app = CallmonApp(source, clock=clock, since=at(-7200), held=held, zone=UTC)
    async with app.run_test(size=(width, height), notifications=True, tooltips=True) as pilot:
        on = Stage(app, source, pilot)
        await pilot.pause()
        yield on


def many(count: int, start: float = 0) -> list[Call]:
    return [a_final_call(f"{start:g}-{number:03}", start + number) for number in range(count)]


async def test_news_appears_newest_first_and_the_top_is_followed() -> None:
    async with stage() as on:
        assert on.source.started
        await on.say(*many(100))
        assert on.shown()[0] == "0-099"
        assert on.main.calls.following
        await on.say(a_call("newest", 200))
        assert on.shown()[0] == "newest"
        assert on.main.calls.cursor == "newest"
        assert "following" in on.line("caption")


async def test_off_the_top_nothing_moves_and_new_calls_are_counted() -> None:
    async with stage() as on:
        await on.say(*many(100))
        await on.press("down", "down", "down")
        assert on.main.calls.cursor == "0-096"
        before = on.shown()
        await on.say(*many(7, start=1000))
        assert on.shown() == before, "nothing moves under the cursor"
        assert on.main.calls.cursor == "0-096"
        assert "+7 new" in on.line("caption")
        await on.say(*many(5, start=-1000))
        assert "+7 new" in on.line("caption"), "history filled in below is not new"
        await on.press("full_stop")
        assert on.shown()[0] == "1000-006"
        assert "following" in on.line("caption")


async def test_the_cursor_stays_on_its_call_while_calls_below_arrive_and_sort_changes() -> None:
    async with stage() as on:
        await on.say(*many(100))
        await on.press("down", "down")
        cursor = on.main.calls.cursor
        await on.say(*many(20, start=-500))
        assert on.main.calls.cursor == cursor
        on.main.calls.sort_by("caller")
        assert on.main.calls.cursor == cursor
        assert cursor in on.shown()


async def test_a_frozen_view_holds_still_while_data_keeps_coming_in() -> None:
    async with stage() as on:
        await on.say(a_call("ringing", 0), *many(10, start=-900))
        await on.press("space")
        before = on.text
        frozen_rows = [line for line in before.splitlines() if "+1 301" in line]
        await on.say(a_final_call("ringing", 0), a_call("new", 20))
        await on.wait(42)
        assert [line for line in on.text.splitlines() if "+1 301" in line] == frozen_rows
        assert "FROZEN 42 · 2 changes waiting" in on.line("caption")
        assert on.app.ledger.calls["ringing"].ended, "the ledger goes on"
        await on.press("space")
        assert on.shown()[:2] == ["new", "ringing"]
        assert "✓ final" in on.text
        assert "FROZEN" not in on.line("caption")


async def test_live_calls_tick_every_second_without_a_request() -> None:
    async with stage() as on:
        await on.say(a_call("talking", -100, forwarded_time=at(-61)))
        assert "1:01" in on.text
        await on.wait(1)
        assert "1:02" in on.text


async def test_the_status_line_tells_the_age_and_old_figures_lose_their_colour() -> None:
    async with stage() as on:
        await on.say(*many(3), company=EXAMPLE_CO)
        assert "Example Co · 2" in on.line("status")
        assert "● live 0 s" in on.line("status")
        assert "every 5 s · 18 req/min" in on.line("status")
        await on.wait(14)
        assert "◐ late 14 s" in on.line("status")
        assert not on.stale()
        await on.wait(120)
        assert "○ stale 2 min" in on.line("status")
        assert on.stale()
        await on.say()
        assert not on.stale()


async def test_a_fault_is_told_and_takes_nothing_from_the_screen() -> None:
    async with stage() as on:
        await on.say(*many(3), targets=(a_target(),))
        await on.wait(6)
        trouble = healthy(NOON, outcome=Outcome.NETWORK, message="no answer within 30 s", next_at=at(14))
        await on.say(health=trouble)
        assert "✗ offline, retry in 8 s, data 6 s old" in on.line("status")
        assert "no answer within 30 s" in on.line("caption")
        assert len(on.shown()) == 3


async def test_a_refused_key_is_explained_over_the_full_width_until_r_is_pressed() -> None:
    async with stage() as on:
        refused = healthy(
            NOON, outcome=Outcome.AUTH, fresh_at=None, next_at=None, message="status 403", hint="Check it."
        )
        await on.say(health=refused)
        assert "The account refused the request" in on.text
        assert "Check it." in on.text
        await on.press("r")
        assert on.source.retries == 1
        await on.say(*many(2))
        await on.pilot.pause(0.1)
        assert "The account refused" not in on.text
        assert len(on.shown()) == 2


async def test_nothing_yet_is_told_as_such() -> None:
    async with stage() as on:
        assert "connecting to the account" in on.text
        await on.say(targets=(a_target(calls_in_progress=3),))
        assert "no calls since 10:00; listening" in on.text
        assert "3 in progress" in on.text


async def test_enter_opens_the_detail_beside_the_table_and_it_follows_the_cursor() -> None:
    async with stage() as on:
        await on.say(*many(5))
        await on.press("down", "enter")
        assert on.main.detail_open
        assert "── Timeline" in on.text
        assert "uuid 0-003" in on.text
        await on.press("down")
        assert "uuid 0-002" in on.text
        await on.pilot.pause(0.5)
        assert on.source.watched[-1] == "0-002", "the call looked at is read in full"
        await on.press("escape")
        assert "── Timeline" not in on.text
        assert on.source.watched[-1] is None


async def test_a_buyer_that_is_looked_at_is_read_often() -> None:
    async with stage() as on:
        await on.say(targets=(a_target(7), a_target(8)))
        await on.press("2", "enter")
        await on.pilot.pause(0.5)
        assert on.source.pinned[-1] in {7, 8}
        await on.press("escape")
        assert on.source.pinned[-1] is None


async def test_enter_opens_a_screen_of_its_own_when_narrow() -> None:
    async with stage(80, 24) as on:
        await on.say(*many(5))
        await on.press("enter")
        assert isinstance(on.app.screen, DetailScreen)
        assert "uuid 0-004" in on.text
        await on.press("escape")
        assert isinstance(on.app.screen, MainScreen)
        assert on.source.watched[-1] is None


async def test_the_detail_updates_live_and_explains_the_money() -> None:
    async with stage() as on:
        await on.say(a_call("x", -30))
        await on.press("enter")
        assert "not known yet" in on.text
        await on.say(a_final_call("x", -30))
        assert "revenue 5.00 − payout 2.00 = 3.00 before cost" in on.text
        assert "− cost 0.08 = 2.92 profit" in on.text


async def test_values_in_addresses_are_hidden_until_revealed() -> None:
    pixel = FiredPixel(
        "https://hooks.example/p?caller=%2B13015550042&call_key=s3cr3t", "fired", "CRM", 0, "b", at(1), at(1)
    )
    async with stage() as on:
        await on.say(a_final_call("x", pixels=(pixel,)), answers={"x": {"uuid": "x", "visitor": pixel.url}})
        await on.press("enter")
        assert "hooks.example" in on.text
        assert "%2B13015550042" not in on.text
        await on.press("R")
        assert "%2B13015550042" in on.text
        await on.press("R", "enter", "r")
        assert on.source.retries == 0, "within the detail r reveals"
        assert "%2B13015550042" in on.text
        await on.press("r", "shift+tab")
        assert '"uuid": "x"' in on.text
        assert "%2B13015550042" not in on.text


async def test_buyers_show_what_binds_them() -> None:
    async with stage() as on:
        await on.say(*many(3), targets=(a_target(7, calls_in_progress=5), a_target(8, paused=True)))
        await on.press("2")
        assert "5/5" in on.text
        assert "! full" in on.text
        assert "‖ paused" in on.text
        assert "3/3" in on.text, "answered calls of the feed"
        await on.press("enter")
        assert "headroom" in on.text
        await on.press("1")
        assert on.main.view == "calls"


async def test_any_column_can_be_sorted_by_dialog_and_by_click() -> None:
    async with stage() as on:
        await on.say(a_final_call("b", 0, caller="+13015550002"), a_final_call("a", 9, caller="+13015550001"))
        await on.press("s")
        for _ in range(6):
            await on.press("down")
        await on.press("enter")
        column = on.main.calls.sorted_by.id
        assert column != "start"
        caller = next(each for each in on.main.calls._placed if each.column.id == "caller")
        await on.pilot.click("#calls", offset=(caller.x + 2, 0))
        await on.pilot.pause()
        assert on.main.calls.sorted_by.id == "caller"
        assert on.shown() == ["a", "b"]
        await on.pilot.click("#calls", offset=(caller.x + 2, 0))
        await on.pilot.pause()
        assert on.shown() == ["b", "a"]


async def test_columns_can_be_chosen() -> None:
    async with stage() as on:
        await on.say(*many(3))
        assert "CAMPAIGN" in on.text
        await on.press("v")
        place = [column.id for column in on.main.calls.columns].index("campaign")
        await on.press(*["down"] * place, "space")
        assert "[ ] CAMPAIGN" in on.text
        assert "[x] CALLER" in on.text
        await on.press("enter")
        assert "CAMPAIGN" not in on.text
        assert "CALLER" in on.text
        await on.press("v", *["down"] * place, "space", "escape")
        assert "CAMPAIGN" not in on.text, "escape leaves the columns as they were"


async def test_the_window_of_the_figures_goes_round() -> None:
    async with stage() as on:
        await on.say(*many(3, start=-600), *many(4, start=-5000))
        titles = []
        for _ in range(3):
            titles.append(next(name for name in ("15 min", "since start", "1 h") if f"CALLS · {name}" in on.text))
            await on.press("w")
        assert sorted(titles) == ["1 h", "15 min", "since start"]


async def test_help_and_chart_open_and_close() -> None:
    async with stage(80, 24) as on:
        await on.say(*many(3))
        await on.press("question_mark")
        assert isinstance(on.app.screen, HelpScreen)
        assert "freeze the view" in on.text
        await on.press("escape", "c")
        assert isinstance(on.app.screen, ChartScreen)
        await on.press("escape")
        assert isinstance(on.app.screen, MainScreen)


async def test_the_mouse_selects_opens_and_scrolls() -> None:
    async with stage() as on:
        await on.say(*many(100))
        await on.pilot.click("#calls", offset=(10, 4))
        await on.pilot.pause()
        assert on.main.calls.cursor == on.shown()[3]
        on.main.calls._scroll(30)
        await on.pilot.pause()
        assert on.main.calls.top == 30
        assert on.main.calls.cursor in on.shown()


async def test_hints_can_be_clicked() -> None:
    async with stage() as on:
        await on.say(*many(3))
        hint = next(start for start, _, key in on.main.query_one("Hints")._places if key.id == "freeze")  # type: ignore[attr-defined]  # a Hints
        await on.pilot.click("#hints", offset=(hint + 2, 0))
        await on.pilot.pause()
        assert on.main.frozen_at is not None


@pytest.mark.parametrize("size", [(40, 12), (20, 5), (1, 1), (80, 24), (139, 24), (140, 30), (300, 100)])
async def test_every_size_is_survived(size: tuple[int, int]) -> None:
    async with stage(*size) as on:
        await on.say(*many(60), targets=(a_target(),), company=EXAMPLE_CO)
        await on.press(
            "down", "2", "1", "enter", "escape", "s", "escape", "v", "escape", "question_mark", "escape", "c"
        )
        await on.press("escape")
        if size == (40, 12):
            assert len(on.shown()) >= 5
            assert "◔" in on.text or "✓" in on.text


async def test_a_terminal_that_shrinks_closes_what_has_no_room() -> None:
    async with stage() as on:
        await on.say(*many(50))
        await on.press("down", "enter")
        await on.pilot.resize_terminal(60, 20)
        await on.pilot.pause(0.2)
        assert not on.main.detail_open
        assert on.main.calls.cursor in on.shown()


async def test_what_a_caller_is_called_is_never_obeyed() -> None:
    hostile = "x[/]y [@click=app.quit]free[/] [bold]b \x1b]52;c;cm0gLXJm\x07 \x9b31m"
    async with stage() as on:
        await on.say(a_final_call("x", caller=hostile, campaign=hostile, target=hostile, tags={hostile: hostile}))
        await on.press("enter")
        assert "x[/]y" in on.text, "markup is shown, not read"
        assert "\x1b" not in on.text
        assert "\x9b" not in on.text


async def test_the_palette_offers_what_the_keys_do() -> None:
    async with stage() as on:
        await on.say(*many(3))
        offered = {each.title: each for each in on.app.get_system_commands(on.main)}
        assert {"Freeze", "Sort", "Chart", "Theme", "Quit"} <= offered.keys()
        assert "Screenshot" not in offered, "it would overwrite files unasked"
        await offered["Freeze"].callback()
        assert on.main.frozen_at is not None


async def test_another_view_is_kept_while_the_key_is_refused() -> None:
    async with stage() as on:
        await on.say(*many(3), targets=(a_target(),))
        await on.say(health=healthy(NOON, outcome=Outcome.AUTH, next_at=None))
        await on.press("2")
        assert "The account refused" in on.text
        await on.say()
        await on.pilot.pause(0.1)
        assert "IN PROGRESS" in on.text
        assert on.app.focused is on.main.targets


async def test_without_an_answer_the_figures_stand_still() -> None:
    async with stage() as on:
        await on.say(*many(30, start=-120))
        before = on.text.splitlines()[2]
        assert "30" in before
        await on.wait(1500)
        assert on.text.splitlines()[2] == before, "unknown is not no business"


async def test_buyers_that_were_not_read_lately_say_so() -> None:
    async with stage() as on:
        await on.say(*many(3), targets=(a_target(),), health=healthy(on.now, targets_at=on.now))
        await on.press("2")
        await on.wait(25)
        await on.say(health=healthy(on.now, targets_at=on.now - timedelta(seconds=25)))
        assert "read 25 s ago" in on.line("caption")
        await on.wait(6)
        await on.say(health=healthy(on.now, targets_at=on.now - timedelta(seconds=31)))
        assert on.main.targets._stale
        assert not on.stale()


async def test_calls_that_arrive_while_a_buyer_is_open_do_not_touch_its_detail() -> None:
    async with stage() as on:
        await on.say(*many(3), targets=(a_target(),))
        await on.press("2", "enter")
        assert "headroom" in on.text
        await on.say(a_call("new", 500))
        await on.wait(1)
        assert "headroom" in on.text
        assert on.main.detail_open


async def test_a_detail_closed_at_once_is_not_read_any_more() -> None:
    async with stage() as on:
        await on.say(*many(3))
        await on.press("enter", "escape")
        await on.pilot.pause(0.5)
        assert on.source.watched[-1] is None


async def test_the_calls_stand_where_they_stood_after_a_look_at_the_buyers() -> None:
    async with stage() as on:
        await on.say(*many(200), targets=(a_target(),))
        await on.press("pagedown", "pagedown", "up", "up")
        before = on.shown()
        await on.press("2")
        await on.say(*many(5, start=1000))
        await on.press("1")
        await on.pilot.pause(0.1)
        assert on.shown() == before


async def test_a_second_that_passes_and_news_that_come_while_it_is_being_closed_are_not_shown() -> None:
    async with stage() as on:
        await on.say(*many(3))
    on.source.say(many(5, start=100), complete=True, health=healthy(on.now))
    on.app.on_callmon_app_news()
    on.app._tick()
    assert len(on.app.ledger.calls) == 3
