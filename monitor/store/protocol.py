"""What the rest of the program asks of a store, whichever engine keeps it.

One process on a store leads: it polls the account and writes. The others view, and take over when it is gone. `seq`
numbers every recorded change in the order of its commit; only the leader hands it out, so a reader that asks for what
came after the last one it saw misses nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from monitor.model.call import Call
from monitor.model.campaign import Campaign
from monitor.model.feed_state import FeedState
from monitor.model.health import StoreTrouble
from monitor.model.target import Target

if TYPE_CHECKING:
    from monitor.model.wire import Raw


@dataclass(frozen=True, slots=True)
class Written:
    """What one answer brought. It is kept as a whole or not at all.

    `at` is when the answer came, by the server's clock where that is known. `calls` and `targets` come with the
    answers they were parsed from, without secrets; so do `campaigns`, of which those without a key are not kept.
    `gone` are uuids of calls that the account has no more, `unlisted` the keys of campaigns that it does not list any
    more. A `state` of None changes nothing. Stamps beyond `horizon` order nothing (`Call.older_than`).
    """

    at: datetime
    calls: tuple[tuple[Call, Raw], ...] = ()
    gone: tuple[str, ...] = ()
    targets: tuple[tuple[Target, Raw], ...] = ()
    campaigns: tuple[tuple[Campaign, Raw], ...] = ()
    unlisted: tuple[str, ...] = ()
    state: FeedState | None = None
    horizon: datetime | None = None


@dataclass(frozen=True, slots=True)
class StoredCall:
    """A version of a call: the answer as the API sent it, since when (`at`) it holds, and whether the call is gone."""

    seq: int
    at: datetime
    uuid: str
    raw: Raw
    gone: bool = False


@dataclass(frozen=True, slots=True)
class StoredTarget:
    """A target's newest answer."""

    seq: int
    at: datetime
    id: int
    raw: Raw


@dataclass(frozen=True, slots=True)
class StoredCampaign:
    """A campaign's newest answer, and whether the account does not list it any more (`gone`)."""

    seq: int
    at: datetime
    key: str
    raw: Raw
    gone: bool = False


Stored = StoredCall | StoredTarget | StoredCampaign


@dataclass(frozen=True, slots=True)
class Load:
    """How busy a target was from `at` on: calls in progress, its own concurrency cap, and whether it was paused."""

    seq: int
    at: datetime
    target_id: int
    calls_in_progress: int | None
    concurrency_cap: int | None
    paused: bool | None


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """Something that was done to the account, or tried: `action` names it, `detail` is JSON and holds no key."""

    at: datetime
    action: str
    detail: Mapping[str, Any] = field(default_factory=dict)


class History(Protocol):
    """What was recorded of one account, to be read. A call's versions hold from their `at` on."""

    def span(self) -> tuple[datetime, datetime] | None:
        """Return when the first and the last of what was recorded happened; None when nothing was."""
        ...

    def as_of(self, moment: datetime, start: datetime, end: datetime) -> Iterator[StoredCall]:
        """Yield the calls that began from `start` to before `end` as they were at `moment`, oldest first.

        Those that are gone by then are among them. What nobody knew of at `moment` is not.
        """
        ...

    def version(self, uuid: str, moment: datetime) -> StoredCall | None:
        """Return one call as it was at `moment`; None when nobody knew of it then."""
        ...

    def changes(self, start: datetime, end: datetime, began: datetime | None = None) -> Iterator[StoredCall | Load]:
        """Yield every version of calls and every load of targets from `start` to before `end`, in order of time.

        Of calls only those that began at or after `began`, if that is given.
        """
        ...

    def loads(self, start: datetime, end: datetime) -> tuple[Load, ...]:
        """Return the targets' concurrency in that span, beginning with what held at `start`, in order of time."""
        ...

    def targets(self) -> tuple[StoredTarget, ...]:
        """Return the targets in their newest versions."""
        ...

    def campaigns(self) -> tuple[StoredCampaign, ...]:
        """Return the campaigns that the account lists, in their newest versions; none from before they were kept."""
        ...

    def state(self) -> FeedState:
        """Return how far the account has been read."""
        ...


class Store(History, Protocol):
    """One account's history. May be called from any thread, one call at a time; each call is short.

    None of these raises for what can befall a disk: reading then finds nothing, writing waits in memory, and
    `troubles` says so. Reading sees what lies in the store; only `answer` also sees what waits.
    """

    @property
    def leading(self) -> bool:
        """Whether this process is the one that polls and writes."""
        ...

    @property
    def anew(self) -> bool:
        """Whether the store is not the one that was known: `state` has to be read again, and all that follows from it.

        So at the start, after a take-over, and after the store had to begin afresh or could not keep all. Until then
        it takes calls, but no state: watermarks of another history would hide a hole for ever. Reading `state` ends it.
        """
        ...

    @property
    def troubles(self) -> tuple[StoreTrouble, ...]:
        """What is, and what went, wrong since this store was opened; each condition once."""
        ...

    def lead(self) -> bool:
        """Lead if nobody else does; return whether this process leads. To be asked with every poll.

        Where no lock or no store can be had at all, every process is its own leader and keeps things in memory.
        """
        ...

    def release(self) -> None:
        """Leave the lead to others, and view."""
        ...

    def write(self, page: Written) -> int | None:
        """Keep `page` in one transaction; return the newest `seq`, or None when it is not acknowledged.

        What equals, or is older than, what is there changes nothing. Not acknowledged is what waits in memory for
        the trouble to end, and anything from a process that does not lead (any more).
        """
        ...

    def calls(self, since: datetime) -> Iterator[StoredCall]:
        """Yield the calls that began at or after `since`, newest first, each in its newest version."""
        ...

    def created(self, start: datetime, end: datetime) -> Mapping[str, datetime]:
        """Return the calls that the account is known to have, of those it created from `start` to `end`, and when.

        Both ends are included; the oldest is first.
        """
        ...

    def answer(self, uuid: str) -> StoredCall | None:
        """Return the newest version of one call, also one that still waits to be written (its `seq` is 0)."""
        ...

    def changed(self) -> bool:
        """Return, at next to no cost, whether another process may have written since this was last asked."""
        ...

    def newest(self) -> int | None:
        """Return the newest `seq`; None when the store cannot be read. Below one seen before: it is another store."""
        ...

    def since(self, seq: int, limit: int = 500) -> tuple[Stored, ...]:
        """Return the newest versions of what changed after `seq`, in order. From 0 it is all there is."""
        ...

    def audit(self, event: AuditEvent) -> bool:
        """Keep what was done, for ever; return whether it is safe. Any process may, leading or not."""
        ...

    def audits(self, since: datetime) -> tuple[AuditEvent, ...]:
        """Return what was done at or after `since`, oldest first."""
        ...

    def retain(self, now: datetime) -> None:
        """Forget what is too old or too much, a little at a time: to be asked every minute or so."""
        ...

    def retry(self, now: datetime) -> bool:
        """Try, at most once a minute, to end what keeps things in memory; return whether all is well."""
        ...

    def close(self) -> None:
        """Write what waits if that works, leave the lead and close. The store is of no use afterwards."""
        ...
