"""What is known of a call's pixels. The API gives no response or error: only `new` and `fired`.

So what failed is inferred: from how long a pixel stays new, from what the campaign's timers let expect, and from what
is left in its address. Everything here depends on the call, its campaign, the rules and the moment alone, never on the
order in which pixels are printed or versions were read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from monitor.insight.expected import Fate, expectations, timer_of, unexpanded

if TYPE_CHECKING:
    from monitor.insight.columns import Context
    from monitor.model.call import Call, FiredPixel
    from monitor.model.campaign import Campaign
    from monitor.settings import Settings

NO_HOST = "no host"
"""Stands for the host of an address that has none."""
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class PixelClass(StrEnum):
    """What became of one pixel, as far as the API tells."""

    SENT = "sent"
    """A request was made. Nothing says that it was accepted, so never 'delivered'."""
    PENDING = "pending"
    """New: within the grace, or of a call that goes on."""
    STUCK = "stuck"
    """Still new past the grace although the call has ended."""
    LATE = "late"
    """Sent, but it took longer than the webhook may."""
    MISSING = "missing"
    """Expected from the campaign's timers, and not there."""
    UNKNOWN = "unknown"
    """A status the API reference does not know; shown as it is."""
    MACRO = "macro"
    """Sent, with a `[macro]` left in its address: the campaign or webhook is misconfigured."""


FAILING = frozenset({PixelClass.STUCK, PixelClass.MISSING, PixelClass.UNKNOWN})
"""What counts as failed. Late pixels and those with a macro left in them were sent."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a pixel may take: stay new (`grace`), and lie between its record and its request (`late`)."""

    grace: timedelta = timedelta(seconds=30)
    """Observed: 0.3 s (API reference: fired pixels)."""
    late: timedelta = timedelta(seconds=10)
    """Observed: 0.3 s at the end of a call; during it up to 0.14 s, and 6 s for a slow one."""


@dataclass(frozen=True, slots=True)
class PixelRules:
    """The patience in force: `general`, and that of the webhooks named."""

    general: Patience = field(default_factory=Patience)
    webhooks: Mapping[str, Patience] = field(default_factory=dict)

    def of(self, webhook: str | None) -> Patience:
        """Return the patience with a webhook; None is a campaign timer."""
        return self.general if webhook is None else self.webhooks.get(webhook, self.general)

    @classmethod
    def chosen(cls, settings: Settings) -> PixelRules:
        """Return the patience that the settings in force ask for; what they leave out for a webhook is the general."""
        general = Patience(settings.pixel_grace, settings.pixel_late)
        return cls(general, {name: replace(general, **given) for name, given in settings.webhooks.items()})


class Hook(NamedTuple):
    """Who asks whom: a webhook by its name, or a campaign timer by its seconds (None: not known), and the host."""

    webhook: str | None
    timer: int | None
    host: str

    @property
    def title(self) -> str:
        """How it is called: the webhook's name, or `timer 90 s`."""
        if self.webhook is not None:
            return self.webhook
        return "timer" if self.timer is None else f"timer {self.timer} s"

    @property
    def key(self) -> str:
        """An identity for tables."""
        return f"{self.webhook or ''}\0{'' if self.timer is None else self.timer}\0{self.host}"


class Seen(NamedTuple):
    """One pixel of a call, or one that should be there, with what became of it.

    `moment` is when its record was written; for a missing one, when conversions were determined. `latency` is in
    seconds, None when it was not sent or the API does not say when. `place` is where it stands in the answer, below 0
    for a missing one.
    """

    kind: PixelClass
    hook: Hook
    moment: datetime
    latency: float | None
    pixel: FiredPixel | None
    place: int

    @property
    def webhook(self) -> str | None:
        """The webhook's name."""
        return self.hook.webhook

    @property
    def timer(self) -> int | None:
        """The campaign timer's seconds."""
        return self.hook.timer

    @property
    def host(self) -> str:
        """The host it goes to."""
        return self.hook.host

    @property
    def failing(self) -> bool:
        """Whether it counts as failed."""
        return self.kind in FAILING

    @property
    def sent(self) -> bool:
        """Whether a request was made."""
        return self.kind in _REQUESTED

    @property
    def key(self) -> str:
        """An identity within the call that outlives the answers: the API gives pixels none."""
        return pixel_key(self.pixel, self.hook)


def pixel_key(pixel: FiredPixel | None, hook: Hook) -> str:
    """Return an identity of a pixel within its call, or of one that is missing (None), by what never changes of it."""
    if pixel is None:
        return f"missing {hook.timer} {hook.host}"
    return f"{pixel.created_at} {pixel.batch_uuid} {pixel.url}"


