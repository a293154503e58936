"""Which page of a list is to be read next, and what is known of it: a list drifts while it is read page by page."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from monitor.api.pages import Page

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

_NEVER = float("-inf")


@dataclass(slots=True)
class Turn(Generic[T]):
    """A page: what is on it, when it was read and when the time before.

    `failures` counts the readings since then that came to nothing.
    """

    records: tuple[T, ...] = ()
    read: float = _NEVER
    before: float = _NEVER
    failures: int = 0


class Listed(ABC, Generic[K, T]):
    """The records of a list as they were read last. Moments are seconds of a clock that never jumps.

    `known` are those that were known before: they stay until all pages have been read.
    """

    def __init__(self, known: Iterable[T] = ()) -> None:
        self._known: dict[K, tuple[T, float]] = {self._key(record): (record, _NEVER) for record in known}
        """Every record, and when it was seen last."""
        self._pages: list[Turn[T]] = [Turn()]

    @abstractmethod
    def _key(self, record: T) -> K:
        """Return what tells a record from the others."""

    @abstractmethod
    def _wait(self, page: Turn[T]) -> float:
        """Return the seconds between two readings of a page."""

    @property
    def all(self) -> tuple[T, ...]:
        """Return the records known."""
        return tuple(record for record, _ in self._known.values())

    def due(self, now: float) -> int | None:
        """Return the number of the page to read now: the one that has waited longest for its turn.

        One that cannot be read waits until no other is due.
        """
        waited = [now - page.read - self._wait(page) for page in self._pages]
        due = [index for index, seconds in enumerate(waited) if seconds >= 0]
        first = min(due, key=lambda index: (self._pages[index].failures, -waited[index]), default=None)
        return None if first is None else first + 1

    def again(self) -> None:
        """Read all of them as soon as may be: what is known is old."""
        for page in self._pages:
            page.read = _NEVER

    def failed(self, number: int) -> None:
        """Note that the page could not be read."""
        self._pages[number - 1].failures += 1

    def took(self, page: Page[T], now: float) -> tuple[K, ...]:
        """Take in what was read at `now`; return which records are gone.

        Records move between pages as others come and go, perhaps onto one that has just been read. One is gone when all
        pages were read twice since it was seen; at once, when a single page, and not an empty one, is all there is.
        A page with the records of the one above it is the last: a list may tell of one more page for ever.
        """
        found = page.parsed.records
        more = page.has_next and not self._is_above(found, page.number)
        there = max(page.number + 1, len(self._pages)) if more else page.number
        self._pages = [*self._pages[:there], *(Turn[T]() for _ in range(there - len(self._pages)))]
        self._known.update({self._key(record): (record, now) for record in found})
        self._pages[page.number - 1] = Turn(found, read=now, before=self._pages[page.number - 1].read)
        since = now if there == 1 and found else min(turn.before for turn in self._pages)
        gone = tuple(key for key, (_, seen) in self._known.items() if seen < since)
        for key in gone:
            del self._known[key]
        return gone

    def _is_above(self, records: Iterable[T], number: int) -> bool:
        """Return whether the page above `number` holds the same records, whatever has become of them."""
        return number > 1 and [*map(self._key, self._pages[number - 2].records)] == [*map(self._key, records)]
