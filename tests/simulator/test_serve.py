"""A foreign client, made of nothing but urllib, reads the whole account by the documented loop from a real server."""

import json
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import urlencode

import pytest

from monitor.simulator import COMPANY_ID, DEMO_KEY

HISTORY = 730
PROGRAM = f"from monitor.simulator.serve import serve; serve(port=0, seed=5, rate=2.0, history={HISTORY})"


class Server(NamedTuple):
    """A running simulator."""

    process: subprocess.Popen[str]
    url: str
    before: datetime
    """A moment after its beginning at which the account is frozen for the backfill."""


def start_server() -> Server:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    found = re.fullmatch(
        r"serving the simulated account on (http://127\.0\.0\.1:\d+)  "
        r"\(RETREAVER_API_KEY=demo RETREAVER_COMPANY_ID=2\)\n",
        line,
    )
    assert found, line
    return Server(process, found[1], datetime.now(UTC))


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    running = start_server()
    yield running
    running.process.send_signal(signal.SIGTERM)
    out, err = running.process.communicate(timeout=10)
    assert (running.process.returncode, out, err) == (0, "", "")


def fetch(url: str) -> tuple[list[dict[str, dict[str, str]]], str | None]:
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - our own server
        return json.load(answer), answer.headers["Link"]


def next_page(link: str | None) -> str | None:
    found = re.search(r'<([^>]*)>; rel="next"', link or "")
    return found[1] if found else None


def test_following_the_next_links_reads_every_call_once_in_order(server: Server) -> None:
    query = {
        "api_key": DEMO_KEY,
        "company_id": COMPANY_ID,
        "created_at_end": server.before.isoformat(),
        "sort_by": "created_at",
        "order": "asc",
        "per_page": 100,
    }
    url: str | None = f"{server.url}/api/v2/calls.json?{urlencode(query)}"
    rows: list[dict[str, str]] = []
    pages = 0
    while url is not None:
        page, link = fetch(url)
        rows += [row["call"] for row in page]
        pages += 1
        url = next_page(link)
    stamps = [row["created_at"] for row in rows]
    assert stamps == sorted(stamps)
    assert len({row["uuid"] for row in rows}) == len(rows)
    # What arrived while the server was starting is the only addition to the history.
    assert HISTORY <= len(rows) < HISTORY + 60
    assert pages == -(-len(rows) // 100)


def test_a_single_page_has_no_link(server: Server) -> None:
    query = urlencode({"api_key": DEMO_KEY, "created_at_end": "2001-01-01T00:00:00Z"})
    assert fetch(f"{server.url}/calls.json?{query}") == ([], None)
    targets, link = fetch(f"{server.url}/targets.json?api_key={DEMO_KEY}")
    assert link is None
    assert len(targets) == 14


@pytest.mark.parametrize(("query", "status"), [("", 401), ("?api_key=wrong", 403), ("?api_key=demo&company_id=9", 403)])
def test_a_wrong_key_is_refused(server: Server, query: str, status: int) -> None:
    with pytest.raises(urllib.error.HTTPError) as refusal:
        fetch(f"{server.url}/api/v2/calls.json{query}")
    with refusal.value as answer:
        assert answer.code == status
        assert json.load(answer)["error"]


def test_an_unknown_path_is_a_page_of_html_and_one_date(server: Server) -> None:
    with pytest.raises(urllib.error.HTTPError) as refusal:
        fetch(f"{server.url}/no/such/thing.json?api_key={DEMO_KEY}")
    with refusal.value as answer:
        assert answer.code == 404
        assert answer.headers["Content-Type"].startswith("text/html")
        assert len(answer.headers.get_all("Date", [])) == 1


def test_an_interrupt_ends_the_server_at_once_and_quietly() -> None:
    running = start_server()
    fetch(f"{running.url}/calls.json?api_key={DEMO_KEY}")
    began = time.monotonic()
    running.process.send_signal(signal.SIGINT)
    out, err = running.process.communicate(timeout=10)
    assert time.monotonic() - began < 2
    assert (running.process.returncode, out, err) == (0, "", "")
