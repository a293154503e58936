"""Several processes on one store, and what is left when one is killed."""

from __future__ import annotations

import os
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.store.protocol import StoredCall, Written
from tests.make import NOON, at
from tests.store import child
from tests.store.killing import kill_writers, killed_after, start
from tests.store.stored import a_page, a_raw, a_state, leading, open_store, polled, uuids

KILLS = int(os.environ.get("CALLMON_KILLS", "10"))
"""`CALLMON_KILLS=100` for the long run."""

TAKEN_OVER_WITHIN = 5
"""Seconds."""


def test_kill_9_corrupts_nothing_and_loses_nothing_acknowledged(tmp_path: Path) -> None:
    found = kill_writers(tmp_path / "history.db", KILLS)
    assert found.corrupt == []
    assert found.lost == []
    assert found.acknowledged >= KILLS


def test_a_viewer_takes_over_from_a_killed_leader(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    process = start("write", path, 0)
    assert process.stdout is not None
    process.stdout.readline()
    viewer = open_store(path)
    assert not viewer.lead()
    assert viewer.write(a_page(a_raw())) is None
    last = killed_after(process, 5)
    killed = time.monotonic()
    assert viewer.lead()
    assert time.monotonic() - killed < TAKEN_OVER_WITHIN
    assert f"c{last}" in uuids(viewer.calls(NOON))
    assert viewer.write(a_page(a_raw()))


def test_there_is_one_leader_at_any_time(tmp_path: Path) -> None:
    path, mark = tmp_path / "history.db", tmp_path / "one"
    processes = [start("contend", path, mark, 25) for _ in range(3)]
    assert [process.wait() for process in processes] == [0, 0, 0]
    for process in processes:
        assert process.stdout is not None
        process.stdout.close()


def test_who_lost_the_lock_file_writes_no_more(tmp_path: Path) -> None:
    """Somebody tidied up: the lock that is held is not the one that others see."""
    path = tmp_path / "history.db"
    first = leading(path)
    Path(f"{path}.lock").unlink()
    second = leading(path)
    assert first.write(a_page(a_raw("of the first"))) is None
    assert not first.leading
    assert not first.lead()
    assert second.write(a_page(a_raw("of the second")))
    assert uuids(first.calls(NOON)) == ["of the second"]


def test_who_notices_first_that_the_lock_file_went_makes_a_new_one(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    first = leading(path)
    Path(f"{path}.lock").unlink()
    assert first.lead()
    assert not open_store(path).lead()


def test_readers_do_not_wait_and_miss_nothing_while_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    store = leading(path)
    done = threading.Event()
    held: dict[str, object] = {}
    viewer = open_store(path)

    def view() -> None:
        seq, last = 0, False
        while not last:
            last = done.is_set()
            for each in viewer.since(seq, limit=50):
                assert isinstance(each, StoredCall)
                assert each.seq > seq
                seq = each.seq
                held[each.uuid] = each.raw

    thread = threading.Thread(target=view)
    thread.start()
    pages = list(polled(0.2))
    assert all(store.write(page) for page in pages)
    done.set()
    thread.join()
    while news := viewer.since(max(call.seq for call in store.calls(NOON - timedelta(days=1)))):
        assert news == ()
    assert held.keys() == {call.uuid for page in pages for call, _ in page.calls}
    assert viewer.troubles == store.troubles == ()


def test_threads_may_share_a_store(tmp_path: Path) -> None:
    store = leading(tmp_path / "history.db")
    found: list[bool] = []

    def look() -> None:
        for n in range(200):
            answer = store.answer(f"c{n}")
            found.append(answer is None or answer.raw["uuid"] == f"c{n}")

    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert all(store.write(a_page(a_raw(f"c{n}"))) for n in range(200))
    for thread in threads:
        thread.join()
    assert found == [True] * 600
    assert store.troubles == ()


def test_the_page_of_the_child_is_what_the_test_believes(tmp_path: Path) -> None:
    store = leading(tmp_path / "history.db")
    for number in range(25):
        store.write(child.page(number))
    assert {call.uuid: call.raw["version"] for call in store.calls(NOON)}["c10"] == 19
    store.write(Written(at(0), state=a_state(0)))


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_only_this_user_may_look(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        store = leading(tmp_path / "kept" / "history.db")
        store.write(a_page(a_raw()))
        modes = {each.name: each.stat().st_mode & 0o777 for each in (tmp_path / "kept").iterdir()}
        folder = (tmp_path / "kept").stat().st_mode & 0o777
    finally:
        os.umask(before)
    names = ("history.db", "history.db-wal", "history.db-shm", "history.db.lock")
    assert modes == dict.fromkeys(names, 0o600)
    assert folder == 0o700


def test_others_lose_the_right_to_look(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    leading(path).close()
    path.chmod(0o644)
    store = leading(path)
    store.write(a_page(a_raw()))
    assert {each.stat().st_mode & 0o777 for each in tmp_path.iterdir()} == {0o600}
