"""`callmon once --pixels`: which pixels were not sent, where, and since when, as JSON, CSV or tables."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TextIO

from monitor.insight import wording
from monitor.insight.board import PixelBoard
from monitor.insight.columns import Context
from monitor.insight.pixels import PixelClass, PixelRules, look
from monitor.insight.webhook import Incident, PixelRow, WebhookRow
from monitor.insight.webhook_columns import WEBHOOK_COLUMNS, worst_first
from monitor.report.cells import csv_row, csv_writer
from monitor.report.pixel_records import PIXEL_FIELDS, address_of, age_of, report_record, seen_record
from monitor.report.table import line, table

if TYPE_CHECKING:
    from monitor.ledger import Ledger


@dataclass(frozen=True, slots=True)
class PixelReport:
    """What is known of the pixels of the calls in `ledger` as of `now`.

    `pixels` are those that are anything but sent, the newest first; `webhooks` those that fail most first; `incidents`
    the newest first.
    """

    ledger: Ledger
    now: datetime
    company_id: str | None
    complete: bool
    pixels: Sequence[PixelRow]
    webhooks: Sequence[WebhookRow]
    incidents: Sequence[Incident]

    @property
    def open(self) -> list[Incident]:
        """The incidents that go on."""
        return [each for each in self.incidents if each.until is None]


def report(ledger: Ledger, now: datetime, rules: PixelRules, company_id: str | None, *, complete: bool) -> PixelReport:
    """Look at every pixel of the calls in `ledger`. What is usual is learned from these calls alone."""
    board = PixelBoard(ledger, rules)
    board.refill(now)
    pixels = [
        PixelRow(call, seen.hook, seen.kind, seen.moment, seen.place)
        for call in ledger.calls.values()
        if call.uuid not in ledger.gone
        for seen in look(call, ledger.campaigns.of(call), now, rules)[0]
        if seen.kind is not PixelClass.SENT
    ]
    return PixelReport(
        ledger=ledger,
        now=now,
        company_id=company_id,
        complete=complete,
        pixels=sorted(pixels, key=lambda row: (row.moment, row.call.uuid, row.place), reverse=True),
        webhooks=sorted(board.rows(None), key=worst_first),
        incidents=board.incidents(),
    )


def write(found: PixelReport, out: TextIO, *, form: str) -> None:
    """Print the report as `json`, `csv` (the pixels alone) or `table`."""
    if form == "json":
        json.dump(report_record(found), out, ensure_ascii=True)
        out.write("\n")
    elif form == "csv":
        writer = csv_writer(out)
        writer.writerow(PIXEL_FIELDS)
        for row in found.pixels:
            writer.writerow(csv_row(seen_record(row, found.ledger.campaigns, found.now)))
    else:
        _tables(found, out)


def in_words(incident: Incident) -> str:
    """Return an incident as a sentence."""
    hook = incident.hook
    since = wording.local(incident.since, form="%Y-%m-%d %H:%M:%S")
    until = "goes on" if incident.until is None else f"until {wording.local(incident.until, form='%H:%M:%S')}"
    failed = f"{incident.failed} of {incident.settled} failed, in {len(incident.uuids)} calls"
    usual = incident.usual
    common = "" if usual is None else f"; usual in {usual.of}: {wording.percent(usual.share, 1)}"
    return f"{hook.title} at {hook.host}: failing since {since}, {until}; {failed}{common}"


_PIXELS = "CLASS AGE WEBHOOK STATUS CREATED CALL ADDRESS".split()
_WIDEST = 100


def _tables(found: PixelReport, out: TextIO) -> None:
    table(WEBHOOK_COLUMNS, found.webhooks, Context(found.now, found.ledger), out)
    out.write("\n")
    out.writelines(f"{in_words(incident)}\n" for incident in found.incidents)
    out.write("\n" if found.incidents else "no incident\n\n")
    _plain(_PIXELS, [_pixel(row, found) for row in found.pixels], out)


def _pixel(row: PixelRow, found: PixelReport) -> list[str]:
    age = age_of(row, found.now)
    return [
        row.kind.value,
        wording.UNKNOWN if age is None else wording.span(age),
        row.hook.title,
        wording.UNKNOWN if row.pixel is None else row.pixel.status or wording.UNKNOWN,
        wording.local(None if row.pixel is None else row.pixel.created_at),
        row.call.uuid,
        address_of(row, found.ledger.campaigns) or wording.UNKNOWN,
    ]


def _plain(titles: Sequence[str], rows: Sequence[Sequence[str]], out: TextIO) -> None:
    """Print rows under their titles, each column as wide as its widest cell."""
    widths = [min(_WIDEST, max(map(len, column))) for column in zip(titles, *rows, strict=True)]
    out.writelines(
        line([(cell, width, False) for cell, width in zip(row, widths, strict=True)]) for row in (titles, *rows)
    )
