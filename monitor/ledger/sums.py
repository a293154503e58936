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


_COUNTS = ("calls", "ended", "connected", "converted", "answered", "talk")
_AMOUNTS = ("revenue", "payout", "cost", "profit")


class Sums:
    """Counts and amounts over a set of calls.

    `ended` are calls that are over; `connected` those of them that reached a buyer; `converted` those that count as
    a conversion; `talk` is the talk time in seconds over the `answered` ones: connected calls that are over and
    whose talk time is known.
    """

    __slots__ = _COUNTS + _AMOUNTS

    def __init__(self) -> None:
        self.calls = self.ended = self.connected = self.converted = self.answered = self.talk = 0
        self.revenue = Amount()
        self.payout = Amount()
        self.cost = Amount()
        self.profit = Amount()

    def add(self, call: Call, sign: int = 1) -> None:
        """Put `call` in, or take it out with `sign` -1."""
        self.calls += sign
        if call.ended:
            self.ended += sign
            if call.connected:
                self.connected += sign
                if call.talk is not None:
                    self.answered += sign
                    self.talk += sign * call.talk
        if call.converted:
            self.converted += sign
        self.revenue.add(call.revenue, sign)
        self.payout.add(call.payout, sign)
        self.cost.add(call.cost, sign)
        self.profit.add(call.profit, sign)

    def merge(self, other: Sums) -> None:
        """Add all of `other`."""
        for name in _COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in _AMOUNTS:
            getattr(self, name).merge(getattr(other, name))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sums) and all(getattr(self, each) == getattr(other, each) for each in self.__slots__)

    __hash__ = None  # type: ignore[assignment]  # mutable: the data model's way to say 'not hashable'


def step_of(moment: datetime) -> int:
    """Return the number of the step that `moment` lies in."""
    return int(moment.timestamp()) // STEP


class Timeline:
    """Sums for each step of time. Empty steps are not kept."""

    def __init__(self) -> None:
        self.steps: dict[int, Sums] = {}

    def add(self, moment: datetime | None, call: Call, sign: int) -> None:
        """Put `call` into the step of `moment`, or take it out; without a moment it is in no step."""
        if moment is None:
            return
        step = step_of(moment)
        sums = self.steps.get(step)
        if sums is None:
            sums = self.steps[step] = Sums()
        sums.add(call, sign)
        if not sums.calls:
            del self.steps[step]

    def between(self, first: int, last: int) -> Sums:
        """Return the sums of the steps from `first` up to and without `last`."""
        total = Sums()
        wanted = range(first, last)
        steps = wanted if len(wanted) < len(self.steps) else (step for step in self.steps if step in wanted)
        for step in steps:
            found = self.steps.get(step)
            if found is not None:
                total.merge(found)
        return total
