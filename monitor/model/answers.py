"""Answers to what is done to the account: reservations by real-time bidding, and the writing of call data."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.model.types import Flag, Money, Name, Tags, Utc, Uuid, Whole, Word


@dataclass(frozen=True, slots=True)
class Reservation:
    """A reservation. Payout and seconds are *expected* until the call has come; `no-target` answers hold no more
    than uuid and status."""

    uuid: Uuid
    status: Name = None
    retreaver_payout: Money = None
    retreaver_seconds: Whole = None
    inbound_number: Word = None
    sip_address: Word = None
    expires_at: Utc = None
    retreaver_ping_shield: Flag = None


@dataclass(frozen=True, slots=True)
class DataWritten:
    """What became of tags that were written: applied to a call that is over, or stored for a caller to come."""

    status: Word
    tag_values: Tags
    call_uuid: Word = None
    caller_number: Word = None
