"""What was read is told twice: to the store, which keeps it, and to the screen, which shows it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from monitor.feed.pending import Pending
from monitor.model.batch import PLAUSIBLE, Batch
from monitor.model.health import Health
from monitor.store.protocol import StoredCall, StoredCampaign, StoredTarget

if TYPE_CHECKING:
    from monitor.feed.mailbox import Mailbox
    from monitor.feed.past import Past
    from monitor.model.call import Call
    from monitor.model.campaign import Campaign
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

    def __init__(
        self, store: Store, mailbox: Mailbox, past: Past, wall: Callable[[], datetime], interval: float
    ) -> None:
        self.store = store
        self.wall = wall
        self.health = Health(interval=interval)
        self.seq = 0
        self.reached: datetime | None = None
        """How far back the history has been told, while more of it is still to be."""
        self.recalled = False
        """Whether all that is to be shown of the history has been told."""
        self._mailbox = mailbox
        self._targets: dict[int, Target] = {}
        """The targets as they were told last."""
        self._campaigns: dict[str, Campaign] = {}
        """The campaigns as they were told last, by their keys."""
        self.pending = Pending()
        """The calls told that wait for a pixel."""
        self._past = past
        self._rejected: set[tuple[str, str | None]] = set()
        """Records and fields that could not be understood, each counted and logged once."""

    @property
    def known_targets(self) -> tuple[Target, ...]:
        """The targets that were told last."""
        return tuple(self._targets.values())

    @property
    def known_campaigns(self) -> tuple[Campaign, ...]:
        """The campaigns that were told last."""
        return tuple(self._campaigns.values())

    def account_time(self) -> datetime:
        """Return the account's clock as well as it is known."""
        return self.wall() + timedelta(seconds=self.health.skew)

    # From the account

    def keep(self, written: Written) -> None:
        """Pass on what an answer brought."""
        seq = self.store.write(written)
        self.seq = self.seq if seq is None else seq
        for call, _ in written.calls:
            self.pending.note(call, written.at, written.horizon)
        for uuid in written.gone:
            self.pending.forget(uuid)
        calls = self._past.shown((call for call, _ in written.calls), self.health.since)
        if calls or written.gone:
            self._mailbox.put(Batch(calls=calls, gone=written.gone, date=written.at))

    def show(self, **news: Any) -> None:
        """Pass on to the screen alone."""
        self._mailbox.put(Batch(**news))

    def targets(self, targets: tuple[Target, ...], written: Written) -> None:
        """Pass on all targets, and what one answer brought of them."""
        self.store.write(written)
        self._targets = {target.id: target for target in targets}
        self._mailbox.put(Batch(targets=targets))

    def campaigns(self, campaigns: tuple[Campaign, ...], written: Written) -> None:
        """Pass on all campaigns, and what one answer brought of them."""
        self.store.write(written)
        self._campaigns = {campaign.key: campaign for campaign in campaigns if campaign.key}
        self._mailbox.put(Batch(campaigns=self.known_campaigns))

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
        self._mailbox.put(Batch(health=self._told(), complete=complete))

    def _told(self) -> Health:
        """Return the health as it is to be told: until all of the history is, calls are known from where it reached."""
        since = self.health.since
        if self.reached is None or since is None:
            return self.health
        return replace(self.health, since=max(since, self.reached))

    # From the store

    def recall(self, since: datetime, most: int) -> Iterator[None]:
        """Tell the history: targets, campaigns, and calls that began at or after `since`, newest first, `most` at most.

        Pauses after each chunk, so that the account is not kept waiting.
        """

        # Read first: what another process changes while this goes on comes after it, wherever it stands.
        self.seq = self.store.newest() or 0
        self._tell_lists()
        calls = islice(self.store.calls(since), most)
        while chunk := list(islice(calls, CHUNK)):
            began = [call.began for call in self._tell(chunk) if call.began is not None]
            self.reached = max(since, min(began, default=since))
            self._mailbox.put(Batch(health=self._told()))
            yield
        self.reached = None

    async def catch_up(self) -> None:
        """Tell all that another process has written. Whoever waits gets a turn after each chunk."""
        newest = self.store.newest()
        if newest is not None and newest < self.seq:
            self.seq = 0  # another history lies there now, and none of it has been told
            self._tell_lists()
        more = True
        while more:
            more = self._changes()
            await asyncio.sleep(0)

    def _changes(self) -> bool:
        """Tell some of what another process has written; return whether there may be more."""
        rows = self.store.since(self.seq, CHUNK)
        self._tell_targets([row for row in rows if isinstance(row, StoredTarget)])
        self._tell_campaigns([row for row in rows if isinstance(row, StoredCampaign)])
        calls = [row for row in rows if isinstance(row, StoredCall)]
        if calls:
            self._tell(calls)
        self.seq = max([self.seq, *(row.seq for row in rows)])
        return len(rows) == CHUNK

    def answer(self, uuid: str) -> Raw | None:
        """Tell the answer that the store keeps of one call; return it."""
        found = self.store.answer(uuid)
        if found is None:
            return None
        self._mailbox.put(Batch(answers={uuid: found.raw}))
        return found.raw

    def tell_past(self) -> bool:
        """Tell some of what the store holds from before what is shown; return whether there is more to be told."""
        return self.recalled and self._past.tell(self.store, self.account_time(), self.health.since)

    def _tell(self, stored: list[StoredCall]) -> tuple[Call, ...]:
        from monitor.model import wire

        now = self.account_time()
        since = {each.uuid: each.at for each in stored}
        calls = wire.calls().many([each.raw for each in stored]).records
        for call in calls:
            self.pending.note(call, min(now, since.get(call.uuid, now)), now + PLAUSIBLE)
        self._mailbox.put(Batch(calls=self._past.shown(calls, self.health.since), date=now))
        for each in stored:
            if each.gone:
                self.pending.forget(each.uuid)
                self._mailbox.put(Batch(gone=(each.uuid,), date=each.at))
        return calls

    def _tell_lists(self) -> None:
        self._tell_targets(self.store.targets())
        self._tell_campaigns(self.store.campaigns())

    def _tell_targets(self, stored: Sequence[StoredTarget]) -> None:
        from monitor.model import wire

        if stored:
            parsed = wire.targets().many([each.raw for each in stored])
            self._targets.update({target.id: target for target in parsed.records})
            self._mailbox.put(Batch(targets=tuple(self._targets.values())))

    def _tell_campaigns(self, stored: Sequence[StoredCampaign]) -> None:
        from monitor.model import wire

        if stored:
            parsed = wire.campaigns().many([each.raw for each in stored if not each.gone])
            self._campaigns.update({campaign.key: campaign for campaign in parsed.records if campaign.key})
            for each in stored:
                if each.gone:
                    self._campaigns.pop(each.key, None)
            self._mailbox.put(Batch(campaigns=self.known_campaigns))
