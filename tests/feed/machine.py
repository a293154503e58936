"""The stateful test of the feed: the account changes between any two answers, and what is kept must follow it.

The invariants are numbered as the design's reliability notes number them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Protocol

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from monitor.errors import GoneError, NetworkError
from monitor.feed.asks import Asked, Steps
from monitor.feed.follower import LOOKBACK, Follower
from monitor.feed.pending import GAPS, Pending
from monitor.ledger import Ledger, Sums
from monitor.model.batch import PLAUSIBLE, Batch
from monitor.model.call import Call
from monitor.model.feed_state import FeedState
from monitor.store.protocol import Written
from tests.feed.changing import FAR_FUTURE, Changing
from tests.make import NOON

AGES = (120, 900, 3600)
"""Seconds after which calls are swept here: with the real ages a run would take a second to end."""
HISTORY = timedelta(hours=2)
"""How far back an account is read that was never read before."""
WIDE = 12
"""Calls of one millisecond: four full pages here."""
LATEST = 90.0
"""Seconds after its stamp within which a commit becomes visible here: less than the lookback."""


class Kept:
    """What outlives the reader: the calls and the state, page by page, all of it or nothing; and the ledger."""

    def __init__(self) -> None:
        self.state = FeedState()
        self.ledger = Ledger()
        self.newest: dict[str, Call] = {}
        self.gone: set[str] = set()
        self.pending = Pending()
        """Not kept, but found again in what is."""

    def find_pending(self, now: datetime) -> None:
        """Note what waits for a pixel, as a process that has just been started does."""
        self.pending = Pending()
        for uuid, call in self.newest.items():
            if uuid not in self.gone:
                self.pending.note(call, now, now + PLAUSIBLE)

    def keep(self, written: Written) -> None:
        for call, _ in written.calls:
            self.pending.note(call, written.at, written.horizon)
            known = self.newest.get(call.uuid)
            if known is None or not call.older_than(known, written.horizon):
                self.newest[call.uuid] = call
                self.gone.discard(call.uuid)
        self.gone.update(uuid for uuid in written.gone if uuid in self.newest)
        for uuid in written.gone:
            self.pending.forget(uuid)
        calls = tuple(call for call, _ in written.calls)
        self.ledger.apply(Batch(calls=calls, gone=written.gone, date=written.at, complete=True))
        if written.state is not None:
            self.state = written.state

    def created(self, start: datetime, end: datetime) -> dict[str, datetime]:
        found = {
            uuid: call.created_at
            for uuid, call in self.newest.items()
            if uuid not in self.gone and call.created_at is not None and start <= call.created_at <= end
        }
        return dict(sorted(found.items(), key=lambda item: item[1]))


class Reads(Protocol):
    """What the machine drives: the follower, or one of the naive pollers that must not pass."""

    state: FeedState

    def resume(self, state: FeedState) -> None: ...
    def tick(self, *, deep: bool) -> Steps[int]: ...
    def fill(self) -> Steps[bool]: ...
    def sweep(self) -> Steps[bool]: ...
    def probe(self) -> Steps[None]: ...
    def doubtful(self) -> str | None: ...
    def read(self, uuid: str) -> Steps[Any]: ...


def follower(kept: Kept, account: Changing) -> Reads:
    return Follower(kept.keep, kept.created, now=lambda: account.now, first=lambda: account.now - HISTORY)


class FeedMachine(RuleBasedStateMachine):
    """Rules of the account, and of the reader, in any order."""

    make: Callable[[Kept, Changing], Reads] = staticmethod(follower)

    @initialize(seed=st.integers(0, 2**32), filters=st.booleans(), calm=st.booleans(), calls=st.integers(0, 12))
    def begin(self, seed: int, filters: bool, calm: bool, calls: int) -> None:
        self.account = Changing(seed, filters=filters)
        self.kept = Kept()
        self.reader = self.make(self.kept, self.account)
        self.steps: Steps[Any] | None = None
        self.asked: Asked | None = None
        self.kind = ""
        self.before = self.kept.state
        self.at_start: dict[str, Call] = {}
        self.proven: dict[str, Call] = {}
        """What could be seen when the last walk that looked back began (I6)."""
        self.calm = calm
        """Whether no row is pulled up over a page's edge while a walk is under way: only a sweep brings such a row."""
        self.excused = False
        """Whether one may have been."""
        self.spoiled: set[str] = set()
        """Calls that could not be read for a while: only a sweep brings them."""
        self.requests = 0
        self.changed = True
        for _ in range(calls):
            self.account.create()
            self.account.now += timedelta(seconds=7)

    # The account

    @rule(late=st.sampled_from([0.0, 0.0, 0.0, 5.0, LATEST]), count=st.integers(1, 4))
    def create(self, late: float, count: int) -> None:
        for _ in range(count):
            self.account.create(late=late)  # of the same millisecond
        if sum(call.updated_at == self.account.now for call in self.account.visible().values()) > WIDE:
            self.account.now += timedelta(milliseconds=1)
        self.changed = True

    def some(self, which: int) -> str | None:
        known = list(self.account.rows)
        return known[which % len(known)] if known else None

    @rule(which=st.integers(0, 1000), late=st.sampled_from([0.0, 0.0, 0.0, 3.0, LATEST]))
    def update(self, which: int, late: float) -> None:
        if (uuid := self.some(which)) is not None:
            self.account.change(uuid, stamp=self.account.now, late=late)
            self.changed = True

    @rule(which=st.integers(0, 1000), count=st.integers(2, 7))
    def update_many(self, which: int, count: int) -> None:
        for each in range(count):
            self.update(which + each, 0.0)

    @rule(which=st.integers(0, 1000))
    def pixel(self, which: int) -> None:
        if (uuid := self.some(which)) is not None:
            self.account.touch(uuid)
            self.changed = True

    @rule(which=st.integers(0, 1000))
    def wait(self, which: int) -> None:
        if (uuid := self.some(which)) is not None:
            self.account.wait(uuid)
            self.changed = True

    @rule(which=st.integers(0, 1000))
    def fire(self, which: int) -> None:
        if (uuid := self.some(which)) is not None:
            self.account.fire(uuid)
            self.changed = True

    @rule(which=st.integers(0, 1000), stamp=st.sampled_from([FAR_FUTURE, None]))
    def odd_stamp(self, which: int, stamp: datetime | None) -> None:
        if (uuid := self.some(which)) is not None:
            self.account.change(uuid, stamp=stamp)
            self.changed = True

    @rule(which=st.integers(0, 1000))
    def delete(self, which: int) -> None:
        uuid = self.some(which)
        if uuid is not None and self.account.rows[uuid].newest is not None and not (self.calm and self.steps):
            self.account.delete(uuid)
            self.excused = self.excused or self.steps is not None
            self.changed = True

    @rule(which=st.integers(0, 1000))
    def bring_back(self, which: int) -> None:
        uuid = self.some(which)
        if uuid is not None and self.account.rows[uuid].newest is None:
            self.account.bring_back(uuid)
            self.changed = True

    @rule(which=st.integers(0, 1000))
    def unreadable(self, which: int) -> None:
        if (uuid := self.some(which)) is not None:
            row = self.account.rows[uuid]
            row.unreadable = not row.unreadable
            self.spoiled.add(uuid)
            self.changed = True

    @rule(seconds=st.sampled_from([0.001, 1.0, 5.0, 61.0, 300.0, 3600.0]))
    def pass_time(self, seconds: float) -> None:
        self.account.now += timedelta(seconds=seconds)
        self.changed = True

    # The reader

    @precondition(lambda self: self.steps is None)
    @rule(deep=st.booleans())
    def tick(self, deep: bool) -> None:
        self._start("deep" if deep else "plain", self.reader.tick(deep=deep))

    @precondition(lambda self: self.steps is None and self.reader.state.gaps)
    @rule()
    def fill(self) -> None:
        self._start("fill", self.reader.fill())

    @precondition(lambda self: self.steps is None)
    @rule()
    def sweep(self) -> None:
        self._start("sweep", self.reader.sweep())

    @precondition(lambda self: self.steps is None)
    @rule()
    def probe(self) -> None:
        self._start("probe", self.reader.probe())

    @precondition(lambda self: self.steps is None)
    @rule()
    def look(self) -> None:
        uuid = self.reader.doubtful()
        if uuid is not None:
            self._start("look", self.reader.read(uuid))

    @precondition(lambda self: self.steps is None)
    @rule()
    def look_at_what_waits(self) -> None:
        uuid = self.kept.pending.due(self.account.now)
        if uuid is not None:
            self.kept.pending.looked(uuid, self.account.now)
            self._start("look", self.reader.read(uuid))

    def _start(self, kind: str, steps: Steps[Any]) -> None:
        self.kind, self.steps = kind, steps
        self.before, self.at_start = self.reader.state, self.account.visible()
        self.requests = 0
        if kind == "plain":
            self.quiet, self.changed = not self.changed, False
        self._go_on(lambda: next(steps))

    def _go_on(self, step: Callable[[], Asked]) -> None:
        try:
            self.asked = step()
        except StopIteration:
            self._finished()
        except NetworkError:
            self.steps = None
            self._failed()

    @precondition(lambda self: self.steps is not None)
    @rule(count=st.integers(1, 4))
    def answers(self, count: int) -> None:
        for _ in range(count):
            if self.steps is not None:
                self.answer()

    @precondition(lambda self: self.steps is not None)
    @rule(which=st.integers(0, 1000))
    def answer_and_update(self, which: int) -> None:
        self.answer()
        self.update(which, 0.0)

    @precondition(lambda self: self.steps is not None)
    @rule()
    def answer(self) -> None:
        steps, asked = self.steps, self.asked
        assert steps is not None
        assert asked is not None
        self.requests += 1
        try:
            answered = self.account.answer(asked)
        except GoneError as error:
            gone = error
            self._go_on(lambda: steps.throw(gone))
        else:
            self._go_on(lambda: steps.send(answered))

    @precondition(lambda self: self.steps is not None and not self.calm)
    @rule(seconds=st.sampled_from([1.0, 20.0]))
    def answer_from_a_replica_that_is_behind(self, seconds: float) -> None:
        self.account.lag = timedelta(seconds=seconds)
        self.excused = True  # what the replica has not got yet pushes nothing down: its rows stand higher
        self.changed = True
        self.answer()

    @precondition(lambda self: self.steps is not None)
    @rule()
    def fail(self) -> None:
        steps = self.steps
        assert steps is not None
        self._go_on(lambda: steps.throw(NetworkError("reset")))

    @rule()
    def restart(self) -> None:
        self.steps = None
        self.reader = self.make(self.kept, self.account)
        self.reader.resume(self.kept.state)
        self.kept.find_pending(self.account.now)
        self.changed = True

    def _failed(self) -> None:
        state, before = self.reader.state, self.before
        assert (state.head, state.deep) == (before.head, before.deep), "I5: a walk that failed moves nothing"
        self.changed = True

    def _finished(self) -> None:
        self.steps = None
        if self.reader.state.deep is not None and (self.kind == "deep" or self.reader.state.deep != self.before.deep):
            self.proven = self.at_start
        quiet = self.kind == "plain" and self.quiet and not self.changed  # neither before it nor under way
        if quiet and not self.before.gaps and self.before.head is not None:
            odd = any(call.updated_at in {None, FAR_FUTURE} for call in self.at_start.values())
            ties = sum(call.updated_at == self.before.head for call in self.at_start.values())
            if not odd and ties <= 1 and not self.spoiled:
                assert self.requests == 1, "I9: a quiet poll is one request"

    # What must hold at any time

    @invariant()
    def sums_are_of_what_is_known(self) -> None:
        ledger = self.kept.ledger
        wanted = Sums()
        for uuid, call in ledger.calls.items():
            if uuid not in ledger.gone:
                wanted.add(call)
        assert ledger.total == wanted, "I7"
        assert ledger.calls == self.kept.newest, "I3"
        assert ledger.gone.keys() == self.kept.gone, "I14"

    @invariant()
    def what_waits_for_a_pixel_is_noted(self) -> None:
        for uuid, call in self.kept.newest.items():
            if uuid not in self.kept.gone and any(pixel.status == "new" for pixel in call.pixels):
                assert uuid in self.kept.pending, f"I13: nobody looks whether the pixels of {uuid} are sent"

    @invariant()
    def watermarks_only_rise(self) -> None:
        state, before = self.reader.state, self.before
        for now, then in ((state.head, before.head), (state.deep, before.deep)):
            assert then is None or (now is not None and now >= then), "I5"
            assert now is None or now <= self.account.now + PLAUSIBLE, "I5"

    @invariant()
    def what_a_deep_walk_proved_is_kept(self) -> None:
        deep = self.kept.state.deep
        if deep is None or self.excused:
            return
        for uuid, call in self.proven.items():
            if call.updated_at is not None and call.updated_at <= deep - LOOKBACK and uuid not in self.spoiled:
                known = self._known(uuid, call) or self._may_be_hidden(call)
                assert known, f"I6, I10: {uuid} is neither kept nor in a gap: {self._told(uuid)}"

    def _may_be_hidden(self, call: Call) -> bool:
        """Whether it shares its stamp with a row that cannot be read, which the check of ties cannot tell from it.

        When the one is repeated over the edge of a page, and the other left out, only a sweep brings the other.
        """
        unread = (version.call for uuid in self.spoiled for version in self.account.rows[uuid].versions)
        return any(other is not None and other.updated_at == call.updated_at for other in unread)

    def _told(self, uuid: str) -> str:
        versions = [
            (version.seen - NOON, version.call and (version.call.updated_at or NOON) - NOON)
            for version in self.account.rows[uuid].versions
        ]
        state = self.kept.state
        return f"{versions}; kept {self.kept.newest.get(uuid)}; {state.start} {state.head} {state.deep} {state.gaps}"

    def _known(self, uuid: str, call: Call) -> bool:
        kept = self.kept.newest.get(uuid)
        stamp = call.updated_at
        assert stamp is not None
        if stamp < (self.kept.state.start or stamp):
            return True
        there = self.account.visible().get(uuid)
        head = self.kept.state.head
        if there is None or there.updated_at is None or (head is not None and there.updated_at >= head):
            return True  # it has gone, or moved up to the watermark or above, where the next walk meets it
        if kept is not None and (kept.updated_at is None or kept.updated_at >= stamp):
            return True
        return any(gap.start <= stamp <= gap.end for gap in self.kept.state.gaps)

    # What must come true in the end

    def teardown(self) -> None:
        if not hasattr(self, "account"):
            return
        self._drop()
        for row in self.account.rows.values():
            row.unreadable = False
        self.account.now += timedelta(seconds=LATEST + 1)
        self.reader.resume(self.kept.state)
        for deep in (False, True):
            self._run(self.reader.tick(deep=deep))
        for _ in range(200):
            if not self.reader.state.gaps:
                break
            self._run(self.reader.fill())
        assert not self.reader.state.gaps, "I10: every gap is filled in the end"
        self._same(swept=False)
        self._look_at_what_waits()
        # Ages pass, and everything is looked at again: pixels, what slipped over an edge, what is gone.
        start = self.account.now
        while self.account.now < start + timedelta(seconds=AGES[-1] + 1500):
            self.account.now += timedelta(seconds=301)
            while self._run(self.reader.sweep()):
                pass
            while (uuid := self.reader.doubtful()) is not None:
                self._run(self.reader.read(uuid))
        self._run(self.reader.tick(deep=True))
        self._same(swept=True)
        wanted = Sums()
        for uuid, call in self.kept.newest.items():
            if uuid not in self.kept.gone:
                wanted.add(call)
        assert self.kept.ledger.total == wanted, "I7, I14"

    def _look_at_what_waits(self) -> None:
        """Within the gaps after which it is read again, what waits for a pixel is as the account has it."""
        pending, start = self.kept.pending, self.account.now
        looked: set[str] = set()
        for gap in GAPS:
            self.account.now = start + gap + timedelta(seconds=1)
            while (uuid := pending.due(self.account.now)) is not None:
                looked.add(uuid)
                pending.looked(uuid, self.account.now)
                self._run(self.reader.read(uuid))
        there = self.account.visible()
        for uuid in looked:
            known = None if uuid in self.kept.gone else self.kept.newest[uuid]
            assert known == there.get(uuid), f"I13: {uuid} is not as the account has it"
        assert pending.due(FAR_FUTURE) is None, "I13: it is given up in the end"

    def _drop(self) -> None:
        if self.steps is not None:
            self.steps.close()
            self.steps = None

    def _run(self, steps: Steps[Any]) -> Any:
        answered: Any = None
        error: GoneError | None = None
        for _ in range(2000):
            try:
                asked = steps.send(answered) if error is None else steps.throw(error)
            except StopIteration as stop:
                return stop.value
            error = None
            try:
                answered = self.account.answer(asked)
            except GoneError as gone:
                error = gone
        raise AssertionError("a piece of reading does not end")

    def _same(self, *, swept: bool) -> None:
        """The account and what is kept are the same: `swept`, in all that is ever read again; else by their stamps."""
        state = self.reader.state
        known = {uuid: call for uuid, call in self.kept.newest.items() if uuid not in self.kept.gone}
        for uuid, call in self.account.visible().items():
            if state.start is None or (call.updated_at is not None and call.updated_at < state.start):
                continue  # from before the account was first read
            young = call.created_at is not None and call.created_at >= state.start + HISTORY - timedelta(
                seconds=AGES[-1]
            )
            if swept and young:
                assert uuid in known, f"I1: {uuid} is missing"
                assert known[uuid] == call, f"I2, I13: {uuid} is not as the account has it"
            elif not self.excused and uuid not in self.spoiled and not self._may_be_hidden(call):
                assert uuid in known, f"I1: {uuid} is missing"
                assert known[uuid].updated_at == call.updated_at, f"I2: {uuid} is an older version"
        if swept:
            for uuid in known.keys() - self.account.visible().keys():
                created = known[uuid].created_at
                assert state.start is not None
                assert created is not None
                assert created < state.start + HISTORY - timedelta(seconds=AGES[-1]), f"I14: {uuid} is gone"
