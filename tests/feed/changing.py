"""An account that changes between any two of its answers, in all the ways in which a real one was seen to."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from monitor.api.pages import Answer, CallQuery, Page
from monitor.errors import GoneError
from monitor.feed.asks import FULL, Asked, CallAsked
from monitor.model.call import Call, FiredPixel
from monitor.model.wire import Parsed
from tests.make import NOON

FAR_FUTURE = NOON + timedelta(days=365 * 70)


@dataclass(slots=True)
class Version:
    """A call as it was committed at `seen` (when others could see it), which can be later than its stamp says."""

    call: Call | None
    """None: deleted."""
    seen: datetime


@dataclass(slots=True)
class Row:
    uuid: str
    versions: list[Version] = field(default_factory=list)
    unreadable: bool = False

    def at(self, moment: datetime) -> Call | None:
        """The newest version that can be seen at `moment`; commits of one row become visible in order."""
        found = [version for version in self.versions if version.seen <= moment]
        return found[-1].call if found else None

    @property
    def newest(self) -> Call | None:
        return self.versions[-1].call


class Changing:
    """The server. `small` and `full` are how many rows its pages hold when 25 or 100 are asked for."""

    def __init__(self, seed: int, *, small: int = 2, full: int = 3, filters: bool = False) -> None:
        self.now = NOON
        self.rows: dict[str, Row] = {}
        self.asked: list[Asked] = []
        self.lag = timedelta(0)
        """How far behind the replica is that answers next."""
        self.filters = filters
        self._ties = random.Random(seed)  # noqa: S311  # not for secrets
        self._small, self._full = small, full
        self._count = 0

    # What happens to the account

    def create(self, *, late: float = 0.0) -> str:
        """A call comes in, and is seen after so many seconds."""
        self._count += 1
        uuid = f"c{self._count}"
        call = Call(uuid, created_at=self.now, updated_at=self.now, start_time=self.now, revenue=Decimal(0))
        self.rows[uuid] = Row(uuid, [Version(call, self.now + timedelta(seconds=late))])
        return uuid

    def change(self, uuid: str, *, stamp: datetime | None, late: float = 0.0) -> None:
        """The call changes; `stamp` becomes its `updated_at`."""
        self._add(uuid, lambda call, revenue: _changed(call, stamp, revenue), late)

    def touch(self, uuid: str) -> None:
        """A pixel fires, and `updated_at` does not move."""
        self._add(uuid, lambda call, revenue: _changed(call, call.updated_at, revenue), 0.0)

    def wait(self, uuid: str) -> None:
        """Another pixel is to be sent, which the account tells with the call's stamp."""
        pixel = FiredPixel(f"https://pixels.example/{self._ties.random()}", "new")
        self._add(uuid, lambda call, _: replace(call, updated_at=self.now, pixels=(*call.pixels, pixel)), 0.0)

    def fire(self, uuid: str) -> None:
        """The pixels of the call are sent, and `updated_at` does not move."""
        self._add(uuid, lambda call, _: replace(call, pixels=tuple(map(_fired, call.pixels))), 0.0)

    def delete(self, uuid: str) -> None:
        self.rows[uuid].versions.append(Version(None, self.now))

    def bring_back(self, uuid: str) -> None:
        row = self.rows[uuid]
        before = next(version.call for version in reversed(row.versions) if version.call is not None)
        row.versions.append(Version(_changed(before, self.now, before.revenue or Decimal(0)), self.now))

    def _add(self, uuid: str, change: Callable[[Call, Decimal], Call], late: float) -> None:
        row = self.rows[uuid]
        if row.newest is None:
            return
        seen = max(self.now + timedelta(seconds=late), row.versions[-1].seen)
        row.versions.append(Version(change(row.newest, (row.newest.revenue or Decimal(0)) + 1), seen))

    # What it answers

    def visible(self, moment: datetime | None = None) -> dict[str, Call]:
        """The calls that can be seen, also those that cannot be read."""
        found = {uuid: row.at(moment or self.now) for uuid, row in self.rows.items()}
        return {uuid: call for uuid, call in found.items() if call is not None}

    def answer(self, asked: Asked) -> Page[Call] | Answer[Call]:
        """Answer as the API does. Raises GoneError."""
        self.asked.append(asked)
        moment, self.lag = self.now - self.lag, timedelta(0)
        if isinstance(asked, CallAsked):
            call = self.visible(moment).get(asked.uuid)
            if call is None:
                raise GoneError(asked.uuid)
            return Answer(call, {"uuid": call.uuid}, self._date, 0.0, 0, ())
        size = self._full if asked.per_page == FULL else self._small
        rows = self._selected(asked.query, moment)
        shown = rows[(asked.page - 1) * size : asked.page * size]
        calls = tuple(call for call in shown if not self.rows[call.uuid].unreadable)
        raw = tuple({"uuid": call.uuid} for call in calls)
        return Page(
            Parsed(calls, raw), asked.page, asked.per_page, len(rows) > asked.page * size, None, self._date, 0.0, 0
        )

    @property
    def _date(self) -> datetime:
        return self.now.replace(microsecond=0)

    def _selected(self, query: CallQuery, moment: datetime) -> list[Call]:
        calls = list(self.visible(moment).values())
        if query.created_from is not None and query.created_to is not None:
            calls = [call for call in calls if query.created_from <= (call.created_at or NOON) <= query.created_to]
        if query.updated_from is not None and self.filters:
            calls = [call for call in calls if call.updated_at is None or call.updated_at >= query.updated_from]
        self._ties.shuffle(calls)  # rows of the same stamp have no order that two answers share
        if query.sort_by == "updated_at":
            # Without a stamp first, as PostgreSQL sorts them.
            return sorted(calls, key=lambda call: call.updated_at or FAR_FUTURE + timedelta(days=1), reverse=True)
        return sorted(calls, key=lambda call: call.created_at or NOON, reverse=query.order == "desc")


def _changed(call: Call, stamp: datetime | None, revenue: Decimal) -> Call:
    return replace(call, updated_at=stamp, revenue=revenue)


def _fired(pixel: FiredPixel) -> FiredPixel:
    return replace(pixel, status="fired")
