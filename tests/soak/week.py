"""A simulated week: the program's own poller, ledger and history over an account that changes a million times.

Nothing of the program is replaced but its clocks and the connection: the leader plans, backs off and sweeps by a clock
that jumps to whatever is due next, and its answers take as long as the API's were measured to.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import random
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast

from monitor.feed import sweeps
from monitor.feed.leader import DEEP, Leader
from monitor.feed.mailbox import Mailbox
from monitor.feed.past import Past
from monitor.feed.teller import Teller
from monitor.ledger import Ledger
from monitor.store.sqlite import SqliteStore
from tests.soak.account import HOUR, LATEST, MINUTE, RATE, SECOND, WeekAccount, moment, told, uuid_of
from tests.soak.clock import SimulatedLoop
from tests.soak.connection import Connection, Outages
from tests.soak.figures import Figure, at_most, none_of
from tests.soak.report import KINDS, CaughtUp, Report, Tally

if TYPE_CHECKING:
    from monitor.api.client import ReadApi

HOURS = 168
OUTAGES = ((40 * 3600, 42 * 3600), (100 * 3600, 100 * 3600 + 1200))
"""From second to second: every request fails."""
HELD = 1200
"""Calls that the ledger holds here: it is full before the first hour is over."""
KEPT = timedelta(hours=60)
"""How long the history is kept here."""
_SWEPT_BY = HOUR
"""Milliseconds within which all that was due during an outage has been swept after it."""
_KNOWN_BY = LATEST + round(DEEP + 60) * SECOND
"""Milliseconds after its stamp by which every change must be known: it was visible by then, and a walk with lookback
has come, though it failed and had to be tried again."""
_LOOK_EVERY = 6
"""Hours between two comparisons of the history with the account."""
_LOOKED_EVERY = 300.0
"""Seconds between two looks at what the change feed should have brought."""
_PIECE = MINUTE
"""Milliseconds of calls that are compared at once: a few, so that comparing takes no memory to speak of."""


class Simulation:
    """One account, and the program that reads it."""

    def __init__(self, folder: Path, hours: int, outages: Outages, seed: int) -> None:
        self.report = Report(hours)
        self._tally = Tally()
        self._hours = hours
        self._outages = outages
        self._path = folder / "history.db"
        self._account = WeekAccount(seed, most=round(1.1 * hours * 3600 * RATE) + 2000, ages=sweeps.AGES)
        self._compared_to = 0
        longest = max((end - start for start, end in outages), default=0.0)
        self._settled = max(sweeps.AGES) * SECOND + round(longest * SECOND) + _SWEPT_BY
        """Milliseconds after its creation from which nothing about a call changes or is read any more."""

    def run(self) -> Report:
        """Let the time pass, and see."""
        with asyncio.Runner(loop_factory=SimulatedLoop) as runner:
            runner.run(self._main())
        return self.report

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        store = self._store = SqliteStore(self._path, wall=self._wall, kept=KEPT)
        ledger = self._ledger = Ledger(HELD)
        mailbox = Mailbox()
        mailbox.subscribe(lambda: _take(mailbox, ledger))
        teller = Teller(store, mailbox, Past(mailbox), self._wall, 5.0)
        teller.recalled = True
        connection = Connection(self._account, self._outages, self._wall)
        leader = Leader(
            lambda: cast("ReadApi", connection),
            teller,
            interval=5.0,
            since=self._wall(),
            boot=self._loop.time,
            history=iter(()),
        )
        self._follower = leader._follower
        for kind in KINDS:
            setattr(self._follower, kind, self._tally.counting(kind, getattr(self._follower, kind)))
        polling = asyncio.create_task(leader.run())
        try:
            await self._watch()
        finally:
            polling.cancel()
            await asyncio.gather(polling, return_exceptions=True)
            store.close()

    async def _watch(self) -> None:
        catching = [asyncio.create_task(self._catch_up(end)) for _, end in self._outages]
        looking = asyncio.create_task(self._look())
        for hour in range(1, self._hours + 1):
            await self._until(hour * 3600)
            if hour in (1, self._hours):
                gc.collect()
                self.report.memory[hour] = _resident()
            if hour % _LOOK_EVERY == 0:
                self._compare(hour * HOUR - self._settled)
        self._count()
        self._account.quiet = True
        await self._until(self._hours * 3600 + self._settled / SECOND)
        self._compare(self._hours * HOUR)
        looking.cancel()
        self._compare_shown()
        self.report.caught_up = [await each for each in catching]

    async def _until(self, second: float) -> None:
        await asyncio.sleep(second - self._loop.time())

    def _wall(self) -> datetime:
        return moment(self._loop.time() * SECOND)

    async def _catch_up(self, end: float) -> CaughtUp:
        """Wait until, after the outage that ends then, all is known again."""
        await self._until(end)
        before = self._pages()
        while not self._knows_all_until(moment(end * SECOND)):  # noqa: ASYNC110  # nobody tells, and here it costs no time
            await asyncio.sleep(0.5)
        return CaughtUp(self._pages() - before, self._loop.time() - end)

    async def _look(self) -> None:
        """Look again and again whether the change feed is known as far as it must be, except after an outage."""
        while True:
            await asyncio.sleep(_LOOKED_EVERY)
            now = self._loop.time()
            if any(start <= now < end + 2 * _LOOKED_EVERY for start, end in self._outages):
                continue
            to = round(now * SECOND) - _KNOWN_BY
            for number, updated in self._account.changed(to - round(_LOOKED_EVERY) * SECOND, to):
                stored = self._store.answer(uuid_of(number))
                self.report.looked_at += 1
                if stored is None or stored.raw["updated_at"] < told(updated):
                    self.report.behind.append(uuid_of(number))

    def _knows_all_until(self, end: datetime) -> bool:
        state = self._follower.state
        return state.head is not None and state.head >= end and not state.gaps

    def _pages(self) -> int:
        return self._tally.requests["tick"] + self._tally.requests["fill"]

    def _count(self) -> None:
        account, report = self._account, self.report
        report.calls, report.updates, report.pixels = account.calls, account.updates, account.pixels
        report.deleted, report.late = account.deleted, account.late
        report.tally = Tally(dict(self._tally.requests), dict(self._tally.begun))

    def _compare(self, end: int) -> None:
        """Compare the history with the account, for calls that nothing happens to any more, each once."""
        size = sum(each.stat().st_size for each in self._path.parent.iterdir())
        self.report.largest = max(self.report.largest, size)
        while self._compared_to < end:
            start, self._compared_to = self._compared_to, min(end, self._compared_to + _PIECE)
            self._compare_piece(start, self._compared_to)

    def _compare_piece(self, start: int, end: int) -> None:
        # An answer's date is in whole seconds, and the history lets no call begin after it was first told of.
        stored = self._store.as_of(self._wall(), moment(start - 2 * SECOND), moment(end))
        kept = {call.uuid: call for call in stored}
        for number in self._account.created(start, end - 1):
            uuid = uuid_of(number)
            there, found = self._account.is_there(number), kept.get(uuid)
            self.report.compared += 1
            if found is None or found.gone:
                self.report.lost.extend([uuid] * there)
            elif not there:
                self.report.standing.append(uuid)
            elif found.raw != self._account.raw(number):
                self.report.stale.append(uuid)

    def _compare_shown(self) -> None:
        self.report.held = len(self._ledger.calls)
        for uuid, call in self._ledger.calls.items():
            there = self._account.call(uuid)
            gone = uuid in self._ledger.gone
            if gone != (there is None) or (there is not None and there.records[0] != call):
                self.report.shown_wrong.append(uuid)


def _take(mailbox: Mailbox, ledger: Ledger) -> None:
    batch = mailbox.take()
    if batch is not None:
        ledger.apply(batch)


def _resident() -> float:
    """Return how much memory this process has, in MB."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    assert found is not None
    return int(found[1]) / 1024


