"""When a webhook fails: told early, from its first failure on, and never for a few pixels that stay new."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.insight.incidents import SILENT, Span, spans
from monitor.insight.tally import ENOUGH, HOUR, Tally, Usual, usual
from tests.make import NOON, at

SOON = at(100_000)


def outcomes(pattern: str, every: float = 10) -> list[tuple[object, bool]]:
    """Return samples `every` so many seconds: `x` failed, anything else was sent."""
    return [(at(every * place), mark == "x") for place, mark in enumerate(pattern)]


def found(pattern: str, share: float | None = None) -> list[tuple[float, float | None]]:
    """Return beginnings and ends by the place in the pattern."""
    samples = outcomes(pattern)
    told = spans(samples, share, at(10 * len(pattern)))  # type: ignore[arg-type]  # `at` gives datetimes
    places = [((each.since - NOON).total_seconds(), each.until) for each in told]
    return [(since / 10, None if until is None else (until - NOON).total_seconds() / 10) for since, until in places]


@pytest.mark.parametrize(
    ("name", "pattern", "incidents"),
    [
        ("nothing", "", []),
        ("nothing fails", "." * 50, []),
        ("four in a row prove nothing", "." * 20 + "xxxx" + "." * 20, []),
        ("five do", "." * 20 + "xxxxx", [(20, None)]),
        ("also where nothing came before", "xxxxx", [(0, None)]),
        ("a single one now and then is no incident", ("." * 49 + "x") * 40, []),
        ("nor two, far enough apart", ("x" + "." * 30) * 40, []),
        ("half of them failing is seen as soon as that is plain", "." * 20 + ".x" * 6, [(21, None)]),
        ("it begins with its first failure and ends with the first that was sent", "..xxxxxxxx" + "." * 10, [(2, 10)]),
        ("nine sent in a row are not enough to end it", "..xxxxxxxx" + "." * 9, [(2, None)]),
        ("one failure on the way back postpones the end", "xxxxx" + "." * 9 + "x" + "." * 11, [(0, 5)]),
        ("two failures begin the count anew", "xxxxx" + "." * 5 + "xx" + "." * 10, [(0, 12)]),
        ("two are told apart", "xxxxx" + "." * 20 + "xxxxx", [(0, 5), (25, None)]),
    ],
)
def test_when(name: str, pattern: str, incidents: list[tuple[float, float | None]]) -> None:
    assert found(pattern) == incidents, name


def test_what_is_usual_is_no_incident() -> None:
    chance = random.Random(4)  # noqa: S311  # chance, no secret
    third = "".join("x" if chance.random() < 1 / 3 else "." for _ in range(2000))
    assert found(third, 1 / 3) == []
    assert found(third, 0.01) != []


def test_a_webhook_that_always_fails_opens_nothing_new() -> None:
    assert found("x" * 500, 1.0) == []


@pytest.mark.parametrize("seed", range(5))
def test_a_steady_trickle_of_new_pixels_opens_none(seed: int) -> None:
    """The reference's own samples have single pixels that stay new: one or two in a hundred, for ever."""
    chance = random.Random(seed)  # noqa: S311  # chance, no secret
    assert found("".join("x" if chance.random() < 0.015 else "." for _ in range(20_000))) == []


def test_after_hours_of_silence_nobody_says_that_it_still_fails() -> None:
    samples = outcomes("xxxxx")
    last = samples[-1][0]
    assert spans(samples, None, last + SILENT)[0].until is None  # type: ignore[arg-type, operator]  # see `found`
    later = last + SILENT + timedelta(seconds=1)  # type: ignore[operator]
    assert spans(samples, None, later) == [Span(NOON, last)]  # type: ignore[arg-type]


@given(st.text(".x", max_size=200), st.none() | st.floats(0, 1))
def test_incidents_lie_in_order_and_hold_a_failure_at_their_beginning(pattern: str, share: float | None) -> None:
    told = found(pattern, share)
    edge = -1.0
    for since, until in told:
        assert since > edge
        assert pattern[int(since)] == "x"
        if until is not None:
            assert pattern[int(until)] == "."
            edge = until
    assert all(until is not None for _, until in told[:-1])


def hour(settled: int, failed: int) -> Tally:
    tally = Tally()
    tally.counts[0] = settled - failed  # sent
    tally.counts[2] = failed  # stuck
    return tally


NOW_HOUR = int(NOON.timestamp()) // HOUR


def test_usual_is_the_median_of_the_same_hours_of_the_days_before() -> None:
    days = {1: (100, 2), 2: (100, 90), 3: (100, 4), 4: (ENOUGH - 1, 19)}
    hours = [(NOW_HOUR - 24 * day, hour(*counted)) for day, counted in days.items()]
    assert usual(hours, NOON) == Usual(0.04, 3)


def test_the_hours_beside_it_count_and_those_further_off_do_not() -> None:
    near = [(NOW_HOUR - 24 + off, hour(30, 3)) for off in (-1, 0, 1)]
    far = [(NOW_HOUR - 24 + off, hour(30, 30)) for off in (-2, 2)]
    assert usual([*near, *far], NOON) == Usual(0.1, 1)


def test_without_earlier_days_the_hours_before_are_usual_but_not_the_last_one() -> None:
    hours = [(NOW_HOUR - 3, hour(50, 5)), (NOW_HOUR - 2, hour(50, 10)), (NOW_HOUR - 1, hour(50, 50))]
    told = usual([*hours, (NOW_HOUR, hour(50, 50))], NOON)
    assert told is not None
    assert (round(told.share, 3), told.of, told.certain) == (0.15, "the hours before", 0.1)


def test_too_few_pixels_tell_nothing() -> None:
    assert usual([(NOW_HOUR - 24, hour(ENOUGH - 1, 3))], NOON) is None
