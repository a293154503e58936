"""An account of a week: a million updates, in memory that is all taken at the beginning.

Its memory must not be mistaken for that of the program, which runs in the same process: whatever grows with the number
of calls is a column of fixed length, written to its end before the first call comes. What a call says is computed from
its number and its columns when it is asked for, and only what was asked for last is kept.
"""

from __future__ import annotations

import random
from array import array
from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import IntEnum, auto
from heapq import heappop, heappush
from typing import Any

from monitor.model import wire
from monitor.model.call import Call
from monitor.model.wire import Parsed
from tests.make import NOON

Raw = dict[str, Any]

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
"""Milliseconds: the account's stamps are whole ones, counted from its beginning."""

RATE = 0.35
"""Calls per second."""
LATEST = 90 * SECOND
"""A commit becomes visible so long after its stamp at the most."""
_RECENT = 6000
"""Rows of the change feed that can be asked for: more than come in two hours without an answer."""
_WRITTEN_OUT = 1000
"""Calls that are kept as they were told last."""
_BITS = 20
_STATES = ("ringing", "ringing", "in_progress", "finished", "finished")


class _Does(IntEnum):
    """What is due. Of what is due in the same millisecond, what stands first comes first."""

    ARRIVE = auto()
    COMMIT = auto()
    PIXEL = auto()
    TAG = auto()
    SPREE = auto()
    DELETE = auto()


