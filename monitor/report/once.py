"""`callmon once`: the account as JSON, CSV or a table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, TextIO, TypeVar

from monitor.insight.call_columns import CALL_COLUMNS
from monitor.insight.columns import Column, Context, layout
from monitor.insight.target_columns import TARGET_COLUMNS
from monitor.report.cells import csv_row, csv_writer
from monitor.report.records import CALL_FIELDS, call_record, reading_record

if TYPE_CHECKING:
    from monitor.ledger import Ledger

R = TypeVar("R")


def write(ledger: Ledger, now: datetime, company_id: str | None, out: TextIO, *, form: str, complete: bool) -> None:
    """Print the reading as `json`, `csv` or `table`."""
    if form == "json":
        json.dump(reading_record(ledger, now, company_id, complete=complete), out, ensure_ascii=True)
        out.write("\n")
    elif form == "csv":
        _csv(ledger, now, out)
    else:
        _table(ledger, now, out)


def _csv(ledger: Ledger, now: datetime, out: TextIO) -> None:
    writer = csv_writer(out)
    writer.writerow(CALL_FIELDS)
    for call in ledger.calls.values():
        writer.writerow(csv_row(call_record(call, now)))


def _table(ledger: Ledger, now: datetime, out: TextIO) -> None:
    context = Context(now, ledger)
    calls = sorted(ledger.calls.values(), key=lambda call: ledger.numbers[call.uuid], reverse=True)
    _rows(CALL_COLUMNS, calls, context, out)
    out.write("\n")
    _rows(TARGET_COLUMNS, list(ledger.targets.values()), context, out)


def _rows(columns: Sequence[Column[R]], rows: Sequence[R], context: Context, out: TextIO) -> None:
    placed = layout(columns, sum(max(column.width, column.widest) + 2 for column in columns))
    out.write(_line([(each.column.title, each.width, each.column.right) for each in placed]))
    for row in rows:
        cells = [each.column.cell(row, context, each.width).text for each in placed]
        out.write(_line([(cell, each.width, each.column.right) for cell, each in zip(cells, placed, strict=True)]))


def _line(cells: list[tuple[str, int, bool]]) -> str:
    cut = [(word if len(word) <= width else f"{word[: width - 1]}…", width, right) for word, width, right in cells]
    words = [word.rjust(width) if right else word.ljust(width) for word, width, right in cut]
    return "  ".join(words).rstrip() + "\n"
