"""Pixels counted by minute and by hour for one webhook, and what is usual with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import exp, log
from typing import TYPE_CHECKING

from monitor.insight.pixels import FAILING, PixelClass

if TYPE_CHECKING:
    from monitor.insight.pixels import Seen

MINUTE = 60
HOUR = 3600
_CLASSES = tuple(PixelClass)
_PLACE = {kind: place for place, kind in enumerate(_CLASSES)}
_FAILING = tuple(_PLACE[kind] for kind in _CLASSES if kind in FAILING)
_PENDING = _PLACE[PixelClass.PENDING]
_FINENESS = log(1.1)
"""Latencies are counted in bins of a tenth: finer than they are told."""
_SHORTEST = 0.001
"""Seconds of the lowest bin."""
MINUTES_KEPT = 24 * 60
HOURS_KEPT = 9 * 24
"""How long minutes, and hours, are kept. The hours reach over the days that tell what is usual."""
ENOUGH = 20
"""Pixels that were sent or failed in a day's hours, from which their share of failures says something."""
_NEAR = 1
"""Hours of the day before and after the present one that are comparable with it."""
_DAY = 24
_SAME_DAY = 0.1
"""The share of failures that hours of the same day can make usual at the most."""


Mark = tuple[int, int, int | None]
"""A pixel as it is counted: second since 1970, place of its class, bin of its latency."""


class Tally:
    """How many pixels of each class, and how long they took. A sum: what is put in can be taken out again."""

    __slots__ = ("counts", "latencies")

    def __init__(self) -> None:
        self.counts = [0] * len(_CLASSES)
        self.latencies: dict[int, int] = {}

    def add(self, mark: Mark, sign: int) -> None:
        """Put a pixel in (`sign` 1) or take it out (-1)."""
        _, place, taken = mark
        self.counts[place] += sign
        if taken is not None:
            left = self.latencies.get(taken, 0) + sign
            if left:
                self.latencies[taken] = left
            else:
                del self.latencies[taken]

    def merge(self, other: Tally) -> None:
        """Add all of `other`."""
        for place, count in enumerate(other.counts):
            self.counts[place] += count
        for place, count in other.latencies.items():
            self.latencies[place] = self.latencies.get(place, 0) + count

    def of(self, kind: PixelClass) -> int:
        """Return how many there are of a class."""
        return self.counts[_PLACE[kind]]

    @property
    def failed(self) -> int:
        """How many failed: stuck, missing or of unknown status."""
        return sum(self.counts[place] for place in _FAILING)

    @property
    def settled(self) -> int:
        """How many were sent or failed; one that is pending is neither yet."""
        return sum(self.counts) - self.counts[_PENDING]

    def quantile(self, share: float) -> float | None:
        """Return the seconds within which that share of the requests was made, to a tenth; None without any."""
        total = sum(self.latencies.values())
        if not total:
            return None
        wanted = share * total
        for place in sorted(self.latencies):
            wanted -= self.latencies[place]
            if wanted <= 0:
                break
        return _SHORTEST * exp(place * _FINENESS)

    def __bool__(self) -> bool:
        return any(self.counts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tally) and self.counts == other.counts and self.latencies == other.latencies

    __hash__ = None  # type: ignore[assignment]  # mutable: the data model's way to say 'not hashable'


def mark(seen: Seen) -> Mark:
    """Return what is counted of a pixel."""
    taken = seen.latency
    if taken is not None:
        taken = round(log(taken / _SHORTEST) / _FINENESS) if taken > _SHORTEST else 0
    return int(seen.moment.timestamp()), _PLACE[seen.kind], taken


class Grid:
    """Tallies by steps of `size` seconds, the newest `kept` of them. Steps without a pixel are not kept."""

    __slots__ = ("_kept", "_newest", "size", "steps")

    def __init__(self, size: int, kept: int) -> None:
        self.size = size
        self.steps: dict[int, Tally] = {}
        self._kept = kept
        self._newest = 0

    def add(self, mark: Mark, sign: int) -> None:
        """Put a pixel in, or take it out; nothing happens with one that is too old to be kept."""
        step = mark[0] // self.size
        if step > self._newest:
            self._newest = step
            self._forget()
        elif step <= self._newest - self._kept:
            return
        tally = self.steps.get(step)
        if tally is None:
            tally = self.steps[step] = Tally()
        tally.add(mark, sign)
        if sign < 0 and not tally:
            del self.steps[step]

    def failed(self, step: int) -> int:
        """Return how many pixels failed in a step."""
        tally = self.steps.get(step)
        return 0 if tally is None else tally.failed

    def _forget(self) -> None:
        if len(self.steps) > self._kept:
            oldest = self._newest - self._kept
            for step in [step for step in self.steps if step <= oldest]:
                del self.steps[step]

    def between(self, first: int, last: int) -> Tally:
        """Return the sum of the steps from `first` to before `last`."""
        found = Tally()
        if last - first > len(self.steps):
            for step, tally in self.steps.items():
                if first <= step < last:
                    found.merge(tally)
        else:
            for step in range(first, last):
                if step in self.steps:
                    found.merge(self.steps[step])
        return found


@dataclass(frozen=True, slots=True)
class Usual:
    """The share of a webhook's pixels that usually fails, as so many earlier `days` tell (0: the hours before)."""

    share: float
    days: int

    @property
    def of(self) -> str:
        """Which time it is the share of."""
        if not self.days:
            return "the hours before"
        return f"the same hours of {self.days} {'day' if self.days == 1 else 'days'} before"

    @property
    def certain(self) -> float:
        """The share that is surely usual: hours of the same day may belong to what is going on."""
        return self.share if self.days else min(self.share, _SAME_DAY)


def usual(hours: Iterable[tuple[int, Tally]], now: datetime) -> Usual | None:
    """Return what is usual at this time of the day; None when too little is known.

    It is the median of the earlier days' shares at this hour and its neighbours, so that one bad day changes nothing.
    Where no earlier day is known, it is that of the earlier hours. `hours` are tallies by the hour since 1970.
    """
    from statistics import median  # what it imports would cost the first paint three milliseconds

    present = int(now.timestamp()) // HOUR
    by_day: dict[int, list[int]] = {}
    by_hour: dict[int, list[int]] = {}
    for hour, tally in hours:
        day, off = divmod(present - hour + _NEAR, _DAY)
        if day >= 1 and off <= 2 * _NEAR:
            _add(by_day.setdefault(day, [0, 0]), tally)
        if hour < present - 1:
            _add(by_hour.setdefault(hour, [0, 0]), tally)
    shares = _shares(by_day)
    if shares:
        return Usual(median(shares), len(shares))
    shares = _shares(by_hour)
    return Usual(median(shares), 0) if shares else None


def _add(counted: list[int], tally: Tally) -> None:
    counted[0] += tally.settled
    counted[1] += tally.failed


def _shares(counted: Mapping[int, list[int]]) -> list[float]:
    return [failed / settled for settled, failed in counted.values() if settled >= ENOUGH]
