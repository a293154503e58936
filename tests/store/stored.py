"""What the store's tests share: answers of the simulated account, pages of them, and disks with a will of their own."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.model import wire
from monitor.model.feed_state import FeedState
from monitor.model.health import Gap, Health, Outcome
from monitor.simulator import World
from monitor.simulator.wire import call_v2
from monitor.store import schema, writing
from monitor.store.protocol import StoredCall, Written
from monitor.store.sqlite import SqliteStore
from tests.make import NOON, at

Raw = dict[str, Any]

MINUTE = timedelta(minutes=1)


class Clock:
    """A wall clock to set."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def pass_time(self, seconds: float) -> datetime:
        self.now += timedelta(seconds=seconds)
        return self.now


def open_store(path: Path, clock: Clock | None = None, **given: Any) -> SqliteStore:
    """Open a store as a process at noon would."""
    return SqliteStore(path, wall=clock or Clock(), **given)


def leading(path: Path, clock: Clock | None = None, **given: Any) -> SqliteStore:
    """Open a store, lead, and know its state."""
    store = open_store(path, clock, **given)
    assert store.lead()
    store.state()
    return store


def a_raw(uuid: str = "c1", updated: float = 0, **given: Any) -> Raw:
    """Return an answer for a call that began at noon and was updated so many seconds later."""
    stamps = {"created_at": at(0).isoformat(), "updated_at": at(updated).isoformat()}
    return {"uuid": uuid, **stamps, "caller": "+13015550042", "connected": False, "tags": {"geo": "DC"}, **given}


def a_page(*raws: Raw, seconds: float = 60, **given: Any) -> Written:
    """Return a page of calls that was read so many seconds after noon."""
    parsed = wire.calls().many(list(raws))
    return Written(at(seconds), calls=tuple(zip(parsed.records, parsed.raw, strict=True)), **given)


def a_load(running: int, seconds: float, target: int = 7, **given: Any) -> Written:
    """Return a page with one target that has so many calls in progress."""
    raw = {"id": target, "name": "Buyer", "calls_in_progress": running, "concurrency_cap": 5, "paused": False, **given}
    parsed = wire.targets().many([raw])
    return Written(at(seconds), targets=tuple(zip(parsed.records, parsed.raw, strict=True)))


def a_listing(*cids: str, seconds: float = 60, unlisted: tuple[str, ...] = (), **given: Any) -> Written:
    """Return a page of campaigns with these cids, and which others are listed no more."""
    timers = [{"timer": {"id": 1, "seconds": 0, "url": "https://pixels.example/start"}}]
    raws = [{"campaign": {"cid": cid, "name": f"Campaign {cid}", "timers": timers, **given}} for cid in cids]
    parsed = wire.campaigns().many(raws)
    pairs = tuple(zip(parsed.records, parsed.raw, strict=True))
    return Written(at(seconds), campaigns=pairs, unlisted=unlisted)


def of_the_first_form(path: Path, *pages: Written, state: FeedState) -> None:
    """Leave a history as the first callmon kept it: before campaigns were."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        schema.migrate(db, lambda *_: None, schema.MIGRATIONS[:1])
        with schema.transaction(db):
            writing.take_over(db)
            writing.keep(db, (*pages, Written(at(60), state=state)), 0, with_state=True)


def a_state(seconds: float) -> FeedState:
    """Return the state of a feed that has read the account up to so many seconds after noon."""
    gap = Gap(at(seconds - 900), at(seconds - 600))
    health = Health(Outcome.FRESH, fresh_at=at(seconds + 1), gaps=(gap,))
    return FeedState(at(seconds - 900), at(seconds), at(seconds - 120), (gap,), {120: at(seconds - 60)}, health)


def polled(hours: float, *, rate: float = 0.2, interval: float = 5, seed: int = 1) -> Iterator[Written]:
    """Yield what a poller of the simulated account reads: the 25 calls that were updated last, at every interval."""
    world = World(seed=seed, start=NOON, rate=rate, history=20)
    for tick in range(int(hours * 3600 / interval)):
        now = NOON + timedelta(seconds=tick * interval)
        world.advance(now)
        last = sorted(world.calls[-200:], key=lambda script: script.updated(script.stage(world.now)), reverse=True)
        yield a_page(*(call_v2(script, world.now, world.troubles) for script in last[:25]), seconds=tick * interval)


def uuids(calls: Iterable[StoredCall]) -> list[str]:
    """Return whose they are."""
    return [call.uuid for call in calls]


def bytes_of(path: Path) -> int:
    """Return what a store weighs on the disk, in bytes, once its log is folded in."""
    return sum(each.stat().st_size for each in path.parent.glob(f"{path.name}*"))


def bytes_per_call(folder: Path, hours: float = 6) -> float:
    """Return what a call of the simulated account weighs on the disk with its whole history."""
    path = folder / "weighed.db"
    store = leading(path)
    seen: set[str] = set()
    for page in polled(hours):
        store.write(page)
        seen.update(call.uuid for call, _ in page.calls)
    store.close()
    return bytes_of(path) / len(seen)


def _root() -> bool:
    return os.geteuid() == 0


@contextmanager
def small_disk(folder: Path, size: str = "1m") -> Iterator[Path]:
    """A disk of its own, mounted at `folder`. Skips where that takes rights that we do not have."""
    folder.mkdir(exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "callmon-test", str(folder)]
    if not _root() or shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("no right to mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def remount(folder: Path, how: str) -> None:
    """Mount a small disk anew: `ro`, `rw`, `size=…`."""
    subprocess.run(["mount", "-o", f"remount,{how}", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Fill the disk to its last byte; return the file that does."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            pass
    return ballast
