"""How the feed is doing: what the last answer was, how old the data is, when the next try comes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Outcome(StrEnum):
    """What became of the last request of the live feed. Every answer is exactly one of these."""

    CONNECTING = "connecting"
    """No answer yet."""
    FRESH = "fresh"
    UNCHANGED = "unchanged"
    PARTIAL = "partial"
    """An answer came, but a page or a record of it could not be had."""
    AUTH = "auth"
    """Key or company refused: polling stops until somebody acts."""
    THROTTLED = "throttled"
    SERVER = "server"
    NETWORK = "network"
    MALFORMED = "malformed"
    REPLAY = "replay"
    """No request at all: what was recorded is played."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A span of time whose calls have not all been read yet."""

    start: datetime
    end: datetime


class Condition(StrEnum):
    """What can befall a store. The program lives on with each of them."""

    FULL = "full"
    """No room on the disk."""
    READ_ONLY = "read-only"
    """The file or its folder cannot be written."""
    BUSY = "busy"
    """Another program holds the file."""
    FAILED = "failed"
    """The disk reports an error."""
    NEWER = "newer"
    """Kept by a newer callmon, in a form that this one does not know."""
    FOREIGN = "foreign"
    """Another program's file."""
    CORRUPT = "corrupt"
    """Damaged, or no database at all."""
    DAMAGED = "damaged"
    """One kept answer cannot be read; the others can."""
    LOST = "lost"
    """Empty, or not there, although there had been a history."""
    REPLACED = "replaced"
    """Removed or exchanged while in use."""


@dataclass(frozen=True, slots=True)
class StoreTrouble:
    """For a banner: what happened to which file, and what was done about it.

    While `memory_only` holds, what is written waits in memory and is lost when the process ends.
    """

    condition: Condition
    file: str
    happened: str
    done: str
    at: datetime
    memory_only: bool = False


@dataclass(frozen=True, slots=True)
class Health:
    """The feed's own account of itself.

    `fresh_at` is when the last good answer came (None before the first); `next_at` when the next try is due (None
    while a refused key waits for the operator); `interval` the seconds between polls in force; `rejected` counts
    records and fields that could not be understood since the start; `skew` is how many seconds the server's clock is
    ahead of this machine's (0 while they agree within two). `since` is the moment from which on all calls are held, but
    for the gaps (None: not known yet). `viewing` says that another process reads the account, and this one its store;
    `troubles` is what befell the store.
    """

    outcome: Outcome = Outcome.CONNECTING
    message: str = ""
    hint: str = ""
    fresh_at: datetime | None = None
    targets_at: datetime | None = None
    next_at: datetime | None = None
    interval: float = 0.0
    requests_per_minute: int = 0
    rejected: int = 0
    gaps: tuple[Gap, ...] = ()
    skew: float = 0.0
    since: datetime | None = None
    viewing: bool = False
    troubles: tuple[StoreTrouble, ...] = ()
