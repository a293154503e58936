"""A simulated account to be polled in the process, with a clock to set and faults to order."""

from __future__ import annotations

import asyncio
import shutil
import threading
import time
import weakref
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Self

from starlette.datastructures import QueryParams
from starlette.responses import JSONResponse, Response

from monitor.api.client import ReadApi, in_process
from monitor.feed.collector import Collector
from monitor.ledger import Change, Ledger
from monitor.simulator import COMPANY_ID, World
from monitor.simulator.web import build_app
from monitor.store.sqlite import SqliteStore
from tests.canary import CANARY
from tests.make import NOON


class Account:
    """A simulated account behind real HTTP messages. `now` is its clock; `fault` is its only answer while set."""

    def __init__(self, history: int = 300, rate: float = 0.2, start: datetime = NOON) -> None:
        self.now = start
        self._one_at_a_time = threading.Lock()
        self.skew = 0.0
        """Seconds that the account's clock is ahead of the watcher's."""
        self.fault: Response | None = None
        self.paths: list[str] = []
        self.pages_fail = False
        """Whether pages of history, and they alone, are answered with a fault."""
        self.spoil = False
        """Whether the calls are one good record and one without an identity."""
        self.delay = 0.0
        """Seconds that every answer takes."""
        self.slow: dict[str, float] = {}
        """Seconds that answers for a path take besides."""
        self._once: dict[str, Response | None] = {}
        self.pages: dict[str, dict[str, Response]] = {}
        """Answers for a path by the number of the page that is asked for."""
        self.flows: dict[str, Response] = {}
        """Answers for the path of a call, when how it was routed is asked for."""
        self._always: dict[str, Response] = {}
        self.folder = Path(mkdtemp(prefix="callmon-test-"))
        weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)
        self.world = World(start=start, rate=rate, history=history)
        self._app = build_app(self.world, clock=self.server_time, api_key=CANARY)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.paths.append(f"{scope['method']} {scope['path']}")
        if self.pages_fail and b"created_at_start" in scope["query_string"]:
            answer: Any = Response(status_code=500)
        elif self.spoil and scope["path"].endswith("/calls.json"):
            answer = JSONResponse([{"call": {"uuid": "good", "updated_at": "2026-05-04T12:00:00Z"}}, {"call": {}}])
        elif scope["path"] in self.flows and b"call_flow_events=true" in scope["query_string"]:
            answer = self.flows[scope["path"]]
        elif scope["path"] in self.pages:
            answer = self.pages[scope["path"]][QueryParams(scope["query_string"].decode())["page"]]
        else:
            answer = self.fault or self._always.get(scope["path"]) or self._once.pop(scope["path"], None) or self._app
        if seconds := self.delay + self.slow.get(scope["path"], 0.0):
            await asyncio.sleep(seconds)
        with self._one_at_a_time:  # the test and the collector ask from threads of their own
            await answer(scope, receive, send)

    def only_for(self, path: str, answer: Response) -> None:
        """Answer the next request for `path`, and no other, so."""
        self._once[path] = answer

    def always(self, path: str, answer: Response) -> None:
        """Answer every request for `path` so."""
        self._always[path] = answer

    def refuse(self, path: str, status: int) -> None:
        """Answer every request for `path` with `status`."""
        self.always(path, Response(status_code=status))

    def wall(self) -> datetime:
        return self.now

    def server_time(self) -> datetime:
        return self.now + timedelta(seconds=self.skew)

    def pass_time(self, seconds: float) -> None:
        """Let the account live on."""
        self.now += timedelta(seconds=seconds)

    def open_api(self, key: str = CANARY) -> ReadApi:
        return ReadApi(
            base_url="http://localhost", key=key, company_id=str(COMPANY_ID), version=2, inner=in_process(self)
        )

    def collector(
        self, *, interval: float = 0.02, hours: float = 6, key: str = CANARY, boot: Callable[[], float] = time.monotonic
    ) -> Collector:
        return self.collector_over(lambda: self.open_api(key), interval=interval, hours=hours, boot=boot)

    def collector_over(
        self,
        open_api: Callable[[], ReadApi] | None,
        *,
        interval: float = 0.02,
        hours: float = 6,
        boot: Callable[[], float] = time.monotonic,
    ) -> Collector:
        """Return a collector on this account's history that reads the account as `open_api` says."""
        return Collector(
            open_api,
            self.open_store,
            interval=interval,
            since=self.now - timedelta(hours=hours),
            held=100_000,
            wall=self.wall,
            boot=boot,
        )

    def open_store(self) -> SqliteStore:
        """Open the history of this account; it goes when the account does."""
        return SqliteStore(self.folder / "history.db", wall=self.wall)


class Listener:
    """Folds a collector's news into a ledger and waits for what the test expects, as the screen would."""

    def __init__(self, collector: Collector) -> None:
        self.ledger = Ledger()
        self._collector = collector
        self._poked = threading.Event()
        collector.subscribe(self._poked.set)

    def __enter__(self) -> Self:
        self._collector.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._collector.stop()

    def heard(self, change: Change) -> None:
        """The ledger has taken something in: for those who want to know what."""

    def until(self, expected: Callable[[Ledger], object], seconds: float = 15) -> Ledger:
        """Return the ledger as soon as `expected` holds; fail after so many seconds."""
        deadline = time.monotonic() + seconds
        while True:
            self._poked.clear()
            batch = self._collector.take()
            if batch is not None:
                self.heard(self.ledger.apply(batch))
            if expected(self.ledger):
                return self.ledger
            left = deadline - time.monotonic()
            if left <= 0 or not self._poked.wait(left):
                raise AssertionError(f"never came true; last heard: {self.ledger.health}")
