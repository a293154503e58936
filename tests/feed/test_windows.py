"""How wide the windows are in which calls are read again."""

from __future__ import annotations

import random
from bisect import bisect_left, bisect_right
from datetime import datetime, timedelta
from statistics import fmean

import pytest

from monitor.feed.sweeps import AGES, Sweeps, Window, begun
from tests.make import NOON

HOURS = 3


def windows(calls: list[datetime]) -> list[Window]:
    """Return the windows of the youngest age over so many hours, with what is due looked for every five seconds."""

    def created(start: datetime, end: datetime) -> dict[str, datetime]:
        found = range(bisect_left(calls, start), bisect_right(calls, end))
        return {f"c{number}": calls[number] for number in found}

    sweeps, swept = Sweeps(created), begun(NOON)
    found: list[Window] = []
    for tick in range(HOURS * 720):
        for _ in range(3):
            window = sweeps.due(swept, NOON + timedelta(seconds=5 * tick))
            if window is not None:
                swept[window.age] = window.end
                found += [window] * (window.age == AGES[0])
    return found


@pytest.mark.parametrize("rate", [0.35, 0.6])
def test_a_window_fills_a_page_though_calls_come_as_they_please(rate: float) -> None:
    chance = random.Random(1)  # noqa: S311  # not for secrets
    calls = [NOON]
    while calls[-1] < NOON + timedelta(hours=HOURS):
        calls.append(calls[-1] + timedelta(seconds=chance.expovariate(rate)))
    found = windows(calls)
    assert max(len(window.known) for window in found) <= 100
    assert fmean(len(window.known) for window in found) > 90
    assert len(frozenset().union(*(window.known for window in found))) > 0.93 * len(calls)


def test_windows_of_a_quiet_account_are_wide_all_the_same() -> None:
    found = windows([NOON + timedelta(minutes=10 * number) for number in range(6 * HOURS)])
    assert {round((window.end - window.start).total_seconds()) for window in found} == {300}
