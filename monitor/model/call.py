"""A call and its fired pixels, as the whole program knows them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, ClassVar

from monitor.model.types import (
    Address,
    Before,
    Flag,
    Money,
    Name,
    NameOf,
    NumberOf,
    Tags,
    Utc,
    Uuid,
    Whole,
    Word,
    unwrapped,
)

SETTLES_WITHIN = timedelta(minutes=10)
"""After this long an ended call counts as final even if the answer never says when conversions were determined
(old calls and older API versions do not). The observed delay is 21 to 28 seconds."""


class State(StrEnum):
    """Where a call is in its life (API reference: lifecycle)."""

    RINGING = "ringing"
    """Not connected to a buyer yet: menu, hold or ringing."""
    TALKING = "talking"
    """Forwarded to a buyer and not ended."""
    SETTLING = "settling"
    """Ended; conversions, and with them the money, are not determined yet."""
    FINAL = "final"
    """Ended and determined."""
    ABANDONED = "abandoned"
    """Ended without ever being connected."""


@dataclass(frozen=True, slots=True)
class FiredPixel:
    """One request that the account made to a webhook or tracking address for a call.

    The API gives it no id, response or error. `fire_order` 0 is during the call, 1 at its end. `fired_at` may lie
    before `created_at`: the record of a webhook during the call is written after its answer.
    """

    url: Address = ""
    status: Name = None
    webhook_name: Name = None
    fire_order: Whole = None
    batch_uuid: Word = None
    created_at: Utc = None
    fired_at: Utc = None


_WIRE_NAMES = {
    "campaign": "campaign_name",
    "affiliate": "affiliate_name",
    "target": "target_name",
    "ivr": "ivr_duration",
    "hold": "hold_duration",
    "talk": "dialed_call_duration",
    "cost": "total_cost",
    "profit": "profit_gross",
    "margin": "profit_net",
    "pixels": "fired_pixels",
    "pixel_count": "fired_pixels_count",
}


def _wire_name(name: str) -> str:
    return _WIRE_NAMES.get(name, name)


@dataclass(frozen=True, slots=True)
class Call:
    """One call. Durations are whole seconds, money is in the account's currency, times are aware UTC.

    Every field but `uuid` may be missing. `cost` is the API's `total_cost`, `profit` its `profit_gross` (after
    cost), `margin` its `profit_net` (before cost): the API's own names are the reverse of an accountant's.
    """

    __pydantic_config__: ClassVar = {"alias_generator": _wire_name}

    uuid: Uuid
    status: Name = None
    created_at: Utc = None
    updated_at: Utc = None
    start_time: Utc = None
    forwarded_time: Utc = None
    end_time: Utc = None
    conversions_determined_at: Utc = None
    caller: Word = None
    number: NumberOf = None
    campaign: Name = None
    campaign_id: Whole = None
    cid: Name = None
    affiliate: Name = None
    afid: Name = None
    sid: Name = None
    target: Name = None
    target_id: Whole = None
    tid: Name = None
    target_group: NameOf = None
    connected: Flag = None
    converted: Flag = None
    duplicate: Flag = None
    repeat: Flag = None
    payable: Flag = None
    receivable: Flag = None
    hung_up_by: Name = None
    ivr: Whole = None
    hold: Whole = None
    talk: Whole = None
    revenue: Money = None
    payout: Money = None
    cost: Money = None
    profit: Money = None
    margin: Money = None
    tags: Tags = field(default_factory=dict)
    pixels: Annotated[tuple[FiredPixel, ...], Before(unwrapped("fired_pixel"))] = ()
    pixel_count: Whole = None

    @property
    def ended(self) -> bool:
        """Whether the call is over."""
        return self.end_time is not None or self.status == "finished"

    @property
    def began(self) -> datetime | None:
        """When the caller called; the record's own time where that is missing."""
        return self.start_time or self.created_at

    def state(self, now: datetime) -> State:
        """Return the call's state at `now`."""
        if not self.ended:
            return State.TALKING if self.forwarded_time else State.RINGING
        if not self.connected:
            return State.ABANDONED
        if self.conversions_determined_at is not None:
            return State.FINAL
        ended = self.end_time or self.updated_at
        return State.SETTLING if ended and now - ended < SETTLES_WITHIN else State.FINAL

    def provisional(self, now: datetime) -> bool:
        """Return whether the money may still change: conversions are not determined yet at `now`."""
        if self.conversions_determined_at is not None:
            return False
        ended = self.end_time or self.updated_at
        return not self.ended or (ended is not None and now - ended < SETTLES_WITHIN)

    def older_than(self, known: Call, horizon: datetime | None) -> bool:
        """Return whether this is an older version of the call than `known`.

        A missing stamp, or one beyond `horizon`, orders nothing: then whichever was read last is the newer one.
        """
        new, old = self.updated_at, known.updated_at
        if new is None or old is None:
            return False
        if horizon is not None and (new > horizon or old > horizon):
            return False
        return new < old
