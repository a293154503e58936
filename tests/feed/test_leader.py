"""How the one who reads keeps its pace, hears the operator, and goes on whatever happens."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import pairwise

import pytest
from starlette.responses import Response

from monitor.api.client import ReadApi
from monitor.errors import NetworkError, SettingsError
from monitor.feed import leader
from monitor.feed.collector import Collector
from monitor.feed.follower import Follower
from monitor.feed.teller import Teller
from monitor.model.health import Health, Outcome
from monitor.store.sqlite import SqliteStore
from tests.account import Account, Listener

GOOD = {Outcome.FRESH, Outcome.UNCHANGED}


class Boot:
    """A clock of the machine that can leap, as it does over a sleep."""

    def __init__(self) -> None:
        self.leapt = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.leapt


def made(
    account: Account,
    open_api: Callable[[], ReadApi] | None = None,
    *,
    boot: Callable[[], float] = time.monotonic,
    open_store: Callable[[], SqliteStore] | None = None,
    interval: float = 0.02,
) -> Collector:
    """Return a collector with clocks and doors of the test's own."""
    return Collector(
        open_api or account.open_api,
        open_store or account.open_store,
        interval=interval,
        since=account.now - timedelta(hours=6),
        held=100_000,
        wall=account.wall,
        boot=boot,
    )


def told(collector: Collector) -> list[Health]:
    """Return a list that takes in every health that the collector tells."""
    found: list[Health] = []
    put = collector._mailbox.put

    def listening(batch: object) -> None:
        health = getattr(batch, "health", None)
        if health is not None:
            found.append(health)
        put(batch)  # type: ignore[arg-type]  # passed on as it came

    collector._mailbox.put = listening  # type: ignore[method-assign]  # the one place where all news passes
    return found


