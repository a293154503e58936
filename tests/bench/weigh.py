"""What calls weigh and how fast they are read: the road from the wire's bytes to the ledger, without a screen.

Run as a module with a number of calls. Another process makes their JSON, so that only what is held is weighed.
Prints one line of JSON.
"""

from __future__ import annotations

import gc
import json
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path
from statistics import median

from monitor.insight.call_columns import CALL_COLUMNS
from monitor.insight.columns import Context
from monitor.insight.view import SortedView
from monitor.ledger import Ledger
from monitor.model import wire
from monitor.model.batch import Batch
from monitor.model.call import Call
from tests.bench.calls import PAGE

_TIMED = 40
"""Pages of which the reading is timed, all in memory before."""
_READINGS = 3
_PIPE_FULL = 0.5
"""Seconds after which the maker of pages stands still, because nobody takes the next one."""
_SORTS = 3
_SORTED_BY = ("start", "state", "target", "revenue")


def resident() -> int:
    """Return the bytes of memory that this process has in use."""
    gc.collect()
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * resource.getpagesize()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


class Pauses:
    """Remembers the longest pause of the garbage collector while it is switched on."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._began = 0.0

    def __call__(self, phase: str, _info: dict[str, int]) -> None:
        """Note that a collection starts or stops."""
        now = time.perf_counter()
        if phase == "start":
            self._began = now
        else:
            self.longest = max(self.longest, now - self._began)


def weigh(calls: int) -> dict[str, float]:
    """Read `calls` calls into a ledger and a sorted view; return seconds and bytes per call, and what sorting costs."""
    ledger, reader, pauses = Ledger(), wire.calls(), Pauses()
    empty = resident()
    gc.freeze()  # as the application does once it is up
    command = [sys.executable, "-m", "tests.bench.calls", str(calls)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as maker:
        assert maker.stdout is not None
        some = list(islice(maker.stdout, _TIMED))
        time.sleep(_PIPE_FULL)
        found = _timed(some)
        gc.callbacks.append(pauses)
        for page in chain(some, maker.stdout):
            ledger.apply(Batch(calls=reader.many(json.loads(page)).records))
        gc.callbacks.remove(pauses)
        del some, page
    ledger.apply(Batch(complete=True))
    held = resident()
    view: SortedView[Call] = SortedView(lambda call: call.uuid, lambda call: call.began, descending=True)
    view.update(ledger.calls.values())
    shown = resident()
    found |= {"per_call": (held - empty) / calls, "per_row": (shown - held) / calls, "pause": pauses.longest}
    return found | {f"sort {name}": _sort(view, ledger, name) for name in _SORTED_BY}


def _timed(pages: Sequence[bytes]) -> dict[str, float]:
    """Return the seconds per call of each step of the road, in the median of pages read several times."""
    spent: dict[str, list[float]] = {"json": [], "models": [], "ledger": []}
    for _ in range(_READINGS):
        ledger, reader = Ledger(), wire.calls()
        for page in pages:
            began = time.process_time()
            answer = json.loads(page)
            read = time.process_time()
            records = reader.many(answer).records
            modelled = time.process_time()
            ledger.apply(Batch(calls=records))
            applied = time.process_time()
            for name, seconds in (("json", read - began), ("models", modelled - read), ("ledger", applied - modelled)):
                spent[name].append(seconds / PAGE)
    return {name: median(each) for name, each in spent.items()}


def _sort(view: SortedView[Call], ledger: Ledger, name: str) -> float:
    """Return the seconds that ordering by the column `name` takes, coming from another order."""
    context = Context(datetime.now(UTC), ledger)
    column = next(each for each in CALL_COLUMNS if each.id == name)
    caller = next(each for each in CALL_COLUMNS if each.id == "caller")
    seconds = []
    for _ in range(_SORTS):
        view.sort(lambda call: caller.sort(call, context), descending=False)
        began = time.process_time()
        view.sort(lambda call: column.sort(call, context), descending=column.descending)
        seconds.append(time.process_time() - began)
    return median(seconds)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(weigh(int(sys.argv[1]))) + "\n")
