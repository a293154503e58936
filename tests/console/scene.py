"""The simulated account at one fixed moment, ready to be shown: for pilots, snapshots and screenshots."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from monitor.console.app import CallmonApp
from monitor.feed.once import read_once
from monitor.ledger import HELD
from monitor.model.batch import Batch
from tests.account import Account
from tests.make import NOON, ScriptedSource, healthy

SINCE = NOON - timedelta(hours=2)
LOOKED = NOON + timedelta(seconds=90)
"""The moment shown: ninety seconds after the simulated account began to live."""


@cache
def account_batch() -> Batch:
    """Return the whole simulated account at LOOKED."""
    account = Account(history=1400)
    account.now = LOOKED

    async def read() -> Batch:
        async with account.open_api() as api:
            reading = await read_once(api, SINCE, LOOKED, campaigns=True)
            assert reading.trouble is None
            return reading.batch

    return asyncio.run(read())


@cache
def answer(uuid: str) -> dict[str, Any]:
    """Return the complete answer on one call at LOOKED."""
    account = Account(history=1400)
    account.now = LOOKED

    async def read() -> dict[str, Any]:
        async with account.open_api() as api:
            return dict((await api.call(uuid)).raw)

    return asyncio.run(read())


class Scene(ScriptedSource):
    """A source that gives `batch` as soon as the screen starts it."""

    def __init__(self, batch: Batch) -> None:
        super().__init__()
        self._batch = batch

    def start(self) -> None:
        super().start()
        self.mailbox.put(self._batch)


def scene(
    *,
    health: dict[str, Any] | None = None,
    now: datetime = LOOKED,
    empty: bool = False,
    theme: str = "callmon-dark",
    gone: tuple[int, ...] = (),
    held: int = HELD,
) -> CallmonApp:
    """Return the application showing the account at LOOKED, at the moment `now`.

    `gone` are the places, counted from the top, of calls that the account has no more.
    """
    told = healthy(LOOKED - timedelta(seconds=2), **(health or {}))
    batch = account_batch()
    if empty:
        shown = Batch(targets=batch.targets, company=batch.company, health=told, complete=True)
    else:
        calls = sorted(batch.calls, key=lambda call: (call.began or NOON, call.uuid), reverse=True)
        newest = calls[0].uuid
        went = tuple(calls[place].uuid for place in gone)
        shown = replace(batch, answers={newest: answer(newest)}, gone=went, date=LOOKED, health=told)
    return CallmonApp(Scene(shown), clock=lambda: now, since=SINCE, held=held, zone=UTC, theme=theme)
