"""Calls that leave the table, calls that the account has no more, and times to which a replay jumps."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from monitor.console.headline import trouble_line
from monitor.console.widgets.drawn import Lines
from monitor.model.health import Condition, Gap, Outcome, StoreTrouble
from tests.console.test_monitor import Stage, many, stage
from tests.make import a_call, a_final_call, a_target, at, healthy


def looks(on: Stage, key: str) -> set[str]:
    """The tones of a call's cells."""
    return {str(cell.tone) for line in on.main.calls._lines if line.key == key for cell in line.cells}


async def test_the_oldest_calls_leave_and_the_caption_tells_how_many_there_were() -> None:
    async with stage(held=50) as on:
        await on.say(*many(40))
        assert on.line("caption").startswith("40 calls")
        await on.say(*many(30, start=1000))
        assert on.line("caption").startswith("showing 50 of 70 calls")
        assert on.main.calls.view.rows.keys() == on.app.ledger.calls.keys()
        await on.press("2")
        assert on.line("caption").startswith("0 buyers")


async def test_a_cursor_whose_call_leaves_goes_to_the_neighbour_on_the_same_line() -> None:
    async with stage(held=30) as on:
        await on.say(*many(30))
        on.main.calls.sort_by("caller")  # all alike, so in the order of the uuids, the oldest on top
        await on.press("down", "down", "down")
        assert on.main.calls.cursor == "0-003"
        await on.say(a_final_call("1000-000", 1000))
        assert on.main.calls.cursor == "0-003", "its own call is still there"
        await on.say(*many(9, start=2000))
        assert on.main.calls.cursor == "0-010"
        assert on.shown()[on.main.calls.place - on.main.calls.top] == "0-010"


async def test_rows_of_a_frozen_view_stay_until_it_goes_on() -> None:
    async with stage(held=30) as on:
        await on.say(*many(30))
        await on.press("space")
        before = on.shown()
        await on.say(*many(30, start=1000))
        await on.say(*many(30, start=2000))
        await on.press("end", "home")
        assert on.shown() == before
        assert len(on.main.calls.view) == 30
        await on.press("space")
        assert on.main.calls.view.rows.keys() == {call.uuid for call in many(30, start=2000)}
        assert on.shown()[0] == "2000-029"


async def test_a_deleted_call_is_struck_out_in_words_and_style_and_stands_still() -> None:
    async with stage() as on:
        talking = a_call("talking", -100, forwarded_time=at(-61))
        await on.say(talking, a_final_call("other", -200))
        await on.say(gone=("talking",), date=on.now)
        assert "⌫ deleted" in on.text
        assert looks(on, "talking") == {"gone"}
        assert "gone" not in looks(on, "other")
        await on.wait(9)
        await on.say(a_final_call("new", 5))
        row = next(line for line in on.main.calls._lines if line.key == "talking")
        assert "1:01" in [cell.text for cell in row.cells], "it does not talk on"
        await on.say(talking)
        assert "⌫ deleted" not in on.text
        assert "1:10" in on.text


async def test_the_detail_says_that_the_account_has_no_such_call() -> None:
    async with stage() as on:
        await on.say(a_final_call("c1"), gone=("c1",), date=at(3600))
        await on.press("enter")
        assert "The account has no such call any more (found 04 May 13:00:00)" in on.text


async def test_the_detail_of_a_call_that_left_says_why_it_is_empty() -> None:
    async with stage(100, held=30) as on:
        await on.say(*many(30))
        await on.press("end", "enter")
        await on.say(*many(30, start=1000))
        assert "not held any more" in on.text
        assert "room for 30 calls" in on.text


async def test_a_replay_that_jumps_fills_the_tables_anew_and_keeps_the_cursor_on_its_call() -> None:
    async with stage() as on:
        await on.say(*many(30), targets=(a_target(1), a_target(2)))
        await on.press("down", "down")
        await on.say(*many(29), anew=True, targets=(a_target(2),))
        assert on.main.calls.cursor == "0-027"
        assert on.main.calls.view.rows.keys() == on.app.ledger.calls.keys()
        assert list(on.main.targets.view.rows) == ["2"]
        await on.say(*many(9, start=-500), anew=True)
        assert len(on.main.calls.view) == 9
        assert on.main.calls.cursor in on.main.calls.view.rows
        await on.press("space")
        await on.say(*many(5, start=-900), anew=True)
        await on.say(a_call("later", 10))
        assert len(on.main.calls.view) == 9
        await on.press("space")
        assert len(on.main.calls.view) == 6


