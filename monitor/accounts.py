"""What the commands open: the account with its key, or the simulated one, and the history."""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import TYPE_CHECKING

from monitor import keys, logs, paths
from monitor.errors import SettingsError
from monitor.keys import KEY_VARIABLE, Key

if TYPE_CHECKING:
    from monitor.api.client import ReadApi
    from monitor.settings import Settings
    from monitor.store.protocol import Store

_DEMO = "callmon-demo-"
"""How the folders begin that hold the histories of demos."""
_YOUNG = 60.0
"""Seconds."""
Clock = Callable[[], datetime]
"""Tells the time of day, aware."""


def find_key(chosen: Settings) -> Key | None:
    """Return the key as its source has it now; the log shows it no more. Raises SettingsError."""
    key = keys.find(chosen.key_file)
    if key is not None:
        logs.hide(key.secret)
    return key


def _real(chosen: Settings, *, ask: bool) -> Callable[[], ReadApi]:
    """Return what opens the real account, each time with the key as it is then."""
    typed = None
    if find_key(chosen) is None:
        typed = keys.ask() if ask else None
        if typed is None:
            raise SettingsError(
                f"no API key. Put it into a file of your own and name it: --key-file FILE, or: export {KEY_VARIABLE}=…",
                hint="To look around without a key: callmon --demo",
            )
        logs.hide(typed.secret)

    def open_api() -> ReadApi:
        from monitor.api.client import ReadApi

        key = typed or find_key(chosen)
        if key is None:
            raise SettingsError("the API key is gone from where it was at the start")
        return ReadApi(
            base_url=chosen.base_url,
            key=key.secret.reveal(),
            key_source=str(key),
            company_id=chosen.company_id,
        )

    return open_api


def _simulated(wall: Clock) -> Callable[[], ReadApi]:
    """Return what opens the simulated account within this process; it begins now."""
    start = wall()

    def open_api() -> ReadApi:
        from monitor.api.client import ReadApi, in_process
        from monitor.simulator import COMPANY_ID, DEMO_KEY, World
        from monitor.simulator.web import build_app

        app = build_app(World(start=start), clock=wall, api_key=DEMO_KEY)
        return ReadApi(base_url="http://localhost", key=DEMO_KEY, company_id=str(COMPANY_ID), inner=in_process(app))

    return open_api


def reading(chosen: Settings, wall: Clock, *, demo: bool, ask: bool = False) -> Callable[[], ReadApi]:
    """Return what opens the account, or the simulated one. With `ask` a key that nothing has is asked for, once.

    Raises SettingsError without one: there is no half-working start.
    """
    return _simulated(wall) if demo else _real(chosen, ask=ask)


def watching(chosen: Settings, wall: Clock, *, demo: bool, ask: bool) -> Callable[[], ReadApi] | None:
    """Return what opens the account; None when there is no key and another process reads it already: then its history
    can be viewed. Raises SettingsError when there is nobody to read it."""
    if not demo and find_key(chosen) is None and _is_read(chosen, wall):
        return None
    return reading(chosen, wall, demo=demo, ask=ask)


def _is_read(chosen: Settings, wall: Clock) -> bool:
    """Return whether another process reads the account, and writes its history."""
    file = paths.history_file(chosen.data_dir, chosen.base_url, chosen.company_id)
    if not file.exists():
        return False
    store = _open_store(file, wall)
    try:
        return not store.lead()
    finally:
        store.close()


def _open_store(file: Path, wall: Clock) -> Store:
    from monitor.store.sqlite import SqliteStore

    return SqliteStore(file, wall=wall)


@contextmanager
def history(chosen: Settings, wall: Clock, *, demo: bool) -> Iterator[Callable[[], Store]]:
    """Yield what opens the account's history. The simulated account begins anew each time, and so does its history."""
    if demo:
        _sweep(Path(gettempdir()), wall())
        with TemporaryDirectory(prefix=_DEMO, ignore_cleanup_errors=True) as folder:
            yield partial(_open_store, Path(folder) / "demo.db", wall)
    else:
        file = paths.history_file(chosen.data_dir, chosen.base_url, chosen.company_id)
        yield partial(_open_store, file, wall)


def _sweep(folder: Path, now: datetime) -> None:
    """Remove the histories of demos that were killed: nobody holds their locks any more."""
    for left in folder.glob(f"{_DEMO}*"):
        with suppress(OSError):
            found = left.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
                continue
            if now.timestamp() - found.st_mtime < _YOUNG:
                continue  # about to lock its history
            with (left / "demo.db.lock").open("rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(left, ignore_errors=True)
