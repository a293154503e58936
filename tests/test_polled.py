"""`callmon once --pixels` as people and scripts run it: what it prints, what it asks for, and its exit code."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from monitor.report.pixel_records import INCIDENT_FIELDS, PIXEL_FIELDS, WEBHOOK_FIELDS
from tests.make import NOON, at
from tests.test_cli import STAMP, callmon, served

HOST = "hooks.example"
NOW = at(1000)
"""The time of the hand-made account."""


class Account:
    """A hand-made account behind a real socket. `failing` are the paths that it answers with 500."""

    def __init__(self, calls: list[dict[str, Any]], campaigns: list[dict[str, Any]], failing: tuple[str, ...]) -> None:
        self.asked: list[str] = []
        self._lists: dict[str, Any] = {
            "calls": [{"call": call} for call in calls],
            "campaigns": [{"campaign": campaign} for campaign in campaigns],
            "targets": [],
            "company": {"company": {"id": 2, "name": "Example Co"}},
        }
        self._failing = failing

    def answer(self, path: str) -> tuple[int, bytes]:
        name = path.rpartition("/")[2].partition(".")[0]
        self.asked.append(name)
        if name in self._failing:
            return 500, b""
        return (200, json.dumps(self._lists[name]).encode()) if name in self._lists else (404, b"")


@contextmanager
def opened(
    calls: list[dict[str, Any]], *campaigns: dict[str, Any], failing: tuple[str, ...] = ()
) -> Iterator[tuple[Account, str]]:
    """Serve a hand-made account; give it and its address."""
    account = Account(calls, list(campaigns), failing)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the name that http.server looks for
            status, body = account.answer(urlsplit(self.path).path)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def date_time_string(self, timestamp: float | None = None) -> str:
            return super().date_time_string(int(NOW.timestamp()))

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield account, f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join(10)


def once(tmp_path: Path, address: str, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return callmon(
        tmp_path, "once", "--pixels", *arguments, RETREAVER_BASE_URL=address, RETREAVER_API_KEY="demo", **environ
    )


def a_wire_call(uuid: str, *pixels: dict[str, Any], **given: Any) -> dict[str, Any]:
    """Return a settled call of 60 s by a new caller, as the API sends it."""
    fields: dict[str, Any] = {
        "uuid": uuid,
        "status": "finished",
        "cid": "0003",
        "created_at": stamp(0),
        "start_time": stamp(0),
        "end_time": stamp(80),
        "conversions_determined_at": stamp(101),
        "updated_at": stamp(102),
        "caller": "+13015550042",
        "connected": True,
        "repeat": False,
        "duplicate": False,
        "dialed_call_duration": 60,
        "revenue": "5.00",
    }
    return {**fields, **given, "fired_pixels": [{"fired_pixel": pixel} for pixel in pixels]}


def a_wire_pixel(created: float, status: str = "fired", name: str | None = "Started", **given: Any) -> dict[str, Any]:
    fields = {
        "url": f"https://{HOST}/started?caller=%2B13015550042",
        "fire_order": 1,
        "batch_uuid": "b",
        "created_at": stamp(created),
        "fired_at": stamp(created + 0.3) if status == "fired" else None,
        "status": status,
        "webhook_name": name,
    }
    return {**fields, **given}


def stamp(seconds: float) -> str:
    return at(seconds).isoformat()


CAMPAIGN = {
    "cid": "0003",
    "dedupe_seconds": 86400,
    "updated_at": (NOON - timedelta(days=9)).isoformat(),
    "timers": [{"timer": {"id": 1, "seconds": 30, "url": "https://t.example/30?caller=[caller_id]"}}],
}
ONE_OF_EACH = a_wire_call(
    "c1",
    a_wire_pixel(102),
    a_wire_pixel(990, "new"),
    a_wire_pixel(103, "new"),
    a_wire_pixel(104, fired_at=stamp(130)),
    a_wire_pixel(105, "timeout"),
    a_wire_pixel(106, url="https://hooks.example/?sub=[sub_id]"),
)
WELL = [a_wire_call(f"w{n}", a_wire_pixel(300 + n)) for n in range(12)]
DOWN = [a_wire_call(f"d{n}", a_wire_pixel(400 + n, "new")) for n in range(6)]
AGAIN = [a_wire_call(f"a{n}", a_wire_pixel(500 + n)) for n in range(12)]


def test_each_class_is_told_out_of_real_answers_and_no_targets_are_asked_for(tmp_path: Path) -> None:
    with opened([ONE_OF_EACH], CAMPAIGN) as (account, address):
        done = once(tmp_path, address, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["as_of"], found["company_id"], found["complete"]) == (stamp(1000)[:19] + ".000Z", 2, True)
    listed = {each["class"]: each for each in found["pixels"]}
    assert set(listed) == {"pending", "stuck", "late", "unknown", "macro", "missing"}
    assert listed["missing"]["url"] == "https://t.example/30?caller=•••"
    assert listed["unknown"]["status"] == "timeout"
    assert listed["pending"]["age"] == 10
    webhooks = {(each["name"], each["timer"]): each for each in found["webhooks"]}
    assert set(webhooks) == {("Started", None), (None, 30)}
    counted = {name: webhooks["Started", None][name] for name in ("sent", "pending", "stuck", "late", "unknown")}
    assert counted == {"sent": 1, "pending": 1, "stuck": 1, "late": 1, "unknown": 1}
    assert webhooks[None, 30]["missing"] == 1
    assert account.asked == ["company", "calls", "campaigns"]
    assert "3015550042" not in done.stdout


@pytest.mark.parametrize(
    ("calls", "failing", "arguments", "code"),
    [
        (WELL, (), ("--fail",), 0),
        ([*WELL, *DOWN], (), (), 0),
        ([*WELL, *DOWN], (), ("--fail",), 1),
        ([*WELL, *DOWN], (), ("--fail", "--csv"), 1),
        ([*WELL, *DOWN[:4]], (), ("--fail",), 0),
        ([*WELL, *DOWN, *AGAIN], (), ("--fail",), 0),
        (WELL, ("campaigns",), ("--fail", "--json"), 3),
        ([*WELL, *DOWN], ("campaigns",), ("--fail", "--json"), 1),
        ([*WELL, *DOWN], ("campaigns",), ("--json",), 3),
    ],
)
def test_the_exit_code_tells_whether_an_incident_is_open(
    tmp_path: Path, calls: list[dict[str, Any]], failing: tuple[str, ...], arguments: tuple[str, ...], code: int
) -> None:
    with opened(calls, failing=failing) as (_, address):
        done = once(tmp_path, address, *arguments)
    assert done.returncode == code, done.stderr
    assert ("Started at hooks.example: failing since" in done.stderr) is (code == 1)
    assert ("incomplete" in done.stderr) is bool(failing)
    if "--json" in arguments:
        assert json.loads(done.stdout)["complete"] is (not failing)
    else:
        assert done.stdout


def test_the_patience_with_a_webhook_comes_from_the_settings(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[webhook.Started]\ngrace = "20m"\n')
    with opened(DOWN) as (_, address):
        hasty = once(tmp_path, address, "--fail", "--json")
        patient = once(tmp_path, address, "--fail", "--json", CALLMON_CONFIG=str(file))
    assert (hasty.returncode, patient.returncode) == (1, 0)
    assert {each["class"] for each in json.loads(patient.stdout)["pixels"]} == {"pending"}


def test_the_table_of_calls_has_the_patience_of_the_settings_too(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('pixel_grace = "20m"\n')
    with opened(DOWN) as (_, address):
        environ = {"RETREAVER_BASE_URL": address, "RETREAVER_API_KEY": "demo"}
        hasty = callmon(tmp_path, "once", **environ)
        patient = callmon(tmp_path, "once", CALLMON_CONFIG=str(file), **environ)
    assert (hasty.stdout.count("0/1 !"), patient.stdout.count("0/1 !")) == (len(DOWN), 0)


def test_what_fails_without_pixels_is_told(tmp_path: Path) -> None:
    done = callmon(tmp_path, "once", "--demo", "--fail")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--fail" in done.stderr
    assert "--pixels" in done.stderr


def test_a_refused_key_is_no_incident(tmp_path: Path) -> None:
    with served("--history", "1") as address:
        done = callmon(
            tmp_path, "once", "--pixels", "--fail", RETREAVER_BASE_URL=address, RETREAVER_API_KEY="of somebody else"
        )
    assert (done.returncode, done.stdout) == (4, "")


def test_the_outage_of_the_simulated_account_is_an_open_incident(tmp_path: Path) -> None:
    with served("--history", "1500", "--rate", "2", "--seed", "3") as address:
        done = once(tmp_path, address, "--json", "--fail", "--since", "6h")
        table = once(tmp_path, address, "--since", "6h")
        rows = once(tmp_path, address, "--csv", "--since", "6h")
    assert done.returncode == 1, done.stderr
    found = json.loads(done.stdout)
    assert list(found) == ["schema", "as_of", "company_id", "complete", "pixels", "webhooks", "incidents"]
    assert found["complete"] is True
    assert {tuple(each) for each in found["pixels"]} == {PIXEL_FIELDS}
    assert {tuple(each) for each in found["webhooks"]} == {WEBHOOK_FIELDS}
    assert {tuple(each) for each in found["incidents"]} == {INCIDENT_FIELDS}
    assert "sent" not in {each["class"] for each in found["pixels"]}
    assert all(each["age"] >= 0 for each in found["pixels"])
    assert all(STAMP.fullmatch(each["since"]) for each in found["incidents"])
    (incident,) = (each for each in found["incidents"] if each["until"] is None)
    assert (incident["webhook_name"], incident["host"]) == ("Warehouse call log", "ingest.warehouse.example")
    assert incident["failed"] <= incident["settled"]
    stuck = {each["uuid"] for each in found["pixels"] if each["webhook_name"] == incident["webhook_name"]}
    assert set(incident["uuids"]) <= stuck
    assert incident["host"] in done.stderr
    assert table.returncode == 0
    assert "Warehouse call log at ingest.warehouse.example: failing since" in table.stdout
    listed = list(csv.DictReader(io.StringIO(rows.stdout)))
    assert tuple(listed[0]) == PIXEL_FIELDS
    assert {row["class"] for row in listed} >= {"stuck", "pending"}
