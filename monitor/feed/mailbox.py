"""The hand-over from the collector's thread to the screen: one pending batch, into which later news is folded."""

from __future__ import annotations

import threading
from collections.abc import Callable

from monitor.model.batch import Batch
from monitor.model.call import Call


class Mailbox:
    """Holds what has not been drawn yet. A stalled screen costs one version of each changed call, never a queue."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pending: Batch | None = None
        self._poke: Callable[[], None] = lambda: None

    def subscribe(self, poke: Callable[[], None]) -> None:
        """Call `poke` (from the collector's thread) whenever there is something to take."""
        with self._lock:
            self._poke = poke

    def put(self, batch: Batch) -> None:
        """Add `batch` to what is pending."""
        with self._lock:
            self._pending = batch if self._pending is None else fold(self._pending, batch)
            poke = self._poke
        poke()

    @property
    def past_waits(self) -> bool:
        """Whether calls of the past have not been taken yet."""
        with self._lock:
            return self._pending is not None and bool(self._pending.past)

    def take(self) -> Batch | None:
        """Return what is pending, if anything, and leave nothing."""
        with self._lock:
            batch, self._pending = self._pending, None
        return batch


def fold(first: Batch, then: Batch) -> Batch:
    """Return one batch that has the effect of `first` and `then` on a ledger."""
    if then.anew:
        return then
    horizon = then.horizon or first.horizon
    back = {call.uuid for call in then.calls}
    calls: dict[str, Call] = {}
    for call in (*first.calls, *then.calls):
        known = calls.get(call.uuid)
        if known is None or not call.older_than(known, horizon):
            calls[call.uuid] = call
    return Batch(
        calls=tuple(calls.values()),
        targets=first.targets if then.targets is None else then.targets,
        company=then.company or first.company,
        answers={**first.answers, **then.answers},
        health=then.health or first.health,
        date=then.date or first.date,
        complete=first.complete or then.complete,
        gone=(*(uuid for uuid in first.gone if uuid not in back), *then.gone),
        anew=first.anew,
        campaigns=first.campaigns if then.campaigns is None else then.campaigns,
        looked={**first.looked, **then.looked},
        past=(*first.past, *then.past),
    )
