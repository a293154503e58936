"""When to ask again: the interval, the backing off after failures, and the count of requests."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable

_MOST = 60.0
"""Seconds that backing off adds at the most."""
_RETRY_AFTER_MOST = 300.0
"""Seconds that a server's wish to wait is followed at the most."""


class Pace:
    """Counts requests and says how long to wait. All times are seconds of a clock that goes on during sleep."""

    def __init__(self, interval: float, jitter: Callable[[float, float], float] = random.uniform) -> None:
        self.interval = interval
        self.failures = 0
        self._jitter = jitter
        self._requests: deque[float] = deque()

    def requested(self, at: float, count: int = 1) -> None:
        """Count so many requests made at `at`."""
        self._requests.extend([at] * count)

    def per_minute(self, at: float) -> int:
        """Return the requests of the minute before `at`."""
        while self._requests and self._requests[0] <= at - 60:
            self._requests.popleft()
        return len(self._requests)

    def succeeded(self) -> float:
        """Return the seconds until the next poll after a success."""
        self.failures = 0
        return self.interval

    def failed(self, retry_after: float | None = None) -> float:
        """Return the seconds until the next try: full jitter over a doubling span, never below the interval.

        The poll itself is the retry: nothing else tries again. A server's wish is followed, up to five minutes,
        with a fifth of jitter, so that many screens do not come back in the same second.
        """
        self.failures += 1
        if retry_after is not None:
            wished = min(retry_after, _RETRY_AFTER_MOST)
            return max(self.interval, wished + self._jitter(0, wished / 5))
        return max(self.interval, self._jitter(0, min(_MOST, self.interval * 2**self.failures)))
