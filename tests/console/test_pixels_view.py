"""Webhooks and their pixels on one screen, incidents on another, and what is told of them everywhere."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.console.screens.detail import DetailScreen
from monitor.console.screens.main import MainScreen
from monitor.console.views.alerts import AlertsView
from monitor.console.views.every import VIEWS
from monitor.console.views.pixels import PixelsView
from monitor.console.views.tabs import TABS
from monitor.console.widgets.detail_pane import DetailPane
from monitor.console.widgets.filter_bar import FilterBar
from monitor.console.widgets.live_table import LiveTable
from monitor.model.call import Call, FiredPixel
from monitor.model.health import Outcome
from tests.console.test_monitor import Stage, many, stage
from tests.insight.pixel_cases import a_pixel, new
from tests.make import a_final_call, a_target, at, healthy


def calls(webhook: str, count: int, start: float, *, fail: bool = False, every: float = 5) -> list[Call]:
    """Return calls that began so many seconds after noon, each with one pixel of a webhook at its end."""
    made: Callable[..., FiredPixel] = new if fail else a_pixel
    url = f"https://{webhook.lower()}.example/in?key=s3cr3t"
    begins = [start + number * every for number in range(count)]
    return [
        a_final_call(f"{webhook} {begin:g}", begin, pixels=(made(webhook=webhook, created=begin + 81, url=url),))
        for begin in begins
    ]


def failing(webhook: str = "Log", start: float = -400, count: int = 8) -> list[Call]:
    return calls(webhook, count, start, fail=True)


def pixels(on: Stage) -> PixelsView:
    return on.main.query_one(PixelsView)


def alerts(on: Stage) -> AlertsView:
    return on.main.query_one(AlertsView)


def webhooks(on: Stage) -> list[str]:
    """The webhooks in sight, from the top."""
    return [line.row.hook.title for line in pixels(on).webhooks._lines]


def chosen(on: Stage) -> str | None:
    return None if pixels(on).hook is None else pixels(on).hook.title  # type: ignore[union-attr]  # just asked


def cells(on: Stage) -> list[tuple[str, ...]]:
    """What stands in the cells of both tables."""
    tables = (pixels(on).webhooks, pixels(on).pixels)
    return [tuple(cell.text for cell in line.cells) for table in tables for line in table._lines]


def focused(on: Stage) -> object:
    return on.app.focused


def listen(on: Stage) -> list[str]:
    """Note what is told from now on: messages go by the clock on the wall."""
    told: list[str] = []
    plain = on.app.notify

    def notify(message: str, **given: Any) -> None:
        assert given["markup"] is False
        told.append(f"{given.get('title', '')}: {message}")
        plain(message, **given)

    on.app.notify = notify  # type: ignore[method-assign]  # listens
    return told


def count_drawn(table: LiveTable[Any]) -> list[int]:
    """Note the lines of `table` that are drawn from now on."""
    drawn: list[int] = []
    plain = table.render_line
    table.render_line = lambda y: drawn.append(y) or plain(y)  # type: ignore[func-returns-value, method-assign]  # counts what is drawn
    return drawn


def test_every_view_has_its_tab_in_the_order_of_the_keys() -> None:
    assert tuple(each.TAB for each in VIEWS) == TABS
    assert [tab.key for tab in TABS] == sorted({tab.key for tab in TABS})


@pytest.mark.parametrize("size", [(160, 45), (80, 24)])
async def test_the_worst_webhook_is_on_top_and_its_pixels_are_below(size: tuple[int, int]) -> None:
    async with stage(*size) as on:
        await on.say(*calls("Crm", 30, -900), *calls("Log", 30, -900), *failing())
        await on.press("3")
        assert webhooks(on) == ["Log", "Crm"]
        first = next(line for line in on.text.splitlines() if "! failing" in line)
        assert "Log · log.example" in first
        assert "21.1 %" in first
        assert "11:54" in first
        assert "Log · log.example · 8 of 38 failed in 1 h · newest 38 pixels" in on.text
        assert on.text.count("! stuck") == 8
        assert "s3cr3t" not in on.text
        assert "2 webhooks · ↑ STATE · 1 h" in on.line("caption")
        view = pixels(on)
        assert abs(view.webhooks.size.height - view.pixels.size.height) <= 1


async def test_enter_goes_down_to_the_pixels_and_into_one_and_escape_comes_back() -> None:
    async with stage() as on:
        await on.say(*calls("Log", 30, -900), *failing())
        await on.press("3", "enter")
        assert focused(on) is pixels(on).pixels
        assert "38 pixels" in on.line("caption")
        await on.press("down", "enter")
        assert on.main.detail_open
        row = pixels(on).pixels.view.row(1)
        subject = on.main.query_one(DetailPane).subject
        assert subject is not None
        assert (subject.view, subject.key) == ("calls", row.call.uuid)
        assert row.key == f"{subject.key} {subject.pixel}"
        await on.press("down")
        assert on.main.query_one(DetailPane).subject != subject, "it follows the cursor"
        await on.press("enter")
        assert focused(on) is on.main.query_one(DetailPane)
        await on.press("escape")
        assert not on.main.has_class("-open")
        assert focused(on) is pixels(on).pixels
        await on.press("escape")
        assert focused(on) is pixels(on).webhooks
        await on.press("escape")
        assert focused(on) is pixels(on).webhooks


async def test_where_there_is_no_room_beside_a_pixel_has_a_screen_of_its_own_with_the_status() -> None:
    async with stage(80, 24) as on:
        await on.say(*calls("Log", 30, -900), *failing())
        await on.press("3", "enter", "enter")
        assert isinstance(on.app.screen, DetailScreen)
        assert "3P!1 6!1" in on.text.splitlines()[0]
        await on.press("escape")
        assert isinstance(on.app.screen, MainScreen)
        assert focused(on) is pixels(on).pixels
        await on.press("c")
        assert "3P!1 6!1" in on.text.splitlines()[0]


async def test_the_cursor_stays_on_its_webhook_while_webhooks_change_places() -> None:
    async with stage() as on:
        await on.say(*calls("Crm", 30, -900), *calls("Log", 30, -900))
        await on.press("3")
        first = chosen(on)
        await on.say(*failing("Log"), *failing("Crm", count=6))
        assert webhooks(on) == ["Log", "Crm"]
        assert chosen(on) == first
        await on.say(*failing("Crm", start=-350, count=9))
        assert webhooks(on) == ["Crm", "Log"]
        assert chosen(on) == first
        assert f"{first} · " in on.text
        await on.press("home")
        assert chosen(on) == "Crm"
        await on.say(*failing("Log", start=-350, count=30))
        assert (webhooks(on)[0], chosen(on)) == ("Log", "Crm"), "on the top row as well"
        assert {line.row.hook.title for line in pixels(on).pixels._lines} == {"Crm"}


async def test_the_window_is_that_of_the_webhooks_too() -> None:
    async with stage() as on:
        await on.say(*calls("Log", 10, -8000), *calls("Log", 7, -3000), *calls("Log", 5, -600))
        await on.press("3")
        told = {}
        for _ in range(3):
            told[on.main.window.title] = pixels(on).webhooks.view.row(0).counts.settled
            assert on.main.window.title in on.line("caption")
            await on.press("w")
        assert told == {"15 min": 5, "1 h": 12, "since start": 22}


async def test_acknowledged_and_muted_incidents_call_for_nobody() -> None:
    async with stage() as on:
        await on.say(*calls("Crm", 30, -900), *calls("Log", 30, -900), *failing("Log"), *failing("Crm"))
        assert "3 Pixels !2" in on.line("status")
        assert "6 Alerts !2" in on.line("status")
        await on.press("3", "a")
        assert "3 Pixels !1 ·1" in on.line("status"), "it goes on all the same"
        assert "! failing" not in next(line for line in on.text.splitlines() if f"{chosen(on)} · " in line)
        assert "3 Pixels !1" in on.line("status")
        await on.press("down", "M")
        assert "!" not in on.line("status")
        assert "3 Pixels ·2" in on.line("status")
        assert "‖ muted" in on.text
        await on.press("6")
        assert "‖ muted until 13:00" in on.text
        assert "· acknowledged" in on.text
        assert "2 of 2 incidents open" in on.line("caption")
        await on.press("3", "M")
        assert "6 Alerts !1" in on.line("status"), "heard again"


@pytest.mark.parametrize("view", ["3", "6"])
async def test_an_incident_is_written_down_from_the_webhook_under_the_cursor(view: str, tmp_path: Path) -> None:
    async with stage() as on:
        on.app.notes = tmp_path
        await on.say(*calls("Log", 30, -900), *failing("Log"))
        await on.press(view, "i")
        (written,) = tmp_path.iterdir()  # noqa: ASYNC240  # as quick as anything in a test
        assert "goes on, as of" in written.read_text()


async def test_one_that_is_over_and_begins_anew_calls_anew() -> None:
    async with stage() as on:
        await on.say(*calls("Log", 30, -900), *failing())
        await on.press("6", "a")
        assert "!" not in on.line("status")
        on.now += timedelta(minutes=10)
        await on.say(*calls("Log", 12, 100))
        assert "✓ over" in on.text
        await on.say(*failing("Log", start=300))
        assert "3 Pixels !1" in on.line("status")
        assert [line.cells[0].text for line in alerts(on).table._lines] == ["! open", "✓ over"]
        await on.wait(86_400)
        await on.say()
        assert "✓ over" not in on.text, "those over are told for a day"


async def test_an_alert_leads_to_its_webhook() -> None:
    async with stage() as on:
        told = listen(on)
        old = failing("Old", start=-7000)
        await on.say(*calls("Crm", 30, -900), *failing("Log"), *failing("Crm"), *old, *calls("Old", 12, -6900))
        await on.press("6")
        for _ in range(2):
            wanted = alerts(on).hook
            assert wanted is not None
            await on.press("enter")
            assert (on.main.view, chosen(on)) == ("pixels", wanted.title)
            assert focused(on) is pixels(on).webhooks
            await on.press("6", "down")
        assert alerts(on).hook is not None
        await on.press("enter")
        assert "no pixel of Old in this window" in told[-1]


async def test_what_begins_and_ends_is_told_once_and_what_was_so_already_is_not() -> None:
    async with stage() as on:
        told = listen(on)
        bells: list[bool] = []
        on.app.bell = lambda: bells.append(True)  # type: ignore[method-assign]  # counts
        part: dict[str, Any] = {"complete": False, "health": healthy(on.now, outcome=Outcome.CONNECTING)}
        await on.say(*calls("Old", 30, -900), **part)
        await on.say(*failing("Old"), *calls("Log", 30, -900), *calls("Crm", 30, -900))
        assert "3 Pixels !1" in on.line("status")
        assert told == [], "it was so already when all was read for the first time"
        on.now += timedelta(minutes=5)
        await on.say(*failing("Log", start=100), *failing("Crm", start=100))
        assert len(told) == 1
        assert "Log: 8 of 8 pixels" in told[0]
        assert "Crm: 8 of 8 pixels" in told[0]
        assert bells == [True]
        await on.say(*failing("Log", start=141, count=3))
        await on.wait(1)
        assert len(told) == 1
        await on.wait(9)
        await on.say(*calls("Log", 12, 180, every=1))
        assert "Over: Log · log.example failed from 12:03 to" in told[-1]
        assert (len(told), bells) == (2, [True])
        await on.say(*calls("Crm", 12, 180, every=1), *calls("Old", 12, 180, every=1))
        assert len(told) == 2, "not one after the other"
        await on.wait(10)
        assert len(told) == 3, "both that are over, in one"
        assert "Crm" in told[-1]
        assert "Old" in told[-1]


async def test_a_muted_webhook_is_not_told_of() -> None:
    async with stage() as on:
        told = listen(on)
        await on.say(*calls("Log", 30, -900))
        await on.press("3", "M")
        await on.say(*failing())
        assert told == []
        assert "!" not in on.line("status")
        await on.press("a", "M")
        assert "!" not in on.line("status"), "acknowledged while it was muted"


async def test_pixels_get_stuck_as_time_goes_by() -> None:
    async with stage() as on:
        await on.say(*calls("Log", 20, -300), *failing(start=-110, count=6))
        await on.press("3")
        assert "◌ pending" in on.text
        assert "!" not in on.line("status")
        on.source.say(health=healthy(at(40)))
        on.now = at(40)
        await on.pilot.pause()
        assert on.text.count("! stuck") == 6
        assert "3 Pixels !1" in on.line("status")


async def test_a_frozen_view_holds_both_tables_still() -> None:
    async with stage() as on:
        await on.say(*calls("Crm", 30, -900), *calls("Log", 30, -900), *failing())
        await on.press("space", "3")
        assert webhooks(on) == ["Log", "Crm"], "seen for the first time, it is as it was when all was frozen"
        rows = cells(on)
        await on.say(*failing("Log", start=-378), *failing("Crm"))
        await on.wait(70)
        assert cells(on) == rows
        assert "3 Pixels !2" in on.line("status"), "the badge is not frozen"
        await on.press("a")
        assert "· failing" in on.text, "what people do is shown"
        await on.press("space")
        assert pixels(on).webhooks.view.row(0).counts.failed == 16
        assert cells(on) != rows


async def test_a_replay_that_jumps_is_shown_as_it_was_then() -> None:
    async with stage() as on:
        told = listen(on)
        played = healthy(on.now, outcome=Outcome.REPLAY)
        await on.say(*calls("Log", 30, -900), *failing(), health=played)
        await on.press("3", "enter", "down", "down")
        await on.say(*calls("Log", 9, -900), anew=True, health=played)
        assert len(pixels(on).pixels.view) == 9
        assert pixels(on).pixels.cursor in pixels(on).pixels.view.rows
        assert "!" not in on.line("status")
        await on.say(*calls("Log", 30, -900), *failing(), anew=True, health=played)
        assert "3 Pixels !1" in on.line("status")
        assert told == [], "a jump is no news"
        await on.say(anew=True, health=played)
        assert "no pixel in the last 1 h" in on.text
        assert len(pixels(on).pixels.view) == 0


async def test_nothing_new_draws_nothing_and_a_new_pixel_draws_its_own_webhook() -> None:
    async with stage() as on:
        told = [*calls("Crm", 30, -900), *calls("Log", 30, -900)]
        await on.say(*told)
        await on.press("3")
        view = pixels(on)
        upper, lower = count_drawn(view.webhooks), count_drawn(view.pixels)
        await on.say(*told)
        await on.wait(1)
        assert (upper, lower) == ([], [])
        other = next(name for name in ("Crm", "Log") if name != chosen(on))
        await on.say(*calls(other, 1, -700.5))
        assert len(set(upper)) == 1
        assert lower == []


async def test_what_is_not_in_sight_is_brought_up_to_date_when_it_is() -> None:
    async with stage() as on:
        await on.say(*calls("Log", 30, -900))
        assert len(pixels(on).webhooks.view) == 0, "nobody looks"
        await on.press("3")
        assert len(pixels(on).pixels.view) == 30
        await on.press("1")
        await on.say(*failing())
        await on.press("3")
        assert len(pixels(on).pixels.view) == 38


@pytest.mark.parametrize("seed", range(3))
async def test_what_is_shown_is_what_the_board_says(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311  # a repeatable walk, nothing secret
    async with stage(rng.choice([80, 160]), rng.choice([16, 40]), held=60) as on:
        await on.press("3")
        for step in range(25):
            name = rng.choice(["Log", "Crm", "Old"])
            match rng.randrange(5):
                case 0 | 1:
                    made = calls(name, rng.randint(1, 9), rng.randint(-3000, -200), fail=rng.random() < 0.4)
                    anew = rng.randrange(9) == 0
                    await on.say(*made, anew=anew, gone=tuple(rng.sample(sorted(on.app.ledger.calls), k=0)))
                case 2:
                    held = sorted(on.app.ledger.calls)[:2]
                    changed = [on.app.ledger.calls[uuid] for uuid in held]
                    await on.say(*(replace(each, target=f"Buyer {step}", updated_at=at(step)) for each in changed))
                case 3:
                    await on.press(*rng.choices(["up", "down", "enter", "escape", "w", "s", "escape"], k=3))
                    if on.app.screen is not on.main:
                        await on.press("escape")
                case 4:
                    await on.wait(rng.choice([1, 30, 61]))
            await on.pilot.pause()
            view, board = pixels(on), on.app.board
            assert view.webhooks.view.rows == {row.hook.key: row for row in board.rows(on.main.window.seconds)}
            if view.hook is not None:
                assert view.pixels.view.rows == {row.key: row for row in board.pixels(view.hook)}
            before = on.text
            for table in (view.webhooks, view.pixels):
                table._redraw_all()
            await on.pilot.pause()
            assert on.text == before


async def test_old_data_has_no_colour_here_either() -> None:
    async with stage() as on:
        await on.say(*calls("Log", 30, -900), *failing())
        await on.press("3")
        await on.wait(120)
        assert pixels(on).webhooks._stale
        assert pixels(on).pixels._stale


async def type_filter(on: Stage, text: str) -> None:
    await on.press("slash")
    on.main.query_one(FilterBar).put(text)
    await on.pilot.pause(0.3)
    await on.press("enter")


async def test_a_filter_that_lets_no_pixel_through_leaves_none_below() -> None:
    async with stage() as on:
        await on.say(*calls("Log", 30, -900))
        await on.press("3")
        await type_filter(on, "webhook:log")
        assert len(pixels(on).pixels.view) == 30
        await type_filter(on, "webhook:nothing")
        assert len(pixels(on).webhooks.view) == len(pixels(on).pixels.view) == 0


async def test_what_was_typed_is_in_force_when_enter_gives_the_keys_back() -> None:
    async with stage() as on:
        await on.say(*calls("Log", 30, -900), *calls("Crm", 30, -900))
        await on.press("3", "slash", *"crm", "enter")
        assert webhooks(on) == ["Crm"]


async def test_a_filter_holds_on_calls_and_pixels_alike() -> None:
    async with stage() as on:
        await on.say(*many(20, start=-2000), *calls("Crm", 30, -900), *calls("Log", 30, -900), *failing())
        await type_filter(on, "webhook:log pixel:stuck")
        assert focused(on) is on.main.calls
        assert "8 of 88 calls" in on.line("caption")
        await on.say(*failing("Log", start=-399, count=1), *failing("Crm", count=1))
        assert "9 of 90 calls" in on.line("caption"), "what is new goes through it"
        await on.press("3")
        assert webhooks(on) == ["Log"]
        assert "1 of 2 webhooks" in on.line("caption")
        assert len(pixels(on).pixels.view) == 9
        assert "3 Pixels !1" in on.line("status"), "alerts are over the whole account"
        await on.say(*failing("Log", start=-398, count=1))
        assert len(pixels(on).pixels.view) == 10
        await on.press("2")
        assert "webhook:log" not in on.text, "buyers are not filtered"
        await on.press("1", "slash", "escape")
        await on.pilot.pause(0.3)
        assert "91 calls" in on.line("caption")
        assert on.main.calls.view.rows.keys() == on.app.ledger.calls.keys()
        await on.press("3")
        assert webhooks(on) == ["Log", "Crm"]


async def test_a_filter_that_depends_on_the_moment_is_asked_again() -> None:
    async with stage() as on:
        await on.say(*calls("Log", 5, -300), *failing(start=-110, count=2))
        await type_filter(on, "pixel:stuck")
        assert "0 of 7 calls" in on.line("caption")
        assert "none of 7 calls passes the filter" in on.text
        for _ in range(10):
            await on.wait(5)
            await on.say()
        assert "2 of 7 calls" in on.line("caption")


async def test_buyers_are_not_filtered_and_say_so() -> None:
    async with stage() as on:
        told = listen(on)
        await on.say(*many(3), targets=(a_target(),))
        await on.press("2", "slash")
        assert "calls and pixels can be filtered" in told[-1]
        assert focused(on) is on.main.targets
