"""When a webhook's receiver is down: every pixel created for it in such a window stays "new" for ever.

The API names no failure: a fired pixel has no response code and only the statuses new and fired (API
reference: fired pixels), so an outage shows as a row of pixels that never leave "new".
"""

from monitor.simulator.cast import FLAKY_WEBHOOKS, Webhook
from monitor.simulator.draws import seeded
from monitor.simulator.stamps import HOUR, MINUTE, SECOND

_BLOCK = 6 * HOUR
_LONGEST = 12 * MINUTE


class Outages:
    """Four windows of 6-12 minutes a day for each flaky webhook, and two that every demonstration gets to
    see: one that begins 20-40 s after `start`, one that lies within the last half hour before it."""

    def __init__(self, seed: int, start: int) -> None:
        self._seed = seed
        self._blocks: dict[tuple[str, int], tuple[int, int]] = {}
        rng = seeded(seed, "outages")
        soon = start + rng.randrange(20 * SECOND, 40 * SECOND)
        recent = start - rng.randrange(15 * MINUTE, 30 * MINUTE)
        first, second = FLAKY_WEBHOOKS
        self.shown = {
            first: (soon, soon + rng.randrange(6 * MINUTE, _LONGEST)),
            second: (recent, recent + rng.randrange(6 * MINUTE, _LONGEST)),
        }

    def is_down(self, webhook: Webhook, ms: int) -> bool:
        """Whether what is sent to this webhook at that moment is lost."""
        shown = self.shown.get(webhook)
        if shown is None:
            return False
        return any(begin <= ms < end for begin, end in (shown, self._in_block(webhook, ms // _BLOCK)))

    def _in_block(self, webhook: Webhook, block: int) -> tuple[int, int]:
        key = (webhook.name, block)
        window = self._blocks.get(key)
        if window is None:
            rng = seeded(self._seed, "outage", *key)
            begin = block * _BLOCK + rng.randrange(_BLOCK - _LONGEST)
            window = self._blocks[key] = (begin, begin + rng.randrange(6 * MINUTE, _LONGEST))
        return window
