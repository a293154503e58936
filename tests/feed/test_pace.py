"""Asking again: not too soon, not in step with others, and as the server wishes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitor.feed.pace import Pace


@given(st.integers(1, 40), st.floats(1, 30))
def test_waits_after_failures_stay_between_the_interval_and_a_minute(failures: int, interval: float) -> None:
    pace = Pace(interval)
    waits = [pace.failed() for _ in range(failures)]
    assert all(interval <= wait <= max(60, interval) for wait in waits)


def test_the_span_of_the_jitter_doubles_with_every_failure_and_ends_with_a_success() -> None:
    asked: list[float] = []

    def widest(low: float, high: float) -> float:
        asked.append(high)
        return high

    pace = Pace(5, jitter=widest)
    assert [pace.failed() for _ in range(5)] == [10, 20, 40, 60, 60]
    assert pace.succeeded() == 5
    assert pace.failed() == 10


@given(st.floats(0, 100_000))
def test_a_servers_wish_is_followed_up_to_five_minutes(wish: float) -> None:
    wait = Pace(5).failed(retry_after=wish)
    assert min(wish, 300) <= wait or wait == 5
    assert wait <= max(5, 300 * 1.2)


def test_requests_are_counted_over_the_last_minute() -> None:
    pace = Pace(5)
    for second in range(0, 120, 10):
        pace.requested(second)
    assert pace.per_minute(119) == 6
    assert pace.per_minute(500) == 0
