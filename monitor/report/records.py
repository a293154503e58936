"""Calls, targets and totals as plain JSON-ready objects. This is a documented, stable format: schema 1."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from monitor.model.call import Call
from monitor.text import redact_url

if TYPE_CHECKING:
    from monitor.ledger import Ledger
    from monitor.model.call import FiredPixel
    from monitor.model.target import Target

SCHEMA = 1


def stamp(moment: datetime | None) -> str | None:
    """Return ISO 8601 in UTC with milliseconds and `Z`."""
    if moment is None:
        return None
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"


def amount(value: Decimal | None) -> str | None:
    """Return an amount as a decimal string; null is not "0"."""
    return None if value is None else f"{value:f}"


def call_record(call: Call, now: datetime) -> dict[str, Any]:
    """Return a call. `ivr`, `hold` and `talk` are seconds; `cost` and `profit` are the API's `total_cost` and
    `profit_gross` (after cost)."""
    return {
        "uuid": call.uuid,
        "state": call.state(now).value,
        "status": call.status,
        "created_at": stamp(call.created_at),
        "updated_at": stamp(call.updated_at),
        "start_time": stamp(call.start_time),
        "forwarded_time": stamp(call.forwarded_time),
        "end_time": stamp(call.end_time),
        "conversions_determined_at": stamp(call.conversions_determined_at),
        "caller": call.caller,
        "number": call.number,
        "campaign": call.campaign,
        "campaign_id": call.campaign_id,
        "cid": call.cid,
        "affiliate": call.affiliate,
        "afid": call.afid,
        "target": call.target,
        "target_id": call.target_id,
        "target_group": call.target_group,
        "connected": call.connected,
        "converted": call.converted,
        "duplicate": call.duplicate,
        "repeat": call.repeat,
        "hung_up_by": call.hung_up_by,
        "ivr": call.ivr,
        "hold": call.hold,
        "talk": call.talk,
        "revenue": amount(call.revenue),
        "payout": amount(call.payout),
        "cost": amount(call.cost),
        "profit": amount(call.profit),
        "tags": call.tags,
        "pixels": [pixel_record(pixel) for pixel in call.pixels],
    }


CALL_FIELDS = tuple(call_record(Call(uuid=""), datetime.min.replace(tzinfo=UTC)))
"""The fields of a call, in the order in which they are printed."""


def pixel_record(pixel: FiredPixel) -> dict[str, Any]:
    """Return a fired pixel. What its address carries as a key is hidden, and its user info."""
    return {
        "webhook_name": pixel.webhook_name,
        "url": redact_url(pixel.url, reveal=True),
        "status": pixel.status,
        "fire_order": pixel.fire_order,
        "batch_uuid": pixel.batch_uuid,
        "created_at": stamp(pixel.created_at),
        "fired_at": stamp(pixel.fired_at),
    }


def target_record(target: Target) -> dict[str, Any]:
    """Return a target. `headroom` is how many more calls fit now, `headroom_by` the group that limits it."""
    limit = target.headroom()
    return {
        "id": target.id,
        "name": target.name,
        "tid": target.tid,
        "number": target.number,
        "paused": target.paused,
        "paused_at": stamp(target.paused_at),
        "concurrency_cap": target.concurrency_cap,
        "calls_in_progress": target.calls_in_progress,
        "headroom": None if limit is None else limit.room,
        "headroom_by": None if limit is None else limit.name,
        "time_zone": target.time_zone,
        "target_groups": [
            {
                "id": group.id,
                "name": group.name,
                "concurrency_cap": group.concurrency_cap,
                "calls_in_progress": group.calls_in_progress,
            }
            for group in target.target_groups
        ],
    }


def totals_record(ledger: Ledger) -> dict[str, Any]:
    """Return the sums over all calls."""
    total = ledger.total
    return {
        "calls": total.calls,
        "live": len(ledger.live),
        "connected": total.connected,
        "converted": total.converted,
        "revenue": amount(total.revenue.value),
        "payout": amount(total.payout.value),
        "cost": amount(total.cost.value),
        "profit": amount(total.profit.value),
    }


def reading_head(ledger: Ledger, now: datetime, company_id: str | None, *, complete: bool) -> dict[str, Any]:
    """Return what every object of `callmon once` begins with."""
    known = None if ledger.company is None else ledger.company.id
    return {
        "schema": SCHEMA,
        "as_of": stamp(now),
        "company_id": known if known is not None else company_id and int(company_id),
        "complete": complete,
    }


def reading_record(ledger: Ledger, now: datetime, company_id: str | None, *, complete: bool) -> dict[str, Any]:
    """Return the one object of `callmon once --json`."""
    return {
        **reading_head(ledger, now, company_id, complete=complete),
        "calls": [call_record(call, now) for call in ledger.calls.values()],
        "targets": [target_record(target) for target in ledger.targets.values()],
        "totals": totals_record(ledger),
    }