def classify(pixel: FiredPixel, call: Call, now: datetime, patience: Patience) -> PixelClass:
    """Return what became of `pixel` of `call` as of `now`.

    `fired`, or `new` with the time of a request, is sent: late when it took longer than the patience, macro when its
    address still holds one. Else `new` is pending, and stuck once the grace is over and the call has ended. Any other
    status is unknown.
    """
    if requested(pixel):
        if ("[" in pixel.url or "%5" in pixel.url) and unexpanded(pixel.url):
            return PixelClass.MACRO
        taken = latency(pixel)
        return PixelClass.LATE if taken is not None and taken > patience.late.total_seconds() else PixelClass.SENT
    if pixel.status != "new":
        return PixelClass.UNKNOWN
    overdue = call.ended and now - written(pixel, call) >= patience.grace
    return PixelClass.STUCK if overdue else PixelClass.PENDING


def requested(pixel: FiredPixel) -> bool:
    """Return whether a request was made: the account says so, or when."""
    return pixel.status == "fired" or (pixel.status == "new" and pixel.fired_at is not None)


def written(pixel: FiredPixel, call: Call) -> datetime:
    """Return when the pixel's record was written, as well as it is known."""
    return pixel.created_at or pixel.fired_at or call.end_time or call.began or _LONG_AGO


def latency(pixel: FiredPixel) -> float | None:
    """Return the seconds between a pixel's record and its request.

    For a webhook during the call the record is written after the answer, so the difference is negative and its
    size is about the response time; only the size is meaningful.
    """
    if pixel.created_at is None or pixel.fired_at is None:
        return None
    return abs((pixel.fired_at - pixel.created_at).total_seconds())


def host_of(url: str) -> str:
    """Return the host of `url` in lower case, without port and user."""
    return _host(url.partition("?")[0])


@lru_cache(maxsize=4096)
def _host(head: str) -> str:
    try:
        return urlsplit(head).hostname or NO_HOST
    except ValueError:
        return NO_HOST


@lru_cache(maxsize=4096)
def hook(webhook: str | None, timer: int | None, host: str) -> Hook:
    """Return the hook, the same object for the same things: hundreds of thousands of pixels share a few."""
    return Hook(webhook, timer, host)


def look(call: Call, campaign: Campaign | None, now: datetime, rules: PixelRules) -> tuple[list[Seen], datetime | None]:
    """Return the pixels of `call`, those that are missing among them, as of `now`, and when to look again.

    Until that moment (None: ever) the same call looks the same.
    """
    found: list[Seen] = []
    again: datetime | None = None
    for place, pixel in enumerate(call.pixels):
        patience = rules.of(pixel.webhook_name)
        kind = classify(pixel, call, now, patience)
        timer = None
        if pixel.webhook_name is None and campaign is not None:
            fired_by = timer_of(pixel, call, campaign)
            timer = None if fired_by is None else fired_by.seconds
        whose = hook(pixel.webhook_name, timer, host_of(pixel.url))
        moment = written(pixel, call)
        taken = latency(pixel) if requested(pixel) else None
        found.append(Seen(kind, whose, moment, taken, pixel, place))
        if kind is PixelClass.PENDING and call.ended:
            again = _earlier(again, moment + patience.grace)
    if campaign is not None and campaign.timers:
        for place, each in enumerate(expectations(call, campaign, now, rules.general.grace)):
            if each.fate is Fate.MISSING:
                whose = hook(None, each.timer.seconds, host_of(each.timer.url))
                moment = call.conversions_determined_at or call.end_time or call.began or _LONG_AGO
                found.append(Seen(PixelClass.MISSING, whose, moment, None, None, -1 - place))
            elif each.fate is Fate.AWAITED and each.due is not None:
                again = _earlier(again, each.due)
    return found, again


def _earlier(one: datetime | None, other: datetime) -> datetime:
    return other if one is None or other < one else one


def seen(call: Call, context: Context) -> list[Seen]:
    """Return the pixels of `call` as they stand in `context`; none of a call that the account has no more."""
    if call.uuid in context.ledger.gone:
        return []
    return look(call, context.ledger.campaigns.of(call), context.now, context.rules)[0]


@dataclass(frozen=True, slots=True)
class PixelCount:
    """How a call's pixels stand: `sent` of `total` fired, and whether a person should look (`wrong`)."""

    sent: int
    total: int
    wrong: int


_WRONG = FAILING | {PixelClass.MACRO}
_REQUESTED = frozenset({PixelClass.SENT, PixelClass.LATE, PixelClass.MACRO})


def count(call: Call, context: Context) -> PixelCount:
    """Return how the pixels of `call` stand in `context`."""
    found = seen(call, context)
    return PixelCount(
        sent=sum(each.sent for each in found),
        total=len(call.pixels),
        wrong=sum(each.kind in _WRONG for each in found),
    )
