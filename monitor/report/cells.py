"""Cells of a CSV file that a spreadsheet can be given: nothing in them is taken for a formula."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Protocol, TextIO

from monitor import text

_AMOUNTS = frozenset({"revenue", "payout", "cost", "profit"})
"""Fields that are amounts: their minus sign starts no formula."""
_AMOUNT = re.compile(r"-?\d+(\.\d+)?")
_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "␉", "␍", "␊")
"""What starts a formula in some spreadsheet, or stands for what goes unseen in front of one (OWASP: CSV injection)."""
_SHOWN = 32_767
"""Characters that one cell of a spreadsheet holds."""


class Rows(Protocol):
    """What takes rows: the interface of `csv.writer`, which names no type of its own."""

    def writerow(self, row: Iterable[str], /) -> object:
        """Write one row."""


def csv_writer(out: TextIO) -> Rows:
    """Return what writes rows of cells to `out` (opened with `newline=""`): every cell quoted, lines ended by CRLF."""
    return csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")


def csv_row(record: Mapping[str, Any]) -> list[str]:
    """Return the cells of `record` (see `records.call_record`), in its order."""
    return [csv_cell(name, value) for name, value in record.items()]


def csv_cell(name: str, value: Any) -> str:
    """Return the cell of the field `name`.

    Null is empty; lists and objects are JSON; control characters are shown as in `text.clean`. A text that a
    spreadsheet could take for a formula gets a leading `'`; telephone numbers in E.164 and amounts stay as they are.
    """
    if value is None:
        return ""
    if isinstance(value, Mapping | list | tuple):
        return json.dumps(value, ensure_ascii=True)
    if not isinstance(value, str):
        return str(value)
    if text.is_e164(value) or (name in _AMOUNTS and _AMOUNT.fullmatch(value)):
        return value
    shown = text.clean(value, _SHOWN - 1)
    # Behind spaces as well: some programs drop them.
    return f"'{shown}" if shown.lstrip(" ").startswith(_STARTS) else shown
