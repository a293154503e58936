"""The half of a SQLite store that only reads."""

from __future__ import annotations

import heapq
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TypeVar

from monitor.model.feed_state import FeedState
from monitor.store import tables
from monitor.store.protocol import AuditEvent, Load, Stored, StoredCall, StoredCampaign, StoredTarget

T = TypeVar("T")
C = TypeVar("C", StoredCall, Load)

PAGE = 500
_EVER = -(2**63)
"""Milliseconds since 1970 before which nothing began."""


class Reads(ABC):
    """What `Store`, and with it `History`, reads from tables alone. See there."""

    @abstractmethod
    def _read(self, work: Callable[[tables.Reader], T], otherwise: T) -> T:
        """Return what `work` finds, all of it at one moment; `otherwise` when there is nothing to be read."""

    def calls(self, since: datetime) -> Iterator[StoredCall]:
        """See `Store.calls`."""
        start = tables.to_ms(since)
        return self._paged(lambda reader, place: reader.calls(start, place, PAGE), (2**63 - 1, 0))

    def created(self, start: datetime, end: datetime) -> Mapping[str, datetime]:
        """See `Store.created`."""
        first, last = tables.to_ms(start), tables.to_ms(end)
        nothing: dict[str, datetime] = {}
        return self._read(lambda reader: reader.created(first, last), nothing)

    def targets(self) -> tuple[StoredTarget, ...]:
        """See `History.targets`."""
        return self._read(lambda reader: tuple(reader.targets()), ())

    def campaigns(self) -> tuple[StoredCampaign, ...]:
        """See `History.campaigns`."""
        return self._read(lambda reader: tuple(reader.campaigns()), ())

    def newest(self) -> int | None:
        """See `Store.newest`."""
        return self._read(lambda reader: tables.reign(reader.db)[1], None)

    def since(self, seq: int, limit: int = PAGE) -> tuple[Stored, ...]:
        """See `Store.since`."""
        return self._read(lambda reader: tuple(reader.since(seq, limit)), ())

    def state(self) -> FeedState:
        """See `History.state`."""
        return self._read(lambda reader: tables.state(reader.db), FeedState())

    def span(self) -> tuple[datetime, datetime] | None:
        """See `History.span`."""
        return self._read(lambda reader: reader.span(), None)

    def as_of(self, moment: datetime, start: datetime, end: datetime) -> Iterator[StoredCall]:
        """See `History.as_of`."""
        when, until = tables.to_ms(moment), tables.to_ms(end)
        return self._paged(lambda reader, place: reader.as_of(when, place, until, PAGE), (tables.to_ms(start), -1))

    def version(self, uuid: str, moment: datetime) -> StoredCall | None:
        """See `History.version`."""
        when = tables.to_ms(moment)
        return self._read(lambda reader: reader.version(uuid, when), None)

    def changes(self, start: datetime, end: datetime, began: datetime | None = None) -> Iterator[StoredCall | Load]:
        """See `History.changes`."""
        oldest = _EVER if began is None else tables.to_ms(began)
        return heapq.merge(
            self._in_time(lambda reader, *span: reader.versions(*span, oldest), start, end),
            self._in_time(tables.Reader.loads_from, start, end),
            key=lambda change: (change.at, change.seq),
        )

    def loads(self, start: datetime, end: datetime) -> tuple[Load, ...]:
        """See `History.loads`."""
        before: list[Load] = self._read(lambda reader: reader.loads_before(tables.to_ms(start)), [])
        return (*before, *self._in_time(tables.Reader.loads_from, start, end))

    def audits(self, since: datetime) -> tuple[AuditEvent, ...]:
        """See `Store.audits`."""
        return self._read(lambda reader: tuple(reader.events(tables.to_ms(since))), ())

    def _in_time(
        self, read: Callable[[tables.Reader, tables.Place, int, int], tables.Part[C]], start: datetime, end: datetime
    ) -> Iterator[C]:
        until = tables.to_ms(end)
        return self._paged(lambda reader, place: read(reader, place, until, PAGE), (tables.to_ms(start), -1))

    def _paged(self, read: Callable[[tables.Reader, tables.Place], tables.Part[T]], first: tables.Place) -> Iterator[T]:
        """Yield page after page. Between two the file is free: whoever stops reading holds nothing up."""
        place: tables.Place | None = first
        while place is not None:
            found, place = self._part(read, place)
            yield from found

    def _part(
        self, read: Callable[[tables.Reader, tables.Place], tables.Part[T]], place: tables.Place
    ) -> tables.Part[T]:
        nothing: tables.Part[T] = ([], None)
        return self._read(lambda reader: read(reader, place), nothing)
