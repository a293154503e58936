"""The ledger over any history: duplicates, old versions, wild stamps, calls that go and come back, calls that leave.

The model beside it keeps everything, in the plainest way, and adds it up from nothing.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from monitor.ledger import Change, Ledger, Sums
from monitor.ledger.sums import Timeline, step_of
from monitor.model.batch import Batch
from monitor.model.call import Call
from tests.make import a_call, at

UUIDS = [f"c{number}" for number in range(14)]
FAR = datetime.fromisoformat("2999-01-01T00:00:00Z")
SPANS = [(step_of(at(first)), step_of(at(first + 200))) for first in (0, 100, 300)]
cents = st.none() | st.integers(-1000, 5000).map(lambda cents: Decimal(cents) / 100)
stamps = st.none() | st.just(FAR) | st.integers(0, 900).map(at)


@st.composite
def versions(draw: st.DrawFn) -> Call:
    """A version of one of a few calls. When a call began is the same in all of its versions."""
    number = draw(st.integers(0, len(UUIDS) - 1))
    started = number * 37 % 100 * 4
    ended = draw(st.none() | st.integers(0, 300))
    stamp = {"start_time": None, "created_at": None} if number == 5 else {}
    return a_call(
        UUIDS[number],
        started,
        status="in_progress" if ended is None else "finished",
        end_time=None if ended is None else at(started + ended),
        updated_at=draw(stamps),
        connected=draw(st.none() | st.booleans()),
        converted=draw(st.none() | st.booleans()),
        talk=draw(st.none() | st.integers(0, 200)),
        target_id=draw(st.none() | st.integers(1, 3)),
        revenue=draw(cents),
        payout=draw(cents),
        cost=draw(cents),
        profit=draw(cents),
        **stamp,
    )


def added_up(calls: list[Call]) -> tuple[Sums, dict[int, Sums], dict[int, Sums], dict[int, Sums]]:
    """Total, sums by start, by end and by target, from nothing."""
    total, started, ended, by_target = Sums(), Timeline(), Timeline(), dict[int, Sums]()
    for call in calls:
        total.add(call)
        started.add(call.began, call, 1)
        ended.add(call.end_time, call, 1)
        if call.target_id is not None:
            by_target.setdefault(call.target_id, Sums()).add(call)
    return total, started.steps, ended.steps, by_target


class AnyHistory(RuleBasedStateMachine):
    """Batches in any order; after each the ledger is what the model says."""

    @initialize(held=st.integers(1, 16))
    def begin(self, held: int) -> None:
        self.ledger = Ledger(held)
        self.known: dict[str, Call] = {}
        self.gone: set[str] = set()
        self.left: dict[str, Call] = {}
        self.numbers: dict[str, int] = {}

    @rule(
        calls=st.lists(versions(), max_size=8),
        gone=st.lists(st.sampled_from(UUIDS), max_size=3),
        now=st.none() | st.integers(0, 900).map(at),
        complete=st.booleans(),
        again=st.booleans(),
    )
    def news(self, calls: list[Call], gone: list[str], now: datetime | None, complete: bool, again: bool) -> None:
        batch = Batch(calls=tuple(calls), gone=tuple(gone), date=now, complete=complete)
        self._apply(batch)
        if again and not gone:
            assert not self.ledger.apply(replace(batch, calls=tuple(self.known.get(c.uuid, c) for c in calls))), (
                "what is known already is no news"
            )

    @rule()
    def everything_comes_once_more(self) -> None:
        self._apply(Batch(calls=tuple(self.known.values())))

    @rule(calls=st.lists(versions(), max_size=8), complete=st.booleans())
    def a_replay_jumps(self, calls: list[Call], complete: bool) -> None:
        for known in (self.known, self.gone, self.left, self.numbers):
            known.clear()
        self._apply(Batch(calls=tuple(calls), anew=True, complete=complete))

    def _apply(self, batch: Batch) -> None:
        shown = set() if batch.anew else set(self.ledger.calls)
        change = self.ledger.apply(batch)
        for call in batch.calls:
            if call.uuid not in self.left:
                self._hear(call, batch.horizon)
        self.gone |= {uuid for uuid in batch.gone if uuid in self.known}
        self._see_off(change, shown)

    def _hear(self, call: Call, horizon: datetime | None) -> None:
        known = self.known.get(call.uuid)
        if known is None and self.left and self._age(call) <= max(map(self._age, self.left.values())):
            return
        if known is None or not self._older(call.updated_at, known.updated_at, horizon):
            self.known[call.uuid] = call
        self.gone.discard(call.uuid)

    @staticmethod
    def _older(new: datetime | None, old: datetime | None, horizon: datetime | None) -> bool:
        return new is not None and old is not None and new < old and (horizon is None or old <= horizon)

    def _see_off(self, change: Change, shown: set[str]) -> None:
        """Let go those that leave by the rule; the ledger must have let go the same."""
        may = sorted(
            (call for call in self.known.values() if call.ended or call.uuid in self.gone), key=self._age, reverse=True
        )
        leaving = set()
        while may and len(self.known) > self.ledger.held:
            call = may.pop()
            leaving.add(call.uuid)
            del self.known[call.uuid]
            if call.uuid not in self.gone:
                self.left[call.uuid] = call
            else:
                self.gone.discard(call.uuid)
                self.left[call.uuid] = replace(call, status="gone")
        assert set(change.removed) == leaving
        assert {call.uuid for call in change.added} == self.known.keys() - shown
        assert {now.uuid for _, now in change.updated} <= set(self.known)

    @staticmethod
    def _age(call: Call) -> tuple[bool, datetime | None, str]:
        return (call.began is not None, call.began or FAR, call.uuid)

    @invariant()
    def what_is_held_is_what_the_account_has(self) -> None:
        assert self.ledger.calls == self.known
        assert set(self.ledger.gone) == self.gone
        assert self.ledger.live == {
            uuid: call for uuid, call in self.known.items() if not call.ended and uuid not in self.gone
        }
        assert len(self.known) <= self.ledger.held or len(self.known) == len(self.ledger.live)
        assert self.ledger.left == len(self.left)

    @invariant()
    def sums_are_those_of_everything_counted_each_once(self) -> None:
        counted = [call for uuid, call in self.known.items() if uuid not in self.gone]
        counted += [call for call in self.left.values() if call.status != "gone"]
        assert len({call.uuid for call in counted}) == len(counted)
        total, started, ended, by_target = added_up(counted)
        assert self.ledger.total == total
        assert self.ledger.started.steps == started
        assert self.ledger.ended.steps == ended
        assert self.ledger.by_target == by_target
        for first, last in SPANS:
            within = [call for call in counted if call.began and first <= step_of(call.began) < last]
            assert self.ledger.started.between(first, last) == added_up(within)[0], "also when it was asked for before"

    @invariant()
    def a_number_is_given_once(self) -> None:
        numbers = self.ledger.numbers
        assert numbers.keys() <= self.known.keys()
        assert len(set(numbers.values())) == len(numbers)
        assert all(numbers[uuid] == self.numbers.get(uuid, numbers[uuid]) for uuid in numbers)
        fresh = numbers.keys() - self.numbers.keys()
        assert all(numbers[uuid] > max(self.numbers.values(), default=0) for uuid in fresh)
        self.numbers.update(numbers)


TestAnyHistory = AnyHistory.TestCase
TestAnyHistory.settings = settings(
    max_examples=100,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],  # a busy machine is no fault of the ledger's
)
