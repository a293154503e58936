"""When a webhook's receiver is in trouble, and what a pixel then shows.

The API names no failure: a fired pixel has no response code and only the statuses new and fired (API
reference: fired pixels). So a receiver that is down shows as pixels that stay new for ever, one that is slow or
late as a long time between `created_at` and `fired_at`, in whichever order they are.
"""

from collections.abc import Iterator

from monitor.simulator.cast import CALL_LOG, HAND_OVER, ROBODIAL, Trouble, Webhook
from monitor.simulator.draws import seeded
from monitor.simulator.stamps import HOUR, MINUTE, SECOND

Window = tuple[int, int]
"""Two moments; the second lies behind the window."""

DELAYS: dict[Trouble | None, Window] = {"slow": (12 * SECOND, 25 * SECOND), "late": (45 * SECOND, 90 * SECOND)}
"""How long a request takes at such a receiver, from and to."""

# In each block of this length one window, of a length from and to.
_PLAN: dict[Trouble, tuple[int, int, int]] = {
    "down": (6 * HOUR, 6 * MINUTE, 12 * MINUTE),
    "slow": (4 * HOUR, 5 * MINUTE, 10 * MINUTE),
    "late": (3 * HOUR, 4 * MINUTE, 9 * MINUTE),
}
_BEFORE, _AFTER = 45 * MINUTE, 30 * MINUTE


class Troubles:
    """A few windows a day for each webhook that has its troubles. Around `start` there are only those that every
    demonstration gets to see (`shown`), so that nothing else blurs them: an outage that has begun and will
    be over soon, one that is over, and a receiver that is slow just then."""

    def __init__(self, seed: int, start: int) -> None:
        self._seed = seed
        self._around_start = (start - _BEFORE, start + _AFTER)
        self._blocks: dict[tuple[Webhook, int], Window] = {}
        rng = seeded(seed, "shown")
        over = start - rng.randrange(15 * MINUTE, 30 * MINUTE)
        self.shown: dict[Webhook, Window] = {
            CALL_LOG: (start - rng.randrange(3 * MINUTE, 5 * MINUTE), start + rng.randrange(4 * MINUTE, 7 * MINUTE)),
            HAND_OVER: (over, over + rng.randrange(6 * MINUTE, 12 * MINUTE)),
            ROBODIAL: (start - rng.randrange(2 * MINUTE, 5 * MINUTE), start + rng.randrange(3 * MINUTE, 6 * MINUTE)),
        }

    def at(self, webhook: Webhook, ms: int) -> Trouble | None:
        """What is wrong at that moment; none when all is well."""
        if webhook.trouble is None or not any(self.windows(webhook, ms, ms)):
            return None
        return webhook.trouble

    def windows(self, webhook: Webhook, first: int, last: int) -> Iterator[Window]:
        """The windows of trouble that contain a moment from `first` to `last`, both included."""
        if webhook.trouble is None:
            return
        block = _PLAN[webhook.trouble][0]
        places = range(first // block, last // block + 1)
        candidates = [self._in_block(webhook, webhook.trouble, place) for place in places]
        candidates = [window for window in candidates if not _meet(window, self._around_start)]
        if webhook in self.shown:
            candidates.append(self.shown[webhook])
        yield from (window for window in candidates if _meet(window, (first, last + 1)))

    def _in_block(self, webhook: Webhook, trouble: Trouble, place: int) -> Window:
        window = self._blocks.get((webhook, place))
        if window is None:
            block, shortest, longest = _PLAN[trouble]
            rng = seeded(self._seed, trouble, webhook.name, place)
            begin = block * place + rng.randrange(block - longest)
            window = self._blocks[webhook, place] = (begin, begin + rng.randrange(shortest, longest))
        return window


def _meet(one: Window, other: Window) -> bool:
    return one[0] < other[1] and other[0] < one[1]
