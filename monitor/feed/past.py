"""What lies in the history from before what is shown: told a little at a time, to learn what is usual at this hour."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from monitor.model.batch import Batch

if TYPE_CHECKING:
    from monitor.feed.mailbox import Mailbox
    from monitor.model.call import Call
    from monitor.store.protocol import Store, StoredCall

log = logging.getLogger(__name__)

DAYS = 7
"""How many days back: a week has one of each."""
CHUNK = 100
"""Calls that are told at once: about ten milliseconds of work."""
BREATH = 0.25
"""Seconds between two chunks."""
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_SHOWN = 10_000


class Past:
    """Tells of each of the last days the calls that began in this hour, the one before it and the one after it.

    Hours are of the account's clock, in UTC. Each is told once, and of it only calls that have ended and began before
    the moment from which on calls are shown. What was told as the past is not told as a call, nor the other way round.
    """

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._hour: datetime | None = None
        self._coming: deque[datetime] = deque()
        self._told: set[datetime] = set()
        """The hours that have been told, or are being told."""
        self._reading: Iterator[StoredCall] = iter(())
        self._shown: dict[str, None] = {}
        """Calls from before what is shown that were told as calls all the same: they changed, or were swept."""

    def shown(self, calls: Iterable[Call], since: datetime | None) -> tuple[Call, ...]:
        """Return which of `calls` may be told as calls, of a screen that shows those from `since` on."""
        return tuple(call for call in calls if since is None or self._may_be_shown(call, since))

    def _may_be_shown(self, call: Call, since: datetime) -> bool:
        began = call.began
        if began is None or began >= since or call.uuid in self._shown:
            return True
        if call.ended and _hour_of(began) in self._told:
            return False
        self._shown[call.uuid] = None
        if len(self._shown) > _SHOWN:
            del self._shown[next(iter(self._shown))]
        return True

    def tell(self, store: Store, now: datetime, since: datetime | None) -> bool:
        """Tell the next calls in `store` from before `since`, unless the screen has not taken the ones before.

        Returns whether there is more to be told.
        """
        if since is None:
            return False
        self._look_at_the_clock(_hour_of(now))
        while not self._mailbox.past_waits:
            part = list(islice(self._reading, CHUNK))
            if part:
                self._mailbox.put(Batch(past=self._calls(part, since)))
                break
            if not self._coming:
                return False
            start = self._coming.popleft()
            self._told.add(start)
            self._reading = store.as_of(now, start, min(start + _HOUR, since))
        return True

    def _look_at_the_clock(self, hour: datetime) -> None:
        if hour == self._hour:
            return
        self._hour = hour
        oldest = hour - (DAYS + 1) * _DAY
        self._told = {each for each in self._told if each >= oldest}
        wanted = (hour - day * _DAY + beside * _HOUR for beside in (0, 1, -1) for day in range(1, DAYS + 1))
        self._coming = deque(each for each in wanted if each not in self._told)

    def _calls(self, part: Iterable[StoredCall], since: datetime) -> tuple[Call, ...]:
        from monitor.model import wire

        parsed = wire.calls().many([each.raw for each in part if not each.gone and each.uuid not in self._shown])
        return tuple(call for call in parsed.records if call.ended and call.began is not None and call.began < since)


def _hour_of(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)
