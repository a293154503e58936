"""What is kept: how much it weighs, how long, in which form."""

from __future__ import annotations

import os
import sqlite3
import zlib
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model.health import Condition
from monitor.store import codec, schema
from monitor.store.history import SqliteHistory
from monitor.store.protocol import AuditEvent
from tests.make import NOON, at
from tests.store.stored import (
    Clock,
    a_listing,
    a_load,
    a_page,
    a_raw,
    a_state,
    bytes_of,
    bytes_per_call,
    leading,
    of_the_first_form,
    open_store,
    polled,
    uuids,
)
from tests.test_rooms import loaded

LONG_AGO = NOON - timedelta(days=3650)
BYTES_PER_CALL = 3_300
FIRST_TEXT = 0xC06367A3


def test_a_call_with_its_whole_history_weighs_about_3_kb(tmp_path: Path) -> None:
    assert bytes_per_call(tmp_path, hours=1) < BYTES_PER_CALL


@given(st.binary(max_size=2000), st.binary(max_size=2000))
def test_what_is_packed_comes_back_to_the_byte(text: bytes, like: bytes) -> None:
    assert codec.unpack(codec.pack(text)) == text
    assert codec.unpack(codec.pack(text, like), like) == text


@given(st.binary(max_size=300), st.integers(0, 100))
def test_what_is_damaged_is_noticed(text: bytes, place: int) -> None:
    packed = codec.pack(text)
    with pytest.raises(codec.DamagedError):
        codec.unpack(packed[: place % len(packed)])


def test_what_was_packed_by_the_first_version_can_always_be_read() -> None:
    """Histories lie packed against this very text. A better one may be added to it; it may never change."""
    assert zlib.adler32(codec._TYPICAL) in codec._KNOWN
    assert min(codec._KNOWN) == FIRST_TEXT


def a_life(days: int, folder: Path, **given: int) -> tuple[Path, Clock]:
    """Leave a history with 40 calls on each of so many days."""
    path, clock = folder / "history.db", Clock()
    store = leading(path, clock, **given)
    for day in range(days):
        now = clock.pass_time(86_400)
        for n in range(40):
            raw = {**a_raw(f"d{day}-{n}", filling=os.urandom(500).hex()), "created_at": now.isoformat()}
            seconds = (now - NOON).total_seconds()
            store.write(a_page(raw, seconds=seconds))
            store.write(a_page({**raw, "more": n}, seconds=seconds + 1))
        store.write(a_load(day, seconds))
    store.audit(AuditEvent(at(0), "the first"))
    store.close()
    return path, clock


def test_what_is_too_old_is_forgotten_with_all_that_belongs_to_it(tmp_path: Path) -> None:
    path, clock = a_life(60, tmp_path)
    store = leading(path, clock)
    before = bytes_of(path)
    for _ in range(20):
        store.retain(clock())
    days = {int(uuid[1:].split("-")[0]) for uuid in uuids(store.calls(LONG_AGO))}
    assert days == set(range(29, 60))
    assert all(change.at > clock() - timedelta(days=31) for change in store.changes(LONG_AGO, at(99_999_999)))
    assert len(store.loads(LONG_AGO, at(99_999_999))) == 31
    assert store.audits(LONG_AGO)
    store.close()
    assert bytes_of(path) < before * 0.7


def test_what_is_too_much_is_forgotten_oldest_first(tmp_path: Path) -> None:
    path, clock = a_life(20, tmp_path)
    store = leading(path, clock, size=400_000)
    for _ in range(20):
        store.retain(clock())
    kept = uuids(store.calls(LONG_AGO))
    assert 100 < len(kept) < 700
    assert kept[0] == "d19-39"
    store.close()
    assert bytes_of(path) < 450_000


def test_forgetting_takes_no_number_back(tmp_path: Path) -> None:
    store = leading(tmp_path / "history.db")
    last = store.write(a_page(a_raw()))
    store.retain(NOON + timedelta(days=99))
    assert list(store.calls(LONG_AGO)) == []
    following = store.write(a_page(a_raw("c2"), seconds=99))
    assert last is not None
    assert following is not None
    assert following > last


def test_one_call_of_retain_does_a_little(tmp_path: Path) -> None:
    path, clock = a_life(60, tmp_path)
    store = leading(path, clock)
    store.retain(clock())
    assert len(uuids(store.calls(LONG_AGO))) == 60 * 40 - 200


NEXT = (("ALTER TABLE calls ADD COLUMN note TEXT", "UPDATE calls SET note = 'new'"),)


def migrated(path: Path, migrations: tuple[object, ...]) -> list[Path]:
    """Migrate the file and return the backups that were made."""
    backups: list[Path] = []

    def back_up(db: sqlite3.Connection, version: int) -> None:
        backups.append(path.with_name(f"backup-{version}"))
        db.execute("VACUUM INTO ?", (str(backups[-1]),))

    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        schema.migrate(db, back_up, migrations)  # type: ignore[arg-type]
    return backups


