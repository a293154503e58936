"""Pollers as they are written at first. Each loses calls, and the stateful test must find that out."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from datetime import datetime
from typing import Any

from monitor.api.pages import CallQuery, Page
from monitor.errors import GoneError
from monitor.feed.asks import FULL, CallAsked, CallsAsked, Steps
from monitor.model.call import Call
from monitor.model.feed_state import FeedState
from monitor.store.protocol import Written
from tests.feed.changing import Changing
from tests.feed.machine import HISTORY, Kept

_NEWEST = CallQuery("updated_at")


class _Naive:
    """What they have in common: no gaps, no sweeps, nothing read alone."""

    def __init__(self, kept: Kept, account: Changing) -> None:
        self.state = FeedState()
        self._kept = kept
        self._account = account

    def resume(self, state: FeedState) -> None:
        self.state = state

    def fill(self) -> Steps[bool]:
        raise AssertionError("there are no gaps")

    def sweep(self) -> Steps[bool]:
        return _nothing()

    def probe(self) -> Steps[None]:
        return _nothing()

    def doubtful(self) -> str | None:
        return None

    def read(self, uuid: str) -> Steps[None]:
        try:
            answer = yield CallAsked(uuid)
        except GoneError:
            self._kept.keep(Written(self._account.now, gone=(uuid,)))
        else:
            self._kept.keep(Written(self._account.now, calls=((answer.record, answer.raw),)))

    def _keep(self, page: Page[Call], head: datetime | None = None) -> None:
        state = None
        if head is not None:
            start = self.state.start or self._account.now - HISTORY
            head = max(head, self.state.head or head)
            state = self.state = replace(self.state, start=start, head=head, deep=head)
        rows = tuple(zip(page.parsed.records, page.parsed.raw, strict=True))
        self._kept.keep(Written(self._account.now, calls=rows, state=state))

    def _newest(self, page: Page[Call]) -> datetime | None:
        limit = self._account.now
        return max(
            (call.updated_at for call in page.parsed.records if call.updated_at and call.updated_at <= limit),
            default=None,
        )


def _nothing() -> Generator[Any, Any, Any]:
    yield from ()


def _oldest(page: Page[Call]) -> datetime | None:
    return min((call.updated_at for call in page.parsed.records if call.updated_at), default=None)


class FirstPageOnly(_Naive):
    """Reads the newest page with every tick: a burst is larger than a page."""

    def tick(self, *, deep: bool) -> Steps[int]:
        page: Page[Call] = yield CallsAsked(_NEWEST, 1, FULL)
        self._keep(page, self._newest(page))
        return 0


class MovesAsItGoes(_Naive):
    """Moves its watermark with every page: a walk that fails leaves a hole below it for ever."""

    def tick(self, *, deep: bool) -> Steps[int]:
        floor = self.state.head
        for number in range(1, 1000):
            page: Page[Call] = yield CallsAsked(_NEWEST, number, FULL)
            self._keep(page, self._newest(page))
            oldest = _oldest(page)
            if not page.has_next or (floor is not None and oldest is not None and oldest < floor):
                break
        return 0


class StopsAtTheFirstOldRow(_Naive):
    """Takes only what is strictly newer than its watermark: ties and late commits are lost."""

    def tick(self, *, deep: bool) -> Steps[int]:
        floor, top = self.state.head, None
        for number in range(1, 1000):
            page: Page[Call] = yield CallsAsked(_NEWEST, number, FULL)
            top = top or self._newest(page)
            rows = zip(page.parsed.records, page.parsed.raw, strict=True)
            newer = [row for row in rows if floor is None or row[0].updated_at is None or row[0].updated_at > floor]
            self._kept.keep(Written(self._account.now, calls=tuple(newer)))
            if not page.has_next or len(newer) < len(page.parsed.records):
                self._keep(replace(page, parsed=replace(page.parsed, records=(), raw=())), top)
                break
        return 0


class NewestUntilKnown(_Naive):
    """Lists by creation until it meets a call that it knows: every update is lost."""

    def tick(self, *, deep: bool) -> Steps[int]:
        for number in range(1, 1000):
            page: Page[Call] = yield CallsAsked(CallQuery("created_at", "desc"), number, FULL)
            met = any(call.uuid in self._kept.newest for call in page.parsed.records)
            self._keep(page, self._newest(page))
            if met or not page.has_next:
                break
        return 0


NAIVE = (FirstPageOnly, MovesAsItGoes, StopsAtTheFirstOldRow, NewestUntilKnown)
