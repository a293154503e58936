"""Nothing that is written holds a key: not the log, not a traceback, not what nobody caught."""

from __future__ import annotations

import asyncio
import html
import json
import logging
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import logs
from monitor.api.pages import CallQuery
from monitor.secret import Secret, redact
from tests.api.served import KEY, LETTERS, client, http, listening

LONG_ENOUGH = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), min_size=8, max_size=60)


@given(LONG_ENOUGH)
def test_a_key_is_found_in_whatever_way_it_is_written(key: str) -> None:
    lower = re.sub("%..", lambda found: found[0].lower(), quote(key, safe=""))
    in_addresses = [quote(key), quote(key, safe=""), quote_plus(key), lower, str(httpx.QueryParams(k=key))[2:]]
    in_texts = [
        key,
        html.escape(key),
        json.dumps(key)[1:-1],
        json.dumps(key, ensure_ascii=False)[1:-1],
        repr(key)[1:-1],
    ]
    for form in in_addresses + in_texts:
        assert redact(f"<{form}>", [Secret(key)]) == "<***>"


def test_an_unknown_key_is_hidden_by_its_place() -> None:
    said = "GET /calls.json?page=2&api_key=s3cr3t&x=1, api_key%3Ds3cr3t, key=0b0b0b0b-1111-2222-3333-4444deadbeef"
    assert redact(said) == "GET /calls.json?page=2&api_key=***&x=1, api_key%3D***, key=***"
    assert redact("key=7 monkey=7 page=2", [Secret("2")]) == "key=7 monkey=7 page=2"


@pytest.fixture
def own_root() -> Iterator[None]:
    """Give the root logger back as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in ("httpx", "httpcore")}
    yield
    for handler in root.handlers:
        if handler not in handlers:
            handler.close()
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)


@pytest.fixture
def log_file(tmp_path: Path, own_root: None, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The log of a run with KEY, at DEBUG."""
    monkeypatch.setattr(logs, "_hidden", [])
    monkeypatch.setattr(logs, "_file", None)
    logs.hide(Secret(KEY))
    file = tmp_path / "data" / "callmon.log"
    logs.to_file(file)
    logging.getLogger().setLevel(logging.DEBUG)
    return file


def written(file: Path) -> str:
    said = file.read_text("utf-8")
    assert not any(letters in said for letters in LETTERS)
    return said


def test_message_arguments_traceback_and_stack_are_cleaned(log_file: Path) -> None:
    address = httpx.URL("https://api.retreaver.com/calls.json", params={"api_key": KEY})
    log = logging.getLogger("any.library")
    log.info("a message with %s", KEY)
    log.info("an address: %s, a dictionary: %r", address, {"key": KEY})
    try:
        try:
            raise OSError(KEY)
        except OSError as error:
            raise RuntimeError(f"from {address}") from error
    except RuntimeError:
        log.exception("failed", stack_info=True)
    said = written(log_file)
    assert said.count("***") >= 5
    assert "RuntimeError: from https://api.retreaver.com/calls.json?api_key=***" in said
    assert "OSError: ***" in said


async def test_the_libraries_below_may_say_all_they_know(log_file: Path) -> None:
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.DEBUG)

    async def handle(head: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(http(b"[]", f'Link: <https://h{head.split(b" ")[1].decode()}>; rel="next"'))

    async with listening(handle) as base, client(base_url=base) as api:
        await api.calls(CallQuery())
    said = written(log_file)
    assert "receive_response_headers.complete" in said
    assert "api_key=***" in said, "httpcore does log the header: without the redaction the key would stand here"


@pytest.mark.usefixtures("own_root")
def test_the_log_is_for_this_user_alone_also_when_it_was_not(tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(0o755)
    file = folder / "callmon.log"
    file.write_text("from before\n")
    file.chmod(0o644)
    logs.to_file(file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o755, "a folder that was there is somebody's choice"


FAILS = """
import asyncio, resource, sys, threading
from pathlib import Path
from urllib.parse import quote
from monitor import cli, logs
from monitor.secret import Secret

key = sys.stdin.read()

def fail():
    raise RuntimeError(f"GET /calls.json?api_key={quote(key)} for {key}")

class Dying:
    def __del__(self):
        fail()

async def main():
    asyncio.get_running_loop().call_soon(fail)
    await asyncio.sleep(0)
    await asyncio.sleep(0)

try:
    cli.main(["--version"])
except SystemExit:
    pass
assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)
logs.hide(Secret(key))
if len(sys.argv) > 1:
    logs.to_file(Path(sys.argv[1]))
thread = threading.Thread(target=fail, name="a thread")
thread.start()
thread.join()
Dying()
asyncio.run(main())
fail()
"""


@pytest.mark.parametrize("to_file", [True, False])
def test_what_nobody_catches_goes_where_the_log_goes_and_is_cleaned(tmp_path: Path, to_file: bool) -> None:
    file = tmp_path / "callmon.log"
    command = [sys.executable, "-c", FAILS, *([str(file)] if to_file else [])]
    done = subprocess.run(command, input=KEY, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 1
    assert not any(letters in done.stdout + done.stderr for letters in LETTERS)
    said = written(file) if to_file else done.stderr
    for place in ("a thread failed", "Exception ignored|ignored", "Exception in callback", "internal error"):
        assert re.search(place, said), place
    assert said.count("RuntimeError: GET /calls.json?api_key=*** for ***") == 4
    if to_file:
        assert done.stderr == f"callmon: internal error (RuntimeError); the log has the details: {file}\n"
