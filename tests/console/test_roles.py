"""Two programs on one history, on terminals of their own: one reads the account, the other views, and takes over."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.simulator import COMPANY_ID
from tests.account import Account
from tests.canary import CANARY
from tests.console.pseudo import terminal
from tests.faults.server import FaultServer

TAKEN_OVER_WITHIN = 5
"""Seconds."""
LEADS = r"● live"
VIEWS = r"◎ viewing"


@pytest.fixture
def account() -> Account:
    return Account(history=60, start=datetime.now(UTC).replace(microsecond=0))


@pytest.fixture
def environ(account: Account, tmp_path: Path) -> Iterator[dict[str, str]]:
    file = tmp_path / "key"
    file.touch(0o600)
    file.write_text(CANARY)
    with FaultServer(account) as server:
        yield {"RETREAVER_BASE_URL": server.base, "RETREAVER_COMPANY_ID": str(COMPANY_ID)}
    file.unlink()  # no file may hold the key at the end


def test_a_viewer_without_a_key_shows_what_the_leader_reads_and_asks_for_nothing(
    account: Account, environ: dict[str, str], tmp_path: Path
) -> None:
    with terminal(tmp_path, "--interval", "1", "--key-file", str(tmp_path / "key"), environ=environ) as leader:
        leader.until(LEADS)
        leader.until(r"60 calls")
        with terminal(tmp_path, environ=environ) as viewer:
            viewer.until(VIEWS)
            viewer.until(r"60 calls")
            os.kill(leader.pid, signal.SIGSTOP)
            asked = len(account.paths)
            viewer.settle(0.5)
            viewer.type("2\r")  # a buyer in full
            viewer.until("BOUND BY|headroom")
            viewer.type("q")
            assert viewer.wait() == 0
            assert len(account.paths) == asked, "only the leader asks"
            os.kill(leader.pid, signal.SIGCONT)
            leader.settle(0.5)  # it takes its terminal anew
        leader.type("q")
        assert leader.wait() == 0


def test_a_viewer_without_a_key_says_that_nobody_reads_the_account_any_more(
    environ: dict[str, str], tmp_path: Path
) -> None:
    with terminal(tmp_path, "--interval", "1", "--key-file", str(tmp_path / "key"), environ=environ) as leader:
        leader.until(LEADS)
        with terminal(tmp_path, environ=environ, size=(120, 24)) as viewer:
            viewer.until(VIEWS)
            leader.type("q")
            assert leader.wait() == 0
            viewer.until("nobody reads the account any more")
            viewer.type("q")
            assert viewer.wait() == 0


def test_a_viewer_takes_over_when_the_leader_is_killed(
    account: Account, environ: dict[str, str], tmp_path: Path
) -> None:
    keyed = ("--interval", "1", "--key-file", str(tmp_path / "key"))
    with terminal(tmp_path, *keyed, environ=environ) as leader:
        leader.until(LEADS)
        with terminal(tmp_path, *keyed, environ=environ) as viewer:
            viewer.until(VIEWS)
            os.kill(leader.pid, signal.SIGKILL)
            killed = time.monotonic()
            leader.wait()
            asked = len(account.paths)
            viewer.until(LEADS, TAKEN_OVER_WITHIN)
            assert time.monotonic() - killed < TAKEN_OVER_WITHIN
            assert len(account.paths) > asked
            viewer.type("q")
            assert viewer.wait() == 0


def test_without_a_key_and_without_a_leader_there_is_nothing_to_show(environ: dict[str, str], tmp_path: Path) -> None:
    with terminal(tmp_path, environ=environ) as alone:
        alone.until("Retreaver API key")
        alone.type("\x04")
        assert alone.wait() == 2
        assert b"--demo" in alone.bytes