def simulate(folder: Path, hours: int, outages: Outages, *, seed: int = 1) -> Report:
    """Let so many hours pass, with `outages`; then let all come to rest, and compare."""
    random.seed(seed)  # the program's own chance is how long it waits after a failure
    return Simulation(folder, hours, outages, seed).run()


def figures(folder: Path) -> list[Figure]:
    """Simulate the week, and compare it with what is promised."""
    logging.disable(logging.WARNING)  # every request that fails is logged, as it should be
    report = simulate(folder, HOURS, OUTAGES)
    tally, caught_up = report.tally, report.caught_up
    first, last = min(report.memory), max(report.memory)
    grown = report.memory[last] - report.memory[first]
    pages = " and ".join(f"{each.pages}" for each in caught_up)
    minutes = " and ".join(f"{each.seconds / 60:.1f}" for each in caught_up)
    return [
        Figure(
            f"updates in {report.hours:.0f} simulated hours",
            f"{report.updates:,}",
            "≥ 1,000,000",
            report.updates >= 1_000_000,
        ),
        Figure(
            "calls; pixels changed without a stamp; commits seen late; deletions",
            f"{report.calls:,}; {report.pixels:,}; {report.late:,}; {report.deleted:,}",
        ),
        none_of(f"calls lost, of {report.compared:,} compared", report.lost),
        none_of("calls stale, pixels included", report.stale),
        none_of(
            f"changes not known {_KNOWN_BY // SECOND} s after their stamp, of {report.looked_at:,} looked at",
            report.behind,
        ),
        none_of("calls deleted and not struck out", report.standing),
        none_of(f"calls shown that are not as the account has them, of {report.held:,} held", report.shown_wrong),
        at_most(f"requests per tick, of {tally.begun['tick']:,} ticks", report.per_tick, 1.05, "{:.3f}"),
        at_most(
            f"sweeps ({tally.requests['sweep']:,} requests), of the live feed's requests",
            100 * report.swept,
            10,
            "{:.1f} %",
        ),
        Figure("pages to catch up after an outage of 2 h, and of 20 min", pages),
        Figure("simulated minutes for that, from the outage's end", minutes),
        at_most(
            f"memory grown from hour {first} ({report.memory[first]:.1f} MB) to hour {last}", grown, 10, "{:.1f} MB"
        ),
        Figure(f"history at its largest, {KEPT / timedelta(hours=1):.0f} h kept", f"{report.largest / 2**20:.0f} MB"),
    ]
