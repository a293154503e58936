"""What the board of pixels costs: to be filled, and per tick with many calls held.

Run as a module with a number of calls. Prints one line of JSON.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from statistics import median

from monitor.insight.board import PixelBoard
from monitor.insight.pixels import PixelRules
from monitor.ledger import Ledger
from monitor.model.batch import Batch
from monitor.model.call import Call
from tests.bench.calls import settled

_TICKS = 60
_CHANGED = 5
"""Calls that change in one tick, each in one of its pixels."""
_HOUR = 3600


def measure(calls: int) -> dict[str, float]:
    """Return the seconds per call of filling a board, and the seconds of a tick: news, rows and incidents."""
    now = datetime.now(UTC)
    ledger = Ledger()
    ledger.apply(Batch(calls=tuple(settled(calls, now)), date=now))
    board = PixelBoard(ledger, PixelRules())
    gc.collect()
    gc.freeze()
    began = time.process_time()
    board.refill(now)
    filled = (time.process_time() - began) / calls
    board.rows(_HOUR)
    ticks = [_tick(ledger, board, turn, now + timedelta(seconds=turn)) for turn in range(_TICKS)]
    return {"fill": filled, "tick": median(ticks)}


def _tick(ledger: Ledger, board: PixelBoard, turn: int, now: datetime) -> float:
    """Change some of the newest calls and return what it takes until the board says so."""
    newest = list(ledger.calls.values())[:_CHANGED]
    change = ledger.apply(Batch(calls=tuple(_changed(call, turn) for call in newest), date=now))
    began = time.process_time()
    board.apply(change, now)
    board.rows(_HOUR)
    board.open_incidents()
    return time.process_time() - began


def _changed(call: Call, turn: int) -> Call:
    """Return `call` with its last pixel sent, or not sent yet, in turn."""
    *others, last = call.pixels
    sent = turn % 2 == 0
    pixel = replace(last, status="fired" if sent else "new", fired_at=last.created_at if sent else None)
    return replace(call, pixels=(*others, pixel))


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(int(sys.argv[1]))) + "\n")
