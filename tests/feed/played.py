"""A recorded afternoon of the simulated account, and a replay of it to be driven."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from monitor.feed.replay import Replay
from monitor.ledger import Ledger
from monitor.model.batch import Batch
from monitor.model.position import Position
from monitor.store.history import SqliteHistory
from monitor.store.protocol import Written
from tests.make import NOON
from tests.store.stored import a_load, leading, polled

SINCE = NOON - timedelta(hours=2)


@dataclass(frozen=True)
class Recording:
    """What was recorded: the file, and the pages that went into it."""

    path: Path
    pages: tuple[Written, ...]

    def live(self, moment: datetime) -> Ledger:
        """Return what a live run that stopped at `moment` knew."""
        ledger = Ledger()
        for page in self.pages:
            if page.at <= moment:
                calls = tuple(call for call, _ in page.calls)
                targets = tuple(target for target, _ in page.targets) or None
                ledger.apply(Batch(calls=calls, gone=page.gone, targets=targets, date=page.at, complete=True))
        return ledger


def record(path: Path, hours: float = 0.25) -> Recording:
    """Record the account from noon on: polled every five seconds; two calls go, and one of them comes back."""
    pages: list[Written] = []
    for at, page in enumerate(polled(hours)):
        gone: tuple[str, ...] = ()
        if at == 40:
            gone = tuple(call.uuid for call, _ in pages[-1].calls[-2:])
            page = replace(page, calls=tuple(pair for pair in page.calls if pair[0].uuid not in gone))
        load = a_load(at // 7 % 4, at * 5, paused=at > 100)
        pages.append(replace(page, gone=gone, targets=load.targets))
    store = leading(path)
    for page in pages:
        store.write(page)
    store.close()
    return Recording(path, tuple(pages))


def known(ledger: Ledger) -> dict[str, Any]:
    """Return what a ledger knows, to be compared. Numbers are given in the order in which it got to know the calls."""
    names = "calls live targets total by_target".split()
    sums = {"started": ledger.started.steps, "ended": ledger.ended.steps}
    return {**{name: getattr(ledger, name) for name in names}, **sums, "gone": set(ledger.gone)}


class Viewer:
    """Folds what a replay plays into a ledger, as the screen does."""

    def __init__(self, replay: Replay) -> None:
        self.replay = replay
        self.ledger = Ledger()
        self._poked = threading.Event()
        replay.subscribe(self._poked.set)

    def until(self, expected: Callable[[Position], object], seconds: float = 15) -> Ledger:
        """Return the ledger as soon as `expected` holds of the replay's position and all news is taken in."""
        deadline = time.monotonic() + seconds
        while True:
            self._poked.clear()
            there = expected(self.replay.position)
            batch = self.replay.take()
            if batch is not None:
                self.ledger.apply(batch)
            elif there:
                return self.ledger
            else:
                assert time.monotonic() < deadline, self.replay.position
                self._poked.wait(0.005)

    def at(self, moment: datetime) -> Ledger:
        """Jump to `moment` and return what is known then."""
        self.replay.jump(moment)
        return self.until(lambda position: not position.reading)

    def arrived(self, moment: datetime) -> Ledger:
        """Return the ledger when the replay has stepped to `moment`."""
        return self.until(lambda position: position.now == moment and position.next_at != moment)

    def told(self, uuid: str, answer: object) -> None:
        """Wait for the whole answer on a call to be `answer`."""
        self.until(lambda _: self.ledger.answers.get(uuid) == answer)


@contextmanager
def played(path: Path, *, start: datetime = NOON, end: datetime | None = None, speed: float = 1) -> Iterator[Viewer]:
    """A replay that stands at its start."""
    history = SqliteHistory(path)
    span = history.span()
    assert span is not None
    replay = Replay(history, start=start, end=end or span[1], since=SINCE, speed=speed, boot=time.monotonic)
    replay.play_or_pause()
    viewer = Viewer(replay)
    replay.start()
    try:
        yield viewer
    finally:
        replay.stop()
        history.close()
