"""`callmon once`: the account as JSON, CSV or a table."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, TextIO

from monitor.insight.call_columns import CALL_COLUMNS
from monitor.insight.columns import Context
from monitor.insight.target_columns import TARGET_COLUMNS
from monitor.report.cells import csv_row, csv_writer
from monitor.report.records import CALL_FIELDS, call_record, reading_record
from monitor.report.table import table

if TYPE_CHECKING:
    from monitor.ledger import Ledger


def write(context: Context, company_id: str | None, out: TextIO, *, form: str, complete: bool) -> None:
    """Print the reading as `json`, `csv` or `table`."""
    ledger, now = context.ledger, context.now
    if form == "json":
        json.dump(reading_record(ledger, now, company_id, complete=complete), out, ensure_ascii=True)
        out.write("\n")
    elif form == "csv":
        _csv(ledger, now, out)
    else:
        _table(context, out)


def _csv(ledger: Ledger, now: datetime, out: TextIO) -> None:
    writer = csv_writer(out)
    writer.writerow(CALL_FIELDS)
    for call in ledger.calls.values():
        writer.writerow(csv_row(call_record(call, now)))


def _table(context: Context, out: TextIO) -> None:
    ledger = context.ledger
    calls = sorted(ledger.calls.values(), key=lambda call: ledger.numbers[call.uuid], reverse=True)
    table(CALL_COLUMNS, calls, context, out)
    out.write("\n")
    table(TARGET_COLUMNS, list(ledger.targets.values()), context, out)
