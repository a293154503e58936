"""How far a poll looks back: what it need not have read comes along on its page, and counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from monitor.feed.asks import Steps
from monitor.feed.follower import LOOKBACK, Follower
from tests.feed.changing import Changing
from tests.feed.machine import Kept, follower


def run(account: Changing, steps: Steps[Any]) -> None:
    answer = None
    try:
        while True:
            answer = account.answer(steps.send(answer))
    except StopIteration:
        pass


def polled(calls: int, apart: float) -> tuple[Changing, Follower]:
    """An account with so many calls, so many seconds apart, that is read to its end; the pages hold two or three."""
    account = Changing(1)
    reader = follower(Kept(), account)
    assert isinstance(reader, Follower)
    for _ in range(calls):
        account.create()
        account.now += timedelta(seconds=apart)
    run(account, reader.tick(deep=False))
    while reader.state.gaps:
        run(account, reader.fill())
    run(account, reader.tick(deep=True))
    return account, reader


def test_a_page_that_reaches_far_enough_has_looked_back() -> None:
    account, reader = polled(9, apart=LOOKBACK.total_seconds() + 1)
    account.create()
    run(account, reader.tick(deep=False))
    assert reader.looked_back
    assert reader.state.deep == reader.state.head == account.now


def test_a_page_that_does_not_has_not() -> None:
    account, reader = polled(9, apart=1)
    deep = reader.state.deep
    account.create()
    run(account, reader.tick(deep=False))
    assert not reader.looked_back
    assert reader.state.head == account.now
    assert reader.state.deep == deep
    run(account, reader.tick(deep=True))
    assert reader.state.deep == account.now


def test_a_walk_that_looks_back_asks_for_full_pages_at_once() -> None:
    account, reader = polled(9, apart=1)
    asked = len(account.asked)
    run(account, reader.tick(deep=True))
    assert {each.per_page for each in account.asked[asked:]} == {100}  # type: ignore[union-attr]  # a walk asks for pages


def test_nothing_is_looked_for_before_the_first_year() -> None:
    account, reader = polled(0, apart=1)
    today, account.now = account.now, datetime(1, 1, 1, 0, 1, tzinfo=UTC)
    account.create()
    stamp, account.now = account.now, today
    for deep in (False, True, False):
        run(account, reader.tick(deep=deep))
    assert reader.state.head == stamp
