"""Which calls are read again, alone, because a pixel of theirs is still to be sent.

A pixel's change need not touch its call's `updated_at` (API reference: fired pixels), so no walk down the change feed
meets it. When very many wait, as after an outage of the account, the queue only becomes longer: the sweeps, which read
a hundred calls with one request, do most of the work then.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monitor.model.call import Call, FiredPixel

log = logging.getLogger(__name__)

GAPS = tuple(timedelta(seconds=seconds) for seconds in (15, 30, 60, 120, 300, 600))
"""How long after it was first seen to wait a call is read again; after the last time it is given up.

The account is known to send a pixel within half a second: one that waits at 15 s is unusual, one at 30 s is past the
usual grace. Who writes integrations waits two to five minutes before absence means something. From 15 minutes on the
sweeps read it, with all others of its age.
"""
MOST = 10_000
"""Calls that are noted at the most."""
_LOGGED = 1000
"""Calls that are pushed out from one line of the log to the next."""


@dataclass(slots=True)
class _Noted:
    """A call with a pixel to be sent, and since when that is known. `due` None: it is given up."""

    call: Call
    since: datetime
    due: datetime | None
    looked: bool = False


class Pending:
    """The calls seen with a pixel whose status is `new`. Moments are of the account's clock."""

    def __init__(self, most: int = MOST) -> None:
        self.pushed_out = 0
        """Calls that had to make room before they were given up."""
        self._most = most
        self._noted: dict[str, _Noted] = {}
        """Those that have waited longest come first."""

    def __contains__(self, uuid: str) -> bool:
        return uuid in self._noted

    def __len__(self) -> int:
        return len(self._noted)

    def note(self, call: Call, at: datetime, horizon: datetime | None) -> None:
        """Take in `call` as it was seen at `at`; stamps beyond `horizon` order nothing.

        One whose pixels have all left `new` is forgotten. One that was given up stays so, until another pixel waits.
        """
        known = self._noted.get(call.uuid)
        if known is not None and call.older_than(known.call, horizon):
            return
        waiting = _waiting(call)
        if not waiting:
            self.forget(call.uuid)
        elif known is not None and waiting <= _waiting(known.call):
            known.call = call
        else:
            self.forget(call.uuid)
            self._add(_Noted(call, at, at + GAPS[0]))

    def forget(self, uuid: str) -> None:
        """The call is gone, or waits for nothing."""
        self._noted.pop(uuid, None)

    def due(self, now: datetime) -> str | None:
        """Return the call to be read now: the longest overdue one, of those never looked at if there are any."""
        due = (
            (noted.looked, noted.due, uuid)
            for uuid, noted in self._noted.items()
            if noted.due is not None and noted.due <= now
        )
        return min(due, default=(False, now, None))[2]

    def looked(self, uuid: str, now: datetime) -> bool:
        """Note that the call is looked at, whatever comes of it; return whether it was waited for."""
        noted = self._noted.get(uuid)
        if noted is None:
            return False
        noted.looked = True
        noted.due = next((noted.since + gap for gap in GAPS if noted.since + gap > now), None)
        return True

    def _add(self, noted: _Noted) -> None:
        """Add a call. When there is no room, whichever waits longest is left out: a history is told backwards."""
        self._noted[noted.call.uuid] = noted
        if len(self._noted) <= self._most:
            return
        first = next(iter(self._noted.values()))
        least = min(first, noted, key=lambda each: each.since)
        del self._noted[least.call.uuid]
        if least.due is not None:
            if self.pushed_out % _LOGGED == 0:
                log.warning(
                    "more than %d calls wait for pixels; %d left to the sweeps", self._most, self.pushed_out + 1
                )
            self.pushed_out += 1


def _waiting(call: Call) -> frozenset[FiredPixel]:
    """Return the pixels that are still to be sent."""
    return frozenset(pixel for pixel in call.pixels if pixel.status == "new")
