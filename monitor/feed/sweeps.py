"""Which calls are to be read again, because they have reached an age.

A pixel can change without moving its call's `updated_at`, a late commit can appear below every watermark, and a deleted
call is on no page: reading closed windows of `created_at` again, at growing ages, heals all three. `created_at` never
changes, so the pages of a closed window do not drift.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

AGES = (120, 900, 3600, 21600, 86400)
"""Seconds after its creation at which a call is read again."""
_SPAN = timedelta(minutes=5)
"""The widest window."""
_ROWS = 95
"""Known calls in one window at the most: with a few that are not known it still is one page."""
_SURPLUS = 1.1
"""For how much more than `_ROWS` calls a window is waited for: then nearly every page is a full one."""

Created = Callable[[datetime, datetime], Mapping[str, datetime]]
"""Returns the known calls created in a span, oldest first."""


@dataclass(frozen=True, slots=True)
class Window:
    """A closed window of creation time to be read again, and the calls known to lie in it."""

    age: int
    start: datetime
    end: datetime
    known: frozenset[str]
    last: bool
    """Whether nobody will look at these calls again."""


def begun(now: datetime) -> dict[int, datetime]:
    """Return how far the sweeps are when the account is read for the first time: what is read now is not due."""
    return {age: now - timedelta(seconds=age) for age in AGES}


class Sweeps:
    """Chooses the windows. A window ends early where it would not fit on one page."""

    def __init__(self, created: Created) -> None:
        self._created = created
        self._wait = dict.fromkeys(AGES, _SPAN)
        """How wide the window of each age must have become before it is read: as it takes to fill a page."""

    def due(self, swept: Mapping[int, datetime], now: datetime) -> Window | None:
        """Return a window that is due at `now` by the account's clock, the youngest calls first; None: nothing is."""
        for age, older in zip(AGES, (*AGES[1:], None), strict=True):
            end = now - timedelta(seconds=age)
            start = swept.get(age, end)
            if older is not None:
                start = max(start, now - timedelta(seconds=older))  # what is older still is read at that age
            if end - start >= self._wait[age]:
                return self._window(age, start, min(end, start + _SPAN))
        return None

    def _window(self, age: int, start: datetime, end: datetime) -> Window:
        known = list(self._created(start, end).items())
        if len(known) > _ROWS and known[_ROWS][1] > start:
            end = known[_ROWS][1]
            known = [(uuid, created) for uuid, created in known if created <= end]
        self._wait[age] = min(_SPAN, (end - start) * _SURPLUS * _ROWS / max(1, len(known)))
        return Window(age, start, end, frozenset(uuid for uuid, _ in known), age == AGES[-1])
