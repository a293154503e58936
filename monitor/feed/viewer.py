"""The process that reads what another one writes: it needs no key, and takes over when the other is gone."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from monitor.feed.teller import Teller

log = logging.getLogger(__name__)

LOOK = 0.25
"""Seconds between two looks at the store: one costs a few microseconds."""
_LEAD = 1.0
"""Seconds between two tries to lead."""


class Viewer:
    """Shows the store for as long as another process leads. `lead` tries to, and returns whether it came about."""

    def __init__(self, teller: Teller, lead: Callable[[], bool], history: Iterator[None]) -> None:
        self._teller = teller
        self._store = teller.store
        self._lead = lead
        self._history = history
        self.watched: str | None = None
        """The call that somebody looks at."""

    async def run(self) -> None:
        """Look, show, and try to lead; return when this process does."""
        loop = asyncio.get_running_loop()
        again = loop.time()
        await self._look()
        while True:
            if loop.time() >= again:
                again = loop.time() + _LEAD
                if self._lead():
                    return
            if not self._teller.recalled:
                next(self._history, None)
                await asyncio.sleep(0)
                continue
            if self._store.changed():
                await self._look()
            await asyncio.sleep(LOOK)

    async def _look(self) -> None:
        """Show what has changed."""
        if self._teller.recalled:
            await self._teller.catch_up()
        state = self._store.state()
        if state.company is not None:
            self._teller.show(company=state.company)
        self._teller.health = replace(state.health, viewing=True, since=self._teller.health.since or state.start)
        self._teller.health_is(state)
        if self.watched is not None:
            self._teller.answer(self.watched)
