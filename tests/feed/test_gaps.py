"""Gaps behave as the set of instants that they stand for."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from monitor.feed import gaps
from monitor.model.health import Gap
from tests.make import at

LAST = 12
SECONDS = st.integers(0, LAST)
SPANS = st.tuples(SECONDS, SECONDS).map(lambda ends: (min(ends), max(ends)))


def made(spans: list[tuple[int, int]]) -> tuple[Gap, ...]:
    found: tuple[Gap, ...] = ()
    for start, end in spans:
        found = gaps.add(found, at(start), at(end))
    return found


def instants(known: tuple[Gap, ...]) -> set[float]:
    """The half seconds within `known`, both ends included: enough to tell an end from what lies beside it."""
    return {half / 2 for half in range(2 * LAST + 1) if any(gap.start <= at(half / 2) <= gap.end for gap in known)}


def in_order_and_apart(known: tuple[Gap, ...]) -> bool:
    return all(gap.start <= gap.end for gap in known) and all(
        one.end < other.start for one, other in itertools.pairwise(known)
    )


@given(st.lists(SPANS, max_size=6))
def test_adding_is_the_union(spans: list[tuple[int, int]]) -> None:
    known = made(spans)
    wanted = {half / 2 for half in range(2 * LAST + 1) for start, end in spans if start <= half / 2 <= end}
    assert instants(known) == wanted
    assert in_order_and_apart(known)


@given(st.lists(SPANS, max_size=6), SPANS)
def test_reading_a_span_leaves_what_lies_beside_it_and_the_stamp_it_ended_on(
    spans: list[tuple[int, int]], read: tuple[int, int]
) -> None:
    above, end = read
    left = gaps.without(made(spans), at(above), at(end))
    before = instants(made(spans))
    gone = {half / 2 for half in range(2 * LAST + 1) if above < half / 2 <= end}
    assert before - gone <= instants(left) <= before, "nothing unread is forgotten, and nothing appears"
    assert instants(left) & gone <= {float(end)}, "an end that a later gap keeps is read once more, no more than that"
    assert all(gap.start <= gap.end for gap in left)


@given(st.lists(SPANS, max_size=6), SECONDS)
def test_reading_all_there_is_leaves_what_is_newer(spans: list[tuple[int, int]], end: int) -> None:
    left = gaps.without(made(spans), None, at(end))
    assert {each for each in instants(made(spans)) if each > end} <= instants(left)
    assert not {each for each in instants(left) if each < end}


@given(st.lists(SPANS, min_size=1, max_size=6))
def test_reading_piece_by_piece_from_the_newest_down_ends(spans: list[tuple[int, int]]) -> None:
    known = made(spans)
    for _ in range(2 * LAST):
        if not known:
            break
        goal = known[-1]
        above = goal.end - (at(2) - at(0))
        known = gaps.without(known, above if above > goal.start else goal.start - (at(1) - at(0)), goal.end)
    assert known == ()
