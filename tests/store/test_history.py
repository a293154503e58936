"""A history that is only looked at: for any moment of the past, without a trace, whoever writes it meanwhile."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import ExitCode, MonitorError, SettingsError
from monitor.store.history import SqliteHistory
from monitor.store.protocol import History, Load, StoredCall, Written
from tests.feed.played import SINCE
from tests.make import NOON, at
from tests.store.stored import a_load, a_page, a_raw, leading, polled, uuids

FAR = at(1e7)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten minutes of the simulated account; two calls went."""
    path = tmp_path_factory.mktemp("history") / "recorded.db"
    store = leading(path)
    for page in polled(0.17):
        store.write(page)
    store.write(Written(at(620), gone=tuple(uuids(store.calls(SINCE))[:2])))
    store.write(a_load(3, 630))
    store.close()
    return path


def folded(history: History, moment: datetime, start: datetime) -> dict[str, StoredCall]:
    """Return what a plain fold of all changes up to `moment` leaves."""
    changes = history.changes(NOON - (FAR - NOON), FAR, start)
    return {each.uuid: each for each in changes if isinstance(each, StoredCall) and each.at <= moment}


@settings(max_examples=40, deadline=None)
@given(seconds=st.floats(-300, 700), start=st.sampled_from([SINCE, NOON, at(200)]))
def test_any_moment_is_what_the_changes_before_it_add_up_to(recorded: Path, seconds: float, start: datetime) -> None:
    with closing(SqliteHistory(recorded)) as history:
        moment = at(seconds)
        found = {version.uuid: version for version in history.as_of(moment, start, FAR)}
        assert found == folded(history, moment, start)
        assert all(history.version(uuid, moment) == version for uuid, version in found.items())


def test_calls_come_oldest_first_from_one_moment_to_before_another(tmp_path: Path) -> None:
    store = leading(tmp_path / "history.db")
    store.write(a_page(*({**a_raw(f"c{n}"), "created_at": at(n).isoformat()} for n in range(1200)), seconds=2000))
    assert uuids(store.as_of(at(3000), at(100), at(1100))) == [f"c{n}" for n in range(100, 1100)]
    assert uuids(store.as_of(at(1999), at(100), at(1100))) == []
    store.close()


def test_what_nobody_knew_of_yet_is_not_there(tmp_path: Path) -> None:
    store = leading(tmp_path / "history.db")
    store.write(a_page(a_raw(updated=10)))
    assert store.version("c1", at(9)) is None
    assert store.version("c1", at(10)) is not None
    assert store.version("never", at(10)) is None
    store.close()


def test_changes_of_calls_that_began_before_can_be_left_out(recorded: Path) -> None:
    with closing(SqliteHistory(recorded)) as history:
        young = set(uuids(history.as_of(FAR, at(200), FAR)))
        found = list(history.changes(SINCE, FAR, at(200)))
        every = [each for each in history.changes(SINCE, FAR) if isinstance(each, Load) or each.uuid in young]
    assert found == every
    assert len(young) > 30


def test_its_span_is_that_of_all_that_was_recorded(recorded: Path) -> None:
    with closing(SqliteHistory(recorded)) as history:
        changes = list(history.changes(NOON - (FAR - NOON), FAR))
        assert history.span() == history.recorded == (changes[0].at, changes[-1].at)
        assert changes[-1].at == at(630)


def trace(path: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in path.parent.iterdir()}


def test_reading_leaves_no_trace(recorded: Path) -> None:
    before = trace(recorded)
    with closing(SqliteHistory(recorded)) as history:
        assert list(history.changes(SINCE, FAR))
        assert trace(recorded) == before
    assert trace(recorded) == before


def test_what_a_killed_process_left_in_its_log_is_read_and_stays_there(tmp_path: Path) -> None:
    store = leading(tmp_path / "lived" / "history.db")
    store.write(a_page(a_raw()))
    left = tmp_path / "left"
    left.mkdir()
    for tail in ("", "-wal"):
        (left / f"history.db{tail}").write_bytes((tmp_path / "lived" / f"history.db{tail}").read_bytes())
    store.close()
    before = trace(left / "history.db")
    with closing(SqliteHistory(left / "history.db")) as history:
        assert uuids(history.as_of(FAR, SINCE, FAR)) == ["c1"]
    after = trace(left / "history.db")
    assert {name: after[name] for name in before} == before


def test_a_process_that_writes_is_seen_and_not_held_up(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    store = leading(path)
    store.write(a_page(a_raw()))
    store.close()
    with closing(SqliteHistory(path)) as history:
        assert uuids(history.as_of(FAR, SINCE, FAR)) == ["c1"]
        store = leading(path, patience=0)
        half_read = history.as_of(FAR, SINCE, FAR)
        next(half_read)
        assert store.write(a_page(a_raw("c2"))) is not None
        assert sorted(uuids(history.as_of(FAR, SINCE, FAR))) == ["c1", "c2"]
        store.close()
        assert store.troubles == ()


def test_a_damaged_answer_is_left_out_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    store = leading(path)
    store.write(a_page(a_raw("c1"), a_raw("c2")))
    store.close()
    with closing(sqlite3.connect(path)) as db:
        db.execute("UPDATE calls SET answer = x'00' WHERE uuid = 'c1'")
        db.commit()
    with closing(SqliteHistory(path)) as history:
        assert uuids(history.as_of(FAR, SINCE, FAR)) == ["c2"]
        assert history.damaged == 1


def test_a_file_that_fails_while_it_is_read_is_told(recorded: Path) -> None:
    with closing(SqliteHistory(recorded)) as history:
        history._db.close()  # type: ignore[union-attr]  # what a disk that fails does to it
        with pytest.raises(MonitorError, match="cannot be read any more"):
            history.span()


def garbage(path: Path) -> None:
    path.write_text("hello " * 1000)


def foreign(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE theirs (x)")


def of_version(version: int) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        leading(path).close()
        with closing(sqlite3.connect(path)) as db:
            db.execute(f"PRAGMA user_version = {version}")

    return make


BAD = {
    "there is no history at": lambda path: None,
    "there is no history at .*": Path.mkdir,
    "is empty": Path.touch,
    "is empty: nothing has been recorded in it": lambda path: leading(path).close(),
    "is damaged, or no history of callmon": garbage,
    "belongs to another program": foreign,
    "was kept by a newer callmon": of_version(99),
    "was kept by an older callmon": of_version(0),
}


@pytest.mark.parametrize("told", BAD)
def test_what_is_no_history_is_told_and_left_as_it_is(tmp_path: Path, told: str) -> None:
    path = tmp_path / "history.db"
    BAD[told](path)
    before = {each.name: each.stat().st_mtime_ns for each in tmp_path.iterdir()}
    with pytest.raises(SettingsError, match=told) as caught:
        SqliteHistory(path)
    assert str(path) in str(caught.value)
    assert caught.value.hint
    assert caught.value.exit_code == ExitCode.USAGE
    assert {each.name: each.stat().st_mtime_ns for each in tmp_path.iterdir()} == before
