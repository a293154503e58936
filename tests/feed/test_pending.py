"""When a call that waits for a pixel is read again, and which one first."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.feed.pending import GAPS, Pending
from monitor.model.call import Call, FiredPixel
from tests.make import NOON, at

SECONDS = tuple(gap.total_seconds() for gap in GAPS)
LONG = NOON + timedelta(days=1)


def a_waiting(uuid: str = "c1", *statuses: str, updated: float = 0) -> Call:
    """Return a call whose pixels have these statuses; a single new one if none is given."""
    pixels = tuple(FiredPixel(f"https://pixels.example/{n}", status) for n, status in enumerate(statuses or ("new",)))
    return Call(uuid, updated_at=at(updated), pixels=pixels)


def noted(*calls: Call, seconds: float = 0, most: int = 100) -> Pending:
    pending = Pending(most)
    for call in calls:
        pending.note(call, at(seconds), None)
    return pending


def looks(pending: Pending, until: float, *, late: float = 0.0) -> list[float]:
    """Return after how many seconds each look comes, when one is made so many seconds after it is due."""
    made = []
    for second in range(int(until)):
        if (uuid := pending.due(at(second - late))) is not None:
            pending.looked(uuid, at(second))
            made.append(float(second))
    return made


def test_it_is_read_again_after_growing_gaps_and_then_given_up() -> None:
    assert looks(noted(a_waiting()), 5000) == list(SECONDS) == sorted(SECONDS)


def test_who_comes_late_skips_what_has_passed_meanwhile() -> None:
    assert looks(noted(a_waiting()), 5000, late=40) == [55, 100, 160, 340, 640]


@pytest.mark.parametrize(
    ("statuses", "waits"),
    [
        ((), False),
        (("fired",), False),
        (("failed",), False),
        (("new",), True),
        (("fired", "new", "fired"), True),
    ],
)
def test_a_call_waits_while_a_pixel_is_new(statuses: tuple[str, ...], waits: bool) -> None:
    pending = noted(a_waiting("c1", *statuses) if statuses else Call("c1"))
    assert ("c1" in pending) is waits
    assert (pending.due(LONG) is not None) is waits


def test_a_call_whose_pixels_are_sent_is_forgotten_at_once() -> None:
    pending = noted(a_waiting("c1", "new", "new"))
    pending.note(a_waiting("c1", "fired", "new"), at(5), None)
    assert "c1" in pending
    pending.note(a_waiting("c1", "fired", "fired"), at(6), None)
    assert "c1" not in pending
    assert not pending.looked("c1", at(7))


def test_a_call_that_is_gone_is_forgotten() -> None:
    pending = noted(a_waiting())
    pending.forget("c1")
    pending.forget("never known")
    assert pending.due(LONG) is None


def test_an_older_version_changes_nothing() -> None:
    pending = noted(a_waiting(updated=10))
    pending.note(a_waiting("c1", "fired", updated=5), at(20), None)
    assert "c1" in pending
    pending.note(a_waiting("c1", "fired", updated=9_000_000), at(20), at(80))
    assert "c1" not in pending, "a stamp from the future orders nothing"


def test_seen_again_it_does_not_begin_anew_but_another_pixel_does() -> None:
    pending = noted(a_waiting())
    assert looks(pending, 5000) == list(SECONDS)
    pending.note(a_waiting(updated=6000), at(6000), None)
    assert pending.due(LONG) is None, "it was given up"
    pending.note(a_waiting("c1", "new", "new", updated=6001), at(6001), None)
    assert pending.due(at(6001) + GAPS[0]) == "c1"


def test_it_is_looked_at_once_at_least_however_long_it_has_waited() -> None:
    """As after a restart: it was seen first by another process, perhaps days ago."""
    pending = Pending()
    pending.note(a_waiting(), NOON - timedelta(days=3), None)
    assert looks(pending, 5000) == [0]


def test_the_longest_overdue_comes_first_but_before_it_those_never_looked_at() -> None:
    pending = noted(a_waiting("looked at"))
    pending.looked("looked at", at(20))
    for second, uuid in ((30, "second"), (25, "first"), (500, "not yet")):
        pending.note(a_waiting(uuid), at(second), None)
    order = []
    while (found := pending.due(at(510))) is not None:
        order.append(found)
        pending.looked(found, at(510))
    assert order == ["first", "second", "looked at"]


def test_who_is_looked_at_by_somebody_is_not_read_once_more() -> None:
    pending = noted(a_waiting())
    for second in range(0, 61, 5):
        assert pending.looked("c1", at(second))
        assert pending.due(at(second)) is None
    assert pending.due(at(120)) == "c1"


def test_what_is_pushed_out_is_counted_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        pending = Pending(100)
        for n in range(250):
            pending.note(a_waiting(f"c{n}"), at(n), None)
    assert len(pending) == 100
    assert pending.pushed_out == 150
    assert "c249" in pending
    assert "c149" not in pending
    assert len(caplog.records) == 1


def test_a_history_that_is_told_backwards_pushes_out_its_oldest() -> None:
    pending = Pending(100)
    for n in range(250):
        pending.note(a_waiting(f"c{n}"), at(-n), None)
    assert len(pending) == 100
    assert "c0" in pending
    assert "c249" not in pending


def test_one_that_was_given_up_makes_room_without_being_missed() -> None:
    pending = noted(a_waiting("old"), most=1)
    looks(pending, 5000)
    pending.note(a_waiting("new"), at(6000), None)
    assert (len(pending), pending.pushed_out) == (1, 0)


EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("note"), st.integers(0, 5), st.sampled_from(["new", "fired"])),
        st.tuples(st.just("look"), st.just(0), st.just("")),
        st.tuples(st.just("wait"), st.integers(0, 400), st.just("")),
    ),
    max_size=60,
)


@given(EVENTS)
def test_no_call_is_looked_at_more_often_than_there_are_gaps_nor_sooner_than_the_first(
    events: list[tuple[str, int, str]],
) -> None:
    pending, now = Pending(4), 0
    since: dict[str, int] = {}
    count: dict[str, int] = {}
    for what, value, status in events:
        uuid = f"c{value}"
        if what == "wait":
            now += value
        elif what == "note":
            known = uuid in pending
            pending.note(a_waiting(uuid, status), at(now), None)
            if not known and uuid in pending:
                since[uuid], count[uuid] = now, 0
        elif (due := pending.due(at(now))) is not None:
            assert now - since[due] >= SECONDS[0]
            pending.looked(due, at(now))
            count[due] += 1
            assert count[due] <= len(GAPS)
            again = pending.due(at(now))
            assert again != due
    assert len(pending) <= 4
    assert all(call.pixels[0].status == "new" for call in (each.call for each in pending._noted.values()))
