"""Sums over weeks: every span is told right, to the step that its time is kept in, and little is kept."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitor.ledger.sums import STEP, Sums, Timeline, step_of
from monitor.model.call import Call
from tests.make import a_call, a_final_call, at

HOUR, DAY = 3600, 86400
moments = st.integers(-40 * DAY, 0) | st.integers(-2 * DAY, 0) | st.integers(-4 * HOUR, 0)


def summed(calls: list[Call], timeline: Timeline, first: int, last: int) -> Sums:
    """The sums over `calls` from nothing, between where the merged steps of both ends begin."""
    sums = Sums()
    for call in calls:
        assert call.began is not None
        if timeline.first_of(first) <= step_of(call.began) < timeline.first_of(last):
            sums.add(call)
    return sums


@given(
    st.lists(st.tuples(moments, st.integers(0, 3)), max_size=30),
    st.lists(st.integers(0, 30 * DAY), max_size=4),
    st.lists(st.tuples(moments, moments), max_size=4),
    st.data(),
)
def test_the_sums_of_any_span_are_right_however_old_it_is(
    started: list[tuple[int, int]], later: list[int], spans: list[tuple[int, int]], data: st.DataObject
) -> None:
    timeline = Timeline()
    asked = [sorted((step_of(at(first)), step_of(at(last)))) for first, last in spans]
    held: list[Call] = []
    for number, (moment, _) in enumerate(started):
        call = (a_call if number % 3 else a_final_call)(f"c{number}", moment)
        timeline.add(call.began, call, 1)
        held.append(call)
    for now in [0, *sorted(later)]:
        newest = a_call("newest", now)
        timeline.add(newest.began, newest, 1)
        held.append(newest)
        timeline.coarsen(at(now))
        for call in [call for call in held if data.draw(st.integers(0, 9)) == 0]:
            held.remove(call)
            timeline.add(call.began, call, -1)
        for first, last in asked:
            assert timeline.between(first, last) == summed(held, timeline, first, last)
        end = step_of(at(now)) + 1
        for window in (15 * 60 // STEP, HOUR // STEP, 2 * HOUR // STEP):
            assert timeline.first_of(end - window) == end - window, "what the figures are about is told to ten seconds"
            assert timeline.between(end - window, end) == summed(held, timeline, end - window, end)
    assert all(sums.calls for sums in timeline.steps.values())


def test_old_steps_are_minutes_then_quarters_of_an_hour_then_hours() -> None:
    timeline = Timeline()
    timeline.add(at(0), a_call(), 1)
    timeline.coarsen(at(0))
    ages = [0, 3 * HOUR - STEP, 4 * HOUR, 23 * HOUR, 25 * HOUR, 27 * DAY, 29 * DAY]
    assert [timeline.grain(step_of(at(-age))) * STEP for age in ages] == [10, 10, 60, 60, 900, 900, 3600]


def test_what_is_kept_of_weeks_does_not_grow_with_the_calls() -> None:
    timeline = Timeline()
    for minute in range(8 * DAY // 60):
        call = a_call("c", 60 * minute)
        timeline.add(call.began, call, 1)
        timeline.coarsen(at(60 * minute))
        if minute == 24 * 60:
            after_a_day = len(timeline.steps)
    assert len(timeline.steps) < after_a_day + 7 * 24 * 4 + 60
    assert timeline.between(step_of(at(0)), step_of(at(8 * DAY))).calls == 8 * DAY // 60


def test_neither_a_wrong_clock_nor_a_wrong_stamp_blurs_what_is_new() -> None:
    timeline = Timeline()
    timeline.add(at(0), a_call(), 1)
    timeline.coarsen(at(3650 * DAY))
    assert timeline.grain(step_of(at(-HOUR))) == 1
    timeline.add(at(3650 * DAY), a_call(), 1)
    timeline.coarsen(at(60))
    assert timeline.grain(step_of(at(-HOUR))) == 1
