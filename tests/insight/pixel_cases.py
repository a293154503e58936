"""Calls, campaigns and pixels for the tests of what became of them."""

from __future__ import annotations

from typing import Any

from monitor.insight.pixels import PixelClass, PixelRules, look
from monitor.model.call import Call, FiredPixel
from monitor.model.campaign import Campaign, CampaignTimer
from tests.make import a_final_call, at

RULES = PixelRules()
LATER = 1000.0
"""Seconds after noon at which everything about a call that ended at 80 has long been decided."""
HOOK = "https://hooks.example/started"


def sale_url(seconds: int) -> str:
    """Return the template of a timer."""
    return f"https://t.example/{seconds}?cid=[campaign_id]&caller=[caller_id]&d=[call_duration]"


def fired_url(seconds: int) -> str:
    """Return what the template of a timer became."""
    return f"https://t.example/{seconds}?cid=0003&caller=%2B13015550042&d=60"


def a_campaign(*seconds: int, dedupe: int | None = 86400, **given: Any) -> Campaign:
    """Return a campaign with timers of so many seconds."""
    timers = tuple(CampaignTimer(place, each, sale_url(each)) for place, each in enumerate(seconds))
    return Campaign(cid="0003", timers=timers, dedupe_seconds=dedupe, **given)


def a_pixel(url: str = HOOK, webhook: str | None = "Started", created: float = 1, **given: Any) -> FiredPixel:
    """Return a pixel of a webhook, sent 0.3 s after its record, which was written `created` seconds after noon."""
    fields: dict[str, Any] = {"status": "fired", "fire_order": 1, "fired_at": at(created + 0.3)}
    return FiredPixel(url, webhook_name=webhook, created_at=at(created), **{**fields, **given})


def new(webhook: str | None = "Started", created: float = 1, url: str = HOOK) -> FiredPixel:
    """Return a pixel that has not been sent."""
    return a_pixel(url, webhook, created, status="new", fired_at=None)


def timer_pixel(seconds: int, created: float = 102) -> FiredPixel:
    """Return the pixel of a campaign timer, sent."""
    return a_pixel(fired_url(seconds), None, created, fire_order=0 if seconds == 0 else 1)


def a_first_call(talk: int = 60, *pixels: FiredPixel, **given: Any) -> Call:
    """Return a settled call of a caller who never called before; it belongs to the campaign 0003."""
    fields: dict[str, Any] = {"cid": "0003", "talk": talk, "repeat": False, "duplicate": False, "pixels": pixels}
    fields["pixel_count"] = len(pixels)
    return a_final_call(**{**fields, **given})


def kinds(call: Call, campaign: Campaign | None = None, now: float = LATER) -> list[str]:
    """Return the classes of the call's pixels, those of its webhooks by name, those of timers by their seconds."""
    found, _ = look(call, campaign, at(now), RULES)
    return sorted(f"{each.hook.title}: {each.kind}" for each in found)


def missing(call: Call, campaign: Campaign, now: float = LATER) -> list[int | None]:
    """Return the seconds of the timers whose pixels are missing."""
    found, _ = look(call, campaign, at(now), RULES)
    return [each.timer for each in found if each.kind is PixelClass.MISSING]
