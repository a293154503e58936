"""What an error of the disk or the database means, and how it is told to people."""

from __future__ import annotations

import errno
import logging
import shutil
import sqlite3
from datetime import datetime
from pathlib import Path

from monitor.model.health import Condition, StoreTrouble
from monitor.store.schema import UnusableError

log = logging.getLogger(__name__)

Error = sqlite3.Error | OSError | UnusableError
ERRORS = (sqlite3.Error, OSError, UnusableError)

_CODES = {
    sqlite3.SQLITE_FULL: Condition.FULL,
    sqlite3.SQLITE_READONLY: Condition.READ_ONLY,
    sqlite3.SQLITE_PERM: Condition.READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: Condition.READ_ONLY,
    sqlite3.SQLITE_BUSY: Condition.BUSY,
    sqlite3.SQLITE_LOCKED: Condition.BUSY,
    sqlite3.SQLITE_CORRUPT: Condition.CORRUPT,
    sqlite3.SQLITE_NOTADB: Condition.CORRUPT,
}
_ERRNOS = {
    errno.ENOSPC: Condition.FULL,
    errno.EDQUOT: Condition.FULL,
    errno.EACCES: Condition.READ_ONLY,
    errno.EPERM: Condition.READ_ONLY,
    errno.EROFS: Condition.READ_ONLY,
}
_NO_ROOM = 128 * 1024
"""Bytes. SQLite cannot even make its shared memory in less, and then says no more than "I/O error"."""

HAPPENED = {
    Condition.FULL: "the disk is full",
    Condition.READ_ONLY: "the history cannot be written",
    Condition.BUSY: "another program holds the history",
    Condition.FAILED: "the disk reports an error",
    Condition.NEWER: "a newer callmon keeps this history, in a form that this one does not know",
    Condition.FOREIGN: "the file belongs to another program",
    Condition.CORRUPT: "the history was damaged",
    Condition.DAMAGED: "one stored answer cannot be read any more",
    Condition.LOST: "there had been a history, but its file is empty or not there",
    Condition.REPLACED: "the history was removed or exchanged while in use",
}


def condition_of(error: Error, folder: Path) -> Condition:
    """Return what `error`, met with a file in `folder`, means."""
    if isinstance(error, UnusableError):
        return error.condition or Condition.FAILED
    if isinstance(error, OSError):
        return _ERRNOS.get(error.errno or 0, Condition.FAILED)
    condition = _CODES.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, Condition.FAILED)
    if condition in (Condition.FAILED, Condition.READ_ONLY) and _no_room(folder):
        return Condition.FULL
    return condition


def _no_room(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free < _NO_ROOM
    except OSError:
        return False


class Troubles:
    """What befell one file: each condition once. Reading `all` needs no lock."""

    def __init__(self, file: Path) -> None:
        self._file = str(file)
        self._known: dict[Condition, StoreTrouble] = {}

    @property
    def all(self) -> tuple[StoreTrouble, ...]:
        """Return them in the order they came."""
        return tuple(self._known.values())

    @property
    def memory_only(self) -> bool:
        """Whether one lasts that keeps things in memory."""
        return any(each.memory_only for each in self.all)

    def of(self, *conditions: Condition) -> bool:
        """Return whether one of these is known."""
        return any(condition in self._known for condition in conditions)

    def note(self, condition: Condition, done: str, at: datetime, *, memory_only: bool = False) -> None:
        """Note what happened at `at`; one that lasts is noted when it begins."""
        known = self._known.get(condition)
        if known is not None and known.memory_only and memory_only:
            return
        trouble = StoreTrouble(condition, self._file, HAPPENED[condition], done, at, memory_only=memory_only)
        self._known = {**self._known, condition: trouble}
        log.warning("%s: %s; %s", self._file, trouble.happened, done)

    def over(self) -> None:
        """Forget those that kept things in memory."""
        if self.memory_only:
            self._known = {condition: each for condition, each in self._known.items() if not each.memory_only}
            log.warning("%s: well again", self._file)
