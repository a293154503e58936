"""How old the data is, in words. A number that is old never looks fresh."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from monitor.insight import wording
from monitor.insight.wording import Tone
from monitor.model.health import Outcome

if TYPE_CHECKING:
    from monitor.model.health import Health

_LIVE = 2.0
_STALE = 3.0
"""Intervals without a good answer from which the data is late, and from which it is stale."""
_SLACK = 1.0
"""Seconds that an answer may take without being late."""


@dataclass(frozen=True, slots=True)
class Freshness:
    """The state of the data: `short` says it in a few words, `stale` whether figures lose their colour."""

    short: str
    tone: Tone
    stale: bool


_TROUBLE = {
    Outcome.AUTH: "refused",
    Outcome.THROTTLED: "throttled",
    Outcome.SERVER: "server error",
    Outcome.NETWORK: "offline",
    Outcome.MALFORMED: "unreadable answer",
}


def freshness(health: Health, now: datetime) -> Freshness:
    """Return how fresh the data is at `now`. A replay is as old as it is meant to be."""
    if health.outcome is Outcome.REPLAY:
        return Freshness("REPLAY", Tone.WAIT, stale=False)
    age = None if health.fresh_at is None else max(0.0, (now - health.fresh_at).total_seconds())
    old = age is None or age > _STALE * health.interval + _SLACK
    trouble = _TROUBLE.get(health.outcome)
    if trouble is not None:
        return Freshness(_troubled(trouble, age, health, now), Tone.BAD, old)
    if age is None:
        return Freshness("◌ connecting", Tone.WAIT, stale=False)
    if health.outcome is Outcome.CONNECTING:
        return Freshness(f"◌ connecting, data {wording.span(age)} old", Tone.WAIT, stale=old)
    if old:
        return Freshness(f"○ stale {wording.span(age)}", Tone.BAD, stale=True)
    if age > _LIVE * health.interval + _SLACK:
        return Freshness(f"◐ late {wording.span(age)}", Tone.WAIT, stale=False)
    if health.outcome is Outcome.PARTIAL:
        return Freshness(f"◐ partial {wording.span(age)}", Tone.WAIT, stale=False)
    good = "◎ viewing" if health.viewing else "● live"
    return Freshness(f"{good} {wording.span(age)}", Tone.GOOD, stale=False)


def _troubled(trouble: str, age: float | None, health: Health, now: datetime) -> str:
    parts = [f"✗ {trouble}"]
    if health.next_at is not None:
        parts.append(f"retry in {max(0, round((health.next_at - now).total_seconds()))} s")
    elif health.outcome is Outcome.AUTH:
        parts.append("press r")
    if age is not None:
        parts.append(f"data {wording.span(age)} old")
    return ", ".join(parts)


def known_until(health: Health, now: datetime) -> datetime:
    """Return the account's time up to which it is known, `now` being this machine's.

    Without answers it stands still: what is not known must neither look like no business, nor like failing.
    """
    return min(now, health.fresh_at or now) + timedelta(seconds=health.skew)
