"""Calls that wait for a pixel are looked at between the polls, and no poll ever waits for that."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from starlette.responses import JSONResponse, Response

from monitor.feed.collector import Collector
from monitor.feed.pending import GAPS
from monitor.ledger import Ledger
from monitor.model.health import Outcome
from tests.account import Account, Listener
from tests.make import NOON, at

Raw = dict[str, Any]

GOOD = {Outcome.FRESH, Outcome.UNCHANGED}
POLL = "GET /api/v2/calls.json"
FIRST = GAPS[0].total_seconds()


def a_raw(uuid: str, status: str = "new", *, pixel: int = 1) -> Raw:
    """Return a call that ended a minute before noon, with a pixel; its `updated_at` tells nothing of that."""
    stamps = {"created_at": at(-120).isoformat(), "updated_at": at(-60).isoformat(), "end_time": at(-60).isoformat()}
    fired = [{"url": f"https://pixels.example/{pixel}", "status": status, "created_at": at(-60).isoformat()}]
    return {"uuid": uuid, "status": "finished", **stamps, "fired_pixels": [{"fired_pixel": each} for each in fired]}


def path_of(uuid: str) -> str:
    return f"/api/v2/calls/{uuid}.json"


def answering(*raws: Raw) -> Account:
    """Return an account that has these calls, and tells of each what it tells in the list."""
    account = Account(history=0)
    whole = {"Link": '<http://localhost/api/v2/calls.json?page=1>; rel="last"'}
    account.always("/api/v2/calls.json", JSONResponse([{"call": raw} for raw in raws], headers=whole))
    for raw in raws:
        account.always(path_of(raw["uuid"]), JSONResponse({"call": raw}))
    return account


def looked_at(account: Account, uuid: str) -> int:
    return account.paths.count(f"GET {path_of(uuid)}")


def held(count: int) -> Callable[[Ledger], bool]:
    return lambda ledger: len(ledger.calls) == count and ledger.health.outcome in GOOD


def polls_later(listener: Listener, account: Account, count: int) -> None:
    """Let so many polls go by."""
    before = account.paths.count(POLL)
    listener.until(lambda _: account.paths.count(POLL) >= before + count)


def test_a_pixel_that_fires_without_touching_its_call_is_known_and_when_it_was_looked_at() -> None:
    account = answering(a_raw("c1"), a_raw("c2", "fired"))
    with Listener(account.collector()) as listener:
        listener.until(held(2))
        polls_later(listener, account, 5)
        assert looked_at(account, "c1") == 0, "not before the first gap is over"
        account.pass_time(FIRST)
        ledger = listener.until(lambda ledger: ledger.looked)
        assert ledger.looked == {"c1": at(FIRST)}, "also when nothing had changed"
        assert ledger.calls["c1"].pixels[0].status == "new"
        account.always(path_of("c1"), JSONResponse({"call": a_raw("c1", "fired")}))
        account.pass_time(FIRST)
        ledger = listener.until(lambda ledger: ledger.calls["c1"].pixels[0].status == "fired")
        listener.until(lambda ledger: ledger.looked == {"c1": at(2 * FIRST)})
        account.pass_time(900)
        polls_later(listener, account, 20)
    assert looked_at(account, "c1") == 2, "a call that waits for nothing is left alone"
    assert looked_at(account, "c2") == 0


def test_a_call_that_waits_for_ever_is_given_up() -> None:
    account = answering(a_raw("c1"))
    with Listener(account.collector()) as listener:
        listener.until(held(1))
        for number, gap in enumerate(GAPS, 1):
            account.now = NOON + gap
            listener.until(lambda ledger: ledger.looked.get("c1") == account.now)
            assert looked_at(account, "c1") == number
        account.pass_time(3600)
        polls_later(listener, account, 20)
    assert looked_at(account, "c1") == len(GAPS)


def test_a_call_that_is_gone_is_struck_out_and_forgotten() -> None:
    account = answering(a_raw("c1"))
    account.refuse(path_of("c1"), 404)
    with Listener(account.collector()) as listener:
        listener.until(held(1))
        account.always("/api/v2/calls.json", JSONResponse([]))
        account.pass_time(FIRST)
        ledger = listener.until(lambda ledger: "c1" in ledger.gone)
        assert ledger.looked == {}
        account.pass_time(700)
        polls_later(listener, account, 20)
    assert looked_at(account, "c1") == 1


def test_very_many_cost_a_few_requests_from_one_poll_to_the_next() -> None:
    account = answering(*(a_raw(f"c{n}") for n in range(90)))
    with Listener(account.collector(interval=0.1)) as listener:
        listener.until(held(90))
        account.pass_time(FIRST)
        start = len(account.paths)
        polls_later(listener, account, 12)
        made = account.paths[start:]
    polls = [index for index, path in enumerate(made) if path == POLL]
    between = [made[one + 1 : other] for one, other in pairwise(polls)]
    looks = [[path for path in each if path.startswith("GET /api/v2/calls/")] for each in between]
    assert max(map(len, looks)) == 2
    every = [path for each in looks for path in each]
    assert len(every) >= 1.5 * len(looks)
    assert len(every) == len(set(every)), "each once before any again"


def test_no_poll_waits_for_a_look_that_is_not_answered() -> None:
    account = answering(*(a_raw(f"c{n}") for n in range(40)))
    account.slow = {path_of(f"c{n}"): 60.0 for n in range(40)}
    polled: list[float] = []
    with Listener(account.collector(interval=0.3)) as listener:
        listener.until(held(40))
        account.pass_time(FIRST)
        for _ in range(6):
            polls_later(listener, account, 1)
            polled.append(time.monotonic())
        ledger = listener.ledger
        assert ledger.health.outcome in GOOD
        assert ledger.health.interval == 0.3
    assert max(after - before for before, after in pairwise(polled)) < 0.3 + 0.25
    looks = [path for path in account.paths if path.startswith("GET /api/v2/calls/")]
    assert len(looks) == 1, "who does not answer in time is left alone for a while"


def test_while_backing_off_nothing_is_looked_at() -> None:
    account = answering(a_raw("c1"))
    collector = account.collector(interval=0.05)
    with Listener(collector) as listener:
        listener.until(held(1))
        account.only_for("/api/v2/calls.json", Response(status_code=429))
        account.always("/api/v2/calls.json", Response(status_code=503))
        listener.until(lambda ledger: ledger.health.outcome is Outcome.SERVER)
        account.pass_time(FIRST)
        polls_later(listener, account, 3)
        assert looked_at(account, "c1") == 0
        account.always("/api/v2/calls.json", JSONResponse([{"call": a_raw("c1")}]))
        listener.until(lambda ledger: "c1" in ledger.looked)


def test_a_look_that_fails_is_told_and_the_next_one_is_made_all_the_same() -> None:
    account = answering(a_raw("c1"))
    account.only_for(path_of("c1"), Response(status_code=500))
    account._always.pop(path_of("c1"))
    with Listener(account.collector()) as listener:
        listener.until(held(1))
        account.pass_time(FIRST)
        ledger = listener.until(lambda ledger: ledger.health.outcome is Outcome.PARTIAL)
        assert "500" in ledger.health.message
        assert ledger.looked == {}
        account.always(path_of("c1"), JSONResponse({"call": a_raw("c1")}))
        listener.until(held(1))
        account.pass_time(FIRST)
        listener.until(lambda ledger: ledger.looked)


def test_a_server_that_wants_fewer_requests_is_heeded() -> None:
    account = answering(a_raw("c1"))
    account.always(path_of("c1"), Response(status_code=429, headers={"Retry-After": "200"}))
    with Listener(account.collector()) as listener:
        listener.until(held(1))
        account.pass_time(FIRST)
        health = listener.until(lambda ledger: ledger.health.outcome is Outcome.THROTTLED).health
        assert health.next_at is not None
        assert (health.next_at - account.now).total_seconds() >= 200


def test_who_looks_at_a_call_looks_at_its_pixels_too() -> None:
    account = answering(a_raw("c1"))
    collector: Collector = account.collector()
    with Listener(collector) as listener:
        listener.until(held(1))
        collector.watch("c1")
        account.pass_time(2)
        listener.until(lambda ledger: ledger.looked.get("c1") == at(2))


def test_after_a_restart_those_still_waiting_are_looked_at() -> None:
    account = answering(a_raw("c1"), a_raw("c2", "fired"))
    with Listener(account.collector()) as listener:
        listener.until(held(2))
    account.pass_time(3 * FIRST)
    with Listener(account.collector()) as listener:
        listener.until(lambda ledger: "c1" in ledger.looked)
    assert looked_at(account, "c1") == 1
    assert looked_at(account, "c2") == 0


def test_who_takes_over_knows_what_waits() -> None:
    account = answering(a_raw("c1"))
    first, second = account.collector(), account.collector()
    with Listener(first) as leading:
        leading.until(held(1))
        with Listener(second) as viewing:
            viewing.until(lambda ledger: ledger.calls and ledger.health.viewing)
            first.stop()
            account.pass_time(FIRST)
            viewing.until(lambda ledger: "c1" in ledger.looked)
