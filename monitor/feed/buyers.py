"""Which page of the targets is to be read next. Busy ones are read often, the rest slowly: the budget is shared."""

from __future__ import annotations

from collections.abc import Set
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monitor.api.pages import Page
    from monitor.model.target import Target

OFTEN = 10.0
"""Seconds between two readings of a page with a target that has calls, or that somebody looks at."""
SLOWLY = 60.0
"""Seconds between two readings of any other page."""
_NEVER = float("-inf")


class Buyers:
    """The targets as they were read last, a page at a time. Moments are seconds of a clock that never jumps."""

    def __init__(self) -> None:
        self.pinned: Set[int] = frozenset()
        """Targets that somebody looks at."""
        self._known: dict[int, tuple[Target, float]] = {}
        """Every target, and when it was seen last."""
        self._busy: list[bool] = [False]
        self._ids: list[Set[int]] = [frozenset()]
        self._read: list[float] = [_NEVER]
        """For each page whether a target on it has calls, who is on it, and when it was read."""

    def due(self, now: float) -> int | None:
        """Return the number of the page to read now: the one that has waited longest for its turn."""
        often = [busy or bool(ids & self.pinned) for busy, ids in zip(self._busy, self._ids, strict=True)]
        waited = [now - read - (OFTEN if soon else SLOWLY) for read, soon in zip(self._read, often, strict=True)]
        longest = max(waited)
        return waited.index(longest) + 1 if longest >= 0 else None

    def again(self) -> None:
        """Read all of them as soon as may be: what is known is old."""
        self._read = [_NEVER] * len(self._read)

    def took(self, page: Page[Target], now: float) -> None:
        """Take in what was read at `now`.

        Targets move between pages as others come and go. One is gone when all pages were read since it was seen.
        """
        there = max(page.number + 1, len(self._read)) if page.has_next else page.number
        more = there - len(self._read)
        self._busy = [*self._busy[:there], *([False] * more)]
        self._ids = [*self._ids[:there], *([frozenset()] * more)]
        self._read = [*self._read[:there], *([_NEVER] * more)]
        found = page.parsed.records
        self._known.update({target.id: (target, now) for target in found})
        self._read[page.number - 1] = now
        self._busy[page.number - 1] = any(target.calls_in_progress for target in found)
        self._ids[page.number - 1] = frozenset(target.id for target in found)
        oldest = min(self._read)
        self._known = {number: known for number, known in self._known.items() if known[1] >= oldest}

    @property
    def all(self) -> tuple[Target, ...]:
        """Return the targets known."""
        return tuple(target for target, _ in self._known.values())