def a_trouble(condition: Condition, happened: str, *, second: float = 0, memory_only: bool = False) -> StoreTrouble:
    return StoreTrouble(condition, "/data/history.db", happened, "told", at(second), memory_only=memory_only)


@pytest.mark.parametrize("size", [(160, 45), (80, 24), (80, 12)])
async def test_a_trouble_of_the_history_stands_above_the_table_as_long_as_it_is_one(size: tuple[int, int]) -> None:
    async with stage(*size) as on:
        height = on.main.calls.size.height
        full = StoreTrouble(Condition.FULL, "/data/history.db", "the disk is full", "kept in memory only", at(0))
        await on.say(*many(3), health=healthy(on.now, troubles=(full,)))
        assert on.main.calls.size.height == height - 1
        assert "! history: the disk is full; kept in memory only (/data/history.db)" in on.text
        assert "3 calls" in on.text
        await on.say()
        assert on.main.calls.size.height == height
        assert "history" not in on.text


def test_the_gravest_trouble_comes_first() -> None:
    damaged = a_trouble(Condition.DAMAGED, "an answer cannot be read", second=9)
    corrupt = a_trouble(Condition.CORRUPT, "it was damaged", second=1)
    full = a_trouble(Condition.FULL, "the disk is full", memory_only=True)

    def told(*troubles: StoreTrouble) -> str:
        return "".join(text for text, _ in trouble_line(troubles, 100))

    assert told() == ""
    assert "an answer" in told(damaged)
    assert "it was damaged" in told(damaged, corrupt)
    assert "the disk is full" in told(damaged, full, corrupt)
    assert told(damaged, full, corrupt).endswith(" +2 more")
    assert len(told(damaged, full)) == 100


@pytest.mark.parametrize(
    ("width", "says"),
    [(80, "gap 10:00–10:30 +2"), (120, "gap 10:00–10:30 +2 more"), (160, "gap 10:00–10:30 +2 more, filling")],
)
async def test_the_first_gap_is_told_and_how_many_others_there_are(width: int, says: str) -> None:
    gaps = tuple(Gap(at(-7200 + 3600 * n), at(-5400 + 3600 * n)) for n in range(3))
    async with stage(width) as on:
        await on.say(health=healthy(on.now, gaps=gaps))
        assert says in on.line("status")
        assert ("filling" in on.line("status")) == ("filling" in says)
        await on.say(health=healthy(on.now, gaps=gaps[:1]))
        assert "+" not in on.line("status")


@pytest.mark.parametrize(
    ("health", "hour", "everything"),
    [
        ({}, "1 h", "since start"),
        ({"since": at(-2 * 86400)}, "1 h", "since 02 May 12:00"),
        ({"since": at(-1200)}, "1 h from 11:40", "since 11:40"),
        ({"since": at(-86400), "gaps": (Gap(at(-900), at(-600)),)}, "1 h from 11:50", "since 11:50"),
    ],
)
async def test_a_window_says_from_when_it_is_known(health: dict[str, Any], hour: str, everything: str) -> None:
    async with stage(100) as on:
        await on.say(*many(3, start=-300), health=healthy(on.now, **health))
        assert on.line("figures").rstrip().endswith(f"  {hour}")
        await on.press("w")
        assert on.line("figures").rstrip().endswith(f"  {everything}")


async def test_history_is_shown_with_its_age_and_without_colour_until_the_account_answers() -> None:
    async with stage() as on:
        on.now += timedelta(hours=8)
        await on.say(*many(3), health=healthy(at(0), outcome=Outcome.CONNECTING, since=at(-7200)))
        assert "◌ connecting, data 8 h old" in on.line("status")
        assert on.stale()
        assert on.main.targets._stale
        figures = [look for line in on.main.query_one("#figures", Lines).lines for _, look in line]
        assert "strong" not in figures
        await on.say()
        assert "● live 0 s" in on.line("status")
        assert not on.stale()
        await on.say(health=healthy(on.now, viewing=True))
        assert "◎ viewing 0 s" in on.line("status")
