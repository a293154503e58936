"""A whole run with a key that is looked for everywhere afterwards: screen, streams, log, files, process list."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.canary import files_holding
from tests.console.pseudo import Terminal, terminal
from tests.test_cli import callmon

KEY = "canary-7f3e&=%+# /zq9X"
LETTERS = "canary-7f3e"
"""What any form of the key, however encoded, would show."""


class Account(ThreadingHTTPServer):
    """An account on a real socket that repeats the key wherever a server can, and fails as it is told to."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.key = KEY
        self.fault = ""
        self.elsewhere = ""
        """Where a redirect points."""
        self.asked = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Answer(BaseHTTPRequestHandler):
    server: Account

    def do_GET(self) -> None:  # the library's name
        self.server.asked += 1
        page = f"<html>{self.path} {self.server.key}</html>".encode()
        given = parse_qs(urlsplit(self.path).query).get("api_key")
        fault = self.server.fault if given == [self.server.key] else "401"
        match fault:
            case "401" | "500":
                self._send(int(fault), "text/html", page)
            case "redirect":
                self._send(302, "text/html", page, Location=f"{self.server.elsewhere}{self.path}")
            case "a page":
                self._send(200, "text/html", page)
            case "half":
                self._send(200, "application/json", b'[{"call": ', length=1000)
                self.close_connection = True
            case _:
                name = urlsplit(self.path).path.rpartition("/")[2]
                company = b'{"company": {"id": 2, "name": "Example Co"}}'
                self._send(200, "application/json", company if name in {"2.json", "company.json"} else b"[]")

    def _send(self, status: int, kind: str, body: bytes, length: int | None = None, **headers: str) -> None:
        self.send_response(status)
        echo = f'<{self.server.url}{self.path}&page=2>; rel="last"'
        for name, value in {"Content-Type": kind, "Link": echo, "Content-Location": self.path, **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving() -> Iterator[Account]:
    with Account() as account:
        thread = threading.Thread(target=account.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield account
        finally:
            account.shutdown()
            thread.join()


@pytest.fixture
def account() -> Iterator[Account]:
    with serving() as account:
        yield account


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    file = tmp_path / "key"
    file.write_text(f"{KEY}\n")
    file.chmod(0o600)
    return file


def logged(child: Terminal, log: Path, pattern: str, seconds: float = 20) -> None:
    """Read what the child writes until `pattern` stands in its log."""
    deadline = time.monotonic() + seconds
    while not re.search(pattern, log.read_text("utf-8")):
        assert time.monotonic() < deadline, f"{pattern!r} never came:\n" + "\n".join(child.screen.display)
        child.read(0.05)


DEBUGGED = """
import asyncio, logging, sys, threading
from urllib.parse import quote
from monitor import cli

no_typed_text_log = cli._no_typed_text_log

def debugged():
    no_typed_text_log()
    logging.getLogger().setLevel(logging.DEBUG)
    from monitor.console.screens.main import MainScreen

    MainScreen.action_window = fail_beside
    MainScreen.action_chart = fail

def fail(*_):
    with open(sys.argv[sys.argv.index("--key-file") + 1]) as file:
        key = file.read().strip()
    raise RuntimeError(f"GET /calls.json?api_key={quote(key)} with {key}")

def fail_beside(self):
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    asyncio.get_running_loop().call_soon(fail)

cli._no_typed_text_log = debugged
sys.exit(cli.main())
"""

FAULTS = {
    "401": r"status 401",
    "500": r"status 500",
    "redirect": r"points elsewhere",
    "a page": r"not JSON",
    "half": r"broke off",
}


def test_a_run_full_of_faults_shows_the_key_nowhere(account: Account, key_file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    log = folder / "callmon.log"
    environ = {"RETREAVER_BASE_URL": account.url, "RETREAVER_COMPANY_ID": "2", "TEXTUAL_LOG": str(tmp_path / "typed")}
    before = os.umask(0o022)
    with (
        serving() as elsewhere,
        terminal(
            folder,
            "--key-file",
            str(key_file),
            program=("-c", DEBUGGED),
            environ=environ,
            size=(120, 30),
        ) as child,
    ):
        os.umask(before)
        account.elsewhere = elsewhere.url
        child.until(r"● live")
        for fault, said in FAULTS.items():
            account.fault = fault
            child.type("r")
            logged(child, log, said)
            if fault == "401":
                assert "The key is from the key file" in child.until("…zq9X")
            account.fault = ""
            child.type("r")
            child.until(r"● live")
        process = Path(f"/proc/{child.pid}")
        told = [(process / name).read_text("utf-8") for name in ("cmdline", "environ", "limits")]
        assert str(key_file) in told[0]
        assert re.search(r"Max core file size +0 +0 ", told[2])
        child.type("w")
        logged(child, log, r"(?s)with \*\*\*.*with \*\*\*")
        child.type("c")
        assert child.wait() == 1
        assert elsewhere.asked == 0
    said = log.read_text("utf-8")
    assert said.count("RuntimeError: GET /calls.json?api_key=*** with ***") == 3
    assert " DEBUG " in said
    assert "TEXTUAL_LOG is not obeyed" in said
    assert b"internal error (RuntimeError)" in child.bytes
    for text in (*told, said, child.bytes.decode("utf-8")):
        assert LETTERS not in text
    assert list(files_holding(LETTERS, tmp_path)) == [key_file]
    assert not (tmp_path / "typed").exists()
    kept = list(folder.rglob("*"))
    assert any(file.suffix == ".db" for file in kept), "the history was looked at as well"
    assert {file.stat().st_mode & 0o777 for file in kept if file.is_file()} == {0o600}
    assert {file.stat().st_mode & 0o777 for file in [folder, *kept] if file.is_dir()} == {0o700}


@pytest.mark.parametrize("fault", ["", *FAULTS])
def test_no_command_prints_the_key(account: Account, key_file: Path, tmp_path: Path, fault: str) -> None:
    account.fault, account.elsewhere = fault, account.url
    for command in ("once", "doctor"):
        done = callmon(
            tmp_path, command, "--key-file", str(key_file), RETREAVER_BASE_URL=account.url, RETREAVER_COMPANY_ID="2"
        )
        assert (done.returncode == 0) is (not fault), done.stderr
        assert LETTERS not in done.stdout + done.stderr
        assert (f"the key file {key_file} (22 characters, ends in …zq9X)" in done.stdout) is (command == "doctor")
        if fault == "401":
            assert f"The key is from the key file {key_file}" in done.stdout + done.stderr


def test_help_and_version_know_of_no_key(tmp_path: Path) -> None:
    for option in ("--help", "--version"):
        done = callmon(tmp_path, option, RETREAVER_API_KEY=KEY)
        assert done.returncode == 0
        assert LETTERS not in done.stdout + done.stderr


def test_another_key_in_the_file_is_taken_after_a_refusal(account: Account, key_file: Path, tmp_path: Path) -> None:
    account.key = "a-key-of-tomorrow"
    environ = {"RETREAVER_BASE_URL": account.url, "RETREAVER_API_KEY_FILE": str(key_file)}
    with terminal(tmp_path / "data", environ=environ, size=(120, 30)) as child:
        child.until(r"refused")
        key_file.chmod(0o644)
        child.type("r")
        child.until(r"open to others \(mode 0644\)")
        key_file.write_text(account.key)
        key_file.chmod(0o600)
        child.type("r")
        child.until(r"● live")
        child.type("q")
        assert child.wait() == 0


def test_the_key_can_be_typed_unseen_before_the_screen(account: Account, tmp_path: Path) -> None:
    environ = {"RETREAVER_BASE_URL": account.url}
    with terminal(tmp_path, environ=environ, size=(120, 30)) as child:
        child.until(r"Retreaver API key")
        child.type(f"{KEY}\n")
        child.until(r"● live")
        child.type("q")
        assert child.wait() == 0
        assert LETTERS.encode() not in child.bytes
    assert list(files_holding(LETTERS, tmp_path)) == []
    with terminal(tmp_path, environ=environ) as child:
        child.until(r"Retreaver API key")
        child.type("\n")
        assert child.wait() == 2
        assert "no API key" in child.until("no API key")


def test_the_key_is_not_asked_for_while_typed_text_is_logged(account: Account, tmp_path: Path) -> None:
    environ = {"RETREAVER_BASE_URL": account.url, "TEXTUAL_LOG": str(tmp_path / "typed")}
    with terminal(tmp_path, environ=environ) as child:
        assert child.wait() == 2
        assert "TEXTUAL_LOG" in child.until("TEXTUAL_LOG")


CRASHES = {
    "composing": "CallmonApp.get_default_screen = fail",
    "a message": "CallmonApp.on_callmon_app_news = fail",
    "a timer": "CallmonApp._tick = fail",
    "a worker": "CallmonApp._tick = lambda self: self.run_worker(worker)",
}
CRASHING = """
import os, sys
from monitor import cli, logs
from monitor.console.app import CallmonApp
from monitor.secret import Secret

key = os.environ["CANARY"]
logs.hide(Secret(key))

def fail(self):
    told = key
    raise RuntimeError(f"with {told}")

async def worker():
    fail(None)

%s
sys.exit(cli.main(["--demo"]))
"""


@pytest.mark.parametrize("place", CRASHES)
def test_a_crash_shows_no_values_wherever_it_happens(tmp_path: Path, place: str) -> None:
    with terminal(tmp_path, program=("-c", CRASHING % CRASHES[place]), environ={"CANARY": KEY}) as child:
        assert child.wait(20) == 1
        assert LETTERS.encode() not in child.bytes
    assert list(files_holding(LETTERS, tmp_path)) == []
    said = (tmp_path / "callmon.log").read_text("utf-8")
    assert "***" in said
    assert "Traceback" in said


def test_nothing_that_keeps_or_logs_requests_is_loaded() -> None:
    code = "import monitor.api.client, monitor.feed.collector, monitor.store.sqlite, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "httpx" in done.stdout.split()
    assert set(done.stdout.split()).isdisjoint({"stamina", "hishel", "tenacity", "structlog"})
