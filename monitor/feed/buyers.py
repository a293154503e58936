"""Which page of the targets is to be read next. Busy ones are read often, the rest slowly: the budget is shared."""

from __future__ import annotations

from collections.abc import Iterable, Set

from monitor.feed.listed import Listed, Turn
from monitor.model.target import Target

OFTEN = 10.0
"""Seconds between two readings of a page with a target that has calls, or that somebody looks at."""
SLOWLY = 60.0
"""Seconds between two readings of any other page."""


class Buyers(Listed[int, Target]):
    """The targets as they were read last, a page at a time."""

    def __init__(self, known: Iterable[Target] = ()) -> None:
        super().__init__(known)
        self.pinned: Set[int] = frozenset()
        """Targets that somebody looks at."""

    def _key(self, record: Target) -> int:
        return record.id

    def _wait(self, page: Turn[Target]) -> float:
        busy = any(target.calls_in_progress or target.id in self.pinned for target in page.records)
        return OFTEN if busy else SLOWLY
