"""What was read is told twice: to the store, which keeps it, and to the screen, which shows it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from monitor.model.batch import Batch
from monitor.model.health import Health
from monitor.store.protocol import StoredCall, StoredTarget

if TYPE_CHECKING:
    from monitor.feed.mailbox import Mailbox
    from monitor.model.feed_state import FeedState
    from monitor.model.target import Target
    from monitor.model.wire import Raw, Rejected
    from monitor.store.protocol import Store, Written

log = logging.getLogger(__name__)

CHUNK = 500
"""Calls of the history that are told at once: between two chunks there is time for the account."""
_REJECTED_KEPT = 10_000
_SKEW_NOTED = 2.0
"""Seconds by which the server's clock must differ before ages follow it: its stamp of an answer is in whole seconds."""


class Teller:
    """Passes news on. `health` is what was told last of how the feed is doing; `seq` the newest that the store has."""

    def __init__(self, store: Store, mailbox: Mailbox, wall: Callable[[], datetime], interval: float) -> None:
        self.store = store
        self.wall = wall
        self.health = Health(interval=interval)
        self.seq = 0
        self.recalled = False
        """Whether all that is to be shown of the history has been told."""
        self._mailbox = mailbox
        self._rejected: set[tuple[str, str | None]] = set()
        """Records and fields that could not be understood, each counted and logged once."""

    def account_time(self) -> datetime:
        """Return the account's clock as well as it is known."""
        return self.wall() + timedelta(seconds=self.health.skew)

    # From the account

    def keep(self, written: Written) -> None:
        """Pass on what an answer brought."""
        seq = self.store.write(written)
        self.seq = self.seq if seq is None else seq
        calls = tuple(call for call, _ in written.calls)
        if calls or written.gone:
            self._mailbox.put(Batch(calls=calls, gone=written.gone, date=written.at))

    def show(self, **news: Any) -> None:
        """Pass on to the screen alone."""
        self._mailbox.put(Batch(**news))

    def targets(self, targets: tuple[Target, ...], written: Written) -> None:
        """Pass on all targets, and what one answer brought of them."""
        self.store.write(written)
        self._mailbox.put(Batch(targets=targets))

    def dated(self, date: datetime, latency: float) -> None:
        """Note how far the server's clock is ahead of this machine's: ages of calls are told by the server's."""
        ahead = (date - self.wall()).total_seconds() + latency / 2 + 0.5
        if abs(ahead - self.health.skew) >= _SKEW_NOTED:
            self.health = replace(self.health, skew=ahead if abs(ahead) >= _SKEW_NOTED else 0.0)

    def rejected(self, rejected: Iterable[Rejected]) -> None:
        """Note what could not be understood."""
        for each in rejected:
            if (each.record, each.field) not in self._rejected and len(self._rejected) < _REJECTED_KEPT:
                self._rejected.add((each.record, each.field))
                log.warning("unreadable: %s %s: %s", each.record, each.field or "", each.reason)
        self.health = replace(self.health, rejected=len(self._rejected))

    def health_is(self, state: FeedState, **news: Any) -> None:
        """Tell how the feed is doing, and that it has come as far as `state`."""
        self.health = replace(self.health, gaps=state.gaps, troubles=self.store.troubles, **news)
        complete = self.recalled and not state.gaps and self.health.fresh_at is not None
        self._mailbox.put(Batch(health=self.health, complete=complete))

    # From the store

    def recall(self, since: datetime, most: int) -> Iterator[None]:
        """Tell the history: targets, and calls that began at or after `since`, newest first, `most` at most.

        Pauses after each chunk, so that the account is not kept waiting.
        """
        from monitor.model import wire

        targets = self.store.targets()
        parsed = wire.targets().many([target.raw for target in targets])
        self.seq = max([self.seq, *(target.seq for target in targets)])
        if parsed.records:
            self._mailbox.put(Batch(targets=parsed.records))
        calls = islice(self.store.calls(since), most)
        while chunk := list(islice(calls, CHUNK)):
            self._tell(chunk)
            yield

    def changes(self, targets: dict[int, Target]) -> bool:
        """Tell what another process has written; `targets` are those known, and are brought up to date.

        Returns whether there may be more.
        """
        from monitor.model import wire

        rows = self.store.since(self.seq, CHUNK)
        calls = [row for row in rows if isinstance(row, StoredCall)]
        changed = [row for row in rows if isinstance(row, StoredTarget)]
        if calls:
            self._tell(calls)
        if changed:
            parsed = wire.targets().many([row.raw for row in changed])
            targets.update({target.id: target for target in parsed.records})
            self._mailbox.put(Batch(targets=tuple(targets.values())))
        self.seq = max([self.seq, *(row.seq for row in rows)])
        return len(rows) == CHUNK

    def answer(self, uuid: str) -> Raw | None:
        """Tell the answer that the store keeps of one call; return it."""
        found = self.store.answer(uuid)
        if found is None:
            return None
        self._mailbox.put(Batch(answers={uuid: found.raw}))
        return found.raw

    def _tell(self, stored: list[StoredCall]) -> None:
        from monitor.model import wire

        parsed = wire.calls().many([each.raw for each in stored])
        self._mailbox.put(Batch(calls=parsed.records, date=self.account_time()))
        for each in stored:
            if each.gone:
                self._mailbox.put(Batch(gone=(each.uuid,), date=each.at))
        self.seq = max([self.seq, *(each.seq for each in stored)])