def waited(until: Callable[[], object], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < deadline, "never came true"
        time.sleep(0.005)


# The operator


def test_asking_again_while_the_key_is_still_missing_tries_once_each_time() -> None:
    account = Account(history=20)
    opened: list[bool] = []
    missing = True

    def open_api() -> ReadApi:
        opened.append(missing)
        if missing:
            raise SettingsError("the key is gone")
        return account.open_api()

    collector = made(account, open_api)
    with Listener(collector) as listener:
        listener.until(lambda ledger: ledger.health.outcome is Outcome.AUTH)
        for count in (2, 3):
            collector.retry()
            waited(lambda: len(opened) >= count)  # noqa: B023  # asked before the loop goes on
        time.sleep(0.1)  # the time in which a loop that does not wait would go round thousands of times
        assert len(opened) == 3
        missing = False
        collector.retry()
        listener.until(lambda ledger: ledger.health.outcome in GOOD)


def test_what_is_looked_at_while_a_poll_is_under_way_is_read_after_it() -> None:
    account = Account(history=20)
    collector = made(account, interval=3600)
    with Listener(collector) as listener:
        uuids = iter(listener.until(lambda ledger: len(ledger.calls) == 20 and ledger.health.fresh_at).calls)
        for _ in range(5):
            uuid = next(uuids)
            collector.retry()
            collector.watch(uuid)
            path = f"GET /api/v2/calls/{uuid}.json"
            waited(lambda: path in account.paths)  # noqa: B023  # asked before the loop goes on


def test_what_is_looked_at_is_read_at_once_while_a_gap_is_filled() -> None:
    account = Account(history=3000)
    collector = made(account, interval=3600)
    with Listener(collector) as listener:
        uuid = next(iter(listener.until(lambda ledger: ledger.calls and ledger.health.gaps).calls))
        collector.watch(uuid)
        waited(lambda: f"GET /api/v2/calls/{uuid}.json" in account.paths)
        assert account.paths.index(f"GET /api/v2/calls/{uuid}.json") < 30, "not after the pages of the gap"


def test_what_is_looked_at_before_the_start_is_known_after_it() -> None:
    account = Account(history=20)
    with Listener(made(account)) as listener:
        uuid = next(iter(listener.until(lambda ledger: len(ledger.calls) == 20 and ledger.health.fresh_at).calls))
    collector = made(account, interval=3600)
    collector.watch(uuid)
    with Listener(collector) as listener:
        listener.until(lambda ledger: uuid in ledger.answers)


def test_while_backing_off_looking_at_a_call_asks_for_nothing() -> None:
    account = Account(history=20)
    collector = made(account, interval=1)
    with Listener(collector) as listener:
        uuid = next(iter(listener.until(lambda ledger: len(ledger.calls) == 20 and ledger.health.fresh_at).calls))
        account.fault = Response(status_code=429, headers={"Retry-After": "200"})
        collector.retry()
        listener.until(lambda ledger: ledger.health.outcome is Outcome.THROTTLED)
        asked = len(account.paths)
        collector.watch(uuid)
        listener.until(lambda ledger: uuid in ledger.answers)
        collector.retry()
        waited(lambda: len(account.paths) > asked)
        assert account.paths[asked:] == ["GET /api/v2/calls.json"], "one try, when somebody asks for it"


# What a server wants


@pytest.mark.parametrize("status", [429, 503])
def test_a_wish_to_wait_holds_whichever_request_it_answered(status: int) -> None:
    account = Account(history=20)
    account.only_for("/targets.json", Response(status_code=status, headers={"Retry-After": "200"}))
    with Listener(made(account)) as listener:
        health = listener.until(lambda ledger: ledger.health.outcome is not Outcome.CONNECTING).health
        assert health.outcome in {Outcome.THROTTLED, Outcome.SERVER}
        assert health.next_at is not None
        assert 200 <= (health.next_at - account.now).total_seconds() <= 240
        assert health.fresh_at is not None, "the calls came, though"
        assert len(listener.ledger.calls) == 20


def test_a_wish_to_wait_between_two_polls_holds() -> None:
    account = Account(history=20)
    collector = made(account, interval=3600)
    with Listener(collector) as listener:
        uuid = next(iter(listener.until(lambda ledger: len(ledger.calls) == 20 and ledger.health.fresh_at).calls))
        account.only_for(f"/api/v2/calls/{uuid}.json", Response(status_code=429, headers={"Retry-After": "200"}))
        collector.watch(uuid)
        health = listener.until(lambda ledger: ledger.health.outcome is Outcome.THROTTLED).health
        assert health.next_at is not None


def test_a_buyers_list_that_is_refused_for_ever_keeps_nothing_else_from_being_read() -> None:
    account = Account(history=20)
    account.refuse("/targets.json", 403)
    with Listener(made(account)) as listener:
        ledger = listener.until(lambda ledger: ledger.company)
        assert ledger.company is not None
        listener.until(lambda ledger: ledger.health.outcome is Outcome.PARTIAL)
        asked = len(account.paths)
        waited(lambda: len(account.paths) > asked + 40)
        polls = account.paths[asked:].count("GET /api/v2/calls.json")
        assert account.paths[asked:].count("GET /targets.json") <= polls + 1


def test_a_slow_account_is_polled_no_more_than_half_of_the_time() -> None:
    account = Account(history=20)
    account.delay = 0.15
    with Listener(made(account)) as listener:
        listener.until(lambda ledger: ledger.health.outcome in GOOD and ledger.health.interval >= 0.3)
        fresh_at, account.now = listener.ledger.health.fresh_at, account.now + timedelta(seconds=1)
        health = listener.until(lambda ledger: ledger.health.fresh_at != fresh_at).health
        assert health.interval >= 0.3
        assert health.next_at is not None
        assert (health.next_at - account.now).total_seconds() >= health.interval / 2 - 0.001


# Clocks


def test_after_a_sleep_the_first_poll_is_deep_over_new_connections_and_all_targets_are_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(leader, "_PIECE", 0.01)
    account, boot = Account(history=30), Boot()
    opened: list[int] = []

    def open_api() -> ReadApi:
        opened.append(len(account.paths))
        return account.open_api()

    walks: list[bool] = []
    tick = Follower.tick

    def listening(follower: Follower, *, deep: bool) -> object:
        walks.append(deep)
        return tick(follower, deep=deep)

    monkeypatch.setattr(Follower, "tick", listening)
    with Listener(made(account, open_api, boot=boot, interval=20)) as listener:
        listener.until(lambda ledger: ledger.health.outcome in GOOD and ledger.targets)
        waited(lambda: account.paths.count("GET /targets.json") == 1)
        boot.leapt += 55
        account.pass_time(55)
        waited(lambda: len(opened) == 2)
        waited(lambda: account.paths.count("GET /targets.json") == 2)
    assert walks[:2] == [True, True]
    assert "GET /api/v2/calls.json" in account.paths[opened[1] :]


def test_a_wall_clock_that_jumps_is_noticed_and_does_no_harm() -> None:
    account = Account(history=30)
    opened: list[bool] = []

    def open_api() -> ReadApi:
        opened.append(True)
        return account.open_api()

    with Listener(made(account, open_api)) as listener:
        listener.until(lambda ledger: ledger.health.outcome in GOOD)
        account.now -= timedelta(hours=3)
        account.skew += 3 * 3600
        waited(lambda: len(opened) == 2)
        ledger = listener.until(lambda ledger: ledger.health.skew > 3 * 3600 - 5 and ledger.health.outcome in GOOD)
        assert ledger.health.fresh_at is not None
        assert len(ledger.calls) == 30


def test_a_wall_clock_years_ahead_does_not_cost_the_history(monkeypatch: pytest.MonkeyPatch) -> None:
    account = Account(history=30)
    asked: list[object] = []
    monkeypatch.setattr(SqliteStore, "retain", lambda _, now: asked.append(now))
    account.skew = -10 * 365 * 86400
    account.now += timedelta(days=10 * 365)
    with Listener(made(account)) as listener:
        listener.until(lambda ledger: ledger.health.outcome in GOOD)
    assert asked
    assert all(now <= account.server_time() + timedelta(minutes=1) for now in asked)  # type: ignore[operator]  # times


# Breaking and going on


def test_an_open_breaker_lets_one_request_through_each_time_over_new_connections() -> None:
    account = Account(history=30)
    opened: list[int] = []

    def open_api() -> ReadApi:
        opened.append(len(account.paths))
        return account.open_api()

    with Listener(made(account, open_api, interval=0.002)) as listener:
        listener.until(lambda ledger: ledger.health.outcome in GOOD)
        account.fault = Response(status_code=500)
        waited(lambda: len(opened) >= 6, 20)
        assert all(after - before == 1 for before, after in pairwise(opened[2:]))
        account.fault = None
        listener.until(lambda ledger: ledger.health.outcome in GOOD)


def test_the_requests_of_the_last_minute_are_told_while_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leader, "_PIECE", 0.01)
    account, boot = Account(history=20), Boot()
    collector = made(account, boot=boot)
    with Listener(collector) as listener:
        listener.until(lambda ledger: ledger.health.requests_per_minute > 3)
        account.fault = Response(status_code=401)
        listener.until(lambda ledger: ledger.health.outcome is Outcome.AUTH)
        boot.leapt += 61
        listener.until(lambda ledger: ledger.health.requests_per_minute == 0)


