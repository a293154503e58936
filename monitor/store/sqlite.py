"""The store of one machine: a SQLite file for this user alone, and a lock beside it that decides who writes."""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from monitor.model.feed_state import FeedState
from monitor.model.health import Condition, StoreTrouble
from monitor.store import files, opening, schema, tables, writing
from monitor.store.protocol import AuditEvent, StoredCall, Written
from monitor.store.reading import Reads
from monitor.store.trouble import ERRORS, Error, Troubles, condition_of
from monitor.store.waiting import Waiting

T = TypeVar("T")

log = logging.getLogger(__name__)

KEPT = timedelta(days=30)
SIZE = 1 << 30
"""Bytes."""
WAITING = 10_000
"""Calls that wait in memory at most; about 2 KB each."""
RETRY_EVERY = timedelta(minutes=1)

_PATIENCE = 1.0
"""Seconds to wait for another writer, which there should not be."""
_FORGOTTEN = 200
"""Calls that one `retain` forgets at most: about 10 ms."""
_VACUUMED = 500
"""Pages that it gives back to the disk at most."""
_MEMORY_ONLY = "kept in memory only; tried again each minute"
_LEFT = "left as it is; what is read is kept in memory only"
_REFUSED = (Condition.NEWER, Condition.FOREIGN)
_AFRESH = "a new history was begun and is filled from the account"


