"""A call that somebody looks at can be asked for with how it was routed, and that changes nothing of what is kept."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse

from monitor.ledger import Ledger
from monitor.model.health import Outcome
from tests.account import Account, Listener
from tests.feed.test_campaigns import told
from tests.feed.test_looks import a_raw, answering, held, path_of, polls_later
from tests.store.stored import uuids

FLOW = [{"call_flow_event": {"message": "capped", "kind": "warning"}}]
UUID = "c1"


def an_account() -> Account:
    """Return an account of one call, which tells how it was routed when it is asked."""
    account = answering(a_raw(UUID, "fired"))
    route(account, a_raw(UUID, "fired"))
    return account


def route(account: Account, raw: dict[str, Any]) -> None:
    account.flows[path_of(UUID)] = JSONResponse({"call": {**raw, "call_flow_events": FLOW}})


def flow_shown(ledger: Ledger) -> bool:
    return ledger.answers.get(UUID, {}).get("call_flow_events") == FLOW


def test_it_is_asked_for_only_while_it_is_wanted() -> None:
    account = an_account()
    collector = account.collector()
    with Listener(collector) as listener:
        listener.until(held(1))
        collector.watch(UUID)
        listener.until(lambda ledger: UUID in ledger.answers)
        polls_later(listener, account, 3)
        assert not flow_shown(listener.ledger)
        collector.watch(UUID, flow=True)
        listener.until(flow_shown)
        collector.watch(UUID)
        listener.until(lambda ledger: not flow_shown(ledger))


def test_the_simulated_account_tells_how_a_call_was_routed() -> None:
    account = Account(history=20)
    collector = account.collector()
    with Listener(collector) as listener:
        uuid = next(iter(listener.until(held(20)).calls))
        collector.watch(uuid, flow=True)
        listener.until(lambda ledger: ledger.answers.get(uuid, {}).get("call_flow_events"))


def test_nothing_of_what_is_kept_goes_to_and_fro() -> None:
    account = an_account()
    with Listener(account.collector()) as listener:
        listener.until(held(1))
    # From here on nobody but who looks at the call reads it: there is nothing to compare it with but what is kept.
    account.always("/api/v2/calls.json", JSONResponse([]))
    collector = account.collector()
    with Listener(collector) as listener:
        listener.until(held(1))
        store = account.open_store()
        before = store.newest()
        for flow in (True, False, True):
            collector.watch(UUID, flow=flow)
            listener.until(lambda ledger: flow_shown(ledger) is flow)  # noqa: B023  # asked before the loop goes on
            polls_later(listener, account, 5)
        assert store.newest() == before
        assert uuids(store.calls(account.now.replace(hour=1))) == [UUID]
        store.close()


def test_while_it_is_wanted_no_answer_without_it_takes_its_place() -> None:
    account = an_account()
    collector = account.collector()
    with Listener(collector) as listener:
        listener.until(held(1))
        collector.watch(UUID, flow=True)
        listener.until(flow_shown)
        news = told(collector)
        for target in (7, None, 7):
            collector.watch(UUID, target, flow=True)
            polls_later(listener, account, 3)
        account.always("/api/v2/calls.json", JSONResponse([{"call": {**a_raw(UUID, "fired"), "caller": "+1301"}}]))
        listener.until(lambda ledger: ledger.calls[UUID].caller == "+1301")
    answers = [batch.answers[UUID] for batch in news if UUID in batch.answers]
    assert len(answers) >= 9
    assert all(answer["call_flow_events"] == FLOW for answer in answers)


def test_who_has_no_key_shows_what_is_kept() -> None:
    account = an_account()
    first, second = account.collector(), account.collector_over(None)
    with Listener(first) as leading, Listener(second) as viewing:
        leading.until(held(1))
        viewing.until(lambda ledger: UUID in ledger.calls)
        asked = len([path for path in account.paths if path.endswith(f"{UUID}.json")])
        second.watch(UUID, flow=True)
        viewing.until(lambda ledger: UUID in ledger.answers)
        assert not flow_shown(viewing.ledger)
        assert viewing.ledger.health.outcome is not Outcome.AUTH
        polls_later(leading, account, 5)
        assert len([path for path in account.paths if path.endswith(f"{UUID}.json")]) == asked
        # A change that is read first by who looks at the call is kept as it came.
        changed = {**a_raw(UUID, "fired"), "updated_at": "2026-05-04T11:59:30Z"}
        route(account, changed)
        first.watch(UUID, flow=True)
        viewing.until(flow_shown)
