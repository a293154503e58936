"""Campaigns: the timers that decide which pixels are to be expected, and the menu that callers hear."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from monitor.model.types import Address, Before, Flag, Name, Utc, Whole, Word, unwrapped

if TYPE_CHECKING:
    from monitor.model.call import Call


@dataclass(frozen=True, slots=True)
class CampaignTimer:
    """A pixel that fires once a call has lasted `seconds`: 0 at its start, negative ones ignore the dedupe window."""

    id: Whole = None
    seconds: Whole = None
    url: Address = ""


@dataclass(frozen=True, slots=True)
class MenuOption:
    """What a digit leads to; `target_cid` goes before `target_number`."""

    id: Whole = None
    option: Name = None
    target_cid: Name = None
    target_number: Word = None


@dataclass(frozen=True, slots=True)
class Greeting:
    """What callers hear first: a spoken message, or a recording."""

    message: Word = None
    voice_gender: Name = None
    audio: Word = None


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign. A caller who comes again within `dedupe_seconds` fires no timers and converts no second time."""

    cid: Name
    id: Whole = None
    name: Name = None
    record_calls: Flag = None
    record_seconds: Whole = None
    dedupe_seconds: Whole = None
    affiliate_can_pull_number: Flag = None
    greeting: Greeting | None = None
    timers: Annotated[tuple[CampaignTimer, ...], Before(unwrapped("timer"))] = ()
    menu_options: Annotated[tuple[MenuOption, ...], Before(unwrapped("menu_option"))] = ()
    created_at: Utc = None
    updated_at: Utc = None

    @property
    def key(self) -> str:
        """What tells it from the others: the customer's id, or the system's where it has no other; "" with neither."""
        return self.cid or ("" if self.id is None else f"#{self.id}")


class Campaigns:
    """The campaigns of an account. Never changed: other campaigns are another object."""

    def __init__(self, campaigns: Iterable[Campaign] = ()) -> None:
        self.all = tuple(campaigns)
        self._by_cid = {campaign.cid: campaign for campaign in self.all if campaign.cid}
        self._by_id = {campaign.id: campaign for campaign in self.all if campaign.id is not None}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Campaigns) and self.all == other.all

    __hash__ = None  # type: ignore[assignment]  # the data model's way to say 'not hashable'

    def of(self, call: Call) -> Campaign | None:
        """Return the campaign of `call`, by the customer's id, or by the system's where it has no other."""
        found = None if call.cid is None else self._by_cid.get(call.cid)
        return found or (None if call.campaign_id is None else self._by_id.get(call.campaign_id))
