"""A sorted view over rows that change: the order a table shows, kept by difference."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Set
from itertools import chain
from typing import Any, Generic, TypeVar

R = TypeVar("R")

_MANY = 100
"""Rows from which it is dearer to take each out of the order than to copy the order without them."""


class SortedView(Generic[R]):
    """Rows in the order of one column, with the row's identity as the last word, so that the order is total.

    The view holds its rows itself: while it is not fed it stays as it was, which is what freezing a screen means.
    Rows without a value are last in either direction.
    """

    def __init__(self, identity: Callable[[R], str], value: Callable[[R], Any], *, descending: bool) -> None:
        self.rows: dict[str, R] = {}
        self._identity = identity
        self._value = value
        self._descending = descending
        self._ranks: dict[str, tuple[bool, Any, str]] = {}
        """The ranks that rows were placed by: a value that depends on the moment must not unsettle the order."""
        self._order: list[str] = []
        """Ascending; shown from its end when descending, so that the newest call on top is an append."""

    def __len__(self) -> int:
        return len(self._order)

    def key(self, place: int) -> str:
        """Return the identity of the row at `place`, counted from the top."""
        return self._order[-1 - place if self._descending else place]

    def row(self, place: int) -> R:
        """Return the row at `place`, counted from the top."""
        return self.rows[self.key(place)]

    def place(self, key: str) -> int | None:
        """Return where the row `key` stands, counted from the top; None when it is not here."""
        rank = self._ranks.get(key)
        if rank is None:
            return None
        at = bisect_left(self._order, rank, key=self._ranks.__getitem__)
        return len(self._order) - 1 - at if self._descending else at

    def nearest(self, place: int, without: Set[str]) -> str | None:
        """Return the row at `place` or else the next below, or else above, that is not one of `without`."""
        places = chain(range(place, len(self)), range(place - 1, -1, -1))
        return next((key for each in places if (key := self.key(each)) not in without), None)

    def replace(self, rows: Iterable[R]) -> None:
        """Show exactly `rows`."""
        self.rows = {self._identity(row): row for row in rows}
        self._order = list(self.rows)
        self._arrange()

    def sort(self, value: Callable[[R], Any], *, descending: bool) -> None:
        """Order by `value` from now on."""
        self._value = value
        self._descending = descending
        self._arrange()

    def update(self, rows: Iterable[R]) -> None:
        """Take in `rows`, new ones or newer versions of known ones."""
        ranks = self._ranks
        for row in rows:
            key = self._identity(row)
            self.rows[key] = row
            rank = self._rank(row)
            before = ranks.get(key)
            if before == rank:
                continue
            if before is not None:
                del self._order[bisect_left(self._order, before, key=ranks.__getitem__)]
            ranks[key] = rank
            if not self._order or ranks[self._order[-1]] < rank:
                self._order.append(key)
            else:
                self._order.insert(bisect_left(self._order, rank, key=ranks.__getitem__), key)

    def discard(self, keys: Set[str]) -> None:
        """Show the rows `keys` no longer, as far as they are here."""
        here = keys & self.rows.keys()
        if len(here) >= _MANY:
            self._order = [key for key in self._order if key not in here]
        else:
            for key in here:
                del self._order[bisect_left(self._order, self._ranks[key], key=self._ranks.__getitem__)]
        for key in here:
            del self.rows[key], self._ranks[key]

    def _arrange(self) -> None:
        self._ranks = {key: self._rank(row) for key, row in self.rows.items()}
        self._order.sort(key=self._ranks.__getitem__)

    def _rank(self, row: R) -> tuple[bool, Any, str]:
        value = self._value(row)
        unknown = value is None
        return (unknown != self._descending, None if unknown else value, self._identity(row))
