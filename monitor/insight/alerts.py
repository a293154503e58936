"""Which incidents somebody has seen to, and of which webhooks nobody wants to hear for a while. As of a moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from monitor.insight.pixels import Hook
    from monitor.insight.webhook import Incident

MUTED_FOR = timedelta(hours=1)
"""How long a webhook stays muted."""


class Standing(Enum):
    """How an incident stands with the people who watch."""

    OPEN = auto()
    """It goes on, and calls for a person."""
    ACKNOWLEDGED = auto()
    """It goes on, and somebody knows."""
    MUTED = auto()
    """It goes on, and nobody wants to hear of its webhook for a while."""
    OVER = auto()


class Alarms(NamedTuple):
    """How many incidents go on: those that call for a person, and those that somebody has seen to."""

    calling: int = 0
    seen_to: int = 0


class Alerts:
    """What people said, and when: a moment before that, as a replay may show, knows nothing of it."""

    def __init__(self) -> None:
        self._acknowledged: dict[Hook, datetime] = {}
        self._muted: dict[Hook, datetime] = {}

    def acknowledge(self, whose: Hook, now: datetime) -> None:
        """Somebody knows, since `now`, of the incident of a webhook. One that begins later counts anew."""
        self._acknowledged[whose] = now

    def mute(self, whose: Hook, now: datetime) -> None:
        """Let nobody hear of a webhook from `now` on, for an hour."""
        self._muted[whose] = now

    def unmute(self, whose: Hook) -> None:
        """Let people hear of a webhook again."""
        self._muted.pop(whose, None)

    def muted_until(self, whose: Hook, now: datetime) -> datetime | None:
        """Return until when a webhook is muted; None when it is not."""
        since = self._muted.get(whose)
        return since + MUTED_FOR if since is not None and since <= now < since + MUTED_FOR else None

    def standing(self, incident: Incident, now: datetime) -> Standing:
        """Return how an incident stands as of `now`."""
        if incident.until is not None:
            return Standing.OVER
        if self.muted_until(incident.hook, now) is not None:
            return Standing.MUTED
        known = self._acknowledged.get(incident.hook)
        return Standing.ACKNOWLEDGED if known is not None and incident.since <= known <= now else Standing.OPEN

    def alarms(self, incidents: Iterable[Incident], now: datetime) -> Alarms:
        """Return how many of `incidents` go on."""
        standings = Counter(self.standing(each, now) for each in incidents)
        return Alarms(standings[Standing.OPEN], standings[Standing.ACKNOWLEDGED] + standings[Standing.MUTED])
