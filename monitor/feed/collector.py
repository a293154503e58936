"""The collector: polls the account in its own thread, with its own event loop, and hands over what it learns.

A stalled terminal blocks the screen's loop; it never costs a poll, because nothing of the screen runs here.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from monitor.errors import (
    ApiError,
    ConfigurationError,
    GoneError,
    MalformedError,
    NetworkError,
    RefusedError,
    ServerError,
    ThrottledError,
)
from monitor.feed.mailbox import Mailbox
from monitor.feed.pace import Pace
from monitor.feed.walk import walk_down
from monitor.model.batch import Batch
from monitor.model.health import Gap, Health, Outcome

if TYPE_CHECKING:
    from monitor.api.client import ReadApi
    from monitor.api.pages import Page
    from monitor.model.call import Call

A = TypeVar("A")
log = logging.getLogger(__name__)

TARGETS_EVERY = 10.0
"""Seconds between two readings of the targets."""
PAGE = 100
"""Calls of one page of a back-fill, and of the live feed when the last poll filled a page."""
SMALL_PAGE = 25
"""Calls of one page of the live feed when little changes: the server's work is a fourth."""
_REJECTED_KEPT = 10_000
_SKEW_NOTED = 2.0
"""Seconds by which the server's clock must differ before ages follow it: its stamp of an answer is in whole seconds."""
_BUSY = 10
"""Changed calls in one poll from which the next poll asks for full pages."""

_OUTCOMES: tuple[tuple[type[ApiError], Outcome], ...] = (
    (RefusedError, Outcome.AUTH),
    (ConfigurationError, Outcome.MALFORMED),
    (ThrottledError, Outcome.THROTTLED),
    (ServerError, Outcome.SERVER),
    (NetworkError, Outcome.NETWORK),
    (MalformedError, Outcome.MALFORMED),
)


class Backfill:
    """Reads the calls created from `start` to `end`, newest first, a page at a time.

    The window's end is fixed and `created_at` never changes, so its pages do not drift.
    """

    def __init__(self, start: datetime, end: datetime) -> None:
        self.start = start
        self.end = end
        self.oldest = end
        self.page = 1

    @property
    def gap(self) -> Gap:
        """What is still to be read."""
        return Gap(self.start, self.oldest)

    def took(self, page: Page[Call]) -> bool:
        """Take note of `page`; return whether it was the last."""
        created = [call.created_at for call in page.parsed.records if call.created_at is not None]
        self.oldest = min([self.oldest, *created])
        self.page += 1
        return not page.has_next


