"""What is read beside the change feed, after every poll: a request of each kind at the most, each when it is due."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from monitor.errors import ApiError, ConfigurationError, RefusedError
from monitor.feed.asks import Watched
from monitor.feed.buyers import Buyers
from monitor.feed.campaigns import CampaignList
from monitor.feed.outcomes import asks_to_wait
from monitor.store.protocol import Written

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.api.pages import Answer, Page
    from monitor.feed.follower import Follower
    from monitor.feed.requests import Requests
    from monitor.feed.teller import Teller
    from monitor.model.call import Call

T = TypeVar("T")
log = logging.getLogger(__name__)


class Beside:
    """The call that is looked at, calls that are in doubt, buyers, company, campaigns. `boot` never jumps."""

    def __init__(self, teller: Teller, follower: Follower, boot: Callable[[], float]) -> None:
        self._teller = teller
        self._follower = follower
        self._boot = boot
        self._buyers = Buyers(teller.known_targets)
        self._campaigns = CampaignList(teller.known_campaigns)
        self._company_known = False
        self._watched = Watched()
        self._turns: list[tuple[str, Callable[[Requests], Awaitable[None]]]] = [
            ("the call shown", self.read_watched),
            ("a call", self._read_doubtful),
            ("buyers", self._read_buyers),
            ("company", self._read_company),
            ("campaigns", self._read_campaigns),
            ("calls", self._probe),
        ]
        """In this order. What fails comes last the next time."""

    def watch(self, watched: Watched) -> None:
        """Somebody looks at `watched` now."""
        self._watched = watched
        self._buyers.pinned = frozenset() if watched.target is None else frozenset({watched.target})

    def again(self) -> None:
        """Read the lists as soon as may be: what is known, or kept, of them is old."""
        self._buyers.again()
        self._campaigns.again()

    async def read(self, requests: Requests) -> str | None:
        """Read what is due; return why something could not be had, if it could not.

        The calls are fresh all the same. That holds for a refusal as well: a key may see the calls and not the buyers.
        Raises ApiError when the server asks to wait: that is meant for the polls too.
        """
        for each in tuple(self._turns):
            what, read = each
            try:
                await read(requests)
            except ApiError as error:
                if asks_to_wait(error):
                    raise
                log.warning("%s: %s", what, error)
                self._turns.remove(each)
                self._turns.append(each)
                return f"{what}: {error}"
        return None if self._campaigns.refused is None else f"campaigns: {self._campaigns.refused}"

    async def read_watched(self, requests: Requests) -> None:
        """Read the call that is looked at. Raises ApiError."""
        watched = self._watched
        if watched.call is not None:
            answer = await self.read_call(requests, watched.call, flow=watched.flow)
            if answer is not None:
                self._teller.show(answers={watched.call: answer.raw})

    async def read_call(self, requests: Requests, uuid: str, *, flow: bool = False) -> Answer[Call] | None:
        """Read one call, and say when that was if a pixel of it is waited for. None: it is gone. Raises ApiError."""
        waited_for = self._teller.pending.looked(uuid, self._teller.account_time())
        answer = await requests.drive(self._follower.read(uuid, flow=flow))
        if waited_for and answer is not None:
            self._teller.show(looked={uuid: self._date(answer.date)})
        return answer

    async def _read_doubtful(self, requests: Requests) -> None:
        uuid = self._follower.doubtful()
        if uuid is not None:
            await self.read_call(requests, uuid)

    async def _probe(self, requests: Requests) -> None:
        await requests.drive(self._follower.probe())

    async def _read_buyers(self, requests: Requests) -> None:
        number = self._buyers.due(self._boot())
        if number is None:
            return
        try:
            page = await requests.page(requests.api.targets(page=number))
        except ApiError:
            self._buyers.failed(number)
            raise
        self._buyers.took(page, self._boot())
        self._teller.health = replace(self._teller.health, targets_at=self._teller.wall())
        self._teller.targets(self._buyers.all, Written(self._date(page.date), targets=_pairs(page)))

    async def _read_campaigns(self, requests: Requests) -> None:
        number = self._campaigns.due(self._boot())
        if number is None:
            return
        try:
            page = await requests.page(requests.api.campaigns(page=number))
        except (RefusedError, ConfigurationError) as error:
            self._campaigns.refuse(str(error), self._boot())
            raise
        except ApiError:
            self._campaigns.failed(number)
            raise
        gone = self._campaigns.took(page, self._boot())
        written = Written(self._date(page.date), campaigns=_pairs(page), unlisted=gone)
        self._teller.campaigns(self._campaigns.all, written)

    async def _read_company(self, requests: Requests) -> None:
        if self._company_known:
            return
        company = (await requests.counted(requests.api.company())).record
        self._company_known = True
        self._follower.state = replace(self._follower.state, company=company)
        self._teller.show(company=company)

    def _date(self, date: datetime | None) -> datetime:
        return date or self._teller.account_time()


def _pairs(page: Page[T]) -> tuple[tuple[T, dict[str, object]], ...]:
    return tuple(zip(page.parsed.records, page.parsed.raw, strict=True))
