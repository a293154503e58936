"""Calls as JSON text. A record that will never change again is printed once and kept for a while: pollers ask
for the same newest hundred again and again."""

import json
from itertools import islice

from monitor.simulator.pixels import calm_from
from monitor.simulator.script import Script
from monitor.simulator.troubles import Troubles
from monitor.simulator.wire import Shape

_KEPT = 2_000  # about 4 KB each


def to_json(value: object) -> str:
    """JSON without spaces."""
    return json.dumps(value, separators=(",", ":"))


class Rows:
    """Prints calls in their envelope, `{"call":{…}}`."""

    def __init__(self, troubles: Troubles) -> None:
        self._troubles = troubles
        self._kept: dict[tuple[Shape, Script], str] = {}

    def text(self, script: Script, now: int, shape: Shape) -> str:
        """The call as it stands at that moment."""
        kept = self._kept.get((shape, script))
        if kept is not None:
            return kept
        text = to_json({"call": shape(script, now, self._troubles)})
        if now >= script.settled and now >= calm_from(script, self._troubles):
            if len(self._kept) >= _KEPT:
                for oldest in list(islice(self._kept, _KEPT // 10)):
                    del self._kept[oldest]
            self._kept[shape, script] = text
        return text
