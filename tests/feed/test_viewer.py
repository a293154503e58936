"""Several collectors on one history: one reads the account, the others show what it reads, and take over."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from starlette.responses import Response

from monitor.feed import viewer
from monitor.feed.mailbox import Mailbox
from monitor.feed.past import Past
from monitor.feed.teller import Teller
from monitor.ledger import Ledger
from monitor.model import wire
from monitor.model.call import Call
from monitor.model.health import Gap, Outcome
from monitor.store.protocol import Written
from monitor.store.sqlite import SqliteStore
from tests.account import Account, Listener
from tests.feed.test_collector import everything
from tests.make import NOON, at
from tests.store.stored import leading

GOOD = {Outcome.FRESH, Outcome.UNCHANGED}


def same(ledger: Ledger, wanted: dict[str, Call]) -> bool:
    """Whether the ledger holds the calls wanted, in those versions."""
    return {call.uuid: call.updated_at for call in ledger.calls.values()} == {
        call.uuid: call.updated_at for call in wanted.values()
    }


def settled(ledger: Ledger) -> bool:
    return bool(ledger.numbers and ledger.targets and ledger.company and not ledger.health.gaps)


def test_a_viewer_shows_what_the_first_reads_without_a_key_and_without_a_request() -> None:
    account = Account(history=300)
    with Listener(account.collector()) as leading_one, Listener(account.collector_over(None)) as viewing:
        led = leading_one.until(settled)
        seen = viewing.until(lambda ledger: ledger.calls.keys() == led.calls.keys() and settled(ledger))
        assert seen.calls == led.calls
        assert seen.targets == led.targets
        assert seen.company == led.company
        assert seen.health.viewing
        assert not led.health.viewing
        assert seen.health.outcome in GOOD
        assert seen.health.fresh_at == led.health.fresh_at
        assert seen.health.since == led.health.since
        account.pass_time(120)
        wanted = everything(account)
        assert len(wanted) > 300
        viewing.until(lambda ledger: same(ledger, wanted))


def test_a_viewer_is_told_how_the_one_who_reads_is_doing() -> None:
    account = Account(history=20)
    with Listener(account.collector()) as leading_one, Listener(account.collector_over(None)) as viewing:
        leading_one.until(settled)
        viewing.until(settled)
        account.fault = Response(status_code=503)
        leading_one.until(lambda ledger: ledger.health.outcome is Outcome.SERVER)
        health = viewing.until(lambda ledger: ledger.health.outcome is Outcome.SERVER).health
        assert "503" in health.message
        assert health.viewing


def test_what_was_told_last_outlives_every_page_that_is_written() -> None:
    """A process that starts now, or views, must find it at any moment: it is what says how old the history is."""
    account = Account(history=40)
    with Listener(account.collector()) as leading_one:
        leading_one.until(lambda ledger: settled(ledger) and ledger.health.outcome is Outcome.UNCHANGED)
        store = account.open_store()
        account.pass_time(400)
        asked = len(account.paths)
        while len(account.paths) < asked + 60:
            assert store.state().health.fresh_at is not None
        store.close()


def test_a_change_of_one_target_does_not_take_the_others_off_a_viewers_board() -> None:
    account = Account(history=300)
    with Listener(account.collector()) as leading_one:
        led = leading_one.until(settled)
        every = set(led.targets)
        assert len(every) > 2
    store = account.open_store()
    with Listener(account.collector_over(None)) as viewing:
        viewing.until(lambda ledger: ledger.targets.keys() == every)
        assert store.lead()
        store.state()
        target, raw = _one_target(store)
        changed = {**raw, "calls_in_progress": 77}
        busy = replace(target, calls_in_progress=77)
        assert store.write(Written(account.now, targets=((busy, changed),)))
        seen = viewing.until(lambda ledger: ledger.targets[target.id].calls_in_progress == 77)
        assert seen.targets.keys() == every
    store.close()


def _one_target(store: SqliteStore) -> Any:
    parsed = wire.targets().many([each.raw for each in store.targets()])
    return parsed.records[0], parsed.raw[0]


def test_a_viewer_takes_over_and_goes_on_from_where_the_other_was() -> None:
    account = Account(history=300)
    first, second = account.collector(), account.collector()
    with Listener(first) as leading_one:
        leading_one.until(settled)
        with Listener(second) as viewing:
            targets = set(viewing.until(lambda ledger: settled(ledger) and ledger.health.viewing).targets)
            first.stop()
            asked = len(account.paths)
            account.pass_time(90)
            ledger = viewing.until(lambda ledger: ledger.health.outcome in GOOD and not ledger.health.viewing)
            assert len(account.paths) > asked
            assert ledger.targets.keys() == targets
            assert ledger.company is not None
            wanted = everything(account)
            viewing.until(lambda ledger: same(ledger, wanted) and not ledger.health.gaps)


def test_what_the_leader_wrote_last_is_shown_by_the_one_that_takes_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own polls begin at the watermark, so what lies below and was not shown yet would never be."""
    account = Account(history=40)
    with Listener(account.collector()) as leading_one:
        leading_one.until(settled)
    monkeypatch.setattr(viewer, "LOOK", 1.0)
    other = account.open_store()
    assert other.lead()
    state = other.state()
    with Listener(account.collector()) as viewing:
        viewing.until(lambda ledger: settled(ledger) and ledger.health.viewing)
        call, raw = _a_call("late", at(-600))
        assert other.write(Written(account.now, calls=((call, raw),), state=state))
        other.close()
        viewing.until(lambda ledger: "late" in ledger.calls and not ledger.health.viewing)


