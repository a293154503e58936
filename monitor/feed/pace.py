"""When to ask again: the interval, the backing off after failures, and the count of requests."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable

_MOST = 60.0
"""Seconds that backing off adds at the most."""
_RETRY_AFTER_MOST = 300.0
"""Seconds that a server's wish to wait is followed at the most, and the longest interval."""
_OPENS_AFTER = 5
"""Failures in a row after which the breaker opens."""
_EASING = 0.9
"""What a success leaves of the stretch that throttling put into the interval."""
_LATENCIES = 50
_DUTY = 2.0
"""How many times the usual latency the interval is at least, so that the server rests half of the time."""


class Pace:
    """Counts requests and says how long to wait. All times are seconds of a clock that goes on during sleep.

    `base` is the interval that was asked for.
    """

    def __init__(self, base: float, jitter: Callable[[float, float], float] = random.uniform) -> None:
        self.failures = 0
        self._base = base
        self._stretch = 1.0
        self._jitter = jitter
        self._requests: deque[float] = deque()
        self._latencies: deque[float] = deque(maxlen=_LATENCIES)

    @property
    def interval(self) -> float:
        """The seconds between polls now: longer than asked for while the server is slow or has throttled."""
        usual = sorted(self._latencies)[int(0.95 * len(self._latencies))] if self._latencies else 0.0
        return min(max(self._base * self._stretch, _DUTY * usual), max(_RETRY_AFTER_MOST, self._base))

    @property
    def broken(self) -> bool:
        """Whether the breaker is open: then every try is a single request over a new connection."""
        return self.failures >= _OPENS_AFTER

    @property
    def backing_off(self) -> bool:
        """Whether the last try failed, or the interval is still stretched because the server has throttled."""
        return self.failures > 0 or self._stretch > 1.0

    def requested(self, at: float, count: int = 1) -> None:
        """Count so many requests made at `at`."""
        self._requests.extend([at] * count)

    def answered(self, latency: float) -> None:
        """Note how many seconds an answer took."""
        self._latencies.append(latency)

    def per_minute(self, at: float) -> int:
        """Return the requests of the minute before `at`."""
        while self._requests and self._requests[0] <= at - 60:
            self._requests.popleft()
        return len(self._requests)

    def succeeded(self) -> float:
        """Return the seconds until the next poll after a success."""
        self.failures = 0
        self._stretch = max(1.0, self._stretch * _EASING)
        return self.interval

    def failed(self, retry_after: float | None = None, *, throttled: bool = False) -> float:
        """Return the seconds until the next try: full jitter over a doubling span, never below the interval.

        The poll itself is the retry: nothing else tries again. A server's wish is followed, up to five minutes,
        with a fifth of jitter, so that many screens do not come back in the same second. `throttled`: the server
        asks for fewer requests, so the interval doubles, and shrinks again with every success.
        """
        self.failures += 1
        if throttled:
            self._stretch = min(2 * self._stretch, max(1.0, _RETRY_AFTER_MOST / self._base))
        if retry_after is not None:
            wished = min(retry_after, _RETRY_AFTER_MOST)
            return max(self.interval, wished + self._jitter(0, wished / 5))
        span = min(_MOST, self._base * 2.0 ** min(self.failures, 30))
        return max(self.interval, self._jitter(0, span))
