"""What waits in memory while the disk does not take it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from monitor.model.call import Call
from monitor.model.campaign import Campaign
from monitor.model.feed_state import FeedState
from monitor.model.target import Target
from monitor.store import codec
from monitor.store.protocol import AuditEvent, StoredCall, Written

if TYPE_CHECKING:
    from monitor.model.wire import Raw


@dataclass(frozen=True, slots=True)
class _Held:
    at: datetime
    horizon: datetime | None
    call: Call
    packed: bytes


class Waiting:
    """The newest versions of at most `most` calls, the newest of all else.

    When more comes all is let go, and nothing more is taken until `clear`: the account has to be read again from where
    the store stands (`overflowed`). Half of it would be a hole that nobody knows of.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self.overflowed = False
        self._calls: dict[str, _Held] = {}
        self._gone: dict[str, datetime] = {}
        self._targets: dict[int, tuple[datetime, Target, Raw]] = {}
        self._campaigns: dict[str, tuple[datetime, tuple[Campaign, Raw] | None]] = {}
        """By their keys; None: not listed any more."""
        self._state: tuple[datetime, FeedState] | None = None
        self.events: list[AuditEvent] = []

    def __bool__(self) -> bool:
        lists = self._calls or self._gone or self._targets or self._campaigns
        return bool(lists or self._state or self.events)

    def add(self, page: Written) -> None:
        """Hold what `page` brought."""
        if self.overflowed:
            return
        for call, raw in page.calls:
            held = self._calls.get(call.uuid)
            if held is None or not call.older_than(held.call, page.horizon):
                self._gone.pop(call.uuid, None)
                self._calls[call.uuid] = _Held(page.at, page.horizon, call, codec.pack(codec.text_of(raw)))
        self._gone.update(dict.fromkeys(page.gone, page.at))
        self._targets.update({target.id: (page.at, target, raw) for target, raw in page.targets})
        self._campaigns.update({pair[0].key: (page.at, pair) for pair in page.campaigns if pair[0].key})
        self._campaigns.update(dict.fromkeys(page.unlisted, (page.at, None)))
        if page.state is not None:
            self._state = page.at, page.state
        if len(self._calls) > self._most:
            events = self.events.copy()
            self.clear()
            self.overflowed, self.events = True, events

    def pages(self) -> Iterator[Written]:
        """Yield what waits, as it is to be written."""
        for held in self._calls.values():
            raw = codec.raw_of(codec.unpack(held.packed))
            yield Written(held.at, calls=((held.call, raw),), horizon=held.horizon)
        for uuid, at in self._gone.items():
            yield Written(at, gone=(uuid,))
        for at, target, raw in self._targets.values():
            yield Written(at, targets=((target, raw),))
        for key, (at, pair) in self._campaigns.items():
            yield Written(at, unlisted=(key,)) if pair is None else Written(at, campaigns=(pair,))
        if self._state is not None:
            yield Written(self._state[0], state=self._state[1])

    def answer(self, uuid: str) -> StoredCall | None:
        """Return the version of a call that waits."""
        held = self._calls.get(uuid)
        if held is None:
            return None
        return StoredCall(0, held.at, uuid, codec.raw_of(codec.unpack(held.packed)), uuid in self._gone)

    def clear(self) -> None:
        """Forget everything."""
        self.overflowed = False
        self.events.clear()
        self._calls.clear()
        self._gone.clear()
        self._targets.clear()
        self._campaigns.clear()
        self._state = None
