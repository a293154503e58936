"""Calls to be held: the simulated account's, read from its JSON as they are in life.

Run as a module with a number, it prints the JSON of so many calls, a page to a line.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from typing import Any

from monitor.insight.call_columns import CALL_COLUMNS
from monitor.model import wire
from monitor.model.call import Call
from monitor.simulator import World
from monitor.simulator.rows import Rows
from monitor.simulator.wire import CALL_SHAPES

PAGE = 100
_DISTINCT = 2_000
_STAMPS = ("created_at", "updated_at", "start_time", "forwarded_time", "end_time", "conversions_determined_at")


def pages(calls: int, now: datetime) -> Iterator[bytes]:
    """Yield the account's last calls as the API prints them, oldest first, a hundred to a page."""
    world = World(start=now, history=calls)
    rows, shape = Rows(world.troubles), CALL_SHAPES["v2"]
    for start in range(0, calls, PAGE):
        texts = (rows.text(script, world.now, shape) for script in world.calls[start : start + PAGE])
        yield f"[{','.join(texts)}]".encode()


def settled(calls: int, now: datetime) -> list[Call]:
    """Return so many calls of which none changes any more, newest first.

    They are two thousand different ones, again and again, each time under other uuids and further in the past.
    """
    found = [call for page in pages(_DISTINCT, now) for call in wire.calls().many(json.loads(page)).records]
    still = [call for call in reversed(found) if call.ended and not any(each.ticks(call) for each in CALL_COLUMNS)]
    span = now - min(call.created_at or now for call in still)
    return list(islice((_again(call, turn, span) for turn in count() for call in still), calls))


def _again(call: Call, turn: int, span: timedelta) -> Call:
    if not turn:
        return call
    stamps: dict[str, Any] = {name: _before(getattr(call, name), turn * span) for name in _STAMPS}
    pixels = tuple(
        replace(pixel, created_at=_before(pixel.created_at, turn * span), fired_at=_before(pixel.fired_at, turn * span))
        for pixel in call.pixels
    )
    return replace(call, uuid=f"{turn:08x}{call.uuid[8:]}", tags=dict(call.tags), pixels=pixels, **stamps)


def _before(stamp: datetime | None, span: timedelta) -> datetime | None:
    return None if stamp is None else stamp - span


if __name__ == "__main__":
    for each in pages(int(sys.argv[1]), datetime.now(UTC)):
        sys.stdout.buffer.write(each + b"\n")
