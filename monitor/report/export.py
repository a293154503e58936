"""`callmon export`: calls out of the history, in as much memory as a few hundred of them take."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, TextIO

from monitor.model import wire
from monitor.report.cells import csv_row, csv_writer
from monitor.report.records import CALL_FIELDS, call_record

if TYPE_CHECKING:
    from monitor.model.call import Call
    from monitor.store.protocol import History

log = logging.getLogger(__name__)

_AT_ONCE = 500
"""Calls that are held at a time."""
_TICK = timedelta(milliseconds=1)


def write(history: History, since: datetime, until: datetime | None, last: datetime, out: TextIO, *, form: str) -> bool:
    """Print as `jsonl` or `csv` the calls that began from `since` to before `until` (None: to the end), oldest first.

    Each is printed in its newest version, as `callmon once` would have at `last`, the end of the history; those that
    the account has no more are left out. Returns whether all of them could be understood. Raises MonitorError when the
    history cannot be read to its end.
    """
    put = _lines(out) if form == "jsonl" else _rows(out)
    whole = True
    versions = history.as_of(last, since, until or last + _TICK)
    while part := list(islice(versions, _AT_ONCE)):
        parsed = wire.calls().many([version.raw for version in part if not version.gone])
        for each in parsed.rejected:
            log.warning("unreadable: %s %s: %s", each.record, each.field or "", each.reason)
        whole = whole and not parsed.rejected
        for call in parsed.records:
            put(call, last)
    return whole


Put = Callable[["Call", datetime], object]


def _lines(out: TextIO) -> Put:
    return lambda call, now: out.write(f"{json.dumps(call_record(call, now), ensure_ascii=True)}\n")


def _rows(out: TextIO) -> Put:
    writer = csv_writer(out)
    writer.writerow(CALL_FIELDS)
    return lambda call, now: writer.writerow(csv_row(call_record(call, now)))