def _a_call(uuid: str, moment: datetime) -> Any:
    raw = {"uuid": uuid, "created_at": moment.isoformat(), "updated_at": moment.isoformat()}
    parsed = wire.calls().many([raw])
    return parsed.records[0], parsed.raw[0]


class Heard:
    """A teller on a store, with the ledger that follows from what it tells."""

    def __init__(self, store: SqliteStore) -> None:
        self.mailbox = Mailbox()
        self.teller = Teller(store, self.mailbox, Past(self.mailbox), lambda: NOON, 5.0)

    @property
    def ledger(self) -> Ledger:
        found = Ledger()
        batch = self.mailbox.take()
        if batch is not None:
            found.apply(batch)
            self.mailbox.put(batch)
        return found


def written(store: SqliteStore, first: int, count: int) -> None:
    """Keep `count` calls, the first of them `first` minutes before noon and the others further back."""
    calls = tuple(_a_call(f"c{number}", at(-60 * number)) for number in range(first, first + count))
    assert store.write(Written(NOON, calls=calls)) is not None


def test_what_changes_while_the_history_is_told_is_told_as_well(tmp_path: Any) -> None:
    path = tmp_path / "history.db"
    writing = leading(path)
    written(writing, 0, 700)
    reading = SqliteStore(path, wall=lambda: NOON)
    heard = Heard(reading)
    history: Iterator[None] = heard.teller.recall(at(-86400), 10_000)
    next(history)
    assert len(heard.ledger.calls) == 500
    written(writing, 800, 1)  # far below the place where the telling stands …
    call, raw = _a_call("c3", at(-60 * 3))
    newer = replace(call, updated_at=at(-1), revenue=None)
    changed = {**raw, "updated_at": at(-1).isoformat()}
    assert writing.write(Written(NOON, calls=((newer, changed),))) is not None  # … and above it
    written(writing, 801, 1)
    for _ in history:
        pass
    asyncio.run(heard.teller.catch_up())
    calls = heard.ledger.calls
    assert len(calls) == 702
    assert calls["c3"].updated_at == at(-1)
    writing.close()
    reading.close()