class WeekAccount:
    """The server. `advance` lets happen what has happened by then; what it answers is what can be seen at that moment.

    A call is known by its number; they are numbered as they were created. `most` is how many calls it has room for.
    Nothing becomes of a call when it is about to reach the last of `ages` (seconds).
    """

    def __init__(self, seed: int, most: int, ages: Sequence[int]) -> None:
        self._old = max(ages) * 5 // 6 * SECOND
        self._longest = min(70 * MINUTE, self._old // 2)
        self._random = random.Random(seed)  # noqa: S311  # not for secrets
        self.calls = 0
        self.updates = 0
        """Commits that moved a stamp, the first of every call among them."""
        self.pixels = 0
        """Changes that moved no stamp."""
        self.deleted = 0
        self.late = 0
        """Commits that became visible more than two seconds after their stamp."""
        self.quiet = False
        """Whether nothing new begins any more."""
        self._created = array("q", bytes(8 * most))
        self._updated = array("q", bytes(8 * most))
        self._times = [array("q", bytes(8 * most)) for _ in range(4)]
        """When the menu was left, the buyer answered, the call ended, and the money was determined; 0: never."""
        self._stage = array("b", bytes(most))
        """How far the call can be seen to have come: 0 is not at all, -1 deleted."""
        self._fired = array("b", bytes(most))
        self._tagged = array("b", bytes(most))
        self._due: list[tuple[int, int, int, int, int, int]] = []
        self._feed: list[int] = []
        """The visible rows that changed last: stamp and number in one, oldest first."""
        self._below = 0
        """Visible rows that are no longer in `_feed`."""
        self._told: dict[int, tuple[Call, Raw]] = {}
        self._orders = 0
        self._order(SECOND, _Does.ARRIVE)
        self._order(10 * MINUTE, _Does.SPREE)

    # What happens

    def advance(self, now: int) -> None:
        """Let everything happen that is due by `now`."""
        while self._due and self._due[0][0] <= now:
            when, does, _, number, stage, stamp = heappop(self._due)
            if does == _Does.ARRIVE:
                self._arrive(when)
            elif does == _Does.SPREE:
                self._spree(when)
            elif self._stage[number] < 0:
                continue
            elif does == _Does.COMMIT:
                self._commit(number, stage, stamp, when)
            elif does == _Does.TAG:
                self._tag(number, when)
            elif does == _Does.PIXEL:
                self._fired[number] += 1
                self.pixels += 1
                self._told.pop(number, None)
            else:
                self._delete(number)

    def _order(self, when: int, does: _Does, number: int = 0, stage: int = 0, stamp: int = 0) -> None:
        self._orders += 1
        heappush(self._due, (when, does, self._orders, number, stage, stamp))

    def _arrive(self, now: int) -> None:
        """A call comes in; all that will become of it is ordered at once."""
        if self.quiet:
            return
        chance = self._random
        self._order(now + max(1, round(chance.expovariate(RATE) * SECOND)), _Does.ARRIVE)
        number = self.calls
        self.calls += 1
        self._created[number] = now
        menu = now + chance.randint(2 * SECOND, 9 * SECOND)
        answered = menu + chance.randint(5 * SECOND, 25 * SECOND) if chance.random() < 0.85 else 0
        if chance.random() < 0.004:
            talks = chance.randint(self._longest // 2, self._longest)
        else:
            talks = 10 * SECOND + round(chance.expovariate(1 / 95) * SECOND)
        ended = (answered or menu) + (talks if answered else chance.randint(5 * SECOND, 40 * SECOND))
        settled = ended + chance.randint(21 * SECOND, 28 * SECOND)
        for column, moment in zip(self._times, (menu, answered, ended, settled), strict=True):
            column[number] = moment
        seen = now
        for stage, stamp in enumerate((now, menu, answered, ended, settled), 1):
            if stamp:
                seen = max(seen, stamp + self._lateness())
                self._order(seen, _Does.COMMIT, number, stage, stamp)
        if answered and chance.random() < 0.3:
            # Something is noted on the call while it is talked, at a moment of its own.
            self._order(chance.randint(answered, ended - 1), _Does.TAG, number)
        if chance.random() < 0.6:
            self._order(ended + chance.randint(2 * SECOND, 60 * SECOND), _Does.PIXEL, number)
        if chance.random() < 0.05:
            self._order(ended + chance.randint(MINUTE, self._old // 2), _Does.PIXEL, number)
        if chance.random() < 0.003:
            self._order(now + chance.randint(SECOND, chance.choice((10 * MINUTE, self._old))), _Does.DELETE, number)

    def _lateness(self) -> int:
        chance = self._random.random()
        if chance < 0.01:
            self.late += 1
            return self._random.randint(2 * SECOND, LATEST)
        return self._random.randint(1, 2 * SECOND) if chance < 0.1 else 0

    def _commit(self, number: int, stage: int, stamp: int, now: int) -> None:
        """A commit becomes visible. Those of one row do so in the order of their stamps."""
        self.updates += 1
        if self._stage[number]:
            self._leave(number)
        self._stage[number] = stage
        self._updated[number] = stamp if stamp > self._updated[number] else now
        insort(self._feed, self._updated[number] << _BITS | number)
        self._told.pop(number, None)
        if len(self._feed) > _RECENT:
            self._below += _RECENT // 4
            del self._feed[: _RECENT // 4]

    def _tag(self, number: int, now: int) -> None:
        """Something is noted on a call."""
        if self._stage[number] > 0:
            self._tagged[number] += 1
            self._commit(number, self._stage[number], now, now)

    def _spree(self, now: int) -> None:
        """Somebody marks a handful of calls, or a hundred and more, in one millisecond."""
        if self.quiet:
            return
        chance = self._random
        many = chance.randint(101, 140) if chance.random() < 0.02 else chance.randint(2, 8)
        young = range(max(0, self.calls - 400), self.calls)
        for number in chance.sample(young, min(many, len(young))):
            if self._tagged[number] < 100:
                self._tag(number, now)
        self._order(now + chance.randint(5 * MINUTE, 15 * MINUTE), _Does.SPREE)

    def _leave(self, number: int) -> None:
        key = self._updated[number] << _BITS | number
        place = bisect_left(self._feed, key)
        if place < len(self._feed) and self._feed[place] == key:
            del self._feed[place]
        else:
            self._below -= 1

    def _delete(self, number: int) -> None:
        if self._stage[number]:
            self._leave(number)
        self._stage[number] = -1
        self.deleted += 1
        self._told.pop(number, None)

    # What it answers

    def is_there(self, number: int) -> bool:
        """Return whether the call can be seen."""
        return self._stage[number] > 0

    def changed(self, start: int, end: int) -> list[tuple[int, int]]:
        """Return the calls that changed last from `start` to before `end`, and when, of those that can be asked for."""
        first, last = bisect_left(self._feed, start << _BITS), bisect_left(self._feed, end << _BITS)
        return [(row & (1 << _BITS) - 1, row >> _BITS) for row in self._feed[first:last]]

    def created(self, start: int, end: int) -> range:
        """Return the calls created from `start` to `end`, those that cannot be seen among them. Both are included."""
        first = bisect_left(self._created, start, 0, self.calls)
        return range(first, bisect_right(self._created, end, first, self.calls))

    def changed_last(self, page: int, size: int) -> tuple[Parsed[Call], bool]:
        """Return a page of the change feed, newest first, and whether there is another.

        Rows of the same stamp have no order that two answers share.
        """
        feed = self._feed
        high, low = len(feed) - (page - 1) * size, len(feed) - page * size
        if low < 0 and self._below:
            raise LookupError(f"page {page} of {size} goes back further than this account remembers")
        high, low = max(0, high), max(0, low)
        top, bottom = high, low
        while 0 < top < len(feed) and feed[top] >> _BITS == feed[top - 1] >> _BITS:
            top += 1
        while 0 < bottom < len(feed) and feed[bottom] >> _BITS == feed[bottom - 1] >> _BITS:
            bottom -= 1
        rows = feed[bottom:top]
        if (bottom, top) != (low, high):
            rows.sort(key=lambda row: (row >> _BITS, self._random.random()))
        rows = rows[low - bottom : high - bottom]
        return self._page([row & (1 << _BITS) - 1 for row in reversed(rows)], keep=True), low > 0 or self._below > 0

    def created_first(self, start: int, end: int, page: int, size: int) -> tuple[Parsed[Call], bool]:
        """Return a page of the calls created from `start` to `end`, oldest first, and whether there is another."""
        rows = [number for number in self.created(start, end) if self._stage[number] > 0]
        return self._page(rows[(page - 1) * size : page * size]), len(rows) > page * size

    def call(self, uuid: str) -> Parsed[Call] | None:
        """Return one call; None when there is none, or none any more."""
        number = number_of(uuid)
        return self._page([number]) if self._stage[number] > 0 else None

    def raw(self, number: int) -> Raw:
        """Return what the account says of a call that can be seen."""
        stage = self._stage[number]
        menu, answered, ended, settled = (
            column[number] if stage > place else 0 for place, column in enumerate(self._times, 1)
        )
        begun = self._created[number]
        talk = (ended - answered) // SECOND if answered and ended else 0
        pays = bool(settled) and talk >= 60
        revenue, payout = (f"{8 + number % 13}.50", f"{5 + number % 7}.25") if pays else ("0.00", "0.00")
        cost = f"{talk / 1000:.2f}"
        fired = self._fired[number]
        pixels = [
            {
                "fired_pixel": {
                    "url": f"https://pixels.example.com/postback?cid={number % 40}&call_uuid={uuid_of(number)}",
                    "fire_order": 1,
                    "created_at": told(ended),
                    "fired_at": told(ended) if fired else None,
                    # One in twenty waits to be sent: an account whose pixels all wait is asked as often as can be.
                    "status": "new" if not fired and number % 20 == 0 else f"fired {fired}",
                }
            }
        ]
        return {
            "uuid": uuid_of(number),
            "caller": f"+1301555{number % 10000:04}",
            "number": f"+1888555{number % 90:04}",
            "status": _STATES[stage - 1],
            "start_time": told(begun),
            "created_at": told(begun),
            "forwarded_time": told(answered),
            "end_time": told(ended),
            "conversions_determined_at": told(settled),
            "updated_at": told(self._updated[number]),
            "campaign_name": f"Campaign {number % 9}",
            "campaign_id": number % 9,
            "affiliate_name": f"Publisher {number % 40}",
            "afid": f"{number % 40}",
            "target_name": f"Buyer {number % 12}" if answered else None,
            "target_id": number % 12 if answered else None,
            "connected": bool(answered),
            "converted": pays,
            "ivr_duration": (menu - begun) // SECOND if menu else 0,
            "dialed_call_duration": talk,
            "hung_up_by": "caller" if ended else None,
            "revenue": revenue if settled else None,
            "payout": payout if settled else None,
            "total_cost": cost if settled else None,
            "tags": {"geo": "DC", "noted": f"{self._tagged[number]}"},
            "fired_pixels": pixels if ended else [],
        }

    def _page(self, numbers: Sequence[int], *, keep: bool = False) -> Parsed[Call]:
        """Return what is told of these calls; `keep`: they will soon be asked for again."""
        asked = [number for number in numbers if number not in self._told]
        parsed = wire.calls().many([self.raw(number) for number in asked])
        new = dict(zip(asked, zip(parsed.records, parsed.raw, strict=True), strict=True))
        told = [new.get(number) or self._told[number] for number in numbers]
        if keep:
            self._told.update(new)
            while len(self._told) > _WRITTEN_OUT:
                del self._told[next(iter(self._told))]
        return Parsed(tuple(call for call, _ in told), tuple(raw for _, raw in told))


def uuid_of(number: int) -> str:
    """Return how the account names the call with that number."""
    return f"5c0de000-0000-4000-8000-{number:012}"


def number_of(uuid: str) -> int:
    """Return the number of the call of that name."""
    return int(uuid[-12:])


def moment(milliseconds: float) -> datetime:
    """Return the time so long after the account's beginning."""
    return NOON + timedelta(milliseconds=milliseconds)


def milliseconds(moment: datetime) -> int:
    """Return how long after the account's beginning that time is."""
    return (moment - NOON) // timedelta(milliseconds=1)


def told(when: int) -> str | None:
    return moment(when).isoformat(timespec="milliseconds").replace("+00:00", "Z") if when else None
