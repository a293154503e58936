"""Which of the calls held leave first when there are too many of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monitor.model.call import Call

Age = tuple[datetime, str]
"""The order by age: when a call began, and its uuid, so that the order is total."""

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def age_of(call: Call) -> Age:
    """Return where `call` stands in the order by age; one that is not known to have begun is the oldest."""
    return (call.began or _LONG_AGO, call.uuid)


class Departures:
    """The calls that may leave, the oldest first.

    Nobody stands in line until somebody has to leave. Places are not given back: a call that may not leave after all,
    or began at another time, is passed over when its turn comes, so a change costs the logarithm of the line's length.
    """

    def __init__(self) -> None:
        self._line: list[Age] | None = None

    def put(self, call: Call) -> None:
        """Let `call` stand in line from now on."""
        if self._line is not None:
            heappush(self._line, age_of(call))

    def take(self, held: dict[str, Call], may_leave: Callable[[Call], bool], most: int) -> Iterator[Call]:
        """Yield the oldest of the calls `held` that may leave as long as more than `most` are held.

        Whoever takes them must let each go before the next one.
        """
        if len(held) <= most:
            return
        line = self._line
        if line is None or len(line) > 2 * len(held):
            line = self._line = _in_line(call for call in held.values() if may_leave(call))
        while line and len(held) > most:
            age = heappop(line)
            call = held.get(age[1])
            if call is not None and may_leave(call) and age_of(call) == age:
                yield call


def _in_line(calls: Iterable[Call]) -> list[Age]:
    line = [age_of(call) for call in calls]
    heapify(line)
    return line
