"""The process that reads the account: one poll after the other, and between two of them what can wait."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar, cast

from monitor.errors import ApiError, MalformedError, MonitorError, SettingsError
from monitor.feed import gaps
from monitor.feed.asks import Asked, CallsAsked, Job, Steps
from monitor.feed.buyers import Buyers
from monitor.feed.follower import Follower
from monitor.feed.outcomes import asks_to_wait, outcome_of, wish_of
from monitor.feed.pace import Pace
from monitor.model.health import Outcome
from monitor.store.protocol import Written

if TYPE_CHECKING:
    from monitor.api.client import ReadApi
    from monitor.feed.teller import Teller

A = TypeVar("A")
log = logging.getLogger(__name__)

DEEP = 60.0
"""Seconds between two walks with lookback at the most: one is asked for when none came by itself."""
_RETAIN = 60.0
"""Seconds between two looks for what the store may forget."""
_REST = 10.0
"""Intervals that a gap rests which could not be made smaller."""
_SWEEPS = 3
"""Windows that are swept between two polls at the most."""
_PIECE = 5.0
"""Seconds that are waited in one piece at the most."""
_JUMP = 30.0
"""Seconds by which the clocks must have moved apart, or a poll be late, for the machine to have slept."""


class Leader:
    """Polls the account for as long as the store lets this process lead.

    `since` is from which moment on an account is read that was never read before, by this machine's clock. `history`
    is what is still to be told of the store's; it goes on between the polls.
    """

    def __init__(
        self,
        open_api: Callable[[], ReadApi],
        teller: Teller,
        *,
        interval: float,
        since: datetime,
        boot: Callable[[], float],
        history: Iterator[None],
    ) -> None:
        self._open_api = open_api
        self._teller = teller
        self._store = teller.store
        self._pace = Pace(interval)
        self._boot = boot
        self._history = history
        self._follower = Follower(
            teller.keep,
            self._store.created,
            now=teller.account_time,
            first=lambda: since + timedelta(seconds=teller.health.skew),
        )
        self.buyers = Buyers(teller.known_targets)
        self.watched: str | None = None
        """The call that somebody looks at."""
        self._asked = False
        self._wake = asyncio.Event()
        self._deep_due = self._retain_due = self._rested = 0.0
        self._due: float | None = None
        self._job: Job[bool] | None = None
        """What is done between the polls, a request at a time: it goes on after each of them."""
        self._offset: float | None = None
        self._beside: str | None = None
        """Why the last reading between two polls failed."""
        self._company_known = False
        self._beside_calls: list[tuple[str, Callable[[ReadApi], Awaitable[None]]]] = [
            ("the call shown", self._read_watched),
            ("a call", self._read_doubtful),
            ("buyers", self._read_buyers),
            ("company", self._read_company),
            ("calls", self._probe),
        ]
        """What is read after every poll, in this order. What fails comes last the next time."""

    def ask(self) -> None:
        """Poll now, also after a refused key."""
        self._asked = True
        self._wake.set()

    def look(self) -> None:
        """Read the call that is watched now."""
        self._wake.set()

    async def run(self) -> None:
        """Poll until another process leads. Whatever happens is told, and polling goes on."""
        self._resume()
        while self._store.lead():
            self._asked = False
            try:
                async with self._open_api() as api:
                    await self._poll(api)
            except (ApiError, SettingsError) as error:
                self._failed(error)
                await self._pause()
            except Exception as error:
                # Whatever it is, the screen must say so, and polling must go on.
                log.exception("polling failed for a reason that callmon does not know")
                internal = f"internal error ({type(error).__name__}); the log has the details"
                self._failed(MalformedError(internal))
                await self._pause()

    async def _poll(self, api: ReadApi) -> None:
        """Poll over one set of connections; return when others are needed, or another process leads."""
        while self._store.lead():
            if self._slept():
                self._deep_due = 0.0
                self.buyers.again()
                self._due = None
                return
            await self._tick(api)
            refused = self._due is None
            await self._between(api)
            if refused or self._pace.broken:
                return  # the key may be another by now; the connections may be what is wrong

    def _slept(self) -> bool:
        """Return whether the machine slept, or a clock jumped, since the last poll was planned."""
        boot = self._boot()
        offset = self._teller.wall().timestamp() - boot
        before, self._offset = self._offset, offset
        late = self._due is not None and boot - self._due > _JUMP
        return late or (before is not None and abs(offset - before) > _JUMP)

    # One poll

    async def _tick(self, api: ReadApi) -> None:
        self._asked = False
        self._wake.clear()
        if self._store.anew:
            self._resume()
        boot = self._boot()
        deep = boot >= self._deep_due
        try:
            changed = await self._drive(api, self._follower.tick(deep=deep))
        except ApiError as error:
            self._failed(error)
            return
        if self._follower.looked_back:
            self._deep_due = boot + DEEP
        self._pace.succeeded()
        since = self._teller.health.since or self._follower.state.start
        self._teller.health = replace(self._teller.health, fresh_at=self._teller.wall(), since=since)
        try:
            trouble = await self._read_beside(api)
        except ApiError as error:
            self._failed(error)
            return
        # From poll to poll, however long the answers take; but half of it stays for what is done in between.
        interval = self._pace.interval
        wait = max(interval - (self._boot() - boot), interval / 2)
        if trouble is not None:
            self._plan(Outcome.PARTIAL, trouble, "", wait)
        else:
            rejected = self._teller.health.rejected
            told = f"{rejected} unreadable so far" if rejected else ""
            self._plan(Outcome.FRESH if changed else Outcome.UNCHANGED, told, "", wait)
        self._house_keeping(boot)

    def _resume(self) -> None:
        """Go on from where the store stands, and further back if more is wanted than it was begun with."""
        state = self._store.state()
        first = self._follower.first()
        if state.start is not None and first < state.start:
            state = replace(state, start=first, gaps=gaps.add(state.gaps, first, state.start))
            self._teller.health = replace(self._teller.health, since=first)
        self._follower.resume(state)
        self._job = None

    def _house_keeping(self, boot: float) -> None:
        self._store.retry(self._teller.wall())
        if boot >= self._retain_due:
            self._retain_due = boot + _RETAIN
            # By the account's clock: a wrong one here must not cost the history.
            self._store.retain(self._teller.account_time())

    def _failed(self, error: MonitorError) -> None:
        outcome = outcome_of(error)
        log.warning("poll failed (%s): %s", outcome, error)
        wait = self._pace.failed(wish_of(error), throttled=outcome is Outcome.THROTTLED)
        self._plan(outcome, str(error), error.hint, None if outcome is Outcome.AUTH else wait)

    def _plan(self, outcome: Outcome, message: str, hint: str, wait: float | None) -> None:
        """Tell how the poll went and when the next one comes: in `wait` seconds (None: when told to)."""
        self._due = None if wait is None else self._boot() + wait
        next_at = None if wait is None else self._teller.wall() + timedelta(seconds=wait)
        self._tell(outcome=outcome, message=message, hint=hint, next_at=next_at)
        # Into the follower's state, which is written with every page: what was told last must outlive those too.
        state = replace(self._follower.state, health=replace(self._teller.health, troubles=()))
        self._follower.state = state
        self._store.write(Written(self._teller.account_time(), state=state))

    def _tell(self, **news: Any) -> None:
        counted = self._pace.per_minute(self._boot())
        interval = self._pace.interval
        self._teller.health_is(
            self._follower.state, viewing=False, requests_per_minute=counted, interval=interval, **news
        )

    async def _read_beside(self, api: ReadApi) -> str | None:
        """Read what is not the change feed, one request of each kind at the most; return why one failed, if it did.

        The calls are fresh all the same. That holds for a refusal as well: a key may see the calls and not the buyers.
        Raises ApiError when the server asks to wait: that is meant for the polls too.
        """
        for each in tuple(self._beside_calls):
            what, read = each
            try:
                await read(api)
            except ApiError as error:
                if asks_to_wait(error):
                    raise
                log.warning("%s: %s", what, error)
                self._beside_calls.remove(each)
                self._beside_calls.append(each)
                return f"{what}: {error}"
        return self._beside

    # Between two polls

    async def _between(self, api: ReadApi) -> None:
        """Until the next poll is due: tell the history, fill what is missing, sweep; answer the operator at once."""
        swept = 0
        while not self._asked:
            left = None if self._due is None else self._due - self._boot()
            if left is not None and left <= 0:
                return
            if self._wake.is_set():
                self._wake.clear()
                if not self._pace.failures:
                    await self._guarded(self._read_watched(api))
                continue
            if not self._teller.recalled:
                await self._recall()
                continue
            if self._job is None and left is not None and not self._pace.failures and self._boot() >= self._rested:
                if self._follower.state.gaps:
                    self._job = Job(self._follower.fill())
                elif swept < _SWEEPS:
                    self._job, swept = Job(self._follower.sweep()), swept + 1
            if self._job is not None and not self._pace.failures:
                await self._guarded(self._go_on(api, self._job))
                await asyncio.sleep(0)
            else:
                await self._woken(left)

    async def _go_on(self, api: ReadApi, job: Job[bool]) -> None:
        """Do one step of what lies between the polls. A gap that does not become smaller rests for a while."""
        try:
            await self._step(api, job)
        except ApiError:
            self._job = None
            raise
        if job.done:
            self._job = None
            if not job.result and self._follower.state.gaps:
                self._rested = self._boot() + _REST * self._pace.interval
        if self._teller.health.gaps != self._follower.state.gaps:
            self._tell()

    async def _guarded(self, reading: Awaitable[None]) -> None:
        """Carry out a reading between two polls. When it fails, the next poll says so, and is waited for.

        Not before the server wishes, if it asks to wait.
        """
        try:
            await reading
            self._beside = None
        except ApiError as error:
            if asks_to_wait(error):
                self._failed(error)
                return
            log.warning("%s", error)
            self._beside = str(error)
            self._rested = self._boot() + self._pace.interval

    async def _pause(self) -> None:
        """Wait until the next poll is due, or until the operator asks."""
        while not self._asked and (self._due is None or self._due > self._boot()):
            if not self._teller.recalled:
                await self._recall()
            else:
                await self._woken(None if self._due is None else self._due - self._boot())
                self._wake.clear()

    async def _recall(self) -> None:
        """Tell some more of the history; when that was all of it, say so."""
        next(self._history, None)
        if self._teller.recalled:
            self._tell()
        await asyncio.sleep(0)

    async def _woken(self, seconds: float | None) -> None:
        """Wait until somebody wants something, at most so many seconds, and keep true what is told meanwhile.

        In pieces, because the loop's clock stands still while the machine sleeps.
        """
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), _PIECE if seconds is None else min(seconds, _PIECE))
        if self._pace.per_minute(self._boot()) != self._teller.health.requests_per_minute:
            self._tell()

    # Requests

    async def _read_watched(self, api: ReadApi) -> None:
        uuid = self.watched
        if uuid is not None:
            answer = await self._drive(api, self._follower.read(uuid))
            if answer is not None:
                self._teller.show(answers={uuid: answer})

    async def _read_doubtful(self, api: ReadApi) -> None:
        uuid = self._follower.doubtful()
        if uuid is not None:
            await self._drive(api, self._follower.read(uuid))

    async def _probe(self, api: ReadApi) -> None:
        await self._drive(api, self._follower.probe())

    async def _read_buyers(self, api: ReadApi) -> None:
        number = self.buyers.due(self._boot())
        if number is None:
            return
        try:
            page = await self._counted(api, api.targets(page=number))
        except ApiError:
            self.buyers.failed(number)
            raise
        self._pace.answered(page.latency)
        self._teller.rejected(page.parsed.rejected)
        self.buyers.took(page, self._boot())
        at = page.date or self._teller.account_time()
        pairs = tuple(zip(page.parsed.records, page.parsed.raw, strict=True))
        self._teller.health = replace(self._teller.health, targets_at=self._teller.wall())
        self._teller.targets(self.buyers.all, Written(at, targets=pairs))

    async def _read_company(self, api: ReadApi) -> None:
        if self._company_known:
            return
        company = (await self._counted(api, api.company())).record
        self._company_known = True
        self._follower.state = replace(self._follower.state, company=company)
        self._teller.show(company=company)

    async def _drive(self, api: ReadApi, steps: Steps[A]) -> A:
        job = Job(steps)
        while not job.done:
            await self._step(api, job)
        return cast("A", job.result)

    async def _step(self, api: ReadApi, job: Job[A]) -> None:
        """Answer what `job` asks for. Raises ApiError when it cannot be had and the job cannot do without."""
        asked = job.asked
        if asked is None:
            return
        try:
            answer = await self._counted(api, _request(api, asked))
        except ApiError as error:
            job.fail(error)
            return
        self._pace.answered(answer.latency)
        if answer.date is not None:
            self._teller.dated(answer.date, answer.latency)
        self._teller.rejected(answer.parsed.rejected if isinstance(asked, CallsAsked) else answer.rejected)
        job.answer(answer)

    async def _counted(self, api: ReadApi, reading: Awaitable[A]) -> A:
        """Await `reading` and count the requests that it took, also when it failed."""
        before = api.requests
        try:
            return await reading
        finally:
            self._pace.requested(self._boot(), api.requests - before)


def _request(api: ReadApi, asked: Asked) -> Awaitable[Any]:
    if isinstance(asked, CallsAsked):
        return api.calls(asked.query, page=asked.page, per_page=asked.per_page)
    return api.call(asked.uuid)
