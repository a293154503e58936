"""The simulated account at a moment: arrivals become scripts, scripts become writes, and the moment only
moves forward."""

from array import array
from datetime import datetime
from heapq import heappop, heappush
from itertools import chain

from monitor.simulator.cast import TARGETS, Target, TargetGroup
from monitor.simulator.order import UpdateOrder
from monitor.simulator.script import Script, Stage
from monitor.simulator.stamps import to_ms
from monitor.simulator.traffic import Traffic
from monitor.simulator.troubles import Troubles
from monitor.simulator.writer import ScriptWriter


class World:
    """An account with `history` calls before `start` (aware) and `rate` new calls a second, in the mean of a
    day, after it.

    What it holds at a moment depends on the arguments and that moment only, not on how often `advance` was
    called.
    """

    def __init__(self, *, seed: int = 1, start: datetime, rate: float = 0.2, history: int = 1500) -> None:
        if history < 0:
            raise ValueError("the history cannot be shorter than nothing")
        beginning = to_ms(start)
        traffic = Traffic(seed, rate)
        past = traffic.before(beginning, history)
        self._arrivals = chain(past, traffic.after(beginning))
        self._next_arrival = next(self._arrivals)
        self._writer = ScriptWriter(seed)
        self._writes: list[tuple[int, int, Script, Stage]] = []  # a heap of the next write of every live call
        self._by_uuid: dict[int, Script] = {}
        self._talking = dict.fromkeys(TARGETS, 0)
        self._connections = {target: array("q") for target in TARGETS}
        self.troubles = Troubles(seed, beginning)
        self.calls: list[Script] = []
        """Every call born so far, in the order of creation."""
        self.updates = UpdateOrder()
        self.now = min(past[0], beginning) if past else beginning
        """The moment shown, in milliseconds."""
        self.advance(start)

    def advance(self, now: datetime) -> None:
        """Let everything happen up to `now` (aware). A moment in the past changes nothing."""
        self.now = max(self.now, to_ms(now))
        while self._next_arrival <= self.now:
            self._write_until(self._next_arrival)
            self._bear(self._next_arrival)
            self._next_arrival = next(self._arrivals)
        self._write_until(self.now)

    def find(self, uuid: int) -> Script | None:
        """The call with that uuid, if it has been born."""
        return self._by_uuid.get(uuid)

    def talking(self, target: Target) -> int:
        """How many calls the target has in progress."""
        return self._talking[target]

    def talking_in(self, group: TargetGroup) -> int:
        """How many calls the members of the group have in progress."""
        return sum(count for target, count in self._talking.items() if group in target.groups)

    def connections(self, target: Target) -> "array[int]":
        """The moments at which calls were connected to the target, oldest first."""
        return self._connections[target]

    def _bear(self, created: int) -> None:
        script = self._writer.write(len(self.calls), created)
        self.calls.append(script)
        self._by_uuid[script.uuid] = script
        self._write(script, Stage.RINGING, created)

    def _write_until(self, moment: int) -> None:
        writes = self._writes
        while writes and writes[0][0] <= moment:
            at, _, script, stage = heappop(writes)
            self._write(script, stage, at)

    def _write(self, script: Script, stage: Stage, at: int) -> None:
        following = script.following(stage)
        if following is None:
            self.updates.settle(script)
            return
        self.updates.write(script, at)
        heappush(self._writes, (script.updated(following), script.index, script, following))
        if script.offer is not None and stage is not Stage.RINGING:
            target = script.offer.target
            if stage is Stage.TALKING:
                self._talking[target] += 1
                self._connections[target].append(at)
            else:
                self._talking[target] -= 1
