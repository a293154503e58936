"""The clock of a replay, as pure logic: it is told how late it is on a clock that never jumps, and owns none itself."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.model.position import SPEEDS


class Playhead:
    """A place in the past between `start` and `end` that moves on by itself while it plays.

    It stops at the end. While it is `held` it stands wherever it is, playing or not: nobody could look at that yet.
    All `at` are seconds of a clock that never jumps.
    """

    def __init__(self, start: datetime, end: datetime, speed: float) -> None:
        self.start = start
        self.end = end
        self.speed = speed
        self.playing = False
        self.held = False
        self._moment = start
        self._since = 0.0

    def now(self, at: float) -> datetime:
        """Return the moment it is at."""
        if not self.playing or self.held:
            return self._moment
        gone = timedelta(seconds=max(0.0, at - self._since) * self.speed)
        return self._moment + min(gone, self.end - self._moment)

    def seconds_until(self, moment: datetime, at: float) -> float:
        """Return after how many seconds it is at `moment`, if it goes on playing as it does."""
        return max(0.0, (moment - self.now(at)).total_seconds()) / self.speed

    def put(self, moment: datetime, at: float) -> None:
        """Put it at `moment`, or at the end that is nearer."""
        self._moment = max(self.start, min(moment, self.end))
        self._since = at

    def hold(self, held: bool, at: float) -> None:
        """Hold it, or let it go on from where it was held."""
        self.put(self.now(at), at)
        self.held = held

    def play(self, playing: bool, at: float) -> None:
        """Let it move on, or stand."""
        self.put(self.now(at), at)
        self.playing = playing

    def shift(self, gears: int, at: float) -> None:
        """Play so many of SPEEDS faster, or slower."""
        self.put(self.now(at), at)
        if gears > 0:
            faster = [speed for speed in SPEEDS if speed > self.speed]
            self.speed = faster[min(gears, len(faster)) - 1] if faster else self.speed
        elif gears < 0:
            slower = [speed for speed in reversed(SPEEDS) if speed < self.speed]
            self.speed = slower[min(-gears, len(slower)) - 1] if slower else self.speed
