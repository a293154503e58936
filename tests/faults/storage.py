"""Faults of the disk and of the history on it, each really done to the file."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from monitor.model.health import Condition
from monitor.store import schema
from tests.store.stored import fill, remount

Befall = Callable[[Path], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class StorageFault:
    """Something that befalls the file of a store for as long as a context lasts.

    `condition` is what the store says of it (None: nothing, for nothing is lost). `disk`: it takes a disk of its own.
    `left`: the file is not ours to write any more, and stays as it is.
    """

    befall: Befall
    condition: Condition | None
    disk: bool = False
    left: bool = False


def lasting(damage: Callable[[Path], object]) -> Befall:
    """Something is done to the file and stays done."""

    @contextmanager
    def befall(path: Path) -> Iterator[None]:
        damage(path)
        yield

    return befall


def garbage_header(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"<html>no database</html>" * 8)


def garbled_pages(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(4096 * 8))


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def emptied(path: Path) -> None:
    os.truncate(path, 0)


def unlinked(path: Path) -> None:
    path.unlink()


def unlinked_with_its_log(path: Path) -> None:
    for each in path.parent.glob(f"{path.name}*"):
        each.unlink()


def exchanged(path: Path) -> None:
    """Put an older copy in its place, as a restored backup would be."""
    copy = path.with_name("copy.db")
    with closing(sqlite3.connect(path)) as db:
        db.execute("VACUUM INTO ?", (str(copy),))
    copy.rename(path)


def lock_removed(path: Path) -> None:
    path.with_name(f"{path.name}.lock").unlink()


def folder_moved(path: Path) -> None:
    path.parent.rename(path.parent.with_name("moved"))


def log_removed(path: Path) -> None:
    path.with_name(f"{path.name}-wal").unlink()


def one_answer_damaged(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE calls SET answer = substr(answer, 1, 20) WHERE seq = (SELECT min(seq) FROM calls)")


def foreign(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE recipes (name TEXT)")


def newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version = {schema.VERSION + 1}")


def folder_removed(path: Path) -> None:
    shutil.rmtree(path.parent)


@contextmanager
def folder_in_its_place(path: Path) -> Iterator[None]:
    path.unlink()
    path.mkdir()
    yield
    path.rmdir()


@contextmanager
def folder_for_a_lock(path: Path) -> Iterator[None]:
    lock = path.with_name(f"{path.name}.lock")
    lock.unlink()
    lock.mkdir()
    yield
    lock.rmdir()


@contextmanager
def disk_full(path: Path) -> Iterator[None]:
    ballast = fill(path.parent)
    yield
    ballast.unlink()


@contextmanager
def disk_read_only(path: Path) -> Iterator[None]:
    remount(path.parent, "ro")
    yield
    remount(path.parent, "rw")


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another program writes, and does not come to an end."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


AT_START: dict[str, StorageFault] = {
    "garbage for a header": StorageFault(lasting(garbage_header), Condition.CORRUPT),
    "garbled pages": StorageFault(lasting(garbled_pages), Condition.CORRUPT),
    "cut in half": StorageFault(lasting(cut), Condition.CORRUPT),
    "one answer damaged": StorageFault(lasting(one_answer_damaged), Condition.DAMAGED),
    "emptied": StorageFault(lasting(emptied), Condition.LOST),
    "removed": StorageFault(lasting(unlinked), Condition.LOST),
    "removed with its folder": StorageFault(lasting(folder_removed), None),
    "a newer callmon's": StorageFault(lasting(newer), Condition.NEWER, left=True),
    "another program's": StorageFault(lasting(foreign), Condition.FOREIGN, left=True),
    "locked by another program": StorageFault(locked, Condition.BUSY),
    "a folder in its place": StorageFault(folder_in_its_place, Condition.READ_ONLY),
    "a folder for a lock": StorageFault(folder_for_a_lock, Condition.FAILED),
    "a full disk": StorageFault(disk_full, Condition.FULL, disk=True),
    "a disk to be read only": StorageFault(disk_read_only, Condition.READ_ONLY, disk=True),
}
"""Found when the monitor starts."""

IN_USE: dict[str, StorageFault] = {
    "emptied in use": StorageFault(lasting(emptied), Condition.REPLACED),
    "removed in use": StorageFault(lasting(unlinked), Condition.REPLACED),
    "removed in use, with all beside it": StorageFault(lasting(unlinked_with_its_log), Condition.REPLACED),
    "exchanged in use": StorageFault(lasting(exchanged), Condition.REPLACED),
    "folder moved in use": StorageFault(lasting(folder_moved), Condition.REPLACED),
    "lock removed in use": StorageFault(lasting(lock_removed), None),
    "log removed in use": StorageFault(lasting(log_removed), None),
    "locked in use": StorageFault(locked, Condition.BUSY),
    "disk full in use": StorageFault(disk_full, Condition.FULL, disk=True),
}
"""Happening while the monitor runs."""
