"""Campaigns: the timers that decide which pixels are to be expected, and the menu that callers hear."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from monitor.model.types import Address, Before, Flag, Name, Utc, Whole, Word, unwrapped


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
