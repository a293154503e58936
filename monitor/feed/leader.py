"""The process that reads the account: one poll after the other, and between two of them what can wait."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from monitor.errors import ApiError, MalformedError, MonitorError, SettingsError
from monitor.feed import gaps
from monitor.feed.asks import Job, Watched
from monitor.feed.beside import Beside
from monitor.feed.follower import Follower
from monitor.feed.outcomes import asks_to_wait, outcome_of, wish_of
from monitor.feed.pace import Pace
from monitor.feed.past import BREATH
from monitor.feed.requests import Requests
from monitor.model.health import Outcome
from monitor.store.protocol import Written

if TYPE_CHECKING:
    from monitor.api.client import ReadApi
    from monitor.feed.teller import Teller

log = logging.getLogger(__name__)

DEEP = 60.0
"""Seconds between two walks with lookback at the most: one is asked for when none came by itself."""
_RETAIN = 60.0
"""Seconds between two looks for what the store may forget."""
_REST = 10.0
"""Intervals that a gap rests which could not be made smaller."""
_SWEEPS = 3
"""Windows that are swept between two polls at the most."""
_LOOKS = 2
"""Calls that wait for a pixel that are looked at between two polls at the most: an account in which every last pixel
stays new, as in the reference's samples, is asked three times as often as another one, and no more."""
_ROOM = 0.45
"""The part of the interval that must be left for such a look: not quite the half that a slow poll leaves, so that one
has room after that as well."""
_LOOKS_REST = 60.0
"""Seconds without such looks after one that was not answered in time."""
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
        self._beside = Beside(teller, self._follower, boot)
        self._asked = False
        self._wake = asyncio.Event()
        self._deep_due = self._retain_due = self._rested = self._looks_rested = 0.0
        self._due: float | None = None
        self._job: Job[bool] | None = None
        """What is done between the polls, a request at a time: it goes on after each of them."""
        self._offset: float | None = None
        self._trouble: str | None = None
        """Why the last reading between two polls failed."""

    def ask(self) -> None:
        """Poll now, also after a refused key."""
        self._asked = True
        self._wake.set()

    def watch(self, watched: Watched) -> None:
        """Read what somebody looks at, at once and with every poll."""
        self._beside.watch(watched)
        if watched.call is not None:
            self._wake.set()

    async def run(self) -> None:
        """Poll until another process leads. Whatever happens is told, and polling goes on."""
        self._resume()
        while self._store.lead():
            self._asked = False
            try:
                async with self._open_api() as api:
                    await self._poll(Requests(api, self._pace, self._teller, self._boot))
            except (ApiError, SettingsError) as error:
                self._failed(error)
                await self._pause()
            except Exception as error:
                # Whatever it is, the screen must say so, and polling must go on.
                log.exception("polling failed for a reason that callmon does not know")
                internal = f"internal error ({type(error).__name__}); the log has the details"
                self._failed(MalformedError(internal))
                await self._pause()

    async def _poll(self, requests: Requests) -> None:
        """Poll over one set of connections; return when others are needed, or another process leads."""
        while self._store.lead():
            if self._slept():
                self._deep_due = 0.0
                self._beside.again()
                self._due = None
                return
            await self._tick(requests)
            refused = self._due is None
            await self._between(requests)
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

    async def _tick(self, requests: Requests) -> None:
        self._asked = False
        self._wake.clear()
        if self._store.anew:
            self._resume()
            self._beside.again()
        boot = self._boot()
        deep = boot >= self._deep_due
        try:
            changed = await requests.drive(self._follower.tick(deep=deep))
        except ApiError as error:
            self._failed(error)
            return
        if self._follower.looked_back:
            self._deep_due = boot + DEEP
        self._pace.succeeded()
        since = self._teller.health.since or self._follower.state.start
        self._teller.health = replace(self._teller.health, fresh_at=self._teller.wall(), since=since)
        try:
            trouble = await self._beside.read(requests) or self._trouble
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

    # Between two polls

    async def _between(self, requests: Requests) -> None:
        """Until the next poll is due: tell the history, fill gaps, sweep, look at calls that wait for a pixel.

        The operator is answered at once.
        """
        swept = looks = 0
        while not self._asked:
            left = None if self._due is None else self._due - self._boot()
            if left is not None and left <= 0:
                return
            if self._wake.is_set():
                self._wake.clear()
                if not self._pace.failures:
                    await self._guarded(self._beside.read_watched(requests))
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
                await self._guarded(self._go_on(requests, self._job))
                await asyncio.sleep(0)
            elif left is not None and looks < _LOOKS and (uuid := self._to_look_at(left)) is not None:
                well = await self._guarded(self._look(requests, uuid, left))
                looks = looks + 1 if well else _LOOKS
            elif self._teller.tell_past():
                await self._woken(BREATH if left is None else min(left, BREATH))
            else:
                await self._woken(left)

    def _to_look_at(self, left: float) -> str | None:
        """Return the call to look at, `left` seconds before the next poll; None: there is none, or no time for it.

        A request takes half of the interval at the most, as a rule (`Pace.interval`): so it is over in time.
        """
        late = left < _ROOM * self._pace.interval or self._boot() < self._looks_rested
        if late or self._pace.backing_off:
            return None
        return self._teller.pending.due(self._teller.account_time())

    async def _look(self, requests: Requests, uuid: str, left: float) -> None:
        """Look at a call that waits for a pixel. When the next poll is due, it is given up: no poll waits for it."""
        try:
            async with asyncio.timeout(left):
                await self._beside.read_call(requests, uuid)
        except TimeoutError:
            log.warning("call %s: no answer until the next poll was due", uuid)
            self._looks_rested = self._boot() + _LOOKS_REST

    async def _go_on(self, requests: Requests, job: Job[bool]) -> None:
        """Do one step of what lies between the polls. A gap that does not become smaller rests for a while."""
        try:
            await requests.step(job)
        except ApiError:
            self._job = None
            raise
        if job.done:
            self._job = None
            if not job.result and self._follower.state.gaps:
                self._rested = self._boot() + _REST * self._pace.interval
        if self._teller.health.gaps != self._follower.state.gaps:
            self._tell()

    async def _guarded(self, reading: Awaitable[None]) -> bool:
        """Carry out a reading between two polls, and return whether it succeeded.

        When it fails, the next poll says so, and is waited for. Not before the server wishes, if it asks to wait.
        """
        try:
            await reading
        except ApiError as error:
            if asks_to_wait(error):
                self._failed(error)
                return False
            log.warning("%s", error)
            self._trouble = str(error)
            self._rested = self._boot() + self._pace.interval
            return False
        self._trouble = None
        return True

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