class SqliteStore(Reads):
    """Implements `protocol.Store` on the file `path`, one for each account.

    `wall` tells the time, for names of files and of troubles. `kept` and `size` (bytes) bound the history, `waiting`
    (calls) what is held in memory while the disk takes nothing, `patience` (seconds) how long a locked file is
    waited for.
    """

    def __init__(
        self,
        path: Path,
        *,
        wall: Callable[[], datetime],
        kept: timedelta = KEPT,
        size: int = SIZE,
        waiting: int = WAITING,
        patience: float = _PATIENCE,
    ) -> None:
        self._path = path
        self._wall = wall
        self._kept = kept
        self._size = size
        self._patience = patience
        self._mutex = threading.RLock()
        self._lock = files.Lock(Path(f"{path}.lock"))
        self._waiting = Waiting(waiting)
        self._db: sqlite3.Connection | None = None
        self._file: files.Identity | None = None
        self._log: files.Identity | None = None
        self._stale: int | None = None
        self._frozen = False
        self._writable = False
        self._epoch = 0
        self._version: int | None = None
        self._tried: datetime | None = None
        self._troubles = Troubles(path)
        self._refused = False
        """Whether the file may not be written at all, whoever holds the lock."""
        self._leading = False
        self._anew = True
        self._closed = False
        with self._mutex:
            self._view()

    # Roles

    @property
    def leading(self) -> bool:
        """See `Store.leading`."""
        return self._leading

    @property
    def anew(self) -> bool:
        """See `Store.anew`."""
        return self._anew

    @property
    def troubles(self) -> tuple[StoreTrouble, ...]:
        """See `Store.troubles`."""
        return self._troubles.all

    def lead(self) -> bool:
        """See `Store.lead`."""
        with self._mutex:
            if self._closed:
                return False
            if self._leading and (self._refused or self._lock.take() is not False):
                return True
            if self._leading:
                self._depose()
                return False
            held = self._lock.take()
            if held is False and not self._refused:
                if self._db is None:
                    self._view()
                return False
            self._leading, self._anew, self._tried = True, True, self._wall()
            if held:
                self._begin()
            elif self._lock.error is not None:
                self._suffer(self._lock.error)
            return True

    def release(self) -> None:
        """See `Store.release`."""
        with self._mutex:
            self._commit()
            self._depose()

    def _depose(self) -> None:
        """Lead no more. What waits is the new leader's business: it reads the account from where the store stands."""
        self._leading, self._anew = False, True
        self._waiting.clear()
        self._close_file()
        self._lock.drop()
        self._view()

    # Opening

    def _view(self) -> None:
        """Open what is there, to read it; the file is the leader's."""
        if self._closed or files.identity(self._path) is None or self._stale_log():
            return
        try:
            db, frozen = opening.to_read(self._path, self._patience)
        except ERRORS as error:
            if isinstance(error, schema.UnusableError) and error.condition is None:
                return  # about to be made by who leads
            condition = condition_of(error, self._path.parent)
            self._refused = condition in _REFUSED
            self._note(condition, "it is not read", lasts=True)
        else:
            self._opened(db)
            self._frozen = frozen
            if not self._leading:
                self._troubles.over()

    def _begin(self, *, told: bool = False) -> None:
        """Open the file as its leader: make, mend and migrate it as need be. `told`: that the old one is lost."""
        self._close_file()
        empty = files.identity(self._path) is None
        if empty and self._lock.marked and not told:
            self._note(Condition.LOST, _AFRESH)
        try:
            if self._stale_log():
                files.remove_sidecars(self._path)
            db, self._epoch = opening.to_write(self._path, self._patience, self._wall)
        except ERRORS as error:
            self._suffer(error, fresh=empty)
        else:
            self._opened(db)
            self._writable = True
            self._lock.mark()
            self._troubles.over()

    def _opened(self, db: sqlite3.Connection) -> None:
        self._db, self._file, self._anew, self._version = db, files.identity(self._path), True, None
        self._log = files.identity(opening.log_of(self._path))
        self._unpin()
        self._refused = self._frozen = False

    def _close_file(self) -> None:
        if self._db is not None:
            opening.close(self._db)
        self._db = self._file = None
        self._writable = False

    def _unpin(self) -> None:
        if self._stale is not None:
            os.close(self._stale)
        self._stale = None

    def _stale_log(self) -> bool:
        """Whether the log of a file that is gone still lies there: SQLite would take it for the new file's."""
        return self._stale is not None and files.lies_at(opening.log_of(self._path), self._stale)

    def _open_db(self) -> sqlite3.Connection | None:
        """Return the connection, if the file it writes to is still the one that lies there."""
        if self._db is None:
            return None
        log_now = files.identity(opening.log_of(self._path))
        if files.identity(self._path) != self._file:
            self._unpin()
            self._stale = files.pin(opening.log_of(self._path), self._log)
            self._close_file()
            if self._leading:
                self._note(Condition.REPLACED, "what lies there now is used and filled from the account")
                self._begin(told=True)
            else:
                self._view()
        elif self._frozen and log_now is not None:
            self._close_file()
            self._view()
        else:
            self._log = log_now
        return self._db

    # Trouble

    def _suffer(self, error: Error, *, fresh: bool = False) -> None:
        """Do what can be done about `error`, and say so. `fresh`: the file has just been made."""
        condition = condition_of(error, self._path.parent)
        log.warning("%s: %s: %s", self._path, condition, error)
        if condition is Condition.CORRUPT and fresh:
            condition = Condition.FAILED
        if condition is Condition.CORRUPT:
            self._close_file()
            if self._leading:
                self._begin_afresh()
            else:
                self._note(condition, "it is not read", lasts=True)
            return
        if condition in _REFUSED:
            self._refused = True
            self._lock.drop()
        self._note(condition, _LEFT if condition in _REFUSED else _MEMORY_ONLY, lasts=True)
        if self._db is None and not self._refused:
            self._view()

    def _begin_afresh(self) -> None:
        try:
            aside = files.set_aside(self._path, self._wall())
        except OSError:
            self._note(Condition.CORRUPT, f"it could not be moved away; {_MEMORY_ONLY}", lasts=True)
            return
        self._note(Condition.CORRUPT, f"it is now {aside.name}; {_AFRESH}")
        self._begin(told=True)

    def _note(self, condition: Condition, done: str, *, lasts: bool = False) -> None:
        self._troubles.note(condition, done, self._wall(), memory_only=lasts)

    def _damaged(self) -> None:
        if not self._troubles.of(Condition.DAMAGED):
            self._note(Condition.DAMAGED, "left out; the others are whole")

    # Writing

    def write(self, page: Written) -> int | None:
        """See `Store.write`."""
        with self._mutex:
            if not self._leading or self._closed:
                return None
            held_up = self._troubles.memory_only and not self._troubles.of(Condition.BUSY)
            seq = None if held_up else self._commit(page)
            if seq is None and self._leading:
                self._waiting.add(page)
            return seq

    def _commit(self, *pages: Written) -> int | None:
        """Write what waits, and `pages`; return the newest `seq` when all of it is safe."""
        db = self._open_db()
        if db is None or not self._writable:
            return None
        try:
            with schema.transaction(db):
                epoch, seq = tables.reign(db)
                if epoch == self._epoch:
                    known = not (self._anew or self._waiting.overflowed)
                    seq = writing.keep(db, (*self._waiting.pages(), *pages), seq, with_state=known)
                    for event in self._waiting.events:
                        writing.add_event(db, event)
        except ERRORS as error:
            self._suffer(error)
            afresh = self._db is not None and self._db is not db and self._writable
            return self._commit(*pages) if afresh else None
        if epoch != self._epoch:
            log.warning("%s: another process leads", self._path)
            self._depose()
            return None
        self._anew = self._anew or self._waiting.overflowed
        self._waiting.clear()
        self._troubles.over()
        return seq

    def audit(self, event: AuditEvent) -> bool:
        """See `Store.audit`."""
        with self._mutex:
            if self._closed:
                return False
            if self._leading:
                self._waiting.events.append(event)
                return not self._troubles.memory_only and self._commit() is not None
            try:
                with closing(opening.connect(self._path, "rw", self._patience)) as db:
                    schema.verify(db)
                    with schema.transaction(db):
                        writing.add_event(db, event)
            except ERRORS as error:
                log.warning("%s: the audit could not be written: %s", self._path, error)
                return False
            return True

    def retain(self, now: datetime) -> None:
        """See `Store.retain`."""
        with self._mutex:
            db = self._open_db()
            if db is None or not self._leading or self._troubles.memory_only:
                return
            try:
                with schema.transaction(db):
                    writing.forget(db, now - self._kept, _FORGOTTEN)
                    if self._used(db) > self._size:
                        writing.forget(db, None, _FORGOTTEN)
                schema.give_back(db, _VACUUMED)
            except ERRORS as error:
                self._suffer(error)

    def _used(self, db: sqlite3.Connection) -> int:
        counts = [db.execute(f"PRAGMA {each}").fetchone()[0] for each in ("page_count", "freelist_count", "page_size")]
        return int((counts[0] - counts[1]) * counts[2])

    def retry(self, now: datetime) -> bool:
        """See `Store.retry`."""
        with self._mutex:
            if self._leading and not self._closed and (self._troubles.memory_only or self._waiting):
                if self._tried is not None and abs(now - self._tried) < RETRY_EVERY:
                    return False
                self._tried = now
                if not self._writable or self._troubles.of(Condition.READ_ONLY, Condition.FAILED):
                    if self._lock.take() is not True:
                        return False
                    self._begin()
                self._commit()
            return not self._troubles.memory_only

    def close(self) -> None:
        """See `Store.close`."""
        with self._mutex:
            if self._leading:
                self._commit()
            self._closed, self._leading = True, False
            self._close_file()
            self._unpin()
            self._lock.drop()

    # Reading

    def _read(self, work: Callable[[tables.Reader], T], otherwise: T) -> T:
        with self._mutex:
            db = self._open_db()
            if db is None:
                return otherwise
            try:
                db.execute("BEGIN")  # one reading sees one moment
                found = work(tables.Reader(db, self._damaged))
                db.execute("COMMIT")
                return found
            except ERRORS as error:
                with suppress(sqlite3.Error):
                    db.execute("ROLLBACK")
                self._suffer(error)
                return otherwise

    def state(self) -> FeedState:
        """See `Store.state`."""
        with self._mutex:
            found = super().state()
            self._anew = False
            return found

    def answer(self, uuid: str) -> StoredCall | None:
        """See `Store.answer`."""
        with self._mutex:
            return self._waiting.answer(uuid) or self._read(lambda reader: reader.answer(uuid), None)

    def changed(self) -> bool:
        """See `Store.changed`."""
        with self._mutex:
            if self._db is None and not self._leading and not self._closed:
                self._view()
            version = self._read(lambda reader: int(reader.db.execute("PRAGMA data_version").fetchone()[0]), None)
            changed, self._version = version != self._version, version
            return changed
