"""A history that is only looked at: another's file, or this account's own, which another process may be writing."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from monitor.errors import MonitorError, SettingsError
from monitor.model.health import Condition
from monitor.store import files, opening, schema, tables
from monitor.store.reading import Reads
from monitor.store.trouble import ERRORS, Error, condition_of

T = TypeVar("T")

log = logging.getLogger(__name__)

_PATIENCE = 1.0
"""Seconds to wait for a process that holds the file."""
_JOURNAL_MODE = 18
"""The byte of a SQLite file that says how it is written: 2 is with a write-ahead log (SQLite: file format, 1.3.3)."""

_OTHERS = "To replay another file: callmon replay FILE"
_UNUSABLE = {
    Condition.FOREIGN: ("is not a history of callmon: it belongs to another program", _OTHERS),
    Condition.CORRUPT: ("is damaged, or no history of callmon", _OTHERS),
    Condition.NEWER: ("was kept by a newer callmon, in a form that this one does not know", "Update callmon."),
}
_OLDER = ("was kept by an older callmon", "Start callmon on it once: that brings it up to date.")


class SqliteHistory(Reads):
    """Implements `protocol.History` on a file of `SqliteStore`. It is neither made nor migrated, written nor locked.

    A process that writes the file meanwhile is not held up, and what it writes is seen. Raises SettingsError when there
    is no history to be read, and MonitorError from any reading when the file cannot be read any more. `damaged` counts
    the answers that were met and could not be unpacked: they are left out.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._mutex = threading.RLock()
        self._live = False
        self._db: sqlite3.Connection | None = None
        self.damaged = 0
        try:
            size = path.stat().st_size if path.is_file() else None
            if size:
                self._db = self._open()
                schema.verify(self._db)
        except ERRORS as error:
            self.close()
            raise _told(path, error) from None
        if size is None:
            raise SettingsError(f"there is no history at {path}", hint=f"callmon keeps one while it runs. {_OTHERS}")
        recorded = self.span()
        if recorded is None:
            self.close()
            raise SettingsError(f"the history {path} is empty: nothing has been recorded in it", hint=_OTHERS)
        self.recorded = recorded
        """When the first and the last of it happened, as it was opened."""

    def close(self) -> None:
        """Close the file. The history is of no use afterwards."""
        with self._mutex:
            if self._db is not None:
                opening.close(self._db)
            self._db = None

    def _open(self) -> sqlite3.Connection:
        """Open the file such that nothing is made beside it.

        Without a log nobody is writing, and the file is read as it lies. With one, what is in the log counts.
        """
        self._live = not self._logged() or files.identity(opening.log_of(self._path)) is not None
        return opening.connect(self._path, "ro" if self._live else "ro&immutable=1", _PATIENCE)

    def _logged(self) -> bool:
        with self._path.open("rb") as file:
            return file.read(_JOURNAL_MODE + 1)[_JOURNAL_MODE:] == b"\x02"

    def _damaged(self) -> None:
        self.damaged += 1
        log.warning("%s: one stored answer cannot be read; it is left out", self._path)

    def _read(self, work: Callable[[tables.Reader], T], otherwise: T) -> T:
        with self._mutex:
            try:
                if self._db is not None and not self._live and files.identity(opening.log_of(self._path)) is not None:
                    opening.close(self._db)  # somebody has begun to write
                    self._db = self._open()
                if self._db is None:
                    return otherwise
                self._db.execute("BEGIN")  # one reading sees one moment
                found = work(tables.Reader(self._db, self._damaged))
                self._db.execute("COMMIT")
                return found
            except ERRORS as error:
                if self._db is not None:
                    with suppress(sqlite3.Error):
                        self._db.execute("ROLLBACK")
                raise MonitorError(f"the history {self._path} cannot be read any more: {error}") from None


def _told(path: Path, error: Error) -> SettingsError:
    """Return what to say about a file that cannot be opened."""
    if isinstance(error, schema.UnusableError) and error.condition is None:
        what, hint = _OLDER
    else:
        unreadable = (f"cannot be read: {error}", "Check who may read the file, and its folder.")
        what, hint = _UNUSABLE.get(condition_of(error, path.parent), unreadable)
    return SettingsError(f"the history {path} {what}", hint=hint)
