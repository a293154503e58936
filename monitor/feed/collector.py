"""The collector: polls the account in its own thread, with its own event loop, and hands over what it learns.

A stalled terminal blocks the screen's loop; it never costs a poll, because nothing of the screen runs here.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from monitor.feed.asks import Watched
from monitor.feed.mailbox import Mailbox
from monitor.feed.past import Past
from monitor.model.batch import Batch
from monitor.model.health import Health, Outcome

if TYPE_CHECKING:
    from monitor.api.client import ReadApi
    from monitor.feed.leader import Leader
    from monitor.feed.teller import Teller
    from monitor.feed.viewer import Viewer
    from monitor.store.protocol import Store

log = logging.getLogger(__name__)

_AGAIN = 5.0
"""Seconds until all is begun anew after a fault of the program itself."""


class Collector:
    """Reads one account, or what another process on the same store reads. Every method may be called from any thread.

    `since` is from which moment on calls are wanted, `held` how many of the history's are shown at the most. Without
    `open_api` (there is no key) it only shows what others read.
    """

    def __init__(
        self,
        open_api: Callable[[], ReadApi] | None,
        open_store: Callable[[], Store],
        *,
        interval: float,
        since: datetime,
        held: int,
        wall: Callable[[], datetime],
        boot: Callable[[], float],
    ) -> None:
        self._mailbox = Mailbox()
        self._past = Past(self._mailbox)
        """Outlives a fault of the program, after which all else begins anew: what was learned must not count twice."""
        self._open_api = open_api
        self._open_store = open_store
        self._interval = interval
        self._since = since
        self._held = held
        self._wall = wall
        self._boot = boot
        self._watched = Watched()
        self._teller: Teller | None = None
        self._leader: Leader | None = None
        self._viewer: Viewer | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
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
        """End polling; a request in flight is given up. Returns when the store is closed, or after so many seconds."""
        self._stopped = True
        self._call(lambda: self._task.cancel() if self._task else None)
        if self._thread is not None:
            self._thread.join(timeout)

    def retry(self) -> None:
        """Poll now, also after a refused key."""
        self._call(lambda: self._leader.ask() if self._leader else None)

    def watch(self, call: str | None, target: int | None = None, flow: bool = False) -> None:
        """Read `call` in full with every poll, and at once, and `target` often: they are looked at (None: none is).

        With `flow`, how the call was routed is asked for as well.
        """
        before, self._watched = self._watched, Watched(call, target, flow)
        # What the store has is shown at once; not over an answer that may tell more.
        anew = call is not None and call != before.call
        self._call(lambda: self._watch(anew))

    def _call(self, function: Callable[[], object]) -> None:
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop is closed: there is nothing left to tell
                self._loop.call_soon_threadsafe(function)

    # In the collector's thread

    def _watch(self, anew: bool) -> None:
        watched = self._watched
        if self._viewer is not None:
            self._viewer.watched = watched
        if anew and watched.call is not None and self._teller is not None:
            self._teller.answer(watched.call)
        if self._leader is not None:
            self._leader.watch(watched)

    def _run(self) -> None:
        with suppress(asyncio.CancelledError):
            asyncio.run(self._main())

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
        while not self._stopped:
            try:
                await self._work()
            except Exception as error:
                # Whatever it is, the screen must say so, and it must go on.
                log.exception("reading failed for a reason that callmon does not know")
                self._tell(error)
                await asyncio.sleep(_AGAIN)

    async def _work(self) -> None:
        """Open the history and follow the account until something is in the way."""
        store = self._open_store()
        try:
            if not self._stopped:
                await self._follow(store)
        finally:
            self._leader = self._viewer = None
            store.close()

    def _tell(self, error: Exception) -> None:
        known = Health(interval=self._interval) if self._teller is None else self._teller.health
        internal = f"internal error ({type(error).__name__}); the log has the details"
        next_at = self._wall() + timedelta(seconds=_AGAIN)
        told = replace(known, outcome=Outcome.MALFORMED, message=internal, hint="", next_at=next_at)
        self._mailbox.put(Batch(health=told))

    async def _follow(self, store: Store) -> None:
        """Show what the history holds, and then lead or view, as it comes, until the task is cancelled."""
        # Imported here, in the collector's thread: the first paint does without.
        from monitor.feed.leader import Leader
        from monitor.feed.teller import Teller
        from monitor.feed.viewer import Viewer

        teller = self._teller = Teller(store, self._mailbox, self._past, self._wall, self._interval)
        history = self._history(teller)
        next(history, None)
        while True:
            if self._open_api is not None and store.lead():
                await teller.catch_up()  # what the one before has written last
                self._leader = Leader(
                    self._open_api,
                    teller,
                    interval=self._interval,
                    since=self._since,
                    boot=self._boot,
                    history=history,
                )
                self._leader.watch(self._watched)
                await self._leader.run()
                self._leader = None
            self._viewer = Viewer(teller, self._may_lead, history, keyless=self._open_api is None)
            self._viewer.watched = self._watched
            await self._viewer.run()
            self._viewer = None

    def _may_lead(self) -> bool:
        return self._open_api is not None and self._teller is not None and self._teller.store.lead()

    def _history(self, teller: Teller) -> Iterator[None]:
        """Tell what the store holds: of the span that is wanted, and of as long a span before it was last fresh.

        Ends by saying that all of it has been told, also when it fails: the account is there to be read.
        """
        try:
            yield from self._recall(teller)
        finally:
            teller.recalled = True

    def _recall(self, teller: Teller) -> Iterator[None]:
        state = teller.store.state()
        fresh_at = state.health.fresh_at
        if fresh_at is not None and state.start is not None:
            since = max(state.start, min(self._since, fresh_at - (self._wall() - self._since)))
            teller.health = replace(
                teller.health,
                fresh_at=fresh_at,
                targets_at=state.health.targets_at,
                skew=state.health.skew,
                since=since,
            )
            teller.reached = teller.account_time()
            teller.show(company=state.company)
        teller.health_is(state)
        if teller.health.since is not None:
            yield from teller.recall(teller.health.since, self._held)
