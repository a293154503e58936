"""Requests over one set of connections to the account."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast

from monitor.errors import ApiError
from monitor.feed.asks import Asked, CallsAsked, Job, Steps

if TYPE_CHECKING:
    from monitor.api.client import ReadApi
    from monitor.api.pages import Page
    from monitor.feed.pace import Pace
    from monitor.feed.teller import Teller

A = TypeVar("A")
T = TypeVar("T")


class Requests:
    """Carries out what the rules of the feed ask for. Every request is counted, and every answer tells the clocks."""

    def __init__(self, api: ReadApi, pace: Pace, teller: Teller, boot: Callable[[], float]) -> None:
        self.api = api
        self._pace = pace
        self._teller = teller
        self._boot = boot

    async def drive(self, steps: Steps[A]) -> A:
        """Carry out a piece of reading to its end. Raises ApiError."""
        job = Job(steps)
        while not job.done:
            await self.step(job)
        return cast("A", job.result)

    async def step(self, job: Job[A]) -> None:
        """Answer what `job` asks for. Raises ApiError when it cannot be had and the job cannot do without."""
        asked = job.asked
        if asked is None:
            return
        try:
            answer = await self.counted(_request(self.api, asked))
        except ApiError as error:
            job.fail(error)
            return
        self._pace.answered(answer.latency)
        if answer.date is not None:
            self._teller.dated(answer.date, answer.latency)
        self._teller.rejected(answer.parsed.rejected if isinstance(asked, CallsAsked) else answer.rejected)
        job.answer(answer)

    async def page(self, reading: Awaitable[Page[T]]) -> Page[T]:
        """Await a page of a list that is not the calls'. Raises ApiError."""
        page = await self.counted(reading)
        self._pace.answered(page.latency)
        self._teller.rejected(page.parsed.rejected)
        return page

    async def counted(self, reading: Awaitable[A]) -> A:
        """Await `reading` and count the requests that it took, also when it failed. Raises ApiError."""
        before = self.api.requests
        try:
            return await reading
        finally:
            self._pace.requested(self._boot(), self.api.requests - before)


def _request(api: ReadApi, asked: Asked) -> Awaitable[Any]:
    if isinstance(asked, CallsAsked):
        return api.calls(asked.query, page=asked.page, per_page=asked.per_page)
    return api.call(asked.uuid, flow_events=asked.flow)
