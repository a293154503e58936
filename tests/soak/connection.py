"""What stands between the program and the account of a week: answers that take their time, and faults."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Self

from monitor.api.pages import Answer, CallQuery, Page
from monitor.errors import GoneError, NetworkError
from monitor.model import wire
from monitor.model.campaign import Campaign
from monitor.model.company import Company
from monitor.model.target import Target
from tests.soak.account import WeekAccount, milliseconds

if TYPE_CHECKING:
    from monitor.model.call import Call

Outages = tuple[tuple[float, float], ...]
"""From second to second: every request fails."""

_FAILS = 0.002
"""The part of the requests that fails by itself."""


class Connection:
    """Stands for the HTTP client: the same questions, the account's answers, and the time that they take."""

    def __init__(self, account: WeekAccount, outages: Outages, wall: Callable[[], datetime]) -> None:
        self.requests = 0
        self._account = account
        self._outages = outages
        self._wall = wall
        self._chance = random.Random(1)  # noqa: S311  # not for secrets

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def calls(self, query: CallQuery, *, page: int = 1, per_page: int = 25) -> Page[Call]:
        latency = await self._asked(per_page)
        if query.created_from is not None and query.created_to is not None:
            start, end = milliseconds(query.created_from), milliseconds(query.created_to)
            parsed, more = self._account.created_first(start, end, page, per_page)
        else:
            parsed, more = self._account.changed_last(page, per_page)
        date = await self._answered(latency)
        return Page(parsed, page, per_page, more, None, date, latency, 0)

    async def call(self, uuid: str, *, flow_events: bool = False) -> Answer[Call]:
        latency = await self._asked(1)
        parsed = self._account.call(uuid)
        date = await self._answered(latency)
        if parsed is None:
            raise GoneError(uuid)
        return Answer(parsed.records[0], parsed.raw[0], date, latency, 0, ())

    async def targets(self, *, page: int = 1, per_page: int = 100) -> Page[Target]:
        latency = await self._asked(1)
        raw = [{"id": number, "name": f"Buyer {number}", "calls_in_progress": 1} for number in range(12)]
        return Page(wire.targets().many(raw), page, per_page, False, None, await self._answered(latency), latency, 0)

    async def campaigns(self, *, page: int = 1, per_page: int = 100) -> Page[Campaign]:
        latency = await self._asked(1)
        raw = [{"cid": "0044", "name": "Solar"}]
        return Page(wire.campaigns().many(raw), page, per_page, False, None, await self._answered(latency), latency, 0)

    async def company(self) -> Answer[Company]:
        latency = await self._asked(1)
        return Answer(Company(2, "Example Co"), {}, await self._answered(latency), latency, 0, ())

    async def _asked(self, rows: int) -> float:
        """Wait for half of what an answer of so many rows takes, and let the account come to that moment."""
        self.requests += 1
        latency = 0.05 + 0.02 * rows
        await asyncio.sleep(latency / 2)
        self._account.advance(milliseconds(self._wall()))
        return latency

    async def _answered(self, latency: float) -> datetime:
        """Wait for the other half; return the time that the answer carries. Raises NetworkError."""
        date = self._wall().replace(microsecond=0)
        await asyncio.sleep(latency / 2)
        now = asyncio.get_running_loop().time()
        if any(start <= now < end for start, end in self._outages) or self._chance.random() < _FAILS:
            raise NetworkError("connection reset")
        return date
