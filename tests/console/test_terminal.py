"""The program in a real terminal: what it paints, and how it leaves."""

from __future__ import annotations

from pathlib import Path

from tests.console.pseudo import terminal


def test_the_demo_lives_and_q_leaves_the_terminal_as_it_was(tmp_path: Path) -> None:
    with terminal(tmp_path, "--demo") as child:
        text = child.until(r"● live .*\n[\s\S]*◔ ringing|● talking")
        assert "Example Co · 2" in child.until(r"Example Co · 2")
        assert "DEMO" in text
        child.until(r"● talking +\d")
        child.type("q")
        assert child.wait() == 0
        assert child.left_on() == set()


def test_an_unreachable_account_is_told_on_the_screen(tmp_path: Path) -> None:
    nowhere = {"RETREAVER_BASE_URL": "http://127.0.0.1:9", "RETREAVER_API_KEY": "canary-key"}
    with terminal(tmp_path, environ=nowhere, size=(120, 24)) as child:
        child.until(r"offline, retry in")
        child.type("q")
        assert child.wait() == 0
        assert b"canary" not in child.bytes
    assert "canary" not in (tmp_path / "callmon.log").read_text()


def test_the_log_and_its_folder_are_for_this_user_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with terminal(folder, "--demo") as child:
        child.until(r"● live")
        child.type("q")
        child.wait()
    assert oct(folder.stat().st_mode)[-3:] == "700"
    assert oct((folder / "callmon.log").stat().st_mode)[-3:] == "600"


CRASHES = """
import sys
from monitor import cli
from monitor.console.screens.main import MainScreen

def tick(self):
    key = "canary-" + "value"
    raise RuntimeError("it fails")

MainScreen.action_window = tick
sys.exit(cli.main(["--demo"]))
"""


def test_a_crash_prints_one_line_and_no_values(tmp_path: Path) -> None:
    with terminal(tmp_path, program=("-c", CRASHES)) as child:
        child.until(r"● live")
        child.type("w")
        assert child.wait() == 1
        assert child.left_on() == set()
        assert "internal error (RuntimeError)" in child.until("internal error")
        assert b"canary-value" not in child.bytes
    logged = (tmp_path / "callmon.log").read_text()
    assert "RuntimeError: it fails" in logged
    assert "canary-value" not in logged


def test_bytes_that_are_no_utf_8_are_keys_that_mean_nothing(tmp_path: Path) -> None:
    with terminal(tmp_path, "--demo") as child:
        child.until(r"● live")
        child.type(b"\xff\xe4j\x80")
        child.type("2")
        child.until("BOUND BY|HEADROOM")
        child.type("q")
        assert child.wait() == 0
        assert child.left_on() == set()


def test_it_goes_on_without_a_log_where_there_can_be_none(tmp_path: Path) -> None:
    (tmp_path / "callmon.log").mkdir()
    with terminal(tmp_path, "--demo") as child:
        child.until(r"● live")
        child.type("q")
        assert child.wait() == 0
        assert b"callmon: going on without a log" in child.bytes