def test_a_migration_comes_after_a_backup(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    store = leading(path)
    store.write(a_page(a_raw()))
    store.close()
    (backup,) = migrated(path, (*schema.MIGRATIONS, *NEXT))
    assert uuids(leading(backup).calls(LONG_AGO)) == ["c1"]
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT uuid, note FROM calls").fetchall() == [("c1", "new")]
        assert db.execute("PRAGMA user_version").fetchone() == (schema.VERSION + 1,)


def a_first_history(path: Path) -> None:
    """Leave two calls, one in two versions, a target and a state, in the first form."""
    pages = (a_page(a_raw(), a_raw("c2")), a_page(a_raw(updated=65, caller="newer"), seconds=70), a_load(3, 75))
    of_the_first_form(path, *pages, state=a_state(50))


def test_a_history_of_the_first_form_is_brought_up_to_date_with_all_that_is_in_it(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    a_first_history(path)
    store = leading(path)
    assert store.state() == a_state(50)
    assert sorted(uuids(store.calls(LONG_AGO))) == ["c1", "c2"]
    assert [change.at for change in store.changes(LONG_AGO, at(999))] == [at(0), at(0), at(65), at(75)]
    assert [target.raw["calls_in_progress"] for target in store.targets()] == [3]
    assert store.campaigns() == ()
    before = store.newest()
    assert store.write(a_listing("0044")) == (before or 0) + 1
    assert [campaign.key for campaign in store.campaigns()] == ["0044"]
    store.close()
    (backup,) = tmp_path.glob("history.db.backup-v1-*")
    with closing(sqlite3.connect(backup)) as db:
        assert db.execute("SELECT count(*) FROM calls").fetchone() == (2,)
        assert schema.version_of(db) == 1
    assert backup.stat().st_mode & 0o077 == 0


def test_a_history_of_the_first_form_is_read_as_it_lies(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    a_first_history(path)
    before = path.read_bytes()
    with closing(SqliteHistory(path)) as history:
        assert sorted(uuids(history.as_of(at(100), LONG_AGO, at(100)))) == ["c1", "c2"]
        assert history.campaigns() == ()
        assert len(history.since(0)) == 3
        assert history.state() == a_state(50)
    assert path.read_bytes() == before


def test_a_viewer_of_the_first_form_goes_on_when_another_brings_it_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    a_first_history(path)
    viewer = open_store(path)
    assert sorted(uuids(viewer.calls(LONG_AGO))) == ["c1", "c2"]
    assert viewer.campaigns() == ()
    store = leading(path)
    store.write(a_listing("0044"))
    assert viewer.changed()
    assert [campaign.key for campaign in viewer.campaigns()] == ["0044"]
    assert viewer.troubles == ()
    for each in (store, viewer):
        each.close()


def test_a_migration_that_fails_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    leading(path).close()
    with pytest.raises(sqlite3.OperationalError):
        migrated(path, (*schema.MIGRATIONS, ("CREATE TABLE half (a)", "CREATE TABLE half (a)")))
    with closing(sqlite3.connect(path)) as db:
        schema.verify(db)
        assert db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'half'").fetchone() == (0,)


def test_a_migration_is_done_once(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    leading(path).close()
    assert len(migrated(path, (*schema.MIGRATIONS, *NEXT))) == 1
    assert migrated(path, (*schema.MIGRATIONS, *NEXT)) == []
    with pytest.raises(schema.UnusableError) as caught:
        migrated(path, schema.MIGRATIONS)
    assert caught.value.condition is Condition.NEWER


def test_the_file_says_whose_it_is(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    store = leading(path)
    store.write(a_page(a_raw(), state=a_state(50)))
    with closing(sqlite3.connect(path)) as db:
        told = {name: db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")}
        told |= {name: db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "auto_vacuum")}
    assert told == {
        "application_id": schema.APPLICATION_ID,
        "user_version": schema.VERSION,
        "journal_mode": "wal",
        "auto_vacuum": 2,
    }


def test_the_audit_can_only_be_added_to(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    store = leading(path)
    store.audit(AuditEvent(at(0), "paused"))
    with closing(sqlite3.connect(path)) as db:
        for statement in ("DELETE FROM audit", "UPDATE audit SET action = 'nothing'"):
            with pytest.raises(sqlite3.IntegrityError):
                db.execute(statement)


def test_times_come_back_to_the_millisecond(tmp_path: Path) -> None:
    store = leading(tmp_path / "history.db")
    moments = [datetime.fromisoformat("2026-03-08T01:59:59.999-05:00"), at(0.001), at(-9_999_999.25)]
    for n, moment in enumerate(moments):
        store.audit(AuditEvent(moment, f"{n}"))
    assert [event.at for event in store.audits(LONG_AGO)] == moments


def test_polling_writes_only_what_changed(tmp_path: Path) -> None:
    store = leading(tmp_path / "history.db")
    for page in polled(0.05):
        first = store.write(page)
        assert store.write(page) == first


def test_a_store_is_opened_without_the_parser() -> None:
    """History is on the screen before what reads answers is loaded."""
    assert loaded("import monitor.store.sqlite").isdisjoint({"pydantic", "httpx", "textual", "starlette"})
