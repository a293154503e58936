"""What the feed remembers of single calls: enough to tell news from repeats, and which calls are best read alone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, cast

from monitor.feed.asks import FULL
from monitor.feed.walk import WALK

if TYPE_CHECKING:
    from monitor.model.call import Call

_STUCK = timedelta(minutes=30)
"""How long a call that is not final may stand still before it is read alone."""
_RECENT = WALK * FULL
"""Calls of the live feed that are held to be compared with: as many as one walk reads."""
_OPEN = 10_000


class Known:
    """Calls by their uuids. Moments are of the account's clock."""

    def __init__(self) -> None:
        self._recent: dict[str, Call] = {}
        """The calls of the live feed as they were read last: what equals them is no news."""
        self._open: dict[str, datetime] = {}
        """The calls that have not ended, and when they changed last or were looked at."""
        self._absent: dict[str, int] = {}
        """Calls that a sweep did not find where they should be, and how many sweeps did not."""

    def anew(self) -> None:
        """What was read lately may not have been kept: all of it is news once more."""
        self._recent.clear()

    def is_news(self, call: Call) -> bool:
        """Return whether it is not known that `call` is as it was."""
        return self._recent.get(call.uuid) != call

    def found(self, uuid: str) -> None:
        """The account has the call."""
        self._absent.pop(uuid, None)

    def not_found(self, uuids: Iterable[str], *, last: bool) -> None:
        """A sweep found no such calls; after the `last` one nobody looks for them again."""
        for uuid in uuids:
            self._absent[uuid] = self._absent.get(uuid, 0) + (2 if last else 1)

    def looked(self, uuid: str, now: datetime) -> None:
        """The call is read alone: whatever comes of it, it is the others' turn."""
        if uuid in self._absent:
            self._absent[uuid] = self._absent.pop(uuid)
        if uuid in self._open:
            self._open[uuid] = now

    def gone(self, uuid: str) -> None:
        """The account has no such call."""
        for known in (self._recent, self._open, self._absent):
            cast("dict[str, object]", known).pop(uuid, None)

    def doubtful(self, now: datetime) -> str | None:
        """Return a call that is best read alone: one that may be gone, or that has stood still for too long."""
        gone = (uuid for uuid, times in self._absent.items() if times > 1)
        still = (uuid for uuid, since in self._open.items() if now - since >= _STUCK)
        return next(gone, None) or next(still, None)

    def note(self, call: Call, date: datetime, horizon: datetime, *, live: bool) -> None:
        """Take in a call that was read at `date`; `live`: by the live feed, which meets most of its calls again."""
        known = self._recent.pop(call.uuid, None)
        older = known is not None and call.older_than(known, horizon)
        if known is not None or live:
            self._recent[call.uuid] = known if known is not None and older else call
            if len(self._recent) > _RECENT:
                del self._recent[next(iter(self._recent))]
        if older:
            return
        self._open.pop(call.uuid, None)
        if not call.ended:
            self._open[call.uuid] = date
            if len(self._open) > _OPEN:
                del self._open[next(iter(self._open))]
