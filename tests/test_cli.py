"""The command as people and scripts run it: a process, its output, its exit code."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

CANARY = "canary&key=+%#"


def callmon(tmp_path: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run callmon as a user with nothing set but `environ` would."""
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("RETREAVER_", "CALLMON_", "XDG_"))
    }
    return subprocess.run(
        [sys.executable, "-m", "monitor", *arguments],
        env={**clean, "HOME": str(tmp_path), "CALLMON_DATA_DIR": str(tmp_path / "data"), **environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@contextmanager
def served(*arguments: str) -> Iterator[str]:
    """Serve the simulated account; give its address."""
    command = [sys.executable, "-m", "monitor", "simulate", "--port", "0", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            found = re.search(r"http://127\.0\.0\.1:\d+", server.stdout.readline())
            assert found
            yield found[0]
        finally:
            server.send_signal(signal.SIGINT)
            assert server.wait(10) == 0


@pytest.fixture(scope="module")
def account() -> Iterator[str]:
    with served("--history", "260", "--seed", "3") as address:
        yield address


def reading(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


CALL = """uuid state status created_at updated_at start_time forwarded_time end_time conversions_determined_at caller
number campaign campaign_id cid affiliate afid target target_id target_group connected converted duplicate repeat
hung_up_by ivr hold talk revenue payout cost profit tags pixels""".split()
PIXEL = "webhook_name url status fire_order batch_uuid created_at fired_at".split()
TOTALS = "calls live connected converted revenue payout cost profit".split()
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def test_once_prints_the_documented_object(tmp_path: Path, account: str) -> None:
    done = callmon(
        tmp_path,
        "once",
        "--json",
        "--since",
        "6h",
        RETREAVER_BASE_URL=account,
        RETREAVER_API_KEY="demo",
        RETREAVER_COMPANY_ID="2",
    )
    found = reading(done)
    assert list(found) == ["schema", "as_of", "company_id", "complete", "calls", "targets", "totals"]
    assert found["schema"] == 1
    assert found["complete"] is True
    assert found["company_id"] == 2
    assert list(found["totals"]) == TOTALS
    assert len(found["calls"]) == found["totals"]["calls"] >= 260
    for call in found["calls"]:
        assert list(call) == CALL
        assert isinstance(call["tags"], dict)
        assert all(list(pixel) == PIXEL for pixel in call["pixels"])
        assert call["state"] in {"ringing", "talking", "settling", "final", "abandoned"}
        for name in ("created_at", "updated_at", "start_time"):
            assert STAMP.fullmatch(call[name])
        for name in ("revenue", "payout", "cost", "profit"):
            assert call[name] is None or (isinstance(call[name], str) and Decimal(call[name]).is_finite())
    known = [Decimal(call["revenue"]) for call in found["calls"] if call["revenue"] is not None]
    assert Decimal(found["totals"]["revenue"]) == sum(known)
    assert any(call["revenue"] is None for call in found["calls"]), "null money stays null"
    assert "sip_password" not in done.stdout
    assert "object_key" not in done.stdout


def test_csv_is_what_a_spreadsheet_can_be_given(tmp_path: Path, account: str) -> None:
    done = callmon(tmp_path, "once", "--csv", RETREAVER_BASE_URL=account, RETREAVER_API_KEY="demo")
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert list(rows[0]) == CALL
    assert any(re.fullmatch(r"\+1\d{10}", row["caller"]) for row in rows), "telephone numbers stay as they are"
    assert any(row["profit"].startswith("-0.") for row in rows), "negative amounts stay numbers"


def test_the_table_is_for_people(tmp_path: Path) -> None:
    done = callmon(tmp_path, "once", "--demo", "--since", "5m")
    assert done.returncode == 0, done.stderr
    head, *rows = done.stdout.splitlines()
    assert (
        head.split()
        == "# STATE START IVR HOLD TALK CALLER CAMPAIGN PUBLISHER BUYER REVENUE PAYOUT PROFIT FLAGS PIXELS".split()
    )
    assert rows
    assert "BUYER" in done.stdout.split("\n\n")[1]


def test_the_demo_needs_nothing(tmp_path: Path) -> None:
    found = reading(callmon(tmp_path, "once", "--demo", "--json"))
    assert found["calls"]
    assert found["targets"]


def test_without_a_key_two_lines_say_what_to_do(tmp_path: Path) -> None:
    for command in ((), ("once",)):
        done = callmon(tmp_path, *command)
        assert done.returncode == 2
        assert done.stdout == ""
        assert len(done.stderr.splitlines()) == 2
        assert "RETREAVER_API_KEY" in done.stderr
        assert "--demo" in done.stderr


def test_a_wrong_key_is_told_with_its_own_exit_code(tmp_path: Path, account: str) -> None:
    done = callmon(tmp_path, "once", "--json", RETREAVER_BASE_URL=account, RETREAVER_API_KEY=CANARY)
    assert done.returncode == 4
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert "RETREAVER_API_KEY" in done.stderr
    assert "canary" not in done.stderr


def test_a_foreign_company_is_refused_too(tmp_path: Path, account: str) -> None:
    done = callmon(tmp_path, "once", RETREAVER_BASE_URL=account, RETREAVER_API_KEY="demo", RETREAVER_COMPANY_ID="77")
    assert done.returncode == 4


def test_no_connection_is_an_incomplete_reading(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}"
        done = callmon(tmp_path, "once", "--json", RETREAVER_BASE_URL=address, RETREAVER_API_KEY="demo")
    assert done.returncode == 3
    assert json.loads(done.stdout)["complete"] is False
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("once", "--since", "99999999d"),
        ("simulate", "--port", "99999"),
        ("simulate", "--port", "0", "--rate", "abc"),
        ("--interval", "0"),
        ("--interval", "soon"),
        ("--since", "soon"),
        ("nonsense",),
        ("--api-key", "x"),
        ("--key", "x"),
        ("once", "--key", "x"),
        ("simulate",),
    ],
)
def test_wrong_usage_has_its_own_exit_code(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = callmon(tmp_path, *arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_the_screen_needs_a_terminal(tmp_path: Path) -> None:
    done = callmon(tmp_path, "--demo")
    assert done.returncode == 2
    assert "terminal" in done.stderr


def test_doctor_says_what_is_in_use_and_where_it_came_from(tmp_path: Path, account: str) -> None:
    done = callmon(
        tmp_path,
        "doctor",
        "--interval",
        "9",
        RETREAVER_BASE_URL=account,
        RETREAVER_API_KEY="demo",
        RETREAVER_COMPANY_ID="2",
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"interval\s+9.0\s+\(option --interval\)", done.stdout)
    assert re.search(r"company_id\s+2\s+\(environment RETREAVER_COMPANY_ID\)", done.stdout)
    assert re.search(r"company\s+Example Co · 2", done.stdout)
    assert "config.toml" in done.stdout
    assert str(tmp_path / "data") in done.stdout
    assert re.search(r"history\s+\S+-2\.db  \(not there yet\)", done.stdout)


def test_doctor_tells_the_patience_with_each_webhook(tmp_path: Path) -> None:
    file = tmp_path / "night.toml"
    file.write_text('pixel_grace = "1m"\n[webhook."Call ended"]\nlate = "1m30s"\n')
    done = callmon(tmp_path, "doctor", CALLMON_CONFIG=str(file))
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert f"pixel_grace 1m ({file})" in lines
    assert "pixel_late 10s (default)" in lines
    assert f'webhook Call ended late 1m30s ({file} [webhook."Call ended"])' in lines


def test_doctor_tells_a_refused_key_from_a_missing_one(tmp_path: Path, account: str) -> None:
    refused = callmon(tmp_path, "doctor", RETREAVER_BASE_URL=account, RETREAVER_API_KEY=CANARY)
    assert refused.returncode == 4
    assert "canary" not in refused.stdout + refused.stderr
    missing = callmon(tmp_path, "doctor")
    assert missing.returncode == 2
    assert "RETREAVER_API_KEY" in missing.stdout


def test_help_lists_no_way_to_type_the_key(tmp_path: Path) -> None:
    done = callmon(tmp_path, "--help")
    assert done.returncode == 0
    assert "RETREAVER_API_KEY" in done.stdout
    assert set(re.findall(r"--\S*key\S*", done.stdout)) == {"--key-file"}


def test_a_reader_that_has_enough_is_no_error(tmp_path: Path) -> None:
    command = f"{sys.executable} -m monitor once --demo --json | head -c 100"
    environ = {**os.environ, "CALLMON_DATA_DIR": str(tmp_path)}
    done = subprocess.run(command, shell=True, env=environ, capture_output=True, text=True, check=False)  # noqa: S602  # a pipe is the point
    assert done.stderr == ""


@pytest.mark.parametrize("address", ["http://127.0.0.1:abc", "http://127.0.0.1:99999", "http://192.0.2.1", "nonsense"])
def test_an_address_that_cannot_be_used_is_a_mistake_in_the_settings(tmp_path: Path, address: str) -> None:
    done = callmon(tmp_path, "once", RETREAVER_BASE_URL=address, RETREAVER_API_KEY="demo")
    assert done.returncode == 2
    assert "base_url" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_in_use_is_told_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = callmon(tmp_path, "simulate", "--port", str(taken.getsockname()[1]), "--history", "1")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1


def test_a_total_is_the_sum_of_what_is_listed(tmp_path: Path) -> None:
    found = reading(callmon(tmp_path, "once", "--demo", "--json"))
    for name in ("connected", "converted"):
        assert found["totals"][name] == sum(call[name] is True for call in found["calls"])


@pytest.mark.parametrize("command", [("once", "--demo"), ("doctor", "--demo")])
def test_output_that_cannot_be_written_is_told_in_one_line(command: tuple[str, ...], tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "monitor", *command],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "CALLMON_DATA_DIR": str(tmp_path)},
            check=False,
        )
    assert (done.returncode, done.stderr) == (1, "callmon: the output cannot be written: No space left on device\n")


def test_output_that_was_closed_is_told(tmp_path: Path) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", '"$0" -m monitor once --demo >&-', sys.executable],
        capture_output=True,
        text=True,
        env={**os.environ, "CALLMON_DATA_DIR": str(tmp_path)},
        check=False,
    )
    assert (done.returncode, done.stderr) == (2, "callmon: there is nowhere to print to: standard output is closed\n")
