"""Publishers (affiliates), contacts of callers, and numbers that are suppressed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from monitor.model.types import Before, Flag, Name, SystemId, Utc, Whole, Word, unwrapped


@dataclass(frozen=True, slots=True)
class Publisher:
    """A publisher. `afid` is the customer's own id, with its leading zeros."""

    afid: Name
    first_name: Name = None
    last_name: Name = None
    company_name: Name = None
    created_at: Utc = None
    updated_at: Utc = None


@dataclass(frozen=True, slots=True)
class ContactNumber:
    """A telephone number of a contact."""

    number: Word = None
    description: Word = None
    id: Whole = None


@dataclass(frozen=True, slots=True)
class TagValue:
    """A tag of a contact."""

    key: Name = None
    value: Word = None
    operator: Name = None
    id: Whole = None


@dataclass(frozen=True, slots=True)
class Contact:
    """What is known of a caller."""

    id: SystemId
    contact_numbers: Annotated[tuple[ContactNumber, ...], Before(unwrapped("contact_number"))] = ()
    tag_values: Annotated[tuple[TagValue, ...], Before(unwrapped("tag_value"))] = ()


@dataclass(frozen=True, slots=True)
class SuppressedNumber:
    """A number whose calls are not taken. `cid` comes as a number here, and is a customer id all the same."""

    number: Word
    id: Whole = None
    created_at: Utc = None
    updated_at: Utc = None
    can_resubscribe: Flag = None
    company_id: Whole = None
    cid: Name = None
    affiliate_id: Name = None
    campaign_id: Name = None
