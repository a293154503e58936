"""All calls in the order of `updated_at`, newest first, without sorting them for every request.

Final records never move again: they are a list that only grows at its end. The few live ones are a dict kept
in the order of their last write. Both are sorted, so any slice of the merged order is found by bisection.
"""

from bisect import bisect_left, bisect_right

from monitor.simulator.script import Script


def _settled_at(script: Script) -> int:
    return script.settled


class UpdateOrder:
    """The order of `updated_at`. Writes must be told in the order in which they happen."""

    def __init__(self) -> None:
        self._final: list[Script] = []
        self._live: dict[Script, int] = {}

    def write(self, script: Script, moment: int) -> None:
        """The call was created or changed at that moment and will change again."""
        self._live.pop(script, None)
        self._live[script] = moment

    def settle(self, script: Script) -> None:
        """The call had its last write."""
        del self._live[script]
        self._final.append(script)

    def newest_first(self, offset: int, limit: int) -> list[Script]:
        """The slice of the merged order; of two writes at the same moment the live call comes first."""
        final = self._final
        live = list(self._live.items())[::-1]

        def rank(place: int) -> int:
            newer = len(final) - bisect_right(final, live[place][1], key=_settled_at)
            return place + newer

        first = bisect_left(range(len(live)), offset, key=rank)
        behind = max(
            0, len(final) - (offset - first)
        )  # where the slice begins among the final ones, counted from the oldest
        rows: list[Script] = []
        for script, written in live[first:]:
            while len(rows) < limit and behind and final[behind - 1].settled > written:
                behind -= 1
                rows.append(final[behind])
            if len(rows) >= limit:
                return rows
            rows.append(script)
        oldest = max(0, behind - (limit - len(rows)))
        return rows + final[oldest:behind][::-1]
