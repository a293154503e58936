"""The process that reads what another one writes: it needs no key, and takes over when the other is gone."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from monitor.feed.asks import Watched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from monitor.feed.teller import Teller

LOOK = 0.25
"""Seconds between two looks at the store: one costs a few microseconds."""
_LEAD = 1.0
"""Seconds between two tries to lead."""
_ALONE = 3.0
"""Intervals without news from which nobody reads the account any more."""


class Viewer:
    """Shows the store for as long as another process leads. `lead` tries to, and returns whether it came about;
    `keyless` processes cannot."""

    def __init__(self, teller: Teller, lead: Callable[[], bool], history: Iterator[None], *, keyless: bool) -> None:
        self._teller = teller
        self._store = teller.store
        self._lead = lead
        self._history = history
        self._keyless = keyless
        self.watched = Watched()
        """What somebody looks at. How a call was routed is shown when the store has it: nothing can be asked here."""

    async def run(self) -> None:
        """Look, show, and try to lead; return when this process does."""
        loop = asyncio.get_running_loop()
        again = loop.time()
        alone = False
        await self._look()
        while True:
            if loop.time() >= again:
                again = loop.time() + _LEAD
                if self._lead():
                    return
                alone = alone or self._tell_alone()
            if not self._teller.recalled:
                next(self._history, None)
                await asyncio.sleep(0)
                continue
            if self._store.changed():
                alone = False
                await self._look()
            self._teller.tell_past()
            await asyncio.sleep(LOOK)

    def _tell_alone(self) -> bool:
        """Say so when nobody reads the account any more, and this process cannot; return whether it is so."""
        health = self._teller.health
        if not self._keyless or health.fresh_at is None:
            return False
        if (self._teller.wall() - health.fresh_at).total_seconds() <= _ALONE * max(health.interval, 1.0):
            return False
        self._teller.health = replace(
            health, message="nobody reads the account any more, and this callmon was started without a key"
        )
        self._teller.health_is(self._store.state())
        return True

    async def _look(self) -> None:
        """Show what has changed."""
        if self._teller.recalled:
            await self._teller.catch_up()
        state = self._store.state()
        if state.company is not None:
            self._teller.show(company=state.company)
        self._teller.health = replace(state.health, viewing=True, since=self._teller.health.since or state.start)
        self._teller.health_is(state)
        if self.watched.call is not None:
            self._teller.answer(self.watched.call)
