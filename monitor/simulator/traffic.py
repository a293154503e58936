"""When calls arrive: a Poisson process whose rate follows the hour of the day and an occasional burst.

Thinning: candidates arrive at the highest rate that ever occurs, and each is kept with the probability of the
moment's rate against that highest one. Burst windows are a function of the moment alone (one per 20-minute
slot), so the process can be run backwards from the beginning to lay down a history of an exact number of
calls, and forwards from there.
"""

from collections.abc import Iterator

from monitor.simulator.draws import seeded
from monitor.simulator.stamps import ACCOUNT_OFFSET, HOUR, MINUTE, SECOND

# Share of the mean rate in each hour of the account's day. The mean is 1, and nights never fall below 0.45, so that a
# demonstration at three in the morning still moves.
DAY_CURVE = (
    *(0.45, 0.45, 0.45, 0.45, 0.45, 0.45, 0.45, 0.85, 1.20, 1.40, 1.60, 1.65),
    *(1.60, 1.60, 1.60, 1.60, 1.50, 1.35, 1.20, 1.10, 0.90, 0.75, 0.50, 0.45),
)

BURST_FACTOR = 3.0
_SLOT = 20 * MINUTE
_MEAN_BURST = 2 * MINUTE
_MEAN_FACTOR = 1 + (BURST_FACTOR - 1) * _MEAN_BURST / _SLOT  # bursts come on top of the curve: divided out of the rate
_PEAK_FACTOR = max(DAY_CURVE) * BURST_FACTOR


class Traffic:
    """Arrival moments at `rate` calls per second in the mean over a day."""

    def __init__(self, seed: int, rate: float) -> None:
        if rate <= 0:
            raise ValueError("the rate of calls must be above zero")
        self._seed = seed
        self._peak_per_ms = rate * _PEAK_FACTOR / _MEAN_FACTOR / SECOND
        self._bursts: dict[int, tuple[int, int]] = {}

    def burst_in_slot(self, slot: int) -> tuple[int, int]:
        """The burst of one 20-minute slot: first and last moment, 1-3 minutes apart, starts 15-25 minutes
        apart."""
        window = self._bursts.get(slot)
        if window is None:
            rng = seeded(self._seed, "burst", slot)
            begin = slot * _SLOT + rng.randrange(5 * MINUTE)
            window = self._bursts[slot] = (begin, begin + rng.randrange(MINUTE, 3 * MINUTE))
        return window

    def factor(self, ms: int) -> float:
        """How much busier than the quiet mean this moment is."""
        curve = DAY_CURVE[(ms + ACCOUNT_OFFSET) // HOUR % 24]
        begin, end = self.burst_in_slot(ms // _SLOT)
        return curve * BURST_FACTOR if begin <= ms < end else curve

    def before(self, start: int, count: int) -> list[int]:
        """The last `count` arrivals before `start`, oldest first."""
        arrivals = self._run(start, -1, "history")
        return [next(arrivals) for _ in range(count)][::-1]

    def after(self, start: int) -> Iterator[int]:
        """Every arrival after `start`, without end."""
        return self._run(start, +1, "arrivals")

    def _run(self, start: int, direction: int, purpose: str) -> Iterator[int]:
        rng = seeded(self._seed, purpose)
        moment = float(start + direction)
        while True:
            moment += direction * rng.expovariate(self._peak_per_ms)
            ms = int(moment)
            if rng.random() * _PEAK_FACTOR < self.factor(ms):
                yield ms
