"""What the tables show, and what gives way when there is no room."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.insight import wording
from monitor.insight.call_columns import CALL_COLUMNS
from monitor.insight.columns import Context, layout
from monitor.insight.target_columns import TARGET_COLUMNS
from monitor.insight.wording import UNKNOWN, Tone
from monitor.ledger import Ledger
from monitor.model.batch import Batch
from monitor.model.call import Call, FiredPixel
from monitor.model.target import Target
from tests.make import a_call, a_final_call, a_group, a_target, at

COLUMNS = {column.id: column for column in CALL_COLUMNS}
BUYERS = {column.id: column for column in TARGET_COLUMNS}


def cell(column: str, call: Call, seconds: float, width: int = 15) -> str:
    return COLUMNS[column].cell(call, Context(at(seconds), Ledger()), width).text


def buyer(column: str, target: Target, calls: tuple[Call, ...] = ()) -> str:
    ledger = Ledger()
    ledger.apply(Batch(calls=calls))
    return BUYERS[column].cell(target, Context(at(0), ledger), 10).text


@given(st.integers(1, 300), st.sampled_from([CALL_COLUMNS, TARGET_COLUMNS]))
def test_a_layout_fits_its_width_and_columns_do_not_overlap(width: int, columns: object) -> None:
    placed = layout(columns, width)  # type: ignore[var-annotated, arg-type]  # either of two column types
    assert placed
    end = -1
    for each in placed:
        assert each.x > end
        end = each.x + each.width
    assert end <= width or len(placed) == 1


def test_eighty_columns_hold_what_a_supervisor_needs() -> None:
    shown = [each.column.id for each in layout(CALL_COLUMNS, 78)]
    assert shown == ["number", "state", "talk", "caller", "target", "revenue", "profit", "pixels"]


def test_all_columns_fit_a_wide_screen() -> None:
    assert [each.column.id for each in layout(CALL_COLUMNS, 198)] == [column.id for column in CALL_COLUMNS]


def test_every_column_explains_itself_and_has_a_rank_of_its_own() -> None:
    for columns in (CALL_COLUMNS, TARGET_COLUMNS):
        assert len({column.id for column in columns}) == len(columns)
        assert len({column.priority for column in columns}) == len(columns)
        assert all(column.help and len(column.title) < column.width for column in columns)


@pytest.mark.parametrize(
    ("call", "seconds", "state"),
    [
        (a_call(), 5, "◔ ringing"),
        (a_call(forwarded_time=at(10)), 15, "● talking"),
        (a_final_call(conversions_determined_at=None), 90, "◌ settling"),
        (a_final_call(), 110, "✓ final"),
        (a_final_call(connected=False, forwarded_time=None), 110, "✗ abandoned"),
        (a_final_call(conversions_determined_at=None), 3600, "✓ final"),
        (a_call(status="something new"), 5, "◔ ringing"),
    ],
)
def test_states_are_told_by_glyph_and_word(call: Call, seconds: float, state: str) -> None:
    assert cell("state", call, seconds) == state


def test_running_spans_grow_without_an_answer() -> None:
    ringing = a_call()
    assert [cell("ivr", ringing, seconds) for seconds in (0, 9, 65)] == ["0", "9", "1:05"]
    talking = a_call(forwarded_time=at(10), ivr=4, hold=6)
    assert cell("ivr", talking, 70) == "4"
    assert cell("hold", talking, 70) == "6"
    assert cell("talk", talking, 70) == "1:00"
    holding = a_call(ivr=4, hold=1)
    assert cell("ivr", holding, 30) == "4"
    assert cell("hold", holding, 30) == "26"


def test_talk_begins_after_hold_whichever_side_of_the_forwarding_hold_lies() -> None:
    assert cell("talk", a_call(forwarded_time=at(7), ivr=7, hold=5), 20) == "8"
    assert cell("talk", a_call(forwarded_time=at(12.4), ivr=7, hold=5), 20) == "7"
    assert cell("talk", a_call(forwarded_time=at(12)), 20) == "8"


def test_a_clock_that_is_ahead_of_the_server_gives_no_negative_age() -> None:
    assert cell("ivr", a_call(started=30), 0) == "0"


def test_money_is_provisional_until_conversions_are_determined() -> None:
    settling = a_final_call(conversions_determined_at=None)
    assert cell("revenue", settling, 90) == "~5.00"
    assert cell("revenue", a_final_call(), 110) == "5.00"
    assert cell("profit", a_final_call(profit=Decimal("-0.08")), 110) == "-0.08"


def test_unknown_is_a_dash_and_never_zero() -> None:
    for column in ("talk", "target", "revenue", "payout", "profit", "pixels"):
        assert cell(column, a_call(), 5) == UNKNOWN
    assert cell("revenue", a_final_call(revenue=Decimal(0)), 110) == "0.00"


def test_a_stuck_pixel_is_marked_and_a_young_one_is_not() -> None:
    pixels = (
        FiredPixel("https://a.example", "fired", created_at=at(1), fired_at=at(1)),
        FiredPixel("https://b.example", "new", created_at=at(101)),
    )
    call = a_final_call(pixels=pixels)
    assert cell("pixels", call, 110).rstrip() == "1/2"
    assert cell("pixels", call, 140) == "1/2 !"
    strange = replace(call, pixels=(FiredPixel("https://c.example", "exploded"),))
    assert cell("pixels", strange, 110) == "0/1 !"


def test_the_caller_is_spaced_out_where_there_is_room() -> None:
    assert cell("caller", a_call(), 0, width=15) == "+1 301 555 0042"
    assert cell("caller", a_call(), 0, width=12) == "+13015550042"


def test_headroom_is_the_tightest_of_own_and_group_caps_and_is_named() -> None:
    target = a_target(concurrency_cap=5, calls_in_progress=3)
    assert buyer("headroom", target) == "2"
    assert buyer("bound", target) == "own cap"
    grouped = replace(target, target_groups=(a_group("West", 3, 4), a_group("East", 0, None)))
    assert buyer("headroom", grouped) == "1"
    assert buyer("bound", grouped) == "group West"
    assert buyer("headroom", replace(target, concurrency_cap=None)) == UNKNOWN
    assert buyer("bound", replace(target, concurrency_cap=None)) == "no cap"


def test_a_full_buyer_is_told_by_word() -> None:
    full = a_target(calls_in_progress=5)
    assert buyer("progress", full) == "5/5"
    assert buyer("state", full) == "! full"
    assert buyer("state", a_target(paused=True)) == "‖ paused"
    assert buyer("state", a_target(paused=True, paused_at=at(-3 * 3600))) == "‖ paused 3 h"


def test_answers_and_talk_come_from_the_feed() -> None:
    calls = (
        a_final_call("a", talk=60),
        a_final_call("b", talk=120),
        a_final_call("c", connected=False, talk=0),
        a_call("d", target_id=7, forwarded_time=at(1)),
    )
    assert buyer("answered", a_target(), calls) == "2/3"
    assert buyer("answer", a_target(), calls) == "67 %"
    assert buyer("talk", a_target(), calls) == "1:30"
    assert buyer("talk", a_target()) == UNKNOWN


def test_no_tone_stands_alone() -> None:
    """Whoever sees no colour sees the same: what a tone says stands in the text as well."""
    context = Context(at(140), Ledger())
    for tone, call in ((Tone.BAD, a_final_call(pixels=(FiredPixel("", "new", created_at=at(101)),))),):
        found = COLUMNS["pixels"].cell(call, context, 10)
        assert found.tone is tone
        assert "!" in found.text


@pytest.mark.parametrize(("year", "hours"), [(1, -5), (9999, 9)])
def test_a_time_at_the_edge_of_the_calendar_is_told_in_every_zone(year: int, hours: int) -> None:
    moment = datetime(year, 1 if hours < 0 else 12, 1 if hours < 0 else 31, 23 if hours > 0 else 0, tzinfo=UTC)
    assert wording.local(moment, timezone(timedelta(hours=hours))) == f"{moment:%H:%M:%S}"
