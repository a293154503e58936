"""What the commands open, and what they leave."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from monitor import accounts
from monitor.settings import load
from tests.make import at


def a_demo(folder: Path, name: str, *, age: float) -> Path:
    """Make what a demo that was killed leaves."""
    left = folder / f"callmon-demo-{name}"
    left.mkdir()
    (left / "demo.db").touch()
    (left / "demo.db.lock").touch()
    os.utime(left, (at(-age).timestamp(),) * 2)
    return left


def test_a_demo_removes_what_killed_ones_have_left_and_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    killed = a_demo(tmp_path, "killed", age=3600)
    starting = a_demo(tmp_path, "starting", age=1)
    running = a_demo(tmp_path, "running", age=3600)
    (tmp_path / "callmon-demo-link").symlink_to(tmp_path / "callmon-demo-running")
    with (running / "demo.db.lock").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with accounts.history(load({}, {}), lambda: at(0), demo=True) as open_store:
            assert not killed.exists()
            store = open_store()
            assert store.lead()
            store.close()
            assert len(list(tmp_path.glob("callmon-demo-*/demo.db"))) == 4
        assert running.exists()
        assert starting.exists()
    assert len(list(tmp_path.glob("callmon-demo-*"))) == 3
