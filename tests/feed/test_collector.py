"""The collector against the simulated account: the ledger becomes equal to the account, whatever gets in the way."""

from __future__ import annotations

import asyncio

import pytest
from starlette.responses import HTMLResponse, JSONResponse, Response

from monitor.api.client import ReadApi
from monitor.errors import ConfigurationError
from monitor.feed.beside import Beside
from monitor.feed.collector import Collector
from monitor.feed.once import read_once
from monitor.ledger import Ledger
from monitor.model.batch import Batch
from monitor.model.call import Call
from monitor.model.health import Gap, Outcome
from tests.account import Account, Listener

GOOD = {Outcome.FRESH, Outcome.UNCHANGED, Outcome.PARTIAL}


def gaps_told(collector: Collector) -> list[Gap]:
    """Return a list that takes in every gap that the collector tells, also those that a slow listener would miss."""
    gaps: list[Gap] = []
    put = collector._mailbox.put

    def listening(batch: Batch) -> None:
        gaps.extend(batch.health.gaps if batch.health else ())
        put(batch)

    collector._mailbox.put = listening  # type: ignore[method-assign]  # the one place where all news passes
    return gaps


def everything(account: Account, hours: float = 6) -> dict[str, Call]:
    """The account's calls, read by the closed windows of `callmon once`."""

    async def read() -> dict[str, Call]:
        async with account.open_api() as api:
            reading = await read_once(api, account.now.replace(hour=account.now.hour - int(hours)), account.now)
            assert reading.trouble is None
            return {call.uuid: call for call in reading.batch.calls}

    return asyncio.run(read())


def test_the_ledger_becomes_equal_to_the_account_and_stays_so() -> None:
    account = Account()
    with Listener(account.collector()) as listener:
        ledger = listener.until(lambda ledger: ledger.numbers and not ledger.health.gaps)
        assert ledger.calls == everything(account)
        assert len(ledger.calls) == 300
        assert sorted(ledger.numbers.values()) == list(range(1, 301))
        for _ in range(5):
            account.pass_time(37)
            wanted = everything(account)
            listener.until(lambda ledger: ledger.calls.keys() == wanted.keys() and _same_stamps(ledger, wanted))  # noqa: B023  # asked before the loop goes on
        assert ledger.total.calls == len(ledger.calls) > 300


def _same_stamps(ledger: Ledger, wanted: dict[str, Call]) -> bool:
    return all(ledger.calls[uuid].updated_at == call.updated_at for uuid, call in wanted.items())


def test_the_first_page_is_shown_before_the_history_is_read() -> None:
    account = Account(history=1000)
    with Listener(account.collector()) as listener:
        ledger = listener.until(lambda ledger: ledger.calls)
        if len(ledger.calls) < 1000:
            assert ledger.numbers == {}, "numbers are given by age, so not before the oldest call is known"
        newest = max(call.updated_at for call in ledger.calls.values() if call.updated_at)
        ledger = listener.until(lambda ledger: len(ledger.calls) == 1000 and not ledger.health.gaps)
        assert newest == max(call.updated_at for call in ledger.calls.values() if call.updated_at)


def test_history_still_to_be_read_is_told_as_a_gap() -> None:
    account = Account(history=1000)
    collector = account.collector()
    gaps = gaps_told(collector)
    with Listener(collector) as listener:
        listener.until(lambda ledger: len(ledger.calls) == 1000)
    assert gaps
    assert all(gap.start < gap.end for gap in gaps)


def test_a_quiet_poll_is_one_request_for_a_small_page() -> None:
    account = Account(history=30)
    with Listener(account.collector()) as listener:
        listener.until(lambda ledger: ledger.health.outcome is Outcome.UNCHANGED)
        before = len(account.paths)
        listener.until(lambda _: len(account.paths) >= before + 5)
        polled = account.paths[before : before + 5]
    assert set(polled) == {"GET /api/v2/calls.json"}


