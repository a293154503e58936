"""The files of a store: who holds the lock, who may read them, and on what they lie."""

from __future__ import annotations

import errno
import fcntl
import os
import re
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

NETWORK = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "fuse.sshfs", "lustre"})
"""File systems over which several machines may share a file: no memory is shared there, as a WAL needs it."""

SIDECARS = ("-wal", "-shm", "-journal")

_REFUSED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


Identity = tuple[int, int]
"""Device and number of a file."""


class Lock:
    """The lock that decides who leads: held from `take` to `drop`, and freed by the system when the process dies.

    The file stays. That it has content tells that there has been a store beside it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None
        self.held = False
        self.error: OSError | None = None
        """Why there is no lock to be had."""

    def take(self) -> bool | None:
        """Take the lock; return whether it is held. None: no lock can be had here at all."""
        if self.held and self._in_place():
            return True
        if self.held or not self._in_place():
            self.drop()
        self.error = None
        try:
            fcntl.flock(self._open(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            self.error = error
            return None
        # Somebody may have removed the file meanwhile; then the next one to come would lock another.
        self.held = self._in_place()
        return self.held

    def drop(self) -> None:
        """Let go of the lock."""
        if self._file is not None:
            os.close(self._file)
        self._file = None
        self.held = False

    @property
    def marked(self) -> bool:
        """Whether there has been a store."""
        return self._file is not None and os.fstat(self._file).st_size > 0

    def mark(self) -> None:
        """Remember that there is a store, and for a curious person, which process leads it."""
        if self._file is not None:
            with suppress(OSError):  # a reminder, not worth a failure
                os.pwrite(self._file, f"{os.getpid():<10}\n".encode(), 0)

    def _open(self) -> int:
        if self._file is None:
            make_folder(self._path.parent)
            try:
                self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            except OSError as error:
                if error.errno not in _REFUSED:
                    raise
                self._file = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)  # to be read only, but it locks
        return self._file

    def _in_place(self) -> bool:
        return self._file is not None and _same(self._path, os.fstat(self._file))


def make_folder(folder: Path) -> None:
    """Make `folder` for this user alone; one that is there stays as it is. Raises OSError."""
    if not folder.is_dir():
        folder.mkdir(0o700, parents=True, exist_ok=True)


def make_private(path: Path) -> None:
    """Make an empty file for this user alone, or take the others' rights from the one that is there. Raises OSError.

    SQLite gives the files beside it the same mode.
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    if path.stat().st_mode & 0o077:
        with suppress(PermissionError):
            path.chmod(0o600)


def identity(path: Path) -> Identity | None:
    """Return which file lies at `path`; None when there is none, or an empty one: a store is never empty."""
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if found.st_size else None


def pin(path: Path, expected: Identity | None) -> int | None:
    """Hold the file at `path` open if it is the expected one: while it is, no other file can get its number."""
    try:
        pinned = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    found = os.fstat(pinned)
    if (found.st_dev, found.st_ino) == expected:
        return pinned
    os.close(pinned)
    return None


def lies_at(path: Path, pinned: int) -> bool:
    """Return whether the file at `path` is the one that is held open."""
    return _same(path, os.fstat(pinned))


def _same(path: Path, opened: os.stat_result) -> bool:
    try:
        return os.path.samestat(path.stat(), opened)
    except OSError:
        return False


def set_aside(path: Path, now: datetime) -> Path:
    """Rename the database at `path`, with what lies beside it, and return its new place. Raises OSError."""
    aside = _free(path, "corrupt", now)
    for tail in SIDECARS:
        with suppress(FileNotFoundError):
            Path(f"{path}{tail}").rename(f"{aside}{tail}")
    path.rename(aside)
    return aside


def remove_sidecars(path: Path) -> None:
    """Remove what a database that lay at `path` has left beside it. Raises OSError."""
    for tail in SIDECARS:
        Path(f"{path}{tail}").unlink(missing_ok=True)


def backup_file(path: Path, version: int, now: datetime) -> Path:
    """Make and return an empty private file for a copy of the database at `path`. Raises OSError."""
    backup = _free(path, f"backup-v{version}", now)
    make_private(backup)
    return backup


def _free(path: Path, word: str, now: datetime) -> Path:
    stem = f"{path}.{word}-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    place, count = Path(stem), 1
    while place.exists():
        count += 1
        place = Path(f"{stem}-{count}")
    return place


_MOUNT = re.compile(r"^\d+ \d+ (\d+):(\d+) .*? - (\S+) ", re.MULTILINE)


def filesystem(folder: Path) -> str | None:
    """Return the kind of file system that `folder` lies on; None where the system does not tell."""
    with suppress(OSError):
        device = folder.stat().st_dev
        for major, minor, kind in _MOUNT.findall(Path("/proc/self/mountinfo").read_text("utf-8", "replace")):
            if os.makedev(int(major), int(minor)) == device:
                return str(kind)
    return None
