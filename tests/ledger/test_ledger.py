"""The ledger is a fold: what it holds depends on what is true, not on how it heard of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from monitor.ledger import Ledger, Sums
from monitor.ledger.sums import Timeline, step_of
from monitor.model.batch import Batch
from monitor.model.call import Call, FiredPixel
from tests.make import a_call, a_final_call, a_target, at

cents = st.none() | st.integers(-1000, 5000).map(lambda cents: Decimal(cents) / 100)


@st.composite
def calls(draw: st.DrawFn) -> Call:
    started = draw(st.integers(0, 400))
    ended = draw(st.none() | st.integers(0, 300))
    return a_call(
        f"c{draw(st.integers(0, 8))}",
        started,
        status="in_progress" if ended is None else "finished",
        end_time=None if ended is None else at(started + ended),
        updated_at=at(draw(st.integers(0, 900))),
        connected=draw(st.none() | st.booleans()),
        converted=draw(st.none() | st.booleans()),
        talk=draw(st.none() | st.integers(0, 200)),
        target_id=draw(st.none() | st.integers(1, 3)),
        revenue=draw(cents),
        payout=draw(cents),
        cost=draw(cents),
        profit=draw(cents),
    )


def recomputed(ledger: Ledger) -> tuple[Sums, dict[int, Sums], dict[int, Sums], dict[int, Sums]]:
    """The ledger's sums, from nothing."""
    total, started, ended, by_target = Sums(), Timeline(), Timeline(), dict[int, Sums]()
    for call in ledger.calls.values():
        total.add(call)
        started.add(call.began, call, 1)
        ended.add(call.end_time, call, 1)
        if call.target_id is not None:
            by_target.setdefault(call.target_id, Sums()).add(call)
    return total, started.steps, ended.steps, by_target


@given(st.lists(st.lists(calls(), max_size=6), max_size=12))
def test_running_sums_equal_the_sums_over_what_is_held(batches: list[list[Call]]) -> None:
    ledger = Ledger()
    spans = [(step_of(at(first)), step_of(at(first + 200))) for first in (0, 100, 300)]
    for batch in batches:
        ledger.apply(Batch(calls=tuple(batch)))
        for span in spans:
            asked = Sums()
            for call in ledger.calls.values():
                if call.began and span[0] <= step_of(call.began) < span[1]:
                    asked.add(call)
            assert ledger.started.between(*span) == asked, "also when it was asked for before"
    total, started, ended, by_target = recomputed(ledger)
    assert ledger.total == total
    assert ledger.started.steps == started
    assert ledger.ended.steps == ended
    assert {key: sums for key, sums in ledger.by_target.items() if sums.calls} == by_target
    assert ledger.live.keys() == {call.uuid for call in ledger.calls.values() if not call.ended}


@given(st.lists(calls(), max_size=12, unique_by=lambda call: (call.uuid, call.updated_at)), st.randoms())
def test_the_order_in_which_versions_arrive_does_not_matter(versions: list[Call], random: object) -> None:
    shuffled = list(versions)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis hands out a Random and types it as object
    first, second = Ledger(), Ledger()
    first.apply(Batch(calls=tuple(versions)))
    for call in shuffled:
        second.apply(Batch(calls=(call,)))
    assert first.calls == second.calls
    assert first.total == second.total


def test_a_newer_version_replaces_an_older_one_and_never_the_other_way() -> None:
    ledger = Ledger()
    new = a_final_call()
    ledger.apply(Batch(calls=(new,)))
    change = ledger.apply(Batch(calls=(a_call(),)))
    assert not change
    assert ledger.calls["c1"] is new
    assert ledger.stale == 1


def test_pixels_that_change_without_moving_updated_at_are_taken() -> None:
    ledger = Ledger()
    pending = a_final_call(pixels=(FiredPixel("https://t.example", "new", created_at=at(102)),))
    sent = replace(pending, pixels=(FiredPixel("https://t.example", "fired", created_at=at(102), fired_at=at(103)),))
    ledger.apply(Batch(calls=(pending,)))
    change = ledger.apply(Batch(calls=(sent,)))
    assert change.updated == [(pending, sent)]
    assert ledger.calls["c1"].pixels[0].status == "fired"


def test_an_implausible_stamp_does_not_lock_a_call() -> None:
    ledger = Ledger()
    ledger.apply(Batch(calls=(a_call(updated_at=datetime.fromisoformat("2999-01-01T00:00:00Z")),), date=at(1)))
    ledger.apply(Batch(calls=(a_final_call(),), date=at(103)))
    assert ledger.calls["c1"].ended


def test_the_same_news_again_is_no_change() -> None:
    ledger = Ledger()
    batch = Batch(calls=(a_final_call(),), targets=(a_target(),), complete=True)
    assert ledger.apply(batch)
    assert not ledger.apply(batch)


def test_null_money_is_not_zero() -> None:
    ledger = Ledger()
    ledger.apply(Batch(calls=(a_call("a"), a_call("b"))))
    assert ledger.total.revenue.value is None
    ledger.apply(Batch(calls=(a_final_call("c", revenue=Decimal(0)),)))
    assert ledger.total.revenue.value == Decimal(0)


def test_calls_are_numbered_by_age_once_the_walk_has_ended_and_never_again() -> None:
    ledger = Ledger()
    ledger.apply(Batch(calls=(a_call("new", 60), a_call("newer", 90))))
    assert ledger.numbers == {}
    ledger.apply(Batch(calls=(a_call("old", 0),), complete=True))
    assert ledger.numbers == {"old": 1, "new": 2, "newer": 3}
    ledger.apply(Batch(calls=(a_call("filled in later", -600), a_final_call("new", 60)), complete=True))
    assert ledger.numbers == {"old": 1, "new": 2, "newer": 3, "filled in later": 4}


def test_complete_answers_are_kept_for_the_last_few_calls_only() -> None:
    ledger = Ledger()
    for number in range(20):
        ledger.apply(Batch(answers={f"c{number}": {"uuid": f"c{number}"}}))
    assert len(ledger.answers) == 8
    assert "c19" in ledger.answers


def test_a_step_is_ten_seconds() -> None:
    assert step_of(at(9.9)) == step_of(at(0))
    assert step_of(at(10)) == step_of(at(0)) + 1