FAULTS = {
    "429": (Response(status_code=429), Outcome.THROTTLED),
    "429 with Retry-After": (
        Response(status_code=429, headers={"Retry-After": "0"}),
        Outcome.THROTTLED,
    ),
    "500": (Response(status_code=500), Outcome.SERVER),
    "503": (HTMLResponse("<h1>maintenance</h1>", status_code=503), Outcome.SERVER),
    "a login page": (HTMLResponse("<html>sign in</html>"), Outcome.MALFORMED),
    "cut-off JSON": (Response('[{"call": {"uuid": "x"', media_type="application/json"), Outcome.MALFORMED),
    "an object instead of a list": (JSONResponse({"error": "no"}), Outcome.MALFORMED),
    "a redirect": (Response(status_code=302, headers={"Location": "https://elsewhere.example/"}), Outcome.MALFORMED),
    "404": (HTMLResponse("<h1>nothing here</h1>", status_code=404), Outcome.MALFORMED),
    "405": (Response(status_code=405), Outcome.MALFORMED),
    "nothing": (Response(status_code=204), Outcome.MALFORMED),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_takes_nothing_away_and_passes(fault: str) -> None:
    answer, outcome = FAULTS[fault]
    account = Account(history=40)
    with Listener(account.collector()) as listener:
        ledger = listener.until(lambda ledger: len(ledger.calls) == 40 and ledger.health.outcome in GOOD)
        assert ledger.targets
        fresh_at = ledger.health.fresh_at
        account.pass_time(10)
        account.fault = answer
        failed = listener.until(lambda ledger: ledger.health.outcome is outcome).health
        assert failed.message
        assert failed.next_at is not None
        assert failed.next_at > account.now
        assert failed.fresh_at is not None
        assert failed.fresh_at >= (fresh_at or account.now), "the age of the data goes on, it is not made up"
        assert len(ledger.calls) >= 40
        assert ledger.targets
        account.pass_time(30)
        account.fault = None
        ledger = listener.until(lambda ledger: ledger.health.outcome in GOOD)
        assert ledger.health.message == ""


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_stops_polling_until_somebody_acts(status: int) -> None:
    account = Account(history=40)
    collector = account.collector()
    account.fault = Response(status_code=status)
    with Listener(collector) as listener:
        ledger = listener.until(lambda ledger: ledger.health.outcome is Outcome.AUTH)
        assert ledger.health.next_at is None
        assert ledger.health.hint
        assert len(account.paths) == 1, "a refused key is not tried again by itself"
        account.fault = None
        collector.retry()
        listener.until(lambda ledger: ledger.health.outcome in GOOD and len(ledger.calls) == 40)


def test_the_call_somebody_looks_at_is_read_in_full() -> None:
    account = Account(history=40)
    collector = account.collector(interval=30)
    with Listener(collector) as listener:
        ledger = listener.until(lambda ledger: len(ledger.calls) == 40 and ledger.health.outcome in GOOD)
        uuid = next(iter(ledger.calls))
        collector.watch(uuid)
        answers = listener.until(lambda ledger: ledger.answers).answers
        assert answers[uuid]["uuid"] == uuid
        assert "total_duration" in answers[uuid], "the complete answer, not what the tables need of it"


@pytest.mark.parametrize("status", [503, 403])
def test_calls_are_fresh_although_the_buyers_cannot_be_read(status: int) -> None:
    account = Account(history=20)
    account.only_for("/targets.json", Response(status_code=status))
    with Listener(account.collector()) as listener:
        ledger = listener.until(lambda ledger: ledger.health.outcome is Outcome.PARTIAL)
        assert ledger.health.fresh_at is not None
        assert ledger.health.message.startswith("buyers: ")
        assert str(status) in ledger.health.message
        assert len(ledger.calls) == 20
        listener.until(lambda ledger: ledger.targets and ledger.health.outcome in GOOD)


def test_buyers_and_company_are_read() -> None:
    with Listener(Account(history=40).collector()) as listener:
        ledger = listener.until(lambda ledger: ledger.targets and ledger.company)
    assert ledger.company is not None
    assert ledger.company.name == "Example Co"
    assert any(target.target_groups for target in ledger.targets.values())


def test_only_reads_are_sent() -> None:
    account = Account(history=150)
    with Listener(account.collector()) as listener:
        listener.until(lambda ledger: len(ledger.calls) == 150 and ledger.targets and ledger.company)
    assert all(path.startswith("GET ") for path in account.paths)


def test_stopping_is_prompt_even_while_waiting() -> None:
    collector = Account(history=40).collector(interval=3600)
    with Listener(collector) as listener:
        listener.until(lambda ledger: ledger.health.outcome in GOOD)
    collector.stop(timeout=5)
    thread = collector._thread
    assert thread is not None
    assert not thread.is_alive()


def test_ages_follow_the_servers_clock_when_it_differs() -> None:
    account = Account(history=20)
    account.skew = 180
    with Listener(account.collector()) as listener:
        ledger = listener.until(lambda ledger: ledger.health.outcome in GOOD)
    assert ledger.health.skew == pytest.approx(180, abs=2)


def test_clocks_that_agree_are_left_alone() -> None:
    with Listener(Account(history=20).collector()) as listener:
        ledger = listener.until(lambda ledger: ledger.health.outcome is Outcome.UNCHANGED)
    assert ledger.health.skew == 0


def test_a_fault_in_the_program_itself_is_told_and_polling_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    account = Account(history=20)
    collector = account.collector()
    monkeypatch.setattr(Beside, "read", lambda beside, requests: 1 / 0)
    with Listener(collector) as listener:
        ledger = listener.until(lambda ledger: ledger.health.outcome is Outcome.MALFORMED)
        assert "ZeroDivisionError" in ledger.health.message
        monkeypatch.undo()
        listener.until(lambda ledger: ledger.health.outcome in GOOD)


def test_a_client_that_cannot_be_opened_is_told() -> None:
    account = Account(history=20)

    def refuse() -> ReadApi:
        raise ConfigurationError("no such place")

    with Listener(account.collector_over(refuse)) as listener:
        ledger = listener.until(lambda ledger: ledger.health.outcome is Outcome.MALFORMED)
    assert ledger.health.message == "no such place"


def test_catching_up_after_an_outage_asks_for_full_pages_and_tells_the_gap() -> None:
    account = Account(history=50, rate=2)
    collector = account.collector()
    gaps = gaps_told(collector)
    with Listener(collector) as listener:
        listener.until(lambda ledger: ledger.health.outcome is Outcome.UNCHANGED)
        asked = len(account.paths)
        gaps.clear()
        account.pass_time(600)
        count = len(everything(account))
        ledger = listener.until(lambda ledger: len(ledger.calls) >= count)
        listener.until(lambda ledger: ledger.health.outcome in GOOD and not ledger.health.gaps)
    assert len(ledger.calls) > 1000
    assert len(account.paths) - asked < 60, "hundred calls a page"
    assert gaps


def test_a_backfill_that_fails_is_told_and_waits_for_the_next_poll() -> None:
    account = Account(history=1000)
    collector = account.collector()
    with Listener(collector) as listener:
        listener.until(lambda ledger: ledger.calls)
        account.pages_fail = True
        ledger = listener.until(lambda ledger: ledger.health.outcome is Outcome.PARTIAL or len(ledger.calls) == 1000)
        if len(ledger.calls) < 1000:
            assert ledger.health.gaps
            assert "500" in ledger.health.message
        account.pages_fail = False
        listener.until(lambda ledger: len(ledger.calls) == 1000 and not ledger.health.gaps)


def test_a_record_that_stays_unreadable_is_counted_once() -> None:
    account = Account(history=20)
    account.spoil = True
    with Listener(account.collector()) as listener:
        ledger = listener.until(lambda ledger: ledger.calls and ledger.health.outcome is Outcome.UNCHANGED)
        assert ledger.health.rejected == 1
        assert "1 unreadable" in ledger.health.message
