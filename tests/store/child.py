"""A process that writes to a store, and says after every page that it was acknowledged, until it is killed.

`write PATH FIRST` writes the calls numbered from FIRST on, and every tenth of them again and again; `contend PATH MARK
ROUNDS` leads as often as it can, and makes and removes the file MARK, which only one process at a time may do.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from monitor.model.call import Call
from monitor.model.feed_state import FeedState
from monitor.store.protocol import Written
from monitor.store.sqlite import SqliteStore
from tests.make import at

FILLING = os.urandom(3000).hex()


def page(number: int) -> Written:
    """Return the page with that number: a new call, and the next version of every one before it that ends in 0."""
    calls = []
    for each in {number, number // 10 * 10}:
        call = Call(f"c{each}", created_at=at(each), updated_at=at(number))
        calls.append((call, {"uuid": call.uuid, "version": number, "filling": FILLING[: 200 + number % 5000]}))
    return Written(at(number), calls=tuple(calls), state=FeedState(head=at(number)))


def write(path: Path, first: int) -> None:
    """Write for ever."""
    store = SqliteStore(path, wall=lambda: datetime.now(UTC))
    while not store.lead():
        time.sleep(0.01)
    store.state()
    for number in count(first):
        if store.write(page(number)) is None:
            raise SystemExit(f"not acknowledged: {store.troubles}")
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


def contend(path: Path, mark: Path, rounds: int) -> None:
    """Lead as often as it can."""
    store = SqliteStore(path, wall=lambda: datetime.now(UTC))
    for number in range(rounds):
        while not store.lead():
            time.sleep(0)
        os.close(os.open(mark, os.O_CREAT | os.O_EXCL))
        store.state()
        if store.write(page(number)) is None:
            raise SystemExit(f"not acknowledged: {store.troubles}")
        mark.unlink()
        store.release()


if __name__ == "__main__":
    if sys.argv[1] == "write":
        write(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        contend(Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
