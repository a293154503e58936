"""A host goes down, over the served simulated account: told soon, by its name, with the calls it hit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from monitor.api.pages import CallQuery
from monitor.insight.board import PixelBoard
from monitor.insight.freshness import known_until
from monitor.insight.pixels import PixelRules
from monitor.insight.webhook import Incident
from monitor.ledger import Change, Ledger
from monitor.simulator import pixels
from monitor.simulator.cast import CALL_LOG
from monitor.simulator.stamps import to_ms
from tests.account import Account, Listener
from tests.make import NOON, at

POLL = 5
"""Seconds of the account's time from one poll to the next."""
DOWN, UP = at(120), at(300)
"""When the host of the call log goes down, and when it is back."""
GRACE = timedelta(seconds=30)
SAMPLE = 5
"""Failures in a row that open an incident where hardly any are usual."""
PLACE = "ingest.warehouse.example"


class Watch(Listener):
    """Keeps a board beside the ledger, as the screen does."""

    def __init__(self, account: Account) -> None:
        super().__init__(account.collector())
        self._account = account
        self.board = PixelBoard(self.ledger, PixelRules())

    def heard(self, change: Change) -> None:
        self.board.apply(change, known_until(self.ledger.health, self._account.now))

    def next_poll(self, seconds: float = POLL) -> None:
        """Let the time of one poll pass, and wait until everything has been read that there is then."""
        account = self._account
        account.pass_time(seconds)
        begun = self._polls() + 2  # one may have been under way

        def read(ledger: Ledger) -> bool:
            return self._polls() > begun and ledger.health.fresh_at == account.now

        self.until(read)
        self.board.advance(known_until(self.ledger.health, account.now))

    def _polls(self) -> int:
        return self._account.paths.count("GET /api/v2/calls.json")


def lost(account: Account) -> dict[str, datetime]:
    """Return the calls whose pixel the host did not get, and when that was written down."""

    async def read() -> dict[str, datetime]:
        found: dict[str, datetime] = {}
        async with account.open_api() as api:
            async for page in api.walk_calls(CallQuery(created_from=NOON - timedelta(hours=6))):
                for call in page.parsed.records:
                    for pixel in call.pixels:
                        at_ = pixel.created_at
                        if pixel.webhook_name == CALL_LOG.name and pixel.status == "new" and at_ and DOWN <= at_ < UP:
                            found[call.uuid] = at_
        return found

    return asyncio.run(read())


def followed(watch: Watch, until: Callable[[list[Incident]], bool], polls: int = 100) -> Incident:
    """Return the newest incident of that host as soon as `until` holds of the host's incidents."""
    for _ in range(polls):
        watch.next_poll()
        found = [each for each in watch.board.incidents() if each.hook.host == PLACE]
        if until(found):
            return found[0]
    raise AssertionError("never came true")


def test_a_host_that_goes_down_is_told_by_name_and_told_to_be_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pixels, "STUCK_SHARE", 0.0)  # nothing else fails, so that what was hit is known exactly
    account = Account(history=60, rate=0.4)
    account.world.troubles.shown[CALL_LOG] = (to_ms(DOWN), to_ms(UP))
    with Watch(account) as watch:
        incident = followed(watch, lambda found: any(each.until is None for each in found))
        first, *others = sorted(lost(account).values())
        plain = others[SAMPLE - 2] + GRACE
        assert first + GRACE < account.now <= plain + timedelta(seconds=2 * POLL)
        assert (incident.hook.title, incident.hook.host) == (CALL_LOG.name, PLACE)
        assert incident.since == first

        over = followed(watch, lambda found: all(each.until is not None for each in found))
        hit = lost(account)
        assert set(over.uuids) == hit.keys()
        assert over.since == min(hit.values())
        assert over.until is not None
        assert UP <= over.until < UP + timedelta(minutes=1)
        assert account.now < UP + timedelta(minutes=3)
        assert [each.hook.host for each in watch.board.incidents()] == [PLACE]


def test_single_pixels_that_stay_new_open_no_incident() -> None:
    """One or two in a hundred end-of-call pixels are never sent, as in the reference's own samples."""
    account = Account(history=400, rate=0.4)
    account.world.troubles.shown.clear()
    with Watch(account) as watch:
        for _ in range(25):
            watch.next_poll(15)
            assert watch.board.incidents() == []
        rows = watch.board.rows(None)
        assert sum(row.counts.failed for row in rows) > 0
        assert sum(row.counts.settled for row in rows) > 1000
