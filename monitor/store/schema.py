"""The tables, and how a file of an older form becomes one of today's.

Times are whole milliseconds since 1970, UTC. `changes` has one row for every version of a call; what the version before
it was lies packed in `older`, against the one after it. So the newest answer of a call is read at once, and the
oldest versions can be forgotten without touching the rest.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from monitor.model.health import Condition

APPLICATION_ID = 0x63616C6C  # "call"

_FIRST = (
    """CREATE TABLE calls (
        id INTEGER PRIMARY KEY,
        uuid TEXT NOT NULL UNIQUE,
        began INTEGER NOT NULL,
        created INTEGER,
        updated INTEGER,
        at INTEGER NOT NULL,
        gone INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        answer BLOB NOT NULL
    )""",
    "CREATE INDEX calls_by_began ON calls (began)",
    "CREATE INDEX calls_by_created ON calls (created)",
    "CREATE INDEX calls_by_seq ON calls (seq)",
    """CREATE TABLE changes (
        seq INTEGER PRIMARY KEY,
        call INTEGER NOT NULL,
        at INTEGER NOT NULL,
        gone INTEGER NOT NULL,
        older BLOB
    )""",
    "CREATE INDEX changes_by_call ON changes (call)",
    "CREATE INDEX changes_by_at ON changes (at)",
    """CREATE TABLE targets (
        id INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        calls_in_progress INTEGER,
        concurrency_cap INTEGER,
        paused INTEGER,
        answer BLOB NOT NULL
    )""",
    """CREATE TABLE loads (
        seq INTEGER PRIMARY KEY,
        target INTEGER NOT NULL,
        at INTEGER NOT NULL,
        calls_in_progress INTEGER,
        concurrency_cap INTEGER,
        paused INTEGER
    )""",
    "CREATE INDEX loads_by_target ON loads (target, at)",
    "CREATE INDEX loads_by_at ON loads (at)",
    """CREATE TABLE feed (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        epoch INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        state TEXT NOT NULL
    )""",
    "INSERT INTO feed VALUES (1, 0, 0, '{}')",
    """CREATE TABLE audit (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at INTEGER NOT NULL,
        action TEXT NOT NULL,
        detail TEXT NOT NULL
    )""",
    "CREATE TRIGGER audit_stays BEFORE UPDATE ON audit BEGIN SELECT raise(ABORT, 'audit is only added to'); END",
    "CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit BEGIN SELECT raise(ABORT, 'audit is only added to'); END",
)

_WITH_CAMPAIGNS = (
    """CREATE TABLE campaigns (
        key TEXT PRIMARY KEY,
        at INTEGER NOT NULL,
        gone INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        answer BLOB NOT NULL
    )""",
    "CREATE INDEX campaigns_by_seq ON campaigns (seq)",
)

MIGRATIONS: tuple[Sequence[str], ...] = (_FIRST, _WITH_CAMPAIGNS)
"""What leads from each version of the tables to the next, beginning with no tables. Only ever added to."""

VERSION = len(MIGRATIONS)
READABLE = 1
"""The oldest version that is read as it lies. What has been added since are tables, of which it simply has none."""
CAMPAIGNS = 2
"""The version from which on there are campaigns."""


_UNREAD = tuple(f"error code={code}" for code in (sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_NOMEM))
"""How a check ends that could not read the file, which says nothing against the file."""


class UnusableError(Exception):
    """The file cannot be used, for the reason `condition`; None: it is of an older form, or empty as yet."""

    def __init__(self, condition: Condition | None, message: str) -> None:
        super().__init__(message)
        self.condition = condition


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """Do all or nothing.

    IMMEDIATE, always: a transaction that reads first and then wants to write fails at once when another one has
    written in between, however long it was told to wait.
    """
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):  # some errors have rolled back already
            db.execute("ROLLBACK")
        raise


def give_back(db: sqlite3.Connection, pages: int) -> None:
    """Give at most so many unused pages back to the disk. Raises sqlite3.Error."""
    try:
        # A script, because `execute` takes one step of a statement without columns: that would be one page.
        db.executescript(f"BEGIN IMMEDIATE; PRAGMA incremental_vacuum({pages}); COMMIT")
    except sqlite3.Error:
        with suppress(sqlite3.Error):
            db.execute("ROLLBACK")
        raise


def version_of(db: sqlite3.Connection) -> int:
    """Return the form of the file; 0 is an empty one. Raises UnusableError, sqlite3.Error."""
    (version,) = db.execute("PRAGMA user_version").fetchone()
    (application,) = db.execute("PRAGMA application_id").fetchone()
    (tables,) = db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application != APPLICATION_ID and (application or version or tables):
        raise UnusableError(Condition.FOREIGN, "another program's database")
    return int(version)


def verify(db: sqlite3.Connection) -> None:
    """Raises UnusableError when the tables are not such as this program can read; sqlite3.Error."""
    version = version_of(db)
    if not READABLE <= version <= VERSION:
        raise UnusableError(Condition.NEWER if version > VERSION else None, f"schema {version}")


def check(db: sqlite3.Connection) -> None:
    """Look the whole file through (1 GB takes seconds). Raises UnusableError when it is damaged; sqlite3.Error."""
    (found,) = db.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        unread = str(found).endswith(_UNREAD)
        raise UnusableError(Condition.FAILED if unread else Condition.CORRUPT, str(found))


def migrate(
    db: sqlite3.Connection,
    back_up: Callable[[sqlite3.Connection, int], None],
    migrations: Sequence[Sequence[str]] = MIGRATIONS,
) -> None:
    """Bring the file to the newest form, in one transaction, after `back_up(db, version)` has saved the older one.

    Raises UnusableError for a newer file, which is never taken back, and for another program's; sqlite3.Error.
    """
    version = version_of(db)
    if version > len(migrations):
        raise UnusableError(Condition.NEWER, f"schema {version}")
    if version == len(migrations):
        return
    if version:
        back_up(db, version)
    else:
        db.execute("PRAGMA auto_vacuum = INCREMENTAL")  # counts only before there is a table
    with transaction(db):
        for steps in migrations[version_of(db) :]:  # asked again: another process may have been quicker
            for step in steps:
                db.execute(step)
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute(f"PRAGMA user_version = {len(migrations)}")
