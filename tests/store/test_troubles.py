"""Each thing that can befall a disk, for real: said with the file's name, and lived with."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.model.feed_state import FeedState
from monitor.model.health import Condition, StoreTrouble
from monitor.store import files, schema
from monitor.store.protocol import AuditEvent, Written
from monitor.store.sqlite import SqliteStore
from tests.make import NOON, at
from tests.store.stored import (
    Clock,
    a_listing,
    a_load,
    a_page,
    a_raw,
    a_state,
    fill,
    leading,
    open_store,
    polled,
    remount,
    small_disk,
    uuids,
)

LONG_AGO = NOON - timedelta(days=3650)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.db"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk") as folder:
        yield folder


def a_history(path: Path, calls: int = 300) -> None:
    """Leave a history at `path`."""
    store = leading(path)
    store.write(a_page(*(a_raw(f"old{n}", filling=os.urandom(200).hex()) for n in range(calls)), state=a_state(50)))
    store.close()


def only(store: SqliteStore, condition: Condition) -> StoreTrouble:
    """Return the one trouble, which is said with its file and what was done."""
    (trouble,) = store.troubles
    assert trouble.condition is condition
    assert trouble.file.endswith("history.db")
    assert trouble.happened
    assert trouble.done
    return trouble


def works(store: SqliteStore) -> bool:
    return store.write(a_page(a_raw("new"))) is not None and "new" in uuids(store.calls(LONG_AGO))


# Damage


def garbage(path: Path) -> None:
    path.write_bytes(b"<html>not a database</html>" * 1000)


def garbled(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4096 * 2 : 4096 * 12] = os.urandom(4096 * 10)
    path.write_bytes(content)


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def cut_within_a_page(path: Path) -> None:
    os.truncate(path, 5000)


@pytest.mark.parametrize("damage", [garbage, garbled, cut, cut_within_a_page])
def test_a_damaged_file_is_moved_away_and_a_new_one_begun(path: Path, damage: object) -> None:
    a_history(path)
    assert callable(damage)
    damage(path)
    kept = path.read_bytes()
    store = leading(path)
    trouble = only(store, Condition.CORRUPT)
    aside = path.with_name("history.db.corrupt-20260504T120000Z")
    assert aside.name in trouble.done
    assert aside.read_bytes()[4096:] == kept[4096:]
    assert not trouble.memory_only
    assert works(store)
    assert store.state() == FeedState()


def test_a_viewer_moves_nothing(path: Path) -> None:
    a_history(path)
    garbage(path)
    kept = path.read_bytes()
    viewer = open_store(path)
    assert list(viewer.calls(LONG_AGO)) == []
    only(viewer, Condition.CORRUPT)
    assert path.read_bytes() == kept


def test_damage_met_while_running_costs_no_page(path: Path) -> None:
    """The file goes bad under an open store: the page at hand is in the new file, and the state is asked for again."""
    a_history(path, 2000)
    store = leading(path)
    garbled(path)
    assert store._db is not None
    store._db.execute("PRAGMA shrink_memory")
    list(store.calls(LONG_AGO))
    only(store, Condition.CORRUPT)
    assert store.anew
    store.write(a_page(a_raw("new"), state=a_state(99)))
    assert uuids(store.calls(LONG_AGO)) == ["new"]
    assert store.state() == FeedState()


def test_one_damaged_answer_costs_that_answer(path: Path) -> None:
    a_history(path)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE calls SET answer = substr(answer, 1, 50) WHERE uuid = 'old7'")
    store = leading(path)
    assert len(list(store.calls(LONG_AGO))) == 299
    assert store.answer("old7") is None
    only(store, Condition.DAMAGED)
    assert len(list(store.changes(LONG_AGO, at(9000)))) == 299
    store.write(a_page(a_raw("old7", updated=5)))
    assert store.answer("old7") is not None


# Files that are not what they were


def test_a_file_emptied_between_two_runs_is_a_loss_that_is_told(path: Path) -> None:
    a_history(path)
    os.truncate(path, 0)
    store = leading(path)
    only(store, Condition.LOST)
    assert works(store)


def test_a_file_removed_between_two_runs_is_a_loss_that_is_told(path: Path) -> None:
    a_history(path)
    path.unlink()
    store = leading(path)
    only(store, Condition.LOST)
    assert works(store)


def test_an_empty_file_where_there_was_no_history_is_new(path: Path) -> None:
    path.touch()
    store = leading(path)
    assert store.troubles == ()
    assert works(store)


def test_a_file_unlinked_while_in_use_is_noticed_with_the_next_page(path: Path) -> None:
    a_history(path)
    store = leading(path)
    path.unlink()
    assert store.write(a_page(a_raw("new"), state=a_state(99)))
    assert Condition.REPLACED in {trouble.condition for trouble in store.troubles}
    assert store.anew
    assert store.state() == FeedState()
    assert uuids(open_store(path).calls(LONG_AGO)) == ["new"]


def test_a_file_exchanged_while_in_use_is_used_as_it_is(path: Path, tmp_path: Path) -> None:
    a_history(path)
    other = tmp_path / "other" / "history.db"
    a_history(other, 3)
    store = leading(path)
    store.write(a_page(a_raw("before")))
    other.rename(path)
    assert store.write(a_page(a_raw("after"), state=a_state(99)))
    only(store, Condition.REPLACED)
    assert store.state() == a_state(50)
    assert sorted(uuids(store.calls(LONG_AGO))) == ["after", "old0", "old1", "old2"]


def test_a_file_emptied_while_in_use_is_noticed(path: Path) -> None:
    a_history(path)
    store = leading(path)
    os.truncate(path, 0)
    assert store.write(a_page(a_raw("new")))
    assert Condition.REPLACED in {trouble.condition for trouble in store.troubles}
    assert works(store)


def test_a_viewer_follows_to_the_new_file(path: Path) -> None:
    a_history(path)
    store, viewer = leading(path), open_store(path)
    viewer.state()
    path.unlink()
    store.write(a_page(a_raw("new")))
    assert viewer.changed()
    assert viewer.anew
    assert uuids(viewer.calls(LONG_AGO)) == ["new"]


def test_a_viewer_waits_until_the_old_files_log_is_gone(path: Path, tmp_path: Path) -> None:
    """To open the new file beside the old one's log would spoil it: SQLite takes what lies there for its own."""
    a_history(path)
    other = tmp_path / "other" / "history.db"
    a_history(other, 3)
    store, viewer = leading(path), open_store(path)
    store.write(a_page(a_raw("before")))
    assert viewer.answer("before") is not None
    other.rename(path)
    assert list(viewer.calls(LONG_AGO)) == []
    store.write(a_page(a_raw("after")))
    assert viewer.changed()
    assert sorted(uuids(viewer.calls(LONG_AGO))) == ["after", "old0", "old1", "old2"]
    viewer.close()
    store.close()
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


