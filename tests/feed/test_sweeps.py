"""Which closed windows of creation time are read again, and when."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest

from monitor.feed.sweeps import AGES, Sweeps, Window, begun
from tests.make import NOON, at


class Known:
    """The calls that are known, one every `every` seconds from noon on."""

    def __init__(self, every: float, count: int = 100_000) -> None:
        self.every, self.count = every, count

    def __call__(self, start: datetime, end: datetime) -> Mapping[str, datetime]:
        first = max(0, int((start - NOON).total_seconds() / self.every))
        found: dict[str, datetime] = {}
        for number in range(first, self.count):
            created = at(number * self.every)
            if created > end:
                break
            if created >= start:
                found[f"c{number}"] = created
        return found


def played(known: Known, seconds: int, *, step: int = 5, per_step: int = 3) -> list[tuple[float, Window]]:
    """Return the windows swept in so many seconds from noon on, and when, a poll every `step` seconds."""
    sweeps, swept = Sweeps(known), begun(NOON)
    found: list[tuple[float, Window]] = []
    for second in range(0, seconds, step):
        for _ in range(per_step):
            window = sweeps.due(swept, at(second))
            if window is None:
                break
            found.append((second, window))
            swept = {**swept, window.age: window.end}
    return found


def test_what_is_read_at_the_start_is_not_due() -> None:
    assert Sweeps(Known(10)).due(begun(NOON), NOON) is None


def test_windows_of_an_age_follow_each_other_without_a_hole() -> None:
    windows = [window for _, window in played(Known(10), 4 * 3600)]
    for age in AGES[:3]:
        of_age = [window for window in windows if window.age == age]
        assert of_age[0].start == NOON - timedelta(seconds=age)
        assert all(one.end == other.start for one, other in itertools.pairwise(of_age))
        assert at(4 * 3600 - age) - of_age[-1].end < timedelta(minutes=6)


@pytest.mark.parametrize("every", [1, 10, 60])
def test_a_call_is_read_again_soon_after_it_reached_each_age(every: float) -> None:
    windows = played(Known(every), 3 * 3600)
    for age in AGES[:2]:
        late = [second - (window.start - NOON).total_seconds() - age for second, window in windows if window.age == age]
        assert min(late) >= 0
        assert max(late) <= 305 + 10


@pytest.mark.parametrize("every", [0.5, 2, 60])
def test_a_window_is_closed_is_young_enough_and_fits_on_a_page(every: float) -> None:
    for second, window in played(Known(every), 3600):
        assert window.start <= window.end <= at(second - window.age)
        assert window.end - window.start <= timedelta(minutes=5)
        assert len(window.known) <= 96
        assert window.known == set(Known(every)(window.start, window.end))


def test_a_hundred_calls_of_one_moment_do_not_stop_the_sweeps() -> None:
    def at_once(start: datetime, end: datetime) -> Mapping[str, datetime]:
        return {f"c{number}": at(0) for number in range(200) if start <= at(0) <= end}

    sweeps, swept = Sweeps(at_once), {120: at(-30)}
    for _ in range(10):
        window = sweeps.due(swept, at(600))
        if window is None:
            break
        assert window.end > window.start
        swept[120] = window.end
    assert swept[120] > at(0)


def test_after_a_week_off_only_the_oldest_age_has_the_week_to_read() -> None:
    week = 7 * 86400
    sweeps, swept = Sweeps(Known(3600)), begun(NOON)
    younger = 0
    for _ in range(3000):
        window = sweeps.due(swept, at(week))
        if window is None:
            break
        assert window.last == (window.age == AGES[-1])
        younger += not window.last
        swept[window.age] = window.end
    else:
        raise AssertionError("never done")
    assert younger <= 86400 / 300


def test_a_clock_that_goes_back_makes_nothing_due() -> None:
    assert Sweeps(Known(10)).due(begun(NOON), at(-7200)) is None
