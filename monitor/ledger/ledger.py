"""The ledger: a fold. `apply` is the only way in, for live data, demo, replay and tests alike."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from monitor.ledger.departures import Age, Departures, age_of
from monitor.ledger.sums import Sums, Timeline
from monitor.model.campaign import Campaigns
from monitor.model.health import Health

if TYPE_CHECKING:
    from monitor.model.batch import Batch
    from monitor.model.call import Call
    from monitor.model.company import Company
    from monitor.model.target import Target

HELD = 100_000
"""How many calls are held where nobody says otherwise."""
_ANSWERS_KEPT = 8


@dataclass(slots=True)
class Change:
    """What one `apply` did. Calls as they are now; `updated` as (before, now), so that a sorted view can find them.

    A call that went from the account, or came back to it, is among the `updated` ones. `removed` are the uuids of those
    that are held no more. After `anew` nothing of what was shown holds: everything is to be taken from the ledger.
    `campaigns` says that the campaigns changed. `past` are calls that are not held: they only tell what is usual.
    """

    added: list[Call] = field(default_factory=list)
    updated: list[tuple[Call, Call]] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    targets: bool = False
    health: bool = False
    answers: list[str] = field(default_factory=list)
    numbered: bool = False
    anew: bool = False
    campaigns: bool = False
    looked: bool = False
    past: tuple[Call, ...] = ()

    def __bool__(self) -> bool:
        others = self.targets or self.health or self.answers or self.numbered or self.anew or self.campaigns
        return bool(self.size or others or self.looked or self.past)

    @property
    def size(self) -> int:
        """How many calls this touches."""
        return len(self.added) + len(self.updated) + len(self.removed)


class Ledger:
    """All calls and targets known now, and their sums.

    At most `held` calls are held: the oldest ones that have ended leave first, live ones never, even when there are
    more of them. The sums go on counting those that left, as they were then.
    """

    def __init__(self, held: int = HELD) -> None:
        self.held = held
        self.company: Company | None = None
        self.health = Health()
        self._forget()

    def _forget(self) -> None:
        """Know nothing of calls and targets, as in the beginning."""
        self.calls: dict[str, Call] = {}
        """The calls held, those that are gone among them."""
        self.numbers: dict[str, int] = {}
        """A number for talking about a call. Given once, never changed, in order of the calls' starts."""
        self.live: dict[str, Call] = {}
        self.gone: dict[str, datetime | None] = {}
        """Calls held that the account has no more, and the server's time when that was found. They are in no sum."""
        self.targets: dict[int, Target] = {}
        self.campaigns = Campaigns()
        self.looked: dict[str, datetime] = {}
        """When calls held were last read alone because of a pixel still to be sent, by the server's clock."""
        self.answers: OrderedDict[str, Mapping[str, Any]] = OrderedDict()
        self.total = Sums()
        self.started = Timeline()
        """Sums by the step in which calls started: every KPI of a window is over the calls that started in it."""
        self.ended = Timeline()
        """Sums by the step in which calls ended: revenue and profit per minute."""
        self.by_target: dict[int, Sums] = {}
        self.stale = 0
        """Answers that were older than what was known, and ignored."""
        self.left = 0
        """Calls that are held no more because newer ones took their room."""
        self.beyond = 0
        """Answers about calls not held, and not younger than the youngest that ever left. They are ignored: their call
        has been counted already, and would be once more. One that was not, because it is read so late for the first
        time, and one that went from the account and left before it came back, are missed by the sums."""
        self._numbered = 0
        self._unnumbered: dict[str, None] = {}
        self._departures = Departures()
        self._youngest_left: Age | None = None

    def apply(self, batch: Batch) -> Change:
        """Take `batch` in and return what it changed."""
        change = Change(anew=batch.anew)
        if batch.anew:
            self._forget()
        horizon = batch.horizon
        for call in batch.calls:
            self._merge(call, horizon, change)
        for uuid in batch.gone:
            self._strike(uuid, batch.date, change)
        if batch.complete and self._unnumbered:
            self._number()
            change.numbered = True
        self._make_room(change)
        if batch.date is not None:
            self.started.coarsen(batch.date)
            self.ended.coarsen(batch.date)
        if batch.targets is not None:
            found = {target.id: target for target in batch.targets}
            if found != self.targets:
                self.targets = found
                change.targets = True
        if batch.campaigns is not None:
            campaigns = Campaigns(batch.campaigns)
            if campaigns != self.campaigns:
                self.campaigns = campaigns
                change.campaigns = True
        looked = {uuid: at for uuid, at in batch.looked.items() if uuid in self.calls}
        if looked:
            self.looked.update(looked)
            change.looked = True
        change.past = batch.past
        for uuid, answer in batch.answers.items():
            self._keep_answer(uuid, answer, change)
        if batch.company is not None and batch.company != self.company:
            self.company = batch.company
            change.health = True
        if batch.health is not None and batch.health != self.health:
            self.health = batch.health
            change.health = True
        return change

    def _merge(self, call: Call, horizon: datetime | None, change: Change) -> None:
        """Newer `updated_at` wins; at equal stamps newer content wins: pixels and tags change without moving it.

        A call that was gone is back, whichever version of it came.
        """
        known = self.calls.get(call.uuid)
        if known is None:
            if self._youngest_left is not None and age_of(call) <= self._youngest_left:
                self.beyond += 1
                return
            self._unnumbered[call.uuid] = None
            change.added.append(call)
        else:
            stale = call.older_than(known, horizon)
            self.stale += stale
            back = call.uuid in self.gone
            if not back and (stale or call == known):
                return
            if back:
                del self.gone[call.uuid]
                call = known if stale else call
            else:
                self._count(known, -1)
            change.updated.append((known, call))
        self._count(call, 1)
        self.calls[call.uuid] = call
        if call.ended:
            self.live.pop(call.uuid, None)
            if known is None or not known.ended or known.began != call.began:
                self._departures.put(call)
        else:
            self.live[call.uuid] = call

    def _strike(self, uuid: str, date: datetime | None, change: Change) -> None:
        """The account has no such call any more. It is still held, to be shown struck out, and counts no longer."""
        call = self.calls.get(uuid)
        if call is None or uuid in self.gone:
            return
        self.gone[uuid] = date
        self._count(call, -1)
        if self.live.pop(uuid, None) is not None:
            self._departures.put(call)
        change.updated.append((call, call))

    def _count(self, call: Call, sign: int) -> None:
        self.total.add(call, sign)
        self.started.add(call.began, call, sign)
        self.ended.add(call.end_time, call, sign)
        if call.target_id is not None:
            sums = self.by_target.get(call.target_id)
            if sums is None:
                sums = self.by_target[call.target_id] = Sums()
            sums.add(call, sign)
            if not sums.calls:
                del self.by_target[call.target_id]

    def _number(self) -> None:
        """Number the new calls by age. While a walk down is under way the older ones are still to come."""
        for uuid in sorted(self._unnumbered, key=lambda uuid: age_of(self.calls[uuid])):
            self._numbered += 1
            self.numbers[uuid] = self._numbered
        self._unnumbered.clear()

    def _make_room(self, change: Change) -> None:
        """Let the oldest calls that have ended, or are gone, leave until no more than `held` are held."""
        for call in self._departures.take(self.calls, self._may_leave, self.held):
            uuid = call.uuid
            del self.calls[uuid]
            self.gone.pop(uuid, None)
            self.looked.pop(uuid, None)
            self.numbers.pop(uuid, None)
            self._unnumbered.pop(uuid, None)
            age = age_of(call)
            self._youngest_left = age if self._youngest_left is None else max(self._youngest_left, age)
            self.left += 1
            change.removed.append(uuid)
        if change.removed:
            change.added = [call for call in change.added if call.uuid in self.calls]
            change.updated = [pair for pair in change.updated if pair[1].uuid in self.calls]

    def _may_leave(self, call: Call) -> bool:
        return call.ended or call.uuid in self.gone

    def _keep_answer(self, uuid: str, answer: Mapping[str, Any], change: Change) -> None:
        if self.answers.get(uuid) != answer:
            change.answers.append(uuid)
        self.answers[uuid] = answer
        self.answers.move_to_end(uuid)
        while len(self.answers) > _ANSWERS_KEPT:
            self.answers.popitem(last=False)
