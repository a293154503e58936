"""Which buyer gets a call: best priority first, by weight among equals, and never above a cap.

A talk is booked when the call is born, for the whole span that it will occupy. A capped resource (a target or
a group) accepts a span only while fewer booked spans than its cap touch it, so its cap holds at every
instant.
"""

import random
from collections import defaultdict
from heapq import heappop, heappush

from monitor.simulator.cast import TARGETS, ZONE_HOURS, Campaign, Offer, Target, TargetGroup
from monitor.simulator.stamps import DAY, HOUR


class _Line:
    """The booked spans of one capped resource that are not over yet."""

    __slots__ = ("_cap", "_spans")

    def __init__(self, cap: int) -> None:
        self._cap = cap
        self._spans: list[tuple[int, int]] = []  # a heap by end

    def is_free(self, now: int, begin: int, end: int) -> bool:
        spans = self._spans
        while spans and spans[0][0] <= now:
            heappop(spans)
        return sum(begin < other_end and other_begin < end for other_end, other_begin in spans) < self._cap

    def book(self, begin: int, end: int) -> None:
        heappush(self._spans, (end, begin))


class Switchboard:
    """The bookings of the whole account."""

    def __init__(self) -> None:
        lines: dict[Target | TargetGroup, _Line] = {}
        self._lines: dict[Target, tuple[_Line, ...]] = {}
        for target in TARGETS:
            resources: tuple[Target | TargetGroup, ...] = (target, *target.groups)
            self._lines[target] = tuple(
                lines.setdefault(resource, _Line(resource.concurrency_cap))
                for resource in resources
                if resource.concurrency_cap is not None
            )
        self._filled_today: defaultdict[tuple[int, int], int] = defaultdict(int)

    def route(self, rng: random.Random, campaign: Campaign, now: int, begin: int, end: int) -> Offer | None:
        """The offer of the buyer who takes the call from `begin` to `end`, without booking it; none when all
        are full."""
        free = [offer for offer in campaign.offers if self._is_free(offer.target, now, begin, end)]
        if not free:
            return None
        best = min(offer.target.priority for offer in free)
        chance = rng.random() * sum(offer.target.weight for offer in free if offer.target.priority == best)
        for offer in free:
            if offer.target.priority == best:
                chance -= offer.target.weight
                if chance < 0:
                    break
        return offer

    def book(self, target: Target, begin: int, end: int) -> None:
        """Hold the target and its groups for that span."""
        for line in self._lines[target]:
            line.book(begin, end)
        self._filled_today[target.id, local_day(target, begin)] += 1

    def _is_free(self, target: Target, now: int, begin: int, end: int) -> bool:
        if target.paused:
            return False
        filled = self._filled_today.get((target.id, local_day(target, begin)), 0)
        if target.daily_cap is not None and filled >= target.daily_cap:
            return False
        return all(line.is_free(now, begin, end) for line in self._lines[target])


def local_day(target: Target, ms: int) -> int:
    """The number of the day in the buyer's own zone, by which its daily cap is counted."""
    return (ms + ZONE_HOURS[target.time_zone] * HOUR) // DAY
