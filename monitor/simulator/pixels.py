"""The pixels of a call: which webhooks and timer URLs fire, when each row appears and when it turns from new
to fired.

During a call the row is written after the answer has come, so `fired_at` lies before `created_at`; at the end
of a call the row is queued as "new" and sent a quarter of a second later (API reference: fired pixels). A
caller who has called within the campaign's dedupe time fires no 0-second timer. Of the sale timers only the
highest one reached fires, counted from the answer, and none for a caller who was sold already; negative
timers do not care.
"""

import random
from collections.abc import Iterator
from typing import NamedTuple

from monitor.simulator.callers import caller_number
from monitor.simulator.cast import Timer, Trigger, Webhook
from monitor.simulator.draws import between, draw_uuid, show_uuid
from monitor.simulator.macros import CALL_KEY, escaped, expand
from monitor.simulator.script import Script
from monitor.simulator.stamps import SECOND
from monitor.simulator.troubles import DELAYS, Troubles

STUCK_SHARE = 0.015
MISSING_SHARE = 0.005
"""Of the timer pixels that should be there, those that never are."""

_BATCH_BY = 440
_SENT_BY = _BATCH_BY + 320
"""Milliseconds from the decision on conversions until the last row of a call is there, and is sent."""


class Pixel(NamedTuple):
    """One row of `fired_pixels`; `fired` is none for one that will never be sent."""

    url: str
    fire_order: int
    batch: int
    created: int
    fired: int | None
    webhook: str | None


def pixels(script: Script, now: int, troubles: Troubles, rng: random.Random) -> list[Pixel]:
    """The rows that exist at that moment, the end-of-call batch first as the API prints it, otherwise unsorted
    by time."""
    head = _head(script)
    early = [pixel for pixel in _during(script, troubles, rng, head) if pixel.created <= now]
    if now < script.determined:  # nothing is drawn after the batch of the end, so it need not be drawn in vain
        return [*early[1:], *early[:1]]
    late = [pixel for pixel in _at_the_end(script, troubles, rng, head) if pixel.created <= now]
    return [*late, *early[1:], *early[:1]]


def calm_from(script: Script, troubles: Troubles) -> int:
    """A moment from which no pixel of the call changes any more: soon after the decision on conversions, unless a
    webhook that delays has its trouble while the call lasts."""
    last = script.determined + _BATCH_BY
    longest = 0
    for webhook in script.number.campaign.webhooks:
        delay = DELAYS.get(webhook.trouble)
        if delay and any(troubles.windows(webhook, script.start, last)):
            longest = max(longest, delay[1])
    return script.determined + _SENT_BY + longest


def _head(script: Script) -> str:
    caller = escaped(caller_number(script.caller))
    return f"cid={script.number.campaign.cid}&caller={caller}&call_uuid={show_uuid(script.uuid)}"


def _url(webhook: Webhook, head: str) -> str:
    key = f"&call_key={CALL_KEY}" if webhook.with_key else ""
    return f"{webhook.url}?{head}{key}"


def _during(script: Script, troubles: Troubles, rng: random.Random, head: str) -> Iterator[Pixel]:
    """The 0-second timer at the start, and webhooks as the call starts, selects a buyer and is answered."""

    def row(url: str, webhook: Webhook | None, moment: int) -> Pixel:
        created = moment + between(rng, 300, 401)
        fired = created - between(rng, 1, 145)
        batch = draw_uuid(rng)
        trouble = troubles.at(webhook, fired) if webhook else None
        if delay := DELAYS.get(trouble):
            created = fired + between(rng, *delay)
        return Pixel(url, 0, batch, created, None if trouble == "down" else fired, webhook.name if webhook else None)

    moments: dict[Trigger, int] = {"start": script.start}
    if script.selected is not None:
        moments["selected"] = script.start + script.ivr
    if script.connected:
        moments["answered"] = script.forwarded
    campaign = script.number.campaign
    for webhook in campaign.webhooks:
        if webhook.trigger in moments:
            yield row(_url(webhook, head), webhook, moments[webhook.trigger])
    for timer in campaign.timers:
        if timer.seconds == 0 and not script.deduped and rng.random() >= MISSING_SHARE:
            yield row(expand(timer.url, script, 0), None, script.start)


def _at_the_end(script: Script, troubles: Troubles, rng: random.Random, head: str) -> Iterator[Pixel]:
    """The timers that the talk has reached, and the webhooks of a conversion and of the end."""

    def row(url: str, webhook: Webhook | None) -> Pixel:
        created = script.determined + between(rng, 200, _BATCH_BY + 1)
        fired = created + between(rng, 250, 321)
        batch = draw_uuid(rng)
        stuck = rng.random() < STUCK_SHARE
        trouble = troubles.at(webhook, created) if webhook else None
        if delay := DELAYS.get(trouble):
            fired = created + between(rng, *delay)
        lost = stuck or trouble == "down"
        return Pixel(url, 1, batch, created, None if lost else fired, webhook.name if webhook else None)

    for timer in _reached(script):
        if rng.random() >= MISSING_SHARE:
            yield row(expand(timer.url, script, script.talk // SECOND), None)
    for webhook in script.number.campaign.webhooks:
        if webhook.trigger == "end" or (webhook.trigger == "converted" and script.converted):
            yield row(_url(webhook, head), webhook)


def _reached(script: Script) -> list[Timer]:
    """The timers that fire when the call is over: the highest sale timer, and every negative one."""
    reached = [timer for timer in script.number.campaign.timers if 0 < abs(timer.seconds) * SECOND <= script.talk]
    sales = [timer for timer in reached if timer.seconds > 0]
    return [timer for timer in reached if timer.seconds < 0] + ([] if script.duplicate else sales[-1:])
