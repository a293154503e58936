"""Opening the file: to write it, as its leader, or to read what another process writes."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from monitor.model.health import Condition
from monitor.store import files, schema, writing
from monitor.store.trouble import ERRORS, condition_of

_CHECKED = 64 << 20
"""Bytes, looked through in a tenth of a second. What is damaged in a larger file is found when it is met."""
_WAL = 4 << 20
"""Bytes to which the write-ahead log is cut back."""
_NOTHING_BESIDE = (Condition.READ_ONLY, Condition.FULL)


def to_write(path: Path, patience: float, wall: Callable[[], datetime]) -> tuple[sqlite3.Connection, int]:
    """Make, migrate and check the file, and take over from whoever wrote it; return also the number of the reign.

    Waits `patience` seconds for another writer. Raises `trouble.ERRORS`.
    """
    files.make_private(path)
    db = connect(path, "rw", patience)
    try:
        schema.migrate(db, lambda db, version: _back_up(db, files.backup_file(path, version, wall())))
        if path.stat().st_size <= _CHECKED:
            schema.check(db)
        shared = files.filesystem(path.parent) in files.NETWORK
        (mode,) = db.execute(f"PRAGMA journal_mode = {'DELETE' if shared else 'WAL'}").fetchone()
        # With a WAL, NORMAL keeps the file whole whatever happens; without one it might not.
        db.execute(f"PRAGMA synchronous = {'NORMAL' if mode == 'wal' else 'FULL'}")
        db.execute(f"PRAGMA journal_size_limit = {_WAL}")
        db.execute("PRAGMA wal_autocheckpoint = 1000")
        with schema.transaction(db):
            return db, writing.take_over(db)
    except BaseException:
        close(db)
        raise


def to_read(path: Path, patience: float) -> tuple[sqlite3.Connection, bool]:
    """Open the file to read it: nothing is made, mended or moved. Raises `trouble.ERRORS`.

    The second value tells whether it is read as if it never changed: there is no room, or no right, for the log and
    the shared memory beside it. That holds only while there is no log.
    """
    try:
        return _verified(connect(path, "rw", patience)), False
    except ERRORS as error:
        if condition_of(error, path.parent) not in _NOTHING_BESIDE or files.identity(log_of(path)) is not None:
            raise
    return _verified(connect(path, "ro&immutable=1", patience)), True


def log_of(path: Path) -> Path:
    """Return the place of the write-ahead log."""
    return Path(f"{path}-wal")


def connect(path: Path, mode: str, patience: float) -> sqlite3.Connection:
    """Open the file that is there. Raises sqlite3.Error."""
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(uri, uri=True, timeout=patience, isolation_level=None, check_same_thread=False)


def close(db: sqlite3.Connection) -> None:
    """Close, whatever state the file is in."""
    with suppress(sqlite3.Error):
        db.close()


def _verified(db: sqlite3.Connection) -> sqlite3.Connection:
    try:
        schema.verify(db)
        db.execute("PRAGMA query_only = ON")
    except BaseException:
        close(db)
        raise
    return db


def _back_up(db: sqlite3.Connection, backup: Path) -> None:
    try:
        db.execute("VACUUM INTO ?", (str(backup),))
    except sqlite3.Error:
        backup.unlink(missing_ok=True)
        raise
