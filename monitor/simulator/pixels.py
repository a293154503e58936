"""The pixels of a call: which webhooks and timer URLs fire, when each row appears and when it turns from new
to fired.

During a call the row is written after the answer has come, so `fired_at` lies before `created_at`; at the end
of a call the row is queued as "new" and sent a quarter of a second later (API reference: fired pixels). Of
the sale timers only the highest one reached fires, counted from the answer; a caller who was sold already
fires no timer at all.
"""

import random
from collections.abc import Iterator
from typing import NamedTuple

from monitor.simulator.callers import caller_number
from monitor.simulator.cast import Trigger, Webhook
from monitor.simulator.detail import sub_id
from monitor.simulator.draws import between, draw_uuid, show_uuid
from monitor.simulator.outages import Outages
from monitor.simulator.script import Script
from monitor.simulator.stamps import SECOND

STUCK_SHARE = 0.015
CALM_AFTER = 760
"""Milliseconds from the decision on conversions until no pixel of a call changes any more."""

_CALL_KEY = "5e1fc0de5e1fc0de5e1fc0de"
_TIMER_URL = "https://track.adnet.example/timer"


class Pixel(NamedTuple):
    """One row of `fired_pixels`; `fired` is none for one that will never be sent."""

    url: str
    fire_order: int
    batch: int
    created: int
    fired: int | None
    webhook: str | None


def pixels(script: Script, now: int, outages: Outages, rng: random.Random) -> list[Pixel]:
    """The rows that exist at that moment, the end-of-call batch first as the API prints it, otherwise unsorted
    by time."""
    head = _head(script)
    early = [pixel for pixel in _during(script, outages, rng, head) if pixel.created <= now]
    if now < script.determined:  # nothing is drawn after the batch of the end, so it need not be drawn in vain
        return [*early[1:], *early[:1]]
    late = [pixel for pixel in _at_the_end(script, outages, rng, head) if pixel.created <= now]
    return [*late, *early[1:], *early[:1]]


def _head(script: Script) -> str:
    caller = caller_number(script.caller).replace("+", "%2B")
    return f"cid={script.number.campaign.cid}&caller={caller}&call_uuid={show_uuid(script.uuid)}"


def _url(webhook: Webhook, head: str) -> str:
    key = f"&call_key={_CALL_KEY}" if webhook.with_key else ""
    return f"{webhook.url}?{head}{key}"


def _timer_url(script: Script, seconds: int, head: str) -> str:
    affiliate = script.number.affiliate
    return f"{_TIMER_URL}/{seconds}?{head}&afid={affiliate.afid if affiliate else ''}&sub={sub_id(script) or ''}"


def _during(script: Script, outages: Outages, rng: random.Random, head: str) -> Iterator[Pixel]:
    """The 0-second timer at the start, and webhooks as the call starts, selects a buyer and is answered."""

    def row(url: str, webhook: Webhook | None, moment: int) -> Pixel:
        created = moment + between(rng, 300, 401)
        fired = created - between(rng, 1, 145)
        batch = draw_uuid(rng)
        if webhook is None:
            return Pixel(url, 0, batch, created, fired, None)
        lost = outages.is_down(webhook, created)
        return Pixel(url, 0, batch, created, None if lost else fired, webhook.name)

    moments: dict[Trigger, int] = {"start": script.start}
    if script.selected is not None:
        moments["selected"] = script.start + script.ivr
    if script.connected:
        moments["answered"] = script.forwarded
    for webhook in script.number.campaign.webhooks:
        if webhook.trigger in moments:
            yield row(_url(webhook, head), webhook, moments[webhook.trigger])
    if 0 in script.number.campaign.timers and not script.duplicate:
        yield row(_timer_url(script, 0, head), None, script.start)


def _at_the_end(script: Script, outages: Outages, rng: random.Random, head: str) -> Iterator[Pixel]:
    """The highest sale timer reached, and the webhooks of a conversion and of the end."""

    def row(url: str, webhook: Webhook | None) -> Pixel:
        created = script.determined + between(rng, 200, 441)
        fired = created + between(rng, 250, 321)
        batch = draw_uuid(rng)
        stuck = rng.random() < STUCK_SHARE
        lost = stuck or (webhook is not None and outages.is_down(webhook, created))
        return Pixel(url, 1, batch, created, None if lost else fired, webhook.name if webhook else None)

    campaign = script.number.campaign
    reached = [seconds for seconds in campaign.timers if 0 < seconds * SECOND <= script.talk]
    if script.connected and reached and not script.duplicate:
        yield row(_timer_url(script, reached[-1], head), None)
    for webhook in campaign.webhooks:
        if webhook.trigger == "end" or (webhook.trigger == "converted" and script.converted):
            yield row(_url(webhook, head), webhook)
