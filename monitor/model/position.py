"""Where a replay stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

SPEEDS = (1.0, 2.0, 5.0, 10.0, 60.0, 600.0, 3600.0)
"""Seconds of the past that go by in one second, slowest first. A replay may begin with any other speed."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a replay from `start` to `end` stands: at the moment `now`, playing or not, at `speed`.

    `next_at` is when something changes next (None: nothing does any more, or it is not known yet). While `reading`,
    the state at `now` is still being put together, and the clock stands.
    """

    now: datetime
    start: datetime
    end: datetime
    playing: bool
    speed: float
    next_at: datetime | None = None
    reading: bool = False