def test_another_history_in_the_place_of_the_one_viewed_is_told_from_its_beginning(tmp_path: Any) -> None:
    path = tmp_path / "history.db"
    writing = leading(path)
    written(writing, 0, 50)
    reading = SqliteStore(path, wall=lambda: NOON)
    heard = Heard(reading)
    asyncio.run(heard.teller.catch_up())
    assert len(heard.ledger.calls) == 50
    writing.close()
    for each in tmp_path.glob("history.db*"):
        if each.suffix != ".lock":
            each.unlink()
    writing = leading(path)
    written(writing, 1000, 3)
    asyncio.run(heard.teller.catch_up())
    assert {"c1000", "c1001", "c1002"} <= heard.ledger.calls.keys()
    writing.close()
    reading.close()


def test_a_restart_shows_the_history_before_the_first_answer_with_its_age() -> None:
    account = Account(history=300)
    with Listener(account.collector()) as before:
        read = before.until(lambda ledger: settled(ledger) and ledger.health.outcome in GOOD)
    account.pass_time(900)
    account.fault = Response(status_code=503)
    asked = len(account.paths)
    collector = account.collector(interval=3600, hours=6.25)
    with Listener(collector) as listener:
        ledger = listener.until(lambda ledger: ledger.calls.keys() == read.calls.keys())
        assert ledger.health.fresh_at == read.health.fresh_at, "it is as old as it is"
        assert ledger.health.outcome in {Outcome.CONNECTING, Outcome.SERVER}
        assert not ledger.health.viewing
        assert ledger.targets == read.targets
        assert ledger.company == read.company
        assert ledger.health.interval == 3600, "what another run was told does not hold for this one"
        listener.until(lambda ledger: ledger.health.outcome is Outcome.SERVER)
        assert len(account.paths) == asked + 1


def test_more_history_than_was_read_before_is_a_gap_until_it_is_read() -> None:
    account = Account(history=1000)
    with Listener(account.collector(hours=1)) as before:
        read = before.until(settled)
        count = len(read.calls)
    with Listener(account.collector(hours=5)) as listener:
        ledger = listener.until(lambda ledger: len(ledger.calls) > count and settled(ledger))
        assert ledger.health.since is not None
        assert ledger.health.since <= account.now - timedelta(hours=5) + timedelta(seconds=2)


def test_numbers_are_not_given_while_an_outage_is_still_to_be_read() -> None:
    """The history ends when a gap is open: that all of it was told says nothing of the gap."""
    account = Account(history=3000)
    with Listener(account.collector(hours=24)) as before:
        before.until(lambda ledger: settled(ledger) and len(ledger.calls) == 3000)
    account.pass_time(2 * 3600)
    collector = account.collector(hours=26)
    told: list[tuple[bool, tuple[Gap, ...]]] = []
    put = collector._mailbox.put

    def listening(batch: Any) -> None:
        if batch.health is not None:
            told.append((batch.complete, batch.health.gaps))
        put(batch)

    collector._mailbox.put = listening  # type: ignore[method-assign]  # the one place where all news passes
    with Listener(collector) as listener:
        listener.until(lambda ledger: len(ledger.calls) > 3500 and settled(ledger) and ledger.health.outcome in GOOD)
    first = next(index for index, (_, gaps) in enumerate(told) if gaps)
    last = max(index for index, (_, gaps) in enumerate(told) if gaps)
    assert all(gaps and not complete for complete, gaps in told[first : last + 1])


def test_while_the_history_is_still_being_told_calls_are_known_from_where_it_has_reached(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("monitor.feed.teller.CHUNK", 50)
    account = Account(history=400)
    with Listener(account.collector()) as before:
        before.until(settled)
    told: list[tuple[datetime, datetime, int]] = []

    def look(ledger: Ledger) -> bool:
        since = ledger.health.since
        if since is not None and ledger.calls:
            began = [call.began for call in ledger.calls.values() if call.began is not None]
            told.append((since, min(began), len(began)))
        return settled(ledger)

    with Listener(account.collector()) as again:
        ledger = again.until(look)
    assert told
    assert all(since >= oldest or count == len(ledger.calls) for since, oldest, count in told)
    assert ledger.health.since == before.ledger.health.since
