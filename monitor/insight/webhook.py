"""One row of the pixel board: a webhook or campaign timer at one host."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from monitor.insight.incidents import SILENT, spans
from monitor.insight.pixels import FAILING, PixelClass, pixel_key
from monitor.insight.tally import HOUR, HOURS_KEPT, MINUTE, MINUTES_KEPT, Grid, Tally, Usual, mark, usual

if TYPE_CHECKING:
    from monitor.insight.incidents import Span
    from monitor.insight.pixels import Hook, Seen
    from monitor.model.call import Call, FiredPixel

RECENT = 1000
"""Pixels of one webhook, the newest, that can be listed, and in which incidents are looked for."""
FAILED = 20_000
"""Failed pixels of one webhook, the newest, whose calls and money are told."""
SPARK = 30
"""Minutes whose failures are drawn."""

Entry = tuple[datetime, str, str, int]
"""A pixel in order of time: when its record was written, its call, its class, and its place in the answer."""


@dataclass(frozen=True, slots=True)
class PixelRow:
    """A pixel of `call`, or one that is missing from it (then `pixel` is None)."""

    call: Call
    hook: Hook
    kind: PixelClass
    moment: datetime
    place: int

    @property
    def pixel(self) -> FiredPixel | None:
        """The pixel as the account tells it."""
        return self.call.pixels[self.place] if 0 <= self.place < len(self.call.pixels) else None

    @property
    def key(self) -> str:
        """An identity for tables, which outlives the answers."""
        return f"{self.call.uuid} {pixel_key(self.pixel, self.hook)}"


class Hit(NamedTuple):
    """Calls that failed pixels belong to, of those that are held: how many, and of how many the revenue is known; their
    revenue, None when it is known of none, and whether it may change."""

    calls: int
    known: int
    revenue: Decimal | None
    provisional: bool


def hit(uuids: Iterable[str], calls: Mapping[str, Call], now: datetime) -> Hit:
    """Return what is known, as of `now`, of those of `uuids` that are among the `calls` held."""
    held = [call for uuid in uuids if (call := calls.get(uuid)) is not None]
    known = [call.revenue for call in held if call.revenue is not None]
    revenue = sum(known, Decimal(0)) if known else None
    return Hit(len(held), len(known), revenue, any(call.provisional(now) for call in held))


@dataclass(frozen=True, slots=True)
class Incident:
    """A time in which a webhook failed: its share of failures had left what is usual with it.

    From `since` until `until` (None: it goes on) `failed` of `settled` pixels failed, of the calls `uuids`. `earlier`
    says that it may have begun earlier than the pixels kept reach back.
    """

    hook: Hook
    since: datetime
    until: datetime | None
    failed: int
    settled: int
    uuids: tuple[str, ...]
    usual: Usual | None
    earlier: bool = False


@dataclass(frozen=True, slots=True)
class WebhookRow:
    """A webhook over a span of time. `failures` are by the minute, oldest first, the last one under way; `p50` and
    `p95` seconds; `hit` is what is known of the calls that have a failed pixel of it."""

    hook: Hook
    counts: Tally
    usual: Usual | None
    failures: tuple[int, ...]
    p50: float | None
    p95: float | None
    hit: Hit
    incident: Incident | None

    @property
    def share(self) -> float | None:
        """The share of its pixels that failed, of those that were sent or failed."""
        return self.counts.failed / self.counts.settled if self.counts.settled else None


class Webhook:
    """Counts the pixels of one hook."""

    def __init__(self, hook: Hook) -> None:
        self.hook = hook
        self.minutes = Grid(MINUTE, MINUTES_KEPT)
        self._hours = Grid(HOUR, HOURS_KEPT)
        self._past = Grid(HOUR, HOURS_KEPT)
        """Hours of calls that are not held."""
        self._recent: list[Entry] = []
        self._failed: list[Entry] = []
        self._trimmed = False
        self._incidents: list[Incident] | None = []
        """What was found; None when it is to be looked for."""
        self._usual: Usual | None = None
        self._usual_at: int | None = None
        """The hour that `_usual` is for; None when it is to be found out."""
        self._looked_with: Usual | None = None
        """What was usual when incidents were looked for."""
        self._open_since: datetime | None = None
        self._row: tuple[tuple[int, int | None, Incident | None], WebhookRow] | None = None

    def count(self, call: Call, seen: Seen, sign: int) -> None:
        """Put a pixel of `call` in (`sign` 1), or take it out (-1)."""
        counted = mark(seen)
        self.minutes.add(counted, sign)
        self._hours.add(counted, sign)
        entry = (seen.moment, call.uuid, seen.kind.value, seen.place)
        if sign > 0:
            self._trimmed = _insert(self._recent, entry, RECENT) or self._trimmed
        else:
            _remove(self._recent, entry)
        if seen.kind in FAILING:
            if sign > 0:
                _insert(self._failed, entry, FAILED)
            else:
                _remove(self._failed, entry)
        if self._failed or seen.kind in FAILING:
            self._incidents = None
        if counted[0] // HOUR != self._usual_at:
            self._usual_at = None  # of another hour than the present one, as while a history is told
        self._row = None

    def learn(self, seen: Seen) -> None:
        """Count a pixel of a call that is not held: it only tells what is usual."""
        self._past.add(mark(seen), 1)
        self._usual_at = None
        self._row = None

    def inherit(self, other: Webhook) -> None:
        """Take over what is known to be usual."""
        self._past = other._past

    def touch(self) -> None:
        """Forget what was found: a call that failed pixels of it belong to has changed."""
        self._row = None

    def pixels(self, calls: Mapping[str, Call]) -> Iterator[PixelRow]:
        """Yield the newest of its pixels whose calls are held, the newest first."""
        for moment, uuid, kind, place in reversed(self._recent):
            call = calls.get(uuid)
            if call is not None:
                yield PixelRow(call, self.hook, PixelClass(kind), moment, place)

    # What follows from it

    def usual(self, now: datetime) -> Usual | None:
        """Return what is usual with it at this time."""
        hour = int(now.timestamp()) // HOUR
        if self._usual_at != hour:
            self._usual = usual(chain(self._hours.steps.items(), self._past.steps.items()), now)
            self._usual_at = hour
        return self._usual

    def incidents(self, now: datetime) -> Sequence[Incident]:
        """Return when it failed, oldest first, as far as its newest pixels reach back."""
        common = self.usual(now)
        changed = self._incidents is None or (bool(self._failed) and common != self._looked_with)
        if changed or (self._open_since is not None and self._quiet(now)):
            self._incidents, self._looked_with = self._look(now, common), common
        return self._incidents or ()

    def _quiet(self, now: datetime) -> bool:
        return bool(self._recent) and now - self._recent[-1][0] > SILENT

    def _look(self, now: datetime, common: Usual | None) -> list[Incident]:
        samples = [(entry[0], entry[2] in FAILING) for entry in self._recent if entry[2] != PixelClass.PENDING]
        share = None if common is None else common.certain
        opened = self._open_since
        # One that was open goes on where its first failures are no longer among the newest pixels.
        carried = self._trimmed and self._recent and opened is not None and opened < self._recent[0][0]
        begun = opened if carried else None
        found = [self._incident(each, common) for each in spans(samples, share, now, begun)]
        is_open = bool(found) and found[-1].until is None
        self._open_since = found[-1].since if is_open else None
        return found

    def _incident(self, span: Span, common: Usual | None) -> Incident:
        since, until = span.since, span.until
        earlier = self._trimmed and since == self._recent[0][0]
        failed = self._failed[_between(self._failed, since, until)]
        if since >= self._recent[0][0]:
            recent = self._recent[_between(self._recent, since, until)]
            settled = sum(entry[2] != PixelClass.PENDING for entry in recent)
        else:
            end = self._recent[-1][0] if until is None else until
            settled = self.minutes.between(_minute(since), _minute(end) + 1).settled
        uuids = tuple(dict.fromkeys(entry[1] for entry in failed))
        return Incident(self.hook, since, until, len(failed), settled, uuids, common, earlier)

    def row(
        self, calls: Mapping[str, Call], now: datetime, seconds: int | None, incident: Incident | None
    ) -> WebhookRow:
        """Return it over the last so many seconds, by its pixels' records (None: all that is known).

        `incident` is the one that goes on. What did not change is the same object.
        """
        place = (_minute(now), seconds, incident)
        if self._row is None or self._row[0] != place:
            self._row = (place, self._made(calls, now, seconds, incident))
        return self._row[1]

    def _made(
        self, calls: Mapping[str, Call], now: datetime, seconds: int | None, incident: Incident | None
    ) -> WebhookRow:
        end = _minute(now) + 1
        if seconds is None:
            counts, start = Tally(), None
            for tally in self._hours.steps.values():
                counts.merge(tally)
        else:
            start = end - seconds // MINUTE
            counts = self.minutes.between(start, end)
        first = 0 if start is None else bisect_left(self._failed, start, key=lambda entry: _minute(entry[0]))
        return WebhookRow(
            hook=self.hook,
            counts=counts,
            usual=self.usual(now),
            failures=tuple(self.minutes.failed(minute) for minute in range(end - SPARK, end)),
            p50=counts.quantile(0.5),
            p95=counts.quantile(0.95),
            hit=hit(dict.fromkeys(entry[1] for entry in self._failed[first:]), calls, now),
            incident=incident,
        )


def _minute(moment: datetime) -> int:
    return int(moment.timestamp()) // MINUTE


def _insert(entries: list[Entry], entry: Entry, most: int) -> bool:
    """Put `entry` in its place; return whether the oldest had to go for it."""
    if entries and entries[-1] > entry:
        insort(entries, entry)
    else:
        entries.append(entry)
    if len(entries) > most:
        del entries[0]
        return True
    return False


def _remove(entries: list[Entry], entry: Entry) -> None:
    """Take `entry` out, if it is still among them."""
    place = bisect_left(entries, entry)
    if place < len(entries) and entries[place] == entry:
        del entries[place]


def _between(entries: list[Entry], since: datetime, until: datetime | None) -> slice:
    """Return which of `entries` lie from `since` to before `until` (None: to the end)."""
    last = None if until is None else bisect_left(entries, (until, "", "", 0))
    return slice(bisect_left(entries, (since, "", "", 0)), last)
