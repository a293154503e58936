"""`callmon replay` and `callmon export`: what was recorded, without a key and without a network."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
import tracemalloc
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor import paths
from monitor.insight.columns import Context
from monitor.report import export, once
from monitor.store.history import SqliteHistory
from monitor.store.protocol import Written
from tests.console.pseudo import terminal
from tests.feed.played import SINCE, Recording, record
from tests.make import at
from tests.store.stored import a_page, a_raw, leading
from tests.test_cli import callmon


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    """The history of company 2, where callmon keeps it, below a home folder."""
    home = tmp_path_factory.mktemp("home")
    return record(paths.history_file(home / "data", "https://api.retreaver.com", "2"))


@pytest.fixture
def home(recording: Recording) -> Path:
    return recording.path.parents[2]


def as_once_prints(recording: Recording, form: str) -> str:
    """Return what `callmon once` would have printed at the end of the recording."""
    out = io.StringIO(newline="")
    ledger = recording.live(recording.pages[-1].at)
    for uuid in ledger.gone:
        del ledger.calls[uuid]
    with closing(SqliteHistory(recording.path)) as history:
        once.write(Context(history.recorded[1], ledger), "2", out, form=form, complete=True)
    return out.getvalue()


def by_uuid(calls: list[Any]) -> dict[str, Any]:
    found = {call["uuid"]: call for call in calls}
    assert len(found) == len(calls)
    return found


def exported(home: Path, *arguments: str) -> str:
    done = callmon(home, "export", *arguments, RETREAVER_COMPANY_ID="2")
    assert done.stderr == ""
    assert done.returncode == 0
    return done.stdout


def test_a_line_is_the_call_object_of_once(recording: Recording, home: Path) -> None:
    lines = [json.loads(line) for line in exported(home, "--since", "6h").splitlines()]
    expected = by_uuid(json.loads(as_once_prints(recording, "json"))["calls"])
    assert by_uuid(lines) == expected
    assert list(lines[0]) == list(next(iter(expected.values())))
    assert [line["start_time"] for line in lines] == sorted(line["start_time"] for line in lines)
    assert {line["state"] for line in lines} == {"ringing", "talking", "settling", "final", "abandoned"}


def test_csv_is_that_of_once(recording: Recording, home: Path) -> None:
    ours = list(csv.DictReader(io.StringIO(exported(home, "--since", "6h", "--format", "csv"), newline="")))
    theirs = list(csv.DictReader(io.StringIO(as_once_prints(recording, "csv"), newline="")))
    assert by_uuid(ours) == by_uuid(theirs)
    assert list(ours[0]) == list(theirs[0])


def test_a_span_is_counted_back_from_the_end_of_the_history(recording: Recording, home: Path) -> None:
    with closing(SqliteHistory(recording.path)) as history:
        end = history.recorded[1]
    lines = exported(home, "--since", "10m", "--until", "5m").splitlines()
    starts = [datetime.fromisoformat(json.loads(line)["start_time"]) for line in lines]
    assert len(starts) > 20
    assert end - timedelta(minutes=10) <= min(starts)
    assert max(starts) < end - timedelta(minutes=5)


def test_a_call_that_the_account_has_no_more_is_not_exported(tmp_path: Path) -> None:
    file = paths.history_file(tmp_path / "data", "https://api.retreaver.com", "2")
    store = leading(file)
    store.write(a_page(a_raw("c1"), a_raw("c2")))
    store.write(a_page(seconds=90, gone=("c1",)))
    store.close()
    assert [json.loads(line)["uuid"] for line in exported(tmp_path).splitlines()] == ["c2"]


def test_an_export_goes_into_a_new_file_and_over_none(home: Path, tmp_path: Path) -> None:
    into = ("--since", "2h", "--format", "csv", "--output", str(tmp_path / "exports"))
    done = callmon(home, "export", *into, RETREAVER_COMPANY_ID="2")
    assert (done.returncode, done.stdout) == (0, "")
    (file,) = (tmp_path / "exports").iterdir()
    assert str(file) in done.stderr
    assert oct(file.stat().st_mode)[-3:] == "600"
    assert file.read_bytes().decode() == exported(home, "--since", "2h", "--format", "csv").replace("\n", "\r\n")
    file.write_text("mine")
    again = callmon(home, "export", *into, RETREAVER_COMPANY_ID="2")
    assert again.returncode == 1
    assert "is there already" in again.stderr
    assert file.read_text() == "mine"


def test_an_export_holds_a_page_at_a_time(tmp_path: Path) -> None:
    def peak(calls: int) -> int:
        path = tmp_path / f"{calls}.db"
        store = leading(path)
        store.write(a_page(*(a_raw(f"c{n}", tags={"n": str(n)}) for n in range(calls))))
        store.close()
        with closing(SqliteHistory(path)) as history, (tmp_path / "out").open("w") as out:
            tracemalloc.start()
            assert export.write(history, SINCE, None, at(60), out, form="jsonl")
            _, most = tracemalloc.get_traced_memory()
            tracemalloc.stop()
        assert len((tmp_path / "out").read_text().splitlines()) == calls
        return most

    peak(600)
    assert peak(6000) < 1.3 * peak(1200)


def test_what_cannot_be_understood_makes_an_export_incomplete(tmp_path: Path) -> None:
    file = paths.history_file(tmp_path / "data", "https://api.retreaver.com", "2")
    store = leading(file)
    store.write(a_page(a_raw("c1"), a_raw("c2", revenue="5.00")))
    call, raw = a_page(a_raw("c3")).calls[0]
    store.write(Written(at(70), calls=((call, {**raw, "revenue": "much"}),)))
    store.close()
    done = callmon(tmp_path, "export", RETREAVER_COMPANY_ID="2")
    assert done.returncode == 3
    assert len(done.stdout.splitlines()) == 3
    assert "call c3 revenue" in done.stderr
    assert "incomplete" in done.stderr.splitlines()[-1]
    assert "much" not in done.stderr


def test_a_reader_that_has_enough_is_no_error(home: Path) -> None:
    command = f"{sys.executable} -m monitor export --data-dir {home}/data --since 6h | head -c 100"
    environ = {"RETREAVER_COMPANY_ID": "2", "HOME": str(home)}
    done = subprocess.run(command, shell=True, env=environ, capture_output=True, text=True, check=False)  # noqa: S602  # a pipe is the point
    assert len(done.stdout) == 100
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("export",), r"there is no history at .*data/history/api\.retreaver\.com-default\.db"),
        (("replay",), r"there is no history at .*api\.retreaver\.com-default\.db"),
        (("replay", "nowhere.db"), r"there is no history at nowhere\.db"),
        (("replay", "--speed", "0"), "expected more than 0"),
        (("replay", "--speed", "fast"), "expected more than 0"),
        (("replay", "--demo"), "the simulated account begins anew each time"),
        (("--demo", "export"), "the simulated account begins anew each time"),
        (("export", "--format", "xml"), "invalid choice"),
    ],
)
def test_without_a_history_it_is_told_what_to_do(tmp_path: Path, arguments: tuple[str, ...], told: str) -> None:
    done = callmon(tmp_path, *arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) >= 2
    assert re.search(told, done.stderr)
    assert not (tmp_path / "data").exists(), "nothing is made where there is nothing"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--from", "5m", "--to", "10m"), "there is nothing to replay from"),
        (("--from", "2020-01-01T10:00", "--to", "2020-01-01T12:00"), "there is nothing to replay from"),
        (("--from", "2030-01-01T10:00"), r"--from '2030-01-01T10:00': lies in the future"),
        (("--to", "soon"), r"--to 'soon': expected a duration"),
        (("--since", "2026-05-04T23:00"), "--since '2026-05-04T23:00': lies in the future"),
        ((), "needs a terminal"),
    ],
)
def test_a_replay_says_what_it_cannot_play(
    recording: Recording, tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    done = callmon(tmp_path, "replay", *arguments, str(recording.path))
    assert done.returncode == 2
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 2


def test_a_replay_in_a_terminal(recording: Recording, tmp_path: Path) -> None:
    before = {each.name: each.read_bytes() for each in recording.path.parent.iterdir()}
    zone = {"TZ": "UTC"}
    with terminal(tmp_path, "replay", "--speed", "60", str(recording.path), environ=zone, size=(120, 30)) as child:
        child.until(r"▶ Mon 04 May 12:\d\d:\d\d ▕█*░*▏ 11:\d\d–12:14  60×")
        assert "REPLAY" in child.until(r"\d+ calls · ↓ START")
        child.type("p")
        child.type("J")
        child.until(r"Jump to")
        child.type("12:05\r")
        child.until(r"‖ Mon 04 May 12:05:00 ")
        child.type("J")
        child.until(r"Jump to")
        child.type("-10m\r")
        child.until(r"‖ Mon 04 May 11:5\d:\d\d ")
        child.type(">")
        child.until(r"‖ .*the end")
        child.type("q")
        assert child.wait() == 0
        assert child.left_on() == set()
    assert {each.name: each.read_bytes() for each in recording.path.parent.iterdir()} == before