# Files of others


def test_a_newer_history_is_left_as_it_is(path: Path) -> None:
    a_history(path)
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    kept = path.read_bytes()
    store = leading(path)
    assert only(store, Condition.NEWER).memory_only
    assert store.write(a_page(a_raw("new"))) is None
    answer = store.answer("new")
    assert answer is not None
    assert store.lead()
    assert not store.retry(NOON + timedelta(hours=1))
    store.close()
    assert path.read_bytes() == kept


def test_who_cannot_use_a_newer_history_does_not_stop_who_can(path: Path) -> None:
    a_history(path)
    able = leading(path)
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    assert open_store(path).lead()
    assert able.lead()
    assert able.write(a_page(a_raw("new")))


def test_another_programs_file_is_left_as_it_is(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE recipes (name TEXT)")
    kept = path.read_bytes()
    store = leading(path)
    assert only(store, Condition.FOREIGN).memory_only
    assert store.write(a_page(a_raw())) is None
    store.close()
    assert path.read_bytes() == kept


# Room


@contextmanager
def no_more_pages(store: SqliteStore) -> Iterator[None]:
    """A file that may not grow: SQLite says the same as for a full disk."""
    db = store._db
    assert db is not None
    (pages,) = db.execute("PRAGMA page_count").fetchone()
    db.execute(f"PRAGMA max_page_count = {pages}")
    yield
    db.execute("PRAGMA max_page_count = 1000000")


def filling(count: int = 100, start: int = 0) -> Iterator[Written]:
    """Yield pages that need room."""
    for n in range(start, start + count):
        yield a_page(a_raw(f"c{n}", filling=os.urandom(3000).hex()))


def test_on_a_full_disk_what_comes_waits_and_is_written_when_there_is_room(path: Path) -> None:
    clock = Clock()
    store = leading(path, clock)
    store.write(a_page(a_raw("before"), state=a_state(50)))
    store.write(a_listing("1", "2"))
    with no_more_pages(store):
        assert None in [store.write(page) for page in filling()]
        assert only(store, Condition.FULL).memory_only
        assert store.write(Written(at(70), gone=("before",), targets=a_load(3, 0).targets, state=a_state(60))) is None
        assert store.write(a_listing("2", "3", seconds=70, unlisted=("1",))) is None
        assert not store.audit(AuditEvent(at(71), "pause target"))
        assert store.state() == a_state(50)
        assert store.answer("before") is not None
        waiting = store.answer("c99")
        assert waiting is not None
        assert waiting.seq == 0
        assert not store.retry(clock.pass_time(61))
    assert not store.retry(clock.pass_time(30))
    assert store.retry(clock.pass_time(31))
    assert store.troubles == ()
    assert store.state() == a_state(60)
    assert len(list(store.calls(LONG_AGO))) == 101
    assert [target.id for target in store.targets()] == [7]
    assert [campaign.key for campaign in store.campaigns()] == ["2", "3"]
    assert [event.action for event in store.audits(at(0))] == ["pause target"]
    assert not store.anew


def test_what_waits_is_bounded_and_then_the_account_is_read_again(path: Path) -> None:
    clock = Clock()
    store = leading(path, clock, waiting=50)
    store.write(a_page(a_raw("before"), state=a_state(50)))
    with no_more_pages(store):
        for page in filling():
            store.write(page)
        store.write(Written(at(80), state=a_state(80)))
    assert store.retry(clock.pass_time(61))
    assert store.anew
    store.write(Written(at(90), state=a_state(90)))
    assert store.state() == a_state(50)
    assert not store.anew


def test_a_disk_that_is_really_full(disk: Path) -> None:
    clock = Clock()
    path = disk / "history.db"
    store = leading(path, clock)
    store.write(a_page(a_raw("before"), state=a_state(50)))
    ballast = fill(disk)
    assert None in [store.write(page) for page in filling()]
    assert only(store, Condition.FULL).memory_only
    assert uuids(store.calls(LONG_AGO))
    assert not store.retry(clock.pass_time(61))
    remount(disk, "size=8m")
    ballast.unlink()
    assert store.retry(clock.pass_time(61))
    assert store.troubles == ()
    assert len(list(open_store(path).calls(LONG_AGO))) == 101


def test_a_disk_that_is_full_from_the_start(disk: Path) -> None:
    clock = Clock()
    ballast = fill(disk)
    store = leading(disk / "history.db", clock)
    assert store.write(a_page(a_raw())) is None
    assert only(store, Condition.FULL).memory_only
    ballast.unlink()
    assert store.retry(clock.pass_time(61))
    assert store.troubles == ()
    assert uuids(store.calls(LONG_AGO)) == ["c1"]


def test_a_history_on_a_disk_that_is_full_from_the_start_is_read(disk: Path) -> None:
    a_history(disk / "history.db", 30)
    fill(disk)
    store = leading(disk / "history.db")
    for page in filling(20):
        store.write(page)
    assert only(store, Condition.FULL).memory_only
    assert store.state() == a_state(50)
    assert set(uuids(store.calls(LONG_AGO))) >= {f"old{n}" for n in range(30)}


def test_closing_on_a_full_disk_loses_only_what_waited(disk: Path) -> None:
    store = leading(disk / "history.db")
    fill(disk)
    acknowledged = [call.uuid for page in filling() for call, _ in page.calls if store.write(page)]
    store.close()
    remount(disk, "size=8m")
    again = leading(disk / "history.db")
    assert set(uuids(again.calls(LONG_AGO))) == set(acknowledged)


# Read only


def test_a_disk_that_turns_read_only_and_back(disk: Path) -> None:
    clock = Clock()
    store = leading(disk / "history.db", clock)
    store.write(a_page(a_raw("before"), state=a_state(50)))
    store.close()
    remount(disk, "ro")
    store = leading(disk / "history.db", clock)
    assert store.leading
    assert uuids(store.calls(LONG_AGO)) == ["before"]
    assert store.state() == a_state(50)
    assert store.write(a_page(a_raw("after"), state=a_state(60))) is None
    assert only(store, Condition.READ_ONLY).memory_only
    assert not store.retry(clock.pass_time(61))
    remount(disk, "rw")
    assert store.retry(clock.pass_time(61))
    assert store.troubles == ()
    assert set(uuids(store.calls(LONG_AGO))) == {"before", "after"}
    assert store.anew


def test_a_read_only_folder_without_a_history(disk: Path) -> None:
    clock = Clock()
    remount(disk, "ro")
    store = leading(disk / "sub" / "history.db", clock)
    assert store.write(a_page(a_raw())) is None
    assert only(store, Condition.READ_ONLY).memory_only
    remount(disk, "rw")
    assert store.retry(clock.pass_time(61))
    assert uuids(store.calls(LONG_AGO)) == ["c1"]


@contextmanager
def unwritable(path: Path) -> Iterator[None]:
    """Take the right to write a file, which for root takes more than its mode."""
    if os.geteuid() != 0:
        path.chmod(0o400)
        yield
        return
    chattr = shutil.which("chattr")
    if chattr is None or os.spawnl(os.P_WAIT, chattr, chattr, "+i", str(path)):
        pytest.skip("no way to make a file unwritable for root")
    try:
        yield
    finally:
        os.spawnl(os.P_WAIT, chattr, chattr, "-i", str(path))


def test_a_file_that_cannot_be_written(path: Path) -> None:
    a_history(path, 3)
    with unwritable(path):
        store = leading(path)
        assert only(store, Condition.READ_ONLY).memory_only
        assert len(list(store.calls(LONG_AGO))) == 3
        assert store.write(a_page(a_raw())) is None


# Others at the file


def test_a_file_that_another_program_holds_is_tried_again_with_the_next_page(path: Path) -> None:
    store = leading(path, patience=0.05)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert store.write(a_page(a_raw("c1"))) is None
        assert only(store, Condition.BUSY).memory_only
        assert uuids(store.calls(LONG_AGO)) == []
        other.execute("ROLLBACK")
    assert store.write(a_page(a_raw("c2")))
    assert store.troubles == ()
    assert sorted(uuids(store.calls(LONG_AGO))) == ["c1", "c2"]


# Disks of others


def test_the_kind_of_a_file_system_is_known(disk: Path) -> None:
    assert files.filesystem(disk) == "tmpfs"
    assert files.filesystem(disk / "not there") is None


def test_over_a_network_there_is_no_shared_memory(disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is taken for one of a network: no log beside the file, and everything else as ever."""
    monkeypatch.setattr(files, "NETWORK", files.NETWORK | {"tmpfs"})
    remount(disk, "size=16m")
    store = leading(disk / "history.db")
    viewer = open_store(disk / "history.db")
    for page in polled(0.05):
        assert store.write(page)
    assert sorted(each.name for each in disk.iterdir()) == ["history.db", "history.db.lock"]
    assert uuids(viewer.calls(LONG_AGO)) == uuids(store.calls(LONG_AGO))
    assert viewer.troubles == store.troubles == ()
