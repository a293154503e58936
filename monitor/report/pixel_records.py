"""Pixels, webhooks and incidents as plain JSON-ready objects. This is a documented, stable format: schema 1.

No value of an address's query is in it, nor a caller's number.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from monitor.insight.pixels import NO_HOST, Hook, PixelClass
from monitor.insight.tally import Tally
from monitor.insight.webhook import Hit, Incident, PixelRow, WebhookRow
from monitor.model.call import Call
from monitor.model.campaign import Campaigns
from monitor.report.records import amount, reading_head, stamp
from monitor.text import HIDDEN, redact_url

if TYPE_CHECKING:
    from monitor.report.pixels import PixelReport

EXAMPLES = 10
"""Calls of an incident that are named at the most, the newest."""
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_NATIONAL = 10
"""Digits of a telephone number that tell who it is, whichever way it is written."""


def report_record(report: PixelReport) -> dict[str, Any]:
    """Return the one object of `callmon once --pixels --json`."""
    return {
        **reading_head(report.ledger, report.now, report.company_id, complete=report.complete),
        "pixels": [seen_record(row, report.ledger.campaigns, report.now) for row in report.pixels],
        "webhooks": [webhook_record(row) for row in report.webhooks],
        "incidents": [incident_record(each) for each in report.incidents],
    }


def seen_record(row: PixelRow, campaigns: Campaigns, now: datetime) -> dict[str, Any]:
    """Return a pixel, or one that is missing: then `url` is that of the campaign's timer, and what is told of a record
    is null. `age` is the seconds since the record was written, or since it should have been; null when no time is known
    of the call."""
    pixel = row.pixel
    return {
        "class": row.kind.value,
        "uuid": row.call.uuid,
        "webhook_name": row.hook.webhook,
        "host": _host(row.hook),
        "url": address_of(row, campaigns),
        "status": None if pixel is None else pixel.status,
        "fire_order": None if pixel is None else pixel.fire_order,
        "created_at": None if pixel is None else stamp(pixel.created_at),
        "fired_at": None if pixel is None else stamp(pixel.fired_at),
        "age": age_of(row, now),
    }


def age_of(row: PixelRow, now: datetime) -> float | None:
    """Return the age of a pixel in seconds, never below 0: the account's clocks may differ."""
    return None if row.moment == _LONG_AGO else max(0.0, round((now - row.moment).total_seconds(), 3))


def address_of(row: PixelRow, campaigns: Campaigns) -> str | None:
    """Return the address of a pixel, or of the timer it should have come from, with nothing secret in it."""
    if row.pixel is not None:
        url = row.pixel.url
    else:
        campaign = campaigns.of(row.call)
        url = "" if campaign is None else campaign.timers[-1 - row.place].url
    return _without_number(redact_url(url), row.call.caller) or None


def _without_number(url: str, caller: str | None) -> str:
    """Return `url` without the caller's number: templates may have it in their path."""
    digits = re.sub(r"[^0-9]", "", caller or "")[-_NATIONAL:]
    if len(digits) < _NATIONAL - 3:
        return url
    return re.sub(r"[0-9]{0,3}" + r"[^0-9/]{0,2}".join(digits), HIDDEN, url)


def webhook_record(row: WebhookRow) -> dict[str, Any]:
    """Return a webhook or campaign timer. `timer`, `p50` and `p95` are seconds; `share` and `usual` are of those
    settled."""
    counts = row.counts
    return {
        "name": row.hook.webhook,
        "timer": row.hook.timer,
        "host": _host(row.hook),
        **{kind.value: counts.of(kind) for kind in PixelClass},
        "settled": counts.settled,
        "failed": counts.failed,
        "share": _share(row.share),
        "usual": None if row.usual is None else _share(row.usual.share),
        "p50": None if row.p50 is None else round(row.p50, 3),
        "p95": None if row.p95 is None else round(row.p95, 3),
        "calls": row.hit.calls,
        "revenue": amount(row.hit.revenue),
    }


def incident_record(incident: Incident) -> dict[str, Any]:
    """Return a time in which a webhook failed; `until` is null while it goes on. `uuids` names some of the `calls`, the
    newest first."""
    return {
        "webhook_name": incident.hook.webhook,
        "timer": incident.hook.timer,
        "host": _host(incident.hook),
        "since": stamp(incident.since),
        "until": stamp(incident.until),
        "failed": incident.failed,
        "settled": incident.settled,
        "share": _share(incident.failed / incident.settled) if incident.settled else None,
        "usual": None if incident.usual is None else _share(incident.usual.share),
        "calls": len(incident.uuids),
        "uuids": list(incident.uuids[: -1 - EXAMPLES : -1]),
    }


def _host(hook: Hook) -> str | None:
    return None if hook.host == NO_HOST else hook.host


def _share(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


_HOOK = Hook(None, None, NO_HOST)
PIXEL_FIELDS = tuple(
    seen_record(PixelRow(Call(uuid=""), _HOOK, PixelClass.STUCK, _LONG_AGO, -1), Campaigns(), _LONG_AGO)
)
WEBHOOK_FIELDS = tuple(
    webhook_record(WebhookRow(_HOOK, Tally(), None, (), None, None, Hit(0, 0, None, provisional=False), None))
)
INCIDENT_FIELDS = tuple(incident_record(Incident(_HOOK, _LONG_AGO, None, 0, 0, (), None)))
"""The fields of each, in the order in which they are printed."""
