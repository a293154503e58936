"""A replay shows what a live run would have shown at the time, wherever one jumps, and however one gets there."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.feed.playhead import Playhead
from monitor.feed.replay import Replay
from monitor.model.health import Outcome
from monitor.model.position import SPEEDS
from monitor.store.history import SqliteHistory
from monitor.store.protocol import Load, StoredCall
from tests.feed.played import SINCE, Recording, Viewer, known, played, record
from tests.make import NOON, at
from tests.store.stored import a_load, a_page, a_raw, leading

TICK = timedelta(milliseconds=1)
POLLS = st.integers(0, 179).map(lambda poll: at(poll * 5))


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    return record(tmp_path_factory.mktemp("history") / "recorded.db")


@pytest.fixture
def viewer(recording: Recording) -> Iterator[Viewer]:
    with played(recording.path) as viewer:
        yield viewer


def recorded(path: Path, start: datetime, end: datetime) -> list[StoredCall | Load]:
    """Return what a replay from `start` to `end` has to play."""
    history = SqliteHistory(path)
    try:
        return list(history.changes(start + TICK, end + TICK, SINCE))
    finally:
        history.close()


@settings(max_examples=15, deadline=None)
@given(moments=st.lists(POLLS, min_size=1, max_size=6))
def test_the_account_is_shown_as_a_live_run_knew_it_wherever_one_jumps(
    recording: Recording, moments: list[datetime]
) -> None:
    with played(recording.path) as viewer:
        for moment in moments:
            assert known(viewer.at(moment)) == known(recording.live(moment))


@settings(max_examples=10, deadline=None)
@given(start=st.integers(0, 800_000), steps=st.integers(1, 60))
def test_playing_on_leads_to_what_a_jump_shows(recording: Recording, start: int, steps: int) -> None:
    moment = NOON + start * TICK
    with played(recording.path) as viewer, played(recording.path) as other:
        viewer.at(moment)
        for _ in range(steps):
            viewer.replay.step()
        changes = [*dict.fromkeys(change.at for change in recorded(recording.path, moment, at(10_000)))]
        there = changes[steps - 1]
        assert known(viewer.arrived(there)) == known(other.at(there))


def test_stepping_visits_every_change_once(recording: Recording) -> None:
    end = at(300)
    with played(recording.path, end=end) as viewer:
        viewer.until(lambda position: not position.reading)
        changes = recorded(recording.path, NOON, end)
        for moment in dict.fromkeys(change.at for change in changes):
            assert viewer.replay.position.next_at == moment
            viewer.replay.step()
            ledger = viewer.arrived(moment)
        assert viewer.replay.position.next_at is None
        assert known(ledger) == known(recording.live(end))
        viewer.replay.step()
        viewer.until(lambda position: position.now == end)


def test_what_a_jump_shows_is_not_played_once_more(recording: Recording, viewer: Viewer) -> None:
    moments = list(dict.fromkeys(change.at for change in recorded(recording.path, NOON, at(300))))
    for now, after in pairwise(moments[:20]):
        viewer.at(now)
        assert viewer.replay.position.next_at == after


def test_it_plays_to_the_end_and_stands_there(recording: Recording) -> None:
    with played(recording.path, end=at(600), speed=600) as viewer:
        began = time.monotonic()
        viewer.replay.play_or_pause()
        ledger = viewer.until(lambda position: position.now == at(600) and not position.next_at)
        assert 0.9 < time.monotonic() - began < 10
        assert not viewer.replay.position.playing
        assert known(ledger) == known(recording.live(at(600)))


def test_from_the_end_it_begins_again(recording: Recording) -> None:
    with played(recording.path, end=at(600)) as viewer:
        viewer.at(at(600))
        viewer.replay.play_or_pause()
        ledger = viewer.until(lambda position: not position.reading)
        assert viewer.replay.position.playing
        assert viewer.replay.position.now < at(60)
        assert len(ledger.calls) < len(recording.live(at(600)).calls)


def test_while_it_stands_nothing_moves(viewer: Viewer) -> None:
    viewer.at(at(100))
    before = viewer.replay.position
    time.sleep(0.05)
    assert viewer.replay.position == before
    assert not before.playing
    assert viewer.replay.clock() == at(100)


def test_one_cannot_leave_what_is_replayed(viewer: Viewer) -> None:
    viewer.at(at(-500))
    assert viewer.replay.clock() == NOON
    viewer.at(at(1e6))
    assert viewer.replay.clock() == viewer.replay.position.end


def test_quick_jumps_end_at_the_last_one(recording: Recording, viewer: Viewer) -> None:
    for second in range(0, 800, 20):
        viewer.replay.jump(at(second))
    assert known(viewer.at(at(400))) == known(recording.live(at(400)))


def test_the_answer_on_a_call_is_the_one_of_the_time(recording: Recording, viewer: Viewer) -> None:
    changes = recorded(recording.path, NOON, at(900))
    uuids = [change.uuid for change in changes if isinstance(change, StoredCall)]
    uuid = max(uuids, key=uuids.count)
    versions = [change for change in changes if isinstance(change, StoredCall) and change.uuid == uuid]
    viewer.replay.watch(uuid)
    for version in (versions[-1], versions[0], versions[2]):
        viewer.at(version.at)
        viewer.told(uuid, version.raw)
    for moment in dict.fromkeys(change.at for change in changes if versions[2].at < change.at <= versions[3].at):
        viewer.replay.step()
        viewer.arrived(moment)
    viewer.told(uuid, versions[3].raw)


def test_it_says_that_it_is_a_replay_and_from_when_it_knows_all(viewer: Viewer) -> None:
    health = viewer.at(at(100)).health
    assert health.outcome is Outcome.REPLAY
    assert health.fresh_at == viewer.replay.position.end
    assert health.since is not None
    assert SINCE < health.since < NOON


def test_buyers_are_as_busy_as_they_were_and_what_was_not_recorded_is_not_known(tmp_path: Path) -> None:
    group = {"id": 3, "name": "Group", "concurrency_cap": 9, "calls_in_progress": 8, "target_ids": [7]}
    store = leading(tmp_path / "history.db")
    store.write(a_load(1, 10, name="Old name"))
    store.write(a_load(4, 20, target_groups=[{"target_group": group}], paused=True, paused_at=at(15).isoformat()))
    store.write(a_load(2, 30, target=8))
    store.close()
    with played(tmp_path / "history.db") as viewer:
        assert viewer.at(at(5)).targets == {}
        then = viewer.at(at(10)).targets[7]
        assert (then.name, then.calls_in_progress, then.paused, then.paused_at) == ("Buyer", 1, False, None)
        assert then.target_groups[0].calls_in_progress is None
        later = viewer.at(at(25)).targets
        assert (later[7].calls_in_progress, later[7].paused, later[7].paused_at) == (4, True, at(15))
        assert 8 not in later
        assert set(viewer.at(at(30)).targets) == {7, 8}


def test_the_order_of_the_history_counts_whatever_the_stamps_say(tmp_path: Path) -> None:
    store = leading(tmp_path / "history.db")
    store.write(a_page(a_raw(updated=900, caller="from the future"), seconds=60, horizon=at(120)))
    store.write(a_page(a_raw(updated=70, caller="then"), seconds=75, horizon=at(135)))
    store.write(a_page(a_raw("c2", updated=1200), seconds=1200))
    store.close()
    with played(tmp_path / "history.db") as viewer:
        assert viewer.at(at(65)).calls["c1"].caller == "from the future"
        viewer.replay.step()
        assert viewer.arrived(at(70)).calls["c1"].caller == "then"


def test_a_history_that_cannot_be_read_any_more_is_told(recording: Recording) -> None:
    history = SqliteHistory(recording.path)
    replay = Replay(history, start=NOON, end=at(600), since=SINCE, speed=1, boot=time.monotonic)
    history._db.close()  # type: ignore[union-attr]  # what a disk that fails does to it
    viewer = Viewer(replay)
    replay.start()
    try:
        viewer.until(lambda _: "cannot be read any more" in viewer.ledger.health.message)
    finally:
        replay.stop()
    assert viewer.ledger.health.outcome is Outcome.REPLAY


# The clock alone

MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.floats(0, 1e6)),
        st.tuples(st.just("put"), st.integers(-10_000, 10_000)),
        st.tuples(st.just("play"), st.booleans()),
        st.tuples(st.just("hold"), st.booleans()),
        st.tuples(st.just("shift"), st.integers(-9, 9)),
    ),
    max_size=30,
)


@given(moves=MOVES)
def test_the_clock_stays_within_its_ends_and_jumps_only_when_it_is_put(moves: list[tuple[str, float]]) -> None:
    head = Playhead(NOON, at(3600), 1.0)
    late = 1e5
    for move, value in moves:
        before = head.now(late)
        if move == "wait":
            late += value
            moving = head.playing and not head.held
            assert head.now(late) >= before if moving else head.now(late) == before
        elif move == "put":
            head.put(at(value), late)
            assert head.now(late) == max(NOON, min(at(value), at(3600)))
        elif move == "shift":
            head.shift(int(value), late)
            assert head.speed in SPEEDS
        elif move == "play":
            head.play(bool(value), late)
        else:
            head.hold(bool(value), late)
        assert NOON <= head.now(late) <= at(3600)
        assert move in ("put", "wait") or head.now(late) == before


def test_speeds_are_taken_one_after_the_other() -> None:
    head = Playhead(NOON, at(3600), 7)
    told = []
    for _ in SPEEDS:
        head.shift(1, 0)
        told.append(head.speed)
    assert told == [10, 60, 600, 3600, 3600, 3600, 3600]
    head.shift(-2, 0)
    assert head.speed == 60
    head.play(True, 0)
    assert head.now(10) == at(600)
    assert head.seconds_until(at(1200), 10) == 10
