"""A monitored account: behind real sockets, read by the real client and collector, folded into a ledger."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from monitor.api.client import ReadApi
from monitor.feed.collector import Collector
from monitor.feed.once import read_once
from monitor.ledger import Ledger
from monitor.model.call import Call
from monitor.model.health import Health, Outcome, StoreTrouble
from monitor.model.types import utc
from monitor.simulator import COMPANY_ID
from monitor.store.sqlite import SqliteStore
from tests.account import Account
from tests.canary import CANARY
from tests.faults.server import FaultServer, Trap
from tests.make import NOON

WELL = frozenset({Outcome.FRESH, Outcome.UNCHANGED})
TICKS = 2
"""Polls within which everything must be well again."""
INTERVAL = 0.02
HISTORY = 10
"""Calls at the beginning: few, so that a small page of the feed holds them and all that come."""
LIVED = 20.0
"""Seconds that the account lives on before and after a fault is lifted: some calls come and some change."""
LONG_AGO = NOON - timedelta(days=3650)
_MAX_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Told:
    """What was known at one moment, after how much news of health, and how many polls had been answered truly."""

    health: Health
    calls: dict[str, Call]
    targets: int
    total: Any
    wait: timedelta | None
    """How far off the next try was, by this machine's clock; None while it waits for somebody."""
    heard: int
    polls: int


def a_collector(scene: Scene) -> Collector:
    """Return what watches the account: the one place where these tests make a collector."""
    return Collector(
        scene.open_api,
        lambda: scene.store,
        interval=INTERVAL,
        since=scene.account.now - timedelta(hours=6),
        held=100_000,
        wall=scene.wall,
        boot=scene.boot,
    )


class Scene:
    """An account that is watched, unless it is not `begun`.

    `ahead` and `slept` are what this machine's clocks are off by, in seconds; `deadline` is the client's.
    """

    def __init__(
        self,
        *,
        deadline: float = 5.0,
        start: datetime = NOON,
        rate: float = 0.2,
        history: int = HISTORY,
        store: Path | None = None,
        begun: bool = True,
    ) -> None:
        self._new_account = partial(Account, history, rate, start)
        self._begun = begun
        self._deadline = deadline
        self.account = self._new_account()
        self.server = FaultServer(self.account)
        self.trap = Trap()
        self.ahead = 0.0
        self.slept = 0.0
        self.told_ahead = 0.0
        """Seconds by which the server's `Date` is ahead of its own clock."""
        self.ledger = Ledger()
        self.store = SqliteStore(store or self.account.folder / "history.db", wall=self.wall, patience=0.05)
        self._news = threading.Condition()
        self._watch: Callable[[Told], None] = lambda _: None
        self._heard = 0
        self._open = ExitStack()
        self.collector: Collector

    def wall(self) -> datetime:
        """This machine's clock."""
        return self.account.now + timedelta(seconds=self.ahead)

    def boot(self) -> float:
        """Seconds since this machine was started, asleep or not."""
        return time.monotonic() + self.slept

    def open_api(self) -> ReadApi:
        """Return a client of the account."""
        return ReadApi(
            base_url=self.server.base,
            key=CANARY,
            company_id=str(COMPANY_ID),
            deadline=self._deadline,
            max_bytes=_MAX_BYTES,
        )

    def __enter__(self) -> Scene:
        self._open.callback(self.trap.close)
        self._open.enter_context(self.server)
        self._open.callback(self.store.close)
        self.collector = a_collector(self)
        self._open.callback(self.collector.stop)
        self.collector.subscribe(self._hear)
        if self._begun:
            self.collector.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    # What is known

    def until(self, holds: Callable[[Told], object], seconds: float = 10) -> Told:
        """Return what was known when `holds` came true, be it for a moment; fail after so many seconds."""
        met: list[Told] = []

        def look(told: Told) -> None:
            if not met and holds(told):
                met.append(told)
                self._news.notify_all()

        with self._news:
            self._watch = look
            look(self.told())
            self._news.wait_for(lambda: met, seconds)
        if not met:
            raise AssertionError(f"never came true; last heard: {self.ledger.health}")
        return met[0]

    def well(self, truth: dict[str, Call]) -> Told:
        """Wait until all is well, the ledger is equal to the account, and the difference of the clocks is known."""
        return self.until(
            lambda told: (
                told.health.outcome in WELL
                and told.health.fresh_at == self.wall()
                and abs(told.health.skew - self.skew()) <= 2
                and told.targets
                and told.calls == truth
            )
        )

    def heard_again(self, outcome: Outcome, told: Told) -> Told:
        """Wait until, after `told`, the feed tells of that outcome once more. A try that is far off is made now."""
        self.hurry(told)
        return self.until(lambda later: later.heard > told.heard and later.health.outcome is outcome)

    def hurry(self, told: Told) -> None:
        """Do what the operator can: ask for a try that was far off, or waited for somebody, when `told` was told."""
        if told.wait is None or told.wait > timedelta(seconds=1):
            self.collector.retry()

    def _hear(self) -> None:
        """Take what is told, in the collector's thread: nothing is missed or folded together."""
        with self._news:
            batch = self.collector.take()
            if batch is not None:
                self.ledger.apply(batch)
                self._heard += batch.health is not None
                self._watch(self.told())

    def told(self) -> Told:
        """Return what is known."""
        ledger = self.ledger
        due = ledger.health.next_at
        return Told(
            health=ledger.health,
            calls=dict(ledger.calls),
            targets=len(ledger.targets),
            total=vars_of(ledger.total),
            wait=None if due is None else due - self.wall(),
            heard=self._heard,
            polls=self.server.polls,
        )

    # What is so

    @property
    def troubles(self) -> tuple[StoreTrouble, ...]:
        """What befell the history."""
        return self.store.troubles

    def stored(self) -> dict[str, datetime | None]:
        """Return which calls the store has, and of when."""
        return stamps(self.store)

    def skew(self) -> float:
        """Return how far the server's clock, as it tells it, is ahead of this machine's."""
        return self.account.skew + self.told_ahead - self.ahead

    def truth(self, seconds: float = 0) -> dict[str, Call]:
        """Return the calls that the account has, or will have after so many seconds, read from a twin of it."""
        twin = self._new_account()
        twin.now, twin.skew = self.account.now + timedelta(seconds=seconds), self.account.skew

        async def read() -> dict[str, Call]:
            async with twin.open_api() as api:
                reading = await read_once(api, twin.now - timedelta(hours=48), twin.now)
                assert reading.trouble is None
                return {call.uuid: call for call in reading.batch.calls}

        return asyncio.run(read())


def vars_of(total: Any) -> dict[str, Any]:
    """Return running sums as they are now."""
    return {name: getattr(getattr(total, name), "value", getattr(total, name)) for name in type(total).__slots__}


def stamps(store: SqliteStore) -> dict[str, datetime | None]:
    """Return which calls a store has, and of when."""
    return {each.uuid: utc(each.raw.get("updated_at")) for each in store.calls(LONG_AGO)}


def stamps_of(calls: dict[str, Call]) -> dict[str, datetime | None]:
    """Return which calls these are, and of when."""
    return {uuid: call.updated_at for uuid, call in calls.items()}
