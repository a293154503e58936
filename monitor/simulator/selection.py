"""What a list of calls can be asked for (API reference: list parameters), and the answer as scripts."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from monitor.simulator.callers import caller_number
from monitor.simulator.detail import sub_id
from monitor.simulator.script import Script, Stage
from monitor.simulator.world import World


@dataclass(frozen=True, slots=True)
class Selection:
    """A request for calls. Bounds are milliseconds and both inclusive; absent filters are none.

    There is no filter by status and none by `updated_at`: the latter appears in integrations but is not
    documented, so a client has to check for itself what it gets, and here it always gets everything.
    """

    created_from: int | None = None
    created_to: int | None = None
    by_update: bool = False
    ascending: bool = False
    caller: str | None = None
    afid: str | None = None
    cid: str | None = None
    tid: str | None = None
    sid: str | None = None

    def page(self, world: World, offset: int, limit: int) -> tuple[list[Script], int]:
        """One slice of the answer and the length of the whole."""
        calls, low, high = world.calls, 0, len(world.calls)
        if self.created_from is not None:
            low = bisect_left(calls, self.created_from, key=lambda script: script.created)
        if self.created_to is not None:
            high = bisect_right(calls, self.created_to, key=lambda script: script.created)
        if not self._filters() and (not self.by_update or high - low == len(calls)):
            return self._slice(world, low, max(low, high), offset, limit)
        if self.by_update:  # newest first whatever `order` says, as documented
            calls = [script for script in world.updates.newest_first(0, len(calls)) if low <= script.index < high]
        else:
            calls = calls[low:high] if self.ascending else calls[low:high][::-1]
        chosen = list(self._matching(calls, world.now)) if self._filters() else calls
        return chosen[offset : offset + limit], len(chosen)

    def _slice(self, world: World, low: int, high: int, offset: int, limit: int) -> tuple[list[Script], int]:
        """The page of an unfiltered selection, cut out without a look at the other rows."""
        total = high - low
        first, last = min(offset, total), min(offset + limit, total)
        if self.by_update:
            return world.updates.newest_first(first, last - first), total
        if self.ascending:
            return world.calls[low + first : low + last], total
        return world.calls[high - last : high - first][::-1], total

    def _filters(self) -> bool:
        return any(value is not None for value in (self.caller, self.afid, self.cid, self.tid, self.sid))

    def _matching(self, calls: list[Script], now: int) -> Iterator[Script]:
        for script in calls:
            affiliate, offer = script.number.affiliate, script.offer
            if self.cid is not None and script.number.campaign.cid != self.cid:
                continue
            if self.afid is not None and (affiliate is None or affiliate.afid != self.afid):
                continue
            if self.tid is not None and (offer is None or offer.target.tid != self.tid):
                continue
            if self.tid is not None and script.stage(now) is Stage.RINGING:
                continue
            if self.sid is not None and sub_id(script) != self.sid:
                continue
            if self.caller is not None and caller_number(script.caller) != self.caller:
                continue
            yield script
