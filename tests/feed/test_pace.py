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


@given(st.lists(st.floats(0, 30), min_size=1, max_size=200), st.floats(1, 60))
def test_the_interval_is_at_least_twice_what_nearly_all_answers_take(latencies: list[float], base: float) -> None:
    pace = Pace(base)
    for latency in latencies:
        pace.answered(latency)
    lately = sorted(latencies[-50:])
    assert pace.interval >= base
    assert pace.interval <= max(base, 2 * lately[-1])
    quicker = sum(2 * latency <= pace.interval for latency in lately)
    assert quicker >= 0.95 * len(lately)


def test_the_interval_shrinks_again_when_the_server_is_quick_again() -> None:
    pace = Pace(5)
    for _ in range(100):
        pace.answered(10)
    assert pace.interval == 20
    for _ in range(50):
        pace.answered(0.2)
    assert pace.interval == 5


def test_throttling_doubles_the_interval_and_every_success_takes_a_tenth_back() -> None:
    pace = Pace(5)
    pace.failed(throttled=True)
    pace.failed(throttled=True)
    assert pace.interval == 20
    assert pace.succeeded() == 18
    for _ in range(30):
        pace.succeeded()
    assert pace.interval == 5
    pace.failed()
    assert pace.interval == 5, "a fault is no wish for fewer requests"


def test_throttling_does_not_stretch_the_interval_beyond_five_minutes() -> None:
    pace = Pace(5)
    for _ in range(100):
        pace.failed(throttled=True)
    assert pace.interval == 300


def test_a_longer_interval_that_was_asked_for_holds() -> None:
    pace = Pace(3600)
    pace.failed(throttled=True)
    assert pace.interval == 3600


@given(st.integers(0, 20))
def test_the_breaker_opens_with_the_fifth_failure_in_a_row_and_closes_with_a_success(failures: int) -> None:
    pace = Pace(5)
    for _ in range(failures):
        pace.failed()
    assert pace.broken == (failures >= 5)
    pace.succeeded()
    assert not pace.broken
