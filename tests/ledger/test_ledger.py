"""The ledger is a fold: what it holds depends on what is true, not on how it heard of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.ledger import Ledger, Sums
from monitor.ledger.sums import step_of
from monitor.model.batch import Batch
from monitor.model.call import Call, FiredPixel
from tests.make import EXAMPLE_CO, a_call, a_final_call, a_target, at

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


def test_a_call_that_went_counts_no_longer_and_is_still_there_to_be_shown() -> None:
    ledger = Ledger()
    ledger.apply(Batch(calls=(a_call("lives"), a_final_call("ended"))))
    change = ledger.apply(Batch(gone=("lives", "ended", "never heard of"), date=at(200)))
    assert [now.uuid for _, now in change.updated] == ["lives", "ended"], "so that they are drawn anew"
    assert ledger.calls.keys() == {"lives", "ended"}
    assert ledger.gone == {"lives": at(200), "ended": at(200)}
    assert not ledger.live
    assert ledger.total == Sums()
    assert not ledger.by_target
    assert not ledger.apply(Batch(gone=("lives", "ended"))), "it goes once"


@pytest.mark.parametrize("version", [a_final_call(), a_final_call(revenue=Decimal(9)), a_call()])
def test_a_call_that_went_is_back_with_whatever_version_comes_and_counts_once(version: Call) -> None:
    ledger = Ledger()
    ledger.apply(Batch(calls=(a_final_call(),), complete=True))
    ledger.apply(Batch(gone=("c1",)))
    change = ledger.apply(Batch(calls=(version, version)))
    assert len(change.updated) == 1
    assert not ledger.gone
    assert ledger.total.calls == 1
    assert ledger.total.revenue.value == (version.revenue or Decimal(5)), "an old version does not undo a newer one"
    assert ledger.numbers == {"c1": 1}


def test_within_one_batch_calls_come_before_what_went() -> None:
    ledger = Ledger()
    ledger.apply(Batch(calls=(a_final_call(),), gone=("c1",)))
    assert "c1" in ledger.gone
    assert ledger.total.calls == 0


def test_the_oldest_ended_calls_leave_first_and_live_ones_never() -> None:
    ledger = Ledger(held=3)
    ledger.apply(Batch(calls=(a_call("old and live", -600), *(a_final_call(f"c{n}", n) for n in range(5)))))
    assert ledger.calls.keys() == {"old and live", "c3", "c4"}
    change = ledger.apply(Batch(calls=tuple(a_call(f"live {n}", 50 + n) for n in range(4))))
    assert sorted(change.removed) == ["c3", "c4"]
    assert len(ledger.calls) == len(ledger.live) == 5, "more than three, all of them live"
    change = ledger.apply(Batch(calls=(a_final_call("old and live", -600),)))
    assert change.removed == ["old and live"]
    assert not change.updated, "who left is not shown once more"
    assert ledger.left == 6
    assert ledger.total.calls == 10


def test_what_left_is_not_counted_a_second_time() -> None:
    ledger = Ledger(held=2)
    old = tuple(a_final_call(f"c{n}", n) for n in range(4))
    ledger.apply(Batch(calls=old, complete=True))
    assert not ledger.apply(Batch(calls=(old[0], old[1], a_final_call("read late", -5))))
    assert ledger.beyond == 3
    assert ledger.total.calls == 4
    assert ledger.apply(Batch(calls=(a_final_call("c2", 2, revenue=Decimal(7)),))), "what is held still changes"
    assert ledger.total.revenue.value == Decimal(22)


def test_a_call_that_is_gone_leaves_in_its_turn_even_if_it_had_not_ended() -> None:
    ledger = Ledger(held=1)
    ledger.apply(Batch(calls=(a_call("a", 0), a_call("b", 10))))
    ledger.apply(Batch(gone=("a",)))
    assert ledger.calls.keys() == {"b"}
    assert not ledger.gone


def test_a_call_that_began_at_another_time_after_all_takes_its_new_turn() -> None:
    ledger = Ledger(held=2)
    ledger.apply(Batch(calls=tuple(a_final_call(f"c{n}", n) for n in range(3))))
    ledger.apply(Batch(calls=(a_final_call("c1", 50), a_final_call("c3", 3))))
    assert ledger.calls.keys() == {"c1", "c3"}
    ledger.apply(Batch(calls=(a_final_call("c4", 60), a_final_call("c5", 70))))
    assert ledger.calls.keys() == {"c4", "c5"}


def test_numbers_go_on_counting_although_old_ones_are_forgotten() -> None:
    ledger = Ledger(held=2)
    for turn in range(3):
        ledger.apply(Batch(calls=tuple(a_final_call(f"c{turn}{n}", 10 * turn + n) for n in range(2)), complete=True))
    assert ledger.numbers == {"c20": 5, "c21": 6}


def test_all_begins_anew_when_a_replay_jumps() -> None:
    ledger = Ledger(held=2)
    ledger.apply(
        Batch(
            calls=tuple(a_final_call(f"c{n}", n) for n in range(3)),
            gone=("c2",),
            targets=(a_target(),),
            company=EXAMPLE_CO,
            complete=True,
        )
    )
    change = ledger.apply(Batch(calls=(a_final_call("c0", 0),), anew=True, complete=True))
    assert change.anew
    assert ledger.calls.keys() == {"c0"}, "which had left, and is not beyond any more"
    assert ledger.numbers == {"c0": 1}
    assert (ledger.left, ledger.beyond, ledger.gone, ledger.targets) == (0, 0, {}, {})
    assert ledger.total.calls == 1
    assert ledger.company == EXAMPLE_CO
    assert Ledger().apply(Batch(anew=True)), "also when there is nothing"
