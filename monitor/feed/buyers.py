"""Which page of the targets is to be read next. Busy ones are read often, the rest slowly: the budget is shared."""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monitor.api.pages import Page
    from monitor.model.target import Target

OFTEN = 10.0
"""Seconds between two readings of a page with a target that has calls, or that somebody looks at."""
SLOWLY = 60.0
"""Seconds between two readings of any other page."""
_NEVER = float("-inf")


@dataclass(slots=True)
class _Turn:
    """A page: whether a target on it has calls, who is on it, when it was read and when the time before.

    `failures` counts the readings since then that came to nothing.
    """

    busy: bool = False
    ids: Set[int] = frozenset()
    read: float = _NEVER
    before: float = _NEVER
    failures: int = 0


class Buyers:
    """The targets as they were read last, a page at a time. Moments are seconds of a clock that never jumps.

    `known` are those that were known before: they stay until all pages have been read.
    """

    def __init__(self, known: Iterable[Target] = ()) -> None:
        self.pinned: Set[int] = frozenset()
        """Targets that somebody looks at."""
        self._known: dict[int, tuple[Target, float]] = {target.id: (target, _NEVER) for target in known}
        """Every target, and when it was seen last."""
        self._pages = [_Turn()]

    def due(self, now: float) -> int | None:
        """Return the number of the page to read now: the one that has waited longest for its turn.

        One that cannot be read waits until no other is due.
        """
        waited = [now - page.read - self._wait(page) for page in self._pages]
        due = [index for index, seconds in enumerate(waited) if seconds >= 0]
        first = min(due, key=lambda index: (self._pages[index].failures, -waited[index]), default=None)
        return None if first is None else first + 1

    def _wait(self, page: _Turn) -> float:
        return OFTEN if page.busy or page.ids & self.pinned else SLOWLY

    def again(self) -> None:
        """Read all of them as soon as may be: what is known is old."""
        for page in self._pages:
            page.read = _NEVER

    def failed(self, number: int) -> None:
        """Note that the page could not be read."""
        self._pages[number - 1].failures += 1

    def took(self, page: Page[Target], now: float) -> None:
        """Take in what was read at `now`.

        Targets move between pages as others come and go, perhaps onto one that has just been read. One is gone when
        all pages were read twice since it was seen.
        """
        there = max(page.number + 1, len(self._pages)) if page.has_next else page.number
        self._pages = [*self._pages[:there], *(_Turn() for _ in range(there - len(self._pages)))]
        found = page.parsed.records
        self._known.update({target.id: (target, now) for target in found})
        self._pages[page.number - 1] = _Turn(
            busy=any(target.calls_in_progress for target in found),
            ids=frozenset(target.id for target in found),
            read=now,
            before=self._pages[page.number - 1].read,
        )
        since = min(turn.before for turn in self._pages)
        self._known = {number: known for number, known in self._known.items() if known[1] >= since}

    @property
    def all(self) -> tuple[Target, ...]:
        """Return the targets known."""
        return tuple(target for target, _ in self._known.values())