def test_a_history_that_cannot_be_opened_at_first_is_told_and_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.feed.collector._AGAIN", 0.05)
    account = Account(history=20)
    tries: list[bool] = []

    def open_store() -> SqliteStore:
        tries.append(True)
        if len(tries) < 3:
            raise RuntimeError("no such engine")
        return account.open_store()

    with Listener(made(account, open_store=open_store)) as listener:
        ledger = listener.until(lambda ledger: ledger.health.outcome is Outcome.MALFORMED)
        assert "RuntimeError" in ledger.health.message
        listener.until(lambda ledger: ledger.health.outcome in GOOD and len(ledger.calls) == 20)


def test_a_fault_while_the_history_is_told_is_told_and_the_account_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.feed.collector._AGAIN", 0.05)
    account = Account(history=20)
    with Listener(made(account)) as listener:
        listener.until(lambda ledger: len(ledger.calls) == 20 and ledger.health.fresh_at)

    def failing(*_: object) -> Iterator[None]:
        yield
        raise RuntimeError("a fault of the program")

    monkeypatch.setattr(Teller, "recall", failing)
    collector = made(account)
    heard = told(collector)
    with Listener(collector) as listener:
        listener.until(lambda ledger: ledger.health.outcome in GOOD and len(ledger.calls) == 20)
        listener.until(lambda ledger: ledger.numbers)
    assert any("RuntimeError" in health.message for health in heard)


@pytest.mark.parametrize("role", ["leader", "viewer"])
def test_a_fault_that_nobody_foresaw_ends_no_thread_silently(role: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.feed.collector._AGAIN", 0.05)
    account = Account(history=20)
    with Listener(made(account)) as first:
        first.until(lambda ledger: len(ledger.calls) == 20 and ledger.health.fresh_at)
    collector = account.collector() if role == "leader" else account.collector_over(None)
    with Listener(collector) as listener:
        listener.until(lambda ledger: len(ledger.calls) == 20)
        with monkeypatch.context() as patch:
            patch.setattr(SqliteStore, "changed" if role == "viewer" else "write", lambda *_: 1 / 0)
            ledger = listener.until(lambda ledger: "ZeroDivisionError" in ledger.health.message)
            assert ledger.health.outcome is Outcome.MALFORMED
            assert len(ledger.calls) == 20
        listener.until(lambda ledger: "ZeroDivisionError" not in ledger.health.message)
    assert collector._thread is not None
    assert not collector._thread.is_alive()


# Stopping


def test_stopping_while_the_history_is_opened_closes_it() -> None:
    account = Account(history=20)
    stores: list[SqliteStore] = []

    def slowly() -> SqliteStore:
        time.sleep(0.2)
        stores.append(account.open_store())
        return stores[-1]

    collector = made(account, open_store=slowly)
    collector.start()
    collector.stop(5)
    assert collector._thread is not None
    assert not collector._thread.is_alive()
    assert account.paths == []
    assert all(not store.lead() for store in stores), "a closed store leads no more"


def test_stopping_what_was_never_started_does_nothing() -> None:
    made(Account(history=20)).stop()


def test_stopping_while_the_account_cannot_be_reached_is_prompt() -> None:
    account = Account(history=20)

    def unreachable() -> ReadApi:
        raise NetworkError("no such host")

    collector = made(account, unreachable, interval=3600)
    with Listener(collector) as listener:
        listener.until(lambda ledger: ledger.health.outcome is Outcome.NETWORK)
        began = time.monotonic()
        collector.stop()
        assert time.monotonic() - began < 1