class Collector:
    """Polls one account. `start`, `stop`, `retry` and `watch` may be called from any thread."""

    def __init__(
        self,
        open_api: Callable[[], ReadApi],
        *,
        interval: float,
        since: datetime,
        wall: Callable[[], datetime],
        boot: Callable[[], float],
    ) -> None:
        self._mailbox = Mailbox()
        self._open_api = open_api
        self._pace = Pace(interval)
        self._wall = wall
        self._boot = boot
        self._since = since
        self._health = Health(interval=interval)
        self._head: datetime | None = None
        self._backfill: Backfill | None = None
        self._targets_due = 0.0
        self._company_known = False
        self._per_page = PAGE
        self._seen: dict[str, Call] = {}
        """The calls of the last walk, as they were: what equals them is no news."""
        self._rejected: set[tuple[str, str | None]] = set()
        """Records and fields that could not be understood, each counted and logged once."""
        self._watched: str | None = None
        self._asked = False
        self._beside: str | None = None
        """Why the last reading between two polls failed."""
        self._resting = False
        """Whether nothing more is read before the next poll, because such a reading failed."""
        self._catching_up: Gap | None = None
        """What a walk of more than one page has not reached yet."""
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._stopped = False

    # From any thread

    def subscribe(self, poke: Callable[[], None]) -> None:
        """Call `poke`, from the collector's thread, when there is something to take."""
        self._mailbox.subscribe(poke)

    def take(self) -> Batch | None:
        """Return all news since the last call, as one batch; None when there is none."""
        return self._mailbox.take()

    def start(self) -> None:
        """Begin polling."""
        self._thread = threading.Thread(target=self._run, name="collector", daemon=True)
        self._thread.start()

    def stop(self, timeout: float = 2.0) -> None:
        """End polling; a request in flight is given up. Returns when done, or after `timeout` seconds."""
        self._stopped = True
        self._call(lambda: self._task.cancel() if self._task else None)
        if self._thread is not None:
            self._thread.join(timeout)

    def retry(self) -> None:
        """Poll now, also after a refused key."""
        self._call(self._ask)

    def watch(self, uuid: str | None) -> None:
        """Read the call `uuid` in full with every poll, and at once: somebody looks at it. None: nobody does."""

        def change() -> None:
            self._watched = uuid
            if uuid is not None:
                self._wake.set()

        self._call(change)

    def _call(self, function: Callable[[], object]) -> None:
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop is closed: there is nothing left to tell
                self._loop.call_soon_threadsafe(function)

    # In the collector's thread

    def _ask(self) -> None:
        self._asked = True
        self._wake.set()

    def _run(self) -> None:
        with suppress(asyncio.CancelledError):
            asyncio.run(self._main())

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
        while not self._stopped:
            try:
                async with self._open_api() as api:
                    while True:
                        due = await self._tick(api)
                        await self._between(api, due)
                        if due is None:
                            break  # refused, and now somebody has acted: the key may be another
            except ApiError as error:
                await self._pause(self._failed(error))
            except Exception as error:
                # Whatever it is, the screen must say so, and polling must go on.
                log.exception("polling failed for a reason that callmon does not know")
                internal = f"internal error ({type(error).__name__}); the log has the details"
                await self._pause(self._failed(MalformedError(internal)))

    async def _tick(self, api: ReadApi) -> float | None:
        """Poll once. Return when the next poll is due (boot clock); None when only a person can go on."""
        self._asked = self._resting = False
        try:
            changed = await self._walk(api)
            self._health = replace(self._health, fresh_at=self._wall())
            trouble = await self._read_beside(api)
        except ApiError as error:
            return self._failed(error)
        wait = self._pace.succeeded()
        if trouble is not None:
            self._say(Outcome.PARTIAL, trouble, "", wait)
        else:
            rejected = self._health.rejected
            outcome = Outcome.FRESH if changed else Outcome.UNCHANGED
            self._say(outcome, f"{rejected} unreadable so far" if rejected else "", "", wait)
        return self._boot() + wait

    def _failed(self, error: ApiError) -> float | None:
        outcome = next((outcome for kind, outcome in _OUTCOMES if isinstance(error, kind)), Outcome.MALFORMED)
        log.warning("poll failed (%s): %s", outcome, error)
        wait = None if outcome is Outcome.AUTH else self._pace.failed(getattr(error, "retry_after", None))
        self._say(outcome, str(error), error.hint, wait)
        return None if wait is None else self._boot() + wait

    def _say(self, outcome: Outcome, message: str, hint: str, wait: float | None) -> None:
        """Tell how the feed is doing and when the next try comes (`wait` in seconds; None: when told to)."""
        next_at = None if wait is None else self._wall() + timedelta(seconds=wait)
        self._health = replace(self._health, outcome=outcome, message=message, hint=hint, next_at=next_at)
        self._tell_health()

    def _tell_health(self) -> None:
        filling = None if self._backfill is None else self._backfill.gap
        gaps = tuple(gap for gap in (self._catching_up, filling) if gap is not None)
        counted = self._pace.per_minute(self._boot())
        self._health = replace(self._health, gaps=gaps, requests_per_minute=counted)
        self._mailbox.put(Batch(health=self._health))

    async def _read_beside(self, api: ReadApi) -> str | None:
        """Read what is not the change feed. When that fails the calls are fresh all the same; return why it did.

        That holds for a refusal as well: a key may see the calls and not the buyers.
        """
        what = "the call shown"
        try:
            await self._read_watched(api)
            what = "buyers"
            if self._boot() >= self._targets_due:
                await self._read_targets(api)
            what = "company"
            if not self._company_known:
                await self._read_company(api)
        except ApiError as error:
            log.warning("%s: %s", what, error)
            return f"{what}: {error}"
        return self._beside

    async def _walk(self, api: ReadApi) -> int:
        from monitor.api.pages import CallQuery

        first = self._head is None
        walk = walk_down(self._head)
        query = CallQuery(sort_by="updated_at")
        number = next(walk)
        seen: dict[str, Call] = {}
        while True:
            if number == 2 and self._per_page == SMALL_PAGE:
                # More has changed than a small page holds: begin again with full ones.
                self._per_page = PAGE
                walk = walk_down(self._head)
                number = next(walk)
            page = await self._counted(api, api.calls(query, page=number, per_page=self._per_page))
            self._deliver(page)
            seen.update({call.uuid: call for call in page.parsed.records})
            if first:
                end = page.date or self._wall()
                since = self._since + timedelta(seconds=self._health.skew)
                self._backfill = Backfill(since, end) if page.has_next else None
            try:
                number = walk.send(page)
            except StopIteration as stop:
                top = stop.value.top
                break
            self._tell_progress(page)
        self._catching_up = None
        if top is not None and (self._head is None or top > self._head):
            self._head = top
        if self._backfill is None:
            self._mailbox.put(Batch(complete=True))
        changed = sum(self._seen.get(uuid) != call for uuid, call in seen.items())
        self._seen = seen
        self._per_page = PAGE if changed >= _BUSY else SMALL_PAGE
        return changed

    def _tell_progress(self, page: Page[Call]) -> None:
        """Say, while a long walk is under way, how far down it still has to go."""
        reached = min((call.updated_at for call in page.parsed.records if call.updated_at), default=None)
        if self._head is not None and reached is not None and reached > self._head:
            self._catching_up = Gap(self._head, reached)
        self._tell_health()

    async def _between(self, api: ReadApi, due: float | None) -> None:
        """Until the next poll is due: fill what is missing, page by page, and answer the operator at once."""
        while not self._asked:
            left = None if due is None else due - self._boot()
            if left is not None and left <= 0:
                return
            if self._backfill is not None and due is not None and not self._resting and not self._pace.failures:
                await self._guarded(self._fill(api, self._backfill))
                await asyncio.sleep(0)
                continue
            if await self._woken(left) and not self._asked and due is not None:
                await self._guarded(self._read_watched(api))

    async def _pause(self, due: float | None) -> None:
        """Wait until `due`, or until the operator asks."""
        while not self._asked and (due is None or due > self._boot()):
            await self._woken(None if due is None else due - self._boot())
        self._asked = False

    async def _woken(self, seconds: float | None) -> bool:
        """Wait until somebody wants something, at most so many seconds; return whether somebody did."""
        self._wake.clear()
        with suppress(TimeoutError):
            return await asyncio.wait_for(self._wake.wait(), seconds)
        return False

    async def _guarded(self, reading: Coroutine[Any, Any, None]) -> None:
        """Carry out a reading between two polls. When it fails, the next poll says so, and is waited for."""
        try:
            await reading
            self._beside = None
        except ApiError as error:
            log.warning("%s", error)
            self._beside = str(error)
            self._resting = True

    async def _fill(self, api: ReadApi, backfill: Backfill) -> None:
        from monitor.api.pages import CallQuery

        query = CallQuery(sort_by="created_at", order="desc", created_from=backfill.start, created_to=backfill.end)
        page = await self._counted(api, api.calls(query, page=backfill.page, per_page=PAGE))
        self._deliver(page)
        if backfill.took(page):
            self._backfill = None
            self._mailbox.put(Batch(complete=True))
        self._tell_health()

    async def _read_watched(self, api: ReadApi) -> None:
        uuid = self._watched
        if uuid is None:
            return
        try:
            answer = await self._counted(api, api.call(uuid))
        except GoneError as error:
            log.warning("%s", error)
            return
        self._mailbox.put(Batch(calls=(answer.record,), answers={uuid: answer.raw}, date=answer.date))

    async def _read_targets(self, api: ReadApi) -> None:
        targets = await self._counted(api, api.all_targets())
        self._targets_due = self._boot() + TARGETS_EVERY
        self._health = replace(self._health, targets_at=self._wall())
        self._mailbox.put(Batch(targets=tuple(targets)))

    async def _read_company(self, api: ReadApi) -> None:
        company = (await self._counted(api, api.company())).record
        self._company_known = True
        self._mailbox.put(Batch(company=company))

    async def _counted(self, api: ReadApi, reading: Awaitable[A]) -> A:
        """Await `reading` and count the requests that it took, also when it failed."""
        before = api.requests
        try:
            return await reading
        finally:
            self._pace.requested(self._boot(), api.requests - before)

    def _deliver(self, page: Page[Call]) -> None:
        for each in page.parsed.rejected:
            if (each.record, each.field) not in self._rejected and len(self._rejected) < _REJECTED_KEPT:
                self._rejected.add((each.record, each.field))
                log.warning("unreadable: %s %s: %s", each.record, each.field or "", each.reason)
        if page.date is not None:
            self._compare_clocks(page.date, page.latency)
        self._health = replace(self._health, rejected=len(self._rejected))
        self._mailbox.put(Batch(calls=page.parsed.records, date=page.date))

    def _compare_clocks(self, date: datetime, latency: float) -> None:
        """Note how far the server's clock is ahead of this machine's: ages of calls are told by the server's."""
        ahead = (date - self._wall()).total_seconds() + latency / 2 + 0.5
        if abs(ahead - self._health.skew) >= _SKEW_NOTED:
            self._health = replace(self._health, skew=ahead if abs(ahead) >= _SKEW_NOTED else 0.0)
