"""The ledger: a fold. `apply` is the only way in, for live data, demo, replay and tests alike."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from monitor.ledger.sums import Sums, Timeline
from monitor.model.health import Health

if TYPE_CHECKING:
    from monitor.model.batch import Batch
    from monitor.model.call import Call
    from monitor.model.company import Company
    from monitor.model.target import Target

_ANSWERS_KEPT = 8
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class Change:
    """What one `apply` did. Calls as they are now; `updated` as (before, now), so that a sorted view can find them."""

    added: list[Call] = field(default_factory=list)
    updated: list[tuple[Call, Call]] = field(default_factory=list)
    targets: bool = False
    health: bool = False
    answers: list[str] = field(default_factory=list)
    numbered: bool = False

    def __bool__(self) -> bool:
        return bool(self.added or self.updated or self.targets or self.health or self.answers or self.numbered)

    @property
    def size(self) -> int:
        """How many calls this touches."""
        return len(self.added) + len(self.updated)


class Ledger:
    """All calls and targets known now, and their sums."""

    def __init__(self) -> None:
        self.calls: dict[str, Call] = {}
        self.numbers: dict[str, int] = {}
        """A number for talking about a call. Given once, never changed, in order of the calls' starts."""
        self.live: dict[str, Call] = {}
        self.targets: dict[int, Target] = {}
        self.answers: OrderedDict[str, Mapping[str, Any]] = OrderedDict()
        self.company: Company | None = None
        self.health = Health()
        self.total = Sums()
        self.started = Timeline()
        """Sums by the step in which calls started: every KPI of a window is over the calls that started in it."""
        self.ended = Timeline()
        """Sums by the step in which calls ended: revenue and profit per minute."""
        self.by_target: dict[int, Sums] = {}
        self.stale = 0
        """Answers that were older than what was known, and ignored."""
        self._unnumbered: list[str] = []

    def apply(self, batch: Batch) -> Change:
        """Take `batch` in and return what it changed."""
        change = Change()
        horizon = batch.horizon
        for call in batch.calls:
            self._merge(call, horizon, change)
        if batch.complete and self._unnumbered:
            self._number()
            change.numbered = True
        if batch.targets is not None:
            found = {target.id: target for target in batch.targets}
            if found != self.targets:
                self.targets = found
                change.targets = True
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
        """Newer `updated_at` wins; at equal stamps newer content wins: pixels and tags change without moving it."""
        known = self.calls.get(call.uuid)
        if known is None:
            self._count(call, 1)
            self._unnumbered.append(call.uuid)
            change.added.append(call)
        elif call.older_than(known, horizon):
            self.stale += 1
            return
        elif call == known:
            return
        else:
            self._count(known, -1)
            self._count(call, 1)
            change.updated.append((known, call))
        self.calls[call.uuid] = call
        if call.ended:
            self.live.pop(call.uuid, None)
        else:
            self.live[call.uuid] = call

    def _count(self, call: Call, sign: int) -> None:
        self.total.add(call, sign)
        self.started.add(call.began, call, sign)
        self.ended.add(call.end_time, call, sign)
        if call.target_id is not None:
            sums = self.by_target.get(call.target_id)
            if sums is None:
                sums = self.by_target[call.target_id] = Sums()
            sums.add(call, sign)

    def _number(self) -> None:
        """Number the new calls by age. While a walk down is under way the older ones are still to come."""
        fresh = sorted(self._unnumbered, key=lambda uuid: (self.calls[uuid].began or _LONG_AGO, uuid))
        for number, uuid in enumerate(fresh, start=len(self.numbers) + 1):
            self.numbers[uuid] = number
        self._unnumbered.clear()

    def _keep_answer(self, uuid: str, answer: Mapping[str, Any], change: Change) -> None:
        if self.answers.get(uuid) != answer:
            change.answers.append(uuid)
        self.answers[uuid] = answer
        self.answers.move_to_end(uuid)
        while len(self.answers) > _ANSWERS_KEPT:
            self.answers.popitem(last=False)
