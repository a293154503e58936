"""Running sums over calls, kept by difference: an updated call is taken out as it was and put in as it is."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monitor.model.call import Call

STEP = 10
"""Seconds of one step of the running sums. Windows of the KPIs move by whole steps."""

_ZERO = Decimal(0)
_SPANS_KEPT = 64
"""Spans of time whose sums are kept: those on the screen, and some that were."""


class Amount:
    """A sum of money that remembers how many of its parts were known: null is not 0."""

    __slots__ = ("known", "sum")

    def __init__(self) -> None:
        self.sum = _ZERO
        self.known = 0

    def add(self, amount: Decimal | None, sign: int) -> None:
        """Put `amount` in (`sign` 1) or take it out (-1)."""
        if amount is not None:
            self.sum += amount if sign > 0 else -amount
            self.known += sign

    def merge(self, other: Amount) -> None:
        """Add all of `other`."""
        self.sum += other.sum
        self.known += other.known

    @property
    def value(self) -> Decimal | None:
        """The sum in the account's currency; None when no part of it is known."""
        return self.sum if self.known else None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Amount) and self.sum == other.sum and self.known == other.known

    __hash__ = None  # type: ignore[assignment]  # mutable: the data model's way to say 'not hashable'


class Sums:
    """Counts and amounts over a set of calls.

    `connected` and `converted` count the account's flags, on live calls as well. Rates are over calls that are over:
    `ended`, of them `answered` (connected), of them `sold` (converted). `talk` is the talk time in seconds of the
    `talked` ones: the answered calls whose talk time is known.
    """

    __slots__ = (
        "answered",
        "calls",
        "connected",
        "converted",
        "cost",
        "ended",
        "payout",
        "profit",
        "revenue",
        "sold",
        "talk",
        "talked",
    )

    def __init__(self) -> None:
        self.calls = self.ended = self.connected = self.converted = 0
        self.answered = self.sold = self.talked = self.talk = 0
        self.revenue = Amount()
        self.payout = Amount()
        self.cost = Amount()
        self.profit = Amount()

    def add(self, call: Call, sign: int = 1) -> None:
        """Put `call` in, or take it out with `sign` -1."""
        self.calls += sign
        if call.connected:
            self.connected += sign
        if call.converted:
            self.converted += sign
        if call.ended:
            self.ended += sign
            if call.connected:
                self.answered += sign
                if call.converted:
                    self.sold += sign
                if call.talk is not None:
                    self.talked += sign
                    self.talk += sign * call.talk
        self.revenue.add(call.revenue, sign)
        self.payout.add(call.payout, sign)
        self.cost.add(call.cost, sign)
        self.profit.add(call.profit, sign)

    def merge(self, other: Sums) -> None:
        """Add all of `other`."""
        self.calls += other.calls
        self.ended += other.ended
        self.connected += other.connected
        self.converted += other.converted
        self.answered += other.answered
        self.sold += other.sold
        self.talked += other.talked
        self.talk += other.talk
        self.revenue.merge(other.revenue)
        self.payout.merge(other.payout)
        self.cost.merge(other.cost)
        self.profit.merge(other.profit)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sums) and all(getattr(self, each) == getattr(other, each) for each in self.__slots__)

    __hash__ = None  # type: ignore[assignment]  # mutable: the data model's way to say 'not hashable'


def step_of(moment: datetime) -> int:
    """Return the number of the step that `moment` lies in."""
    return int(moment.timestamp()) // STEP


_GRAINS = ((3 * 3600, 60), (24 * 3600, 15 * 60), (28 * 24 * 3600, 3600))
"""From which age on, in seconds, steps are merged into how long ones, in seconds. The figures and their comparison
reach two hours back. Zones differ from UTC by whole quarters of an hour, so that a point of the chart can begin at a
round local time."""
_EDGE = 3600 // STEP
"""Steps are merged by whole hours: then every edge between two grains is one of all longer ones as well."""
_NEVER = -(10**12)
"""A step before all others."""


class Timeline:
    """Sums for each step of time: of ten seconds lately, of longer ones the older they are. Empty steps are not kept.

    The keys of `steps` are the first of the steps merged. What is asked about a span that begins or ends within a
    longer one is answered for the span that begins, or ends, where that one begins.
    """

    def __init__(self) -> None:
        self.steps: dict[int, Sums] = {}
        self._asked: dict[tuple[int, int], Sums] = {}
        """The spans asked for lately, kept by difference like everything else: asking again costs nothing."""
        self._edges = [_NEVER for _ in _GRAINS]
        """The steps before which the grains are as coarse as `_GRAINS` says."""
        self._latest = _NEVER

    def add(self, moment: datetime | None, call: Call, sign: int) -> None:
        """Put `call` into the step of `moment`, or take it out; without a moment it is in no step."""
        if moment is None:
            return
        fine = step_of(moment)
        self._latest = max(self._latest, fine)
        step = self.first_of(fine)
        sums = self.steps.get(step)
        if sums is None:
            sums = self.steps[step] = Sums()
        sums.add(call, sign)
        if not sums.calls:
            del self.steps[step]
        for (first, last), kept in self._asked.items():
            if first <= step < last:
                kept.add(call, sign)

    def grain(self, step: int) -> int:
        """Return how many steps are merged into one where `step` lies."""
        merged = 1
        for edge, (_, seconds) in zip(self._edges, _GRAINS, strict=True):
            if step >= edge:
                break
            merged = seconds // STEP
        return merged

    def first_of(self, step: int) -> int:
        """Return the first of the steps that `step` is merged with."""
        return step if step >= self._edges[0] else step - step % self.grain(step)

    def coarsen(self, now: datetime) -> None:
        """Merge what is old as of `now`, once an hour.

        A wrong clock must not blur what is new, so nothing is older than it is beside the newest call.
        """
        latest = min(step_of(now), self._latest)
        edges = [(latest - age // STEP) // _EDGE * _EDGE for age, _ in _GRAINS]
        if edges[0] <= self._edges[0]:
            return
        self._edges = edges
        fine, self.steps = self.steps, {}
        for step, sums in fine.items():
            first = self.first_of(step)
            merged = self.steps.get(first)
            if merged is None:
                self.steps[first] = sums
            else:
                merged.merge(sums)

    def between(self, first: int, last: int) -> Sums:
        """Return the sums of the steps from `first` up to and without `last`. They are for reading only."""
        first, last = self.first_of(first), self.first_of(last)
        kept = self._asked.get((first, last))
        if kept is not None:
            return kept
        total = Sums()
        wanted = range(first, last)
        steps = wanted if len(wanted) < len(self.steps) else (step for step in self.steps if step in wanted)
        for step in steps:
            found = self.steps.get(step)
            if found is not None:
                total.merge(found)
        if len(self._asked) >= _SPANS_KEPT:
            self._asked.clear()
        self._asked[first, last] = total
        return total
