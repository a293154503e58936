"""The columns of incidents: what is open, who knows, and what was lost meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from monitor.insight import wording
from monitor.insight.alerts import Standing
from monitor.insight.call_columns import seconds_since
from monitor.insight.columns import Column, Context
from monitor.insight.webhook import Hit, hit
from monitor.insight.webhook_columns import hit_calls, hit_revenue
from monitor.insight.wording import NOTHING, Cell, Tone

if TYPE_CHECKING:
    from monitor.insight.webhook import Incident
    from monitor.model.call import Call


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """An incident with what is known of the calls that it hit."""

    incident: Incident
    hit: Hit

    @property
    def key(self) -> str:
        """An identity for tables."""
        return key_of(self.incident)

    @classmethod
    def of(cls, incident: Incident, calls: Mapping[str, Call], now: datetime) -> IncidentRow:
        """Return an incident with what its calls, as far as they are among `calls`, cost as of `now`."""
        return cls(incident, hit(incident.uuids, calls, now))


def key_of(incident: Incident) -> str:
    """Return an identity of an incident: a webhook has one at a time."""
    return f"{incident.hook.key}\0{incident.since.isoformat()}"


def _state(row: IncidentRow, context: Context, _width: int) -> Cell:
    match context.alerts.standing(row.incident, context.now):
        case Standing.OPEN:
            return Cell("! open", Tone.BAD)
        case Standing.ACKNOWLEDGED:
            return Cell("· acknowledged", Tone.WAIT)
        case Standing.MUTED:
            until = context.alerts.muted_until(row.incident.hook, context.now)
            return Cell(f"‖ muted until {wording.clock_time(until, context.now, context.zone)}", Tone.DIM)
        case Standing.OVER:
            return Cell("✓ over", Tone.DIM)


def _newest(row: IncidentRow, _context: Context) -> Any:
    return (row.incident.until is None, row.incident.since)


def _since(row: IncidentRow, context: Context, _width: int) -> Cell:
    told = wording.clock_time(row.incident.since, context.now, context.zone)
    return Cell(f"≤ {told}" if row.incident.earlier else told)


def _until(row: IncidentRow, context: Context, _width: int) -> Cell:
    if row.incident.until is None:
        return NOTHING
    return Cell(wording.clock_time(row.incident.until, context.now, context.zone))


def _seconds(row: IncidentRow, context: Context) -> float | None:
    return seconds_since(row.incident.since, row.incident.until or context.now)


def _lasted(row: IncidentRow, context: Context, _width: int) -> Cell:
    return Cell(wording.span(_seconds(row, context) or 0))


def _share(row: IncidentRow) -> float | None:
    return row.incident.failed / row.incident.settled if row.incident.settled else None


def _usual(row: IncidentRow, _context: Context, _width: int) -> Cell:
    usual = row.incident.usual
    return NOTHING if usual is None else Cell(wording.share(usual.share), Tone.DIM)


INCIDENT_COLUMNS: tuple[Column[IncidentRow], ...] = (
    Column(
        "state",
        "STATE",
        "! open, · acknowledged until it is over, ‖ muted for an hour, ✓ over; those over are told for a day",
        19,
        1,
        _state,
        _newest,
        descending=True,
        ticks=lambda row: row.incident.until is None,
    ),
    Column(
        "webhook",
        "WEBHOOK",
        "name of the webhook that failed, or the seconds of the campaign timer",
        14,
        2,
        lambda row, _context, _width: Cell(row.incident.hook.title),
        lambda row, _context: row.incident.hook.title.casefold(),
        widest=32,
    ),
    Column(
        "host",
        "HOST",
        "the host its pixels go to",
        12,
        6,
        lambda row, _context, _width: Cell(row.incident.hook.host),
        lambda row, _context: row.incident.hook.host,
        widest=32,
    ),
    Column(
        "since",
        "SINCE",
        "the first failure of those that led to it, local time; ≤ as early at least as pixels are kept",
        10,
        3,
        _since,
        lambda row, _context: row.incident.since,
        right=True,
        descending=True,
    ),
    Column(
        "until",
        "UNTIL",
        "the first pixel that was sent again, of ten that proved it; – while it goes on",
        8,
        8,
        _until,
        lambda row, _context: row.incident.until,
        right=True,
        descending=True,
    ),
    Column(
        "lasted",
        "LASTED",
        "from its beginning to its end, or until now",
        7,
        4,
        _lasted,
        _seconds,
        right=True,
        descending=True,
        ticks=lambda row: row.incident.until is None,
    ),
    Column(
        "failed",
        "FAILED",
        "pixels that failed (stuck, missing, of unknown status) / sent or failed, from its beginning to its end",
        11,
        5,
        lambda row, _context, _width: Cell(f"{row.incident.failed:,}/{row.incident.settled:,}"),
        lambda row, _context: row.incident.failed,
        right=True,
        descending=True,
    ),
    Column(
        "share",
        "SHARE",
        "the same as a share",
        8,
        10,
        lambda row, _context, _width: Cell(wording.share(_share(row))),
        lambda row, _context: _share(row),
        right=True,
        descending=True,
    ),
    Column(
        "usual",
        "USUAL",
        "the share of failures that was usual with this webhook when it began",
        7,
        11,
        _usual,
        lambda row, _context: None if row.incident.usual is None else row.incident.usual.share,
        right=True,
        descending=True,
    ),
    Column(
        "calls",
        "CALLS",
        "calls held that have a pixel which failed in it",
        6,
        7,
        lambda row, _context, _width: hit_calls(row.hit),
        lambda row, _context: row.hit.calls,
        right=True,
        descending=True,
    ),
    Column(
        "revenue",
        "REVENUE",
        "revenue of these calls, as far as it is known; ~ is provisional",
        10,
        9,
        lambda row, _context, _width: hit_revenue(row.hit),
        lambda row, _context: row.hit.revenue,
        right=True,
        descending=True,
    ),
)
