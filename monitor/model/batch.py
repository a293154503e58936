"""What travels from the feed to the ledger: one bundle of news, in the order the answers came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from monitor.model.call import Call
from monitor.model.campaign import Campaign
from monitor.model.company import Company
from monitor.model.health import Health
from monitor.model.target import Target

PLAUSIBLE = timedelta(seconds=60)
"""How far a stamp may lie beyond the server's clock and still order its record."""


@dataclass(frozen=True, slots=True)
class Batch:
    """News from the account.

    `date` is the server's clock in the answer: stamps more than a minute beyond it are implausible. `targets` is
    the whole list when given. `answers` holds complete answers by uuid for calls that somebody looks at.
    `complete` says that the walk which brought these calls has ended, so that they can be numbered by age. `gone` are
    calls that the account has no more; one that is among `calls` as well was there before it went. `anew` says that all
    that was known is to be forgotten first: a replay jumped to another time. `campaigns` is the whole list when given.
    `looked` tells, by the server's clock, when calls were read alone because a pixel is still to be sent, even when
    nothing had changed. `past` are calls of earlier days: not to be held or shown, only to learn what is usual.
    """

    calls: tuple[Call, ...] = ()
    targets: tuple[Target, ...] | None = None
    company: Company | None = None
    answers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    health: Health | None = None
    date: datetime | None = None
    complete: bool = False
    gone: tuple[str, ...] = ()
    anew: bool = False
    campaigns: tuple[Campaign, ...] | None = None
    looked: Mapping[str, datetime] = field(default_factory=dict)
    past: tuple[Call, ...] = ()

    @property
    def horizon(self) -> datetime | None:
        """The moment beyond which a stamp is implausible; None when the server's clock is not known."""
        return None if self.date is None else self.date + PLAUSIBLE
