"""An account that means harm: every text it says is an attack on a terminal or on markup.

`python -m tests.console.hostile [FLAW …]` is the monitor on that account. The flaws take one of its defences away:
`model` what the models clean, `filter` what is filtered before the terminal, `refused` answers with 403 instead.
"""

from __future__ import annotations

import itertools
import json
import os
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.segment import Segment
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from textual import events
from textual.color import Color
from textual.message import Message

from monitor import accounts, cli, text
from monitor.api.client import ReadApi, in_process
from monitor.console.app import CallmonApp
from monitor.console.terminal import Driver
from monitor.console.untrusted import ControlFilter
from monitor.simulator import COMPANY_ID, DEMO_KEY, World
from monitor.simulator.web import build_app

MARK = "evil"
"""Stands in every attack, to be looked for."""
CORPUS = (
    f"\x1b]52;c;{MARK}\x07",
    f"\x1b]52;c;{MARK}\x1b\\",
    f"\x1b]0;{MARK}\x07",
    f"\x1b]2;{MARK}\x1b\\\x1b[21t",
    f"\x1b]8;;https://{MARK}.example\x1b\\x\x1b]8;;\x1b\\",
    f"\x1b[2J\x1b[1;1H\x1b[31m{MARK}",
    f"\x1b[c\x1b[6n\x1b[>q{MARK}",
    f"\x1bP$qm\x1b\\\x1bP+q544e\x1b\\{MARK}",
    f"\x9b31m\x9d52;c;{MARK}\x9c\x90$qm\x9c",
    f"\x1b[?1049l\x1b[?1000h\x1bc{MARK}",
    f"\x07\x08\x0b\x0c\r\n\t\x00\x0e\x0f\x7f{MARK}",
    f"\u202e{MARK}\u2066\u200b\u200d\ufeff\U000e0041\u2028",
    f"[@click=app.pwned]{MARK}[/]",
    f"{MARK}[/]y",
    f"[link=https://{MARK}.example]{MARK}[/link]",
    f"[/{MARK}",
    f"[bold red]{MARK}",
    f"e{chr(0x301) * 40}{MARK}",
)
_KEPT = ("uuid", "_at", "_time", "status", "number", "caller", "zone")
"""Parts of names of fields that must stay readable for a record to be one; they are attacked as well, one in five."""


def spoiled(value: Any, attacks: itertools.cycle[str], name: str = "") -> Any:
    """Return `value` with every text in it, keys of tags too, made an attack."""
    if isinstance(value, dict):
        if name.endswith("tags"):
            return {next(attacks) + key: next(attacks) for key in value}
        first = "first " if name.startswith("first ") else ""
        return {key: spoiled(kept, attacks, first + key) for key, kept in value.items()}
    if isinstance(value, list):
        return [spoiled(kept, attacks, name if place else f"first {name}") for place, kept in enumerate(value)]
    if not isinstance(value, str):
        return value
    attack = next(attacks)
    if name.endswith("uuid") or (any(part in name for part in _KEPT) and hash_of(value) % 5):
        return value
    if "://" not in value:
        return attack
    # Every other address is one that can be opened, and says something as markup; so is a call's first.
    if name == "first url" or hash_of(value) % 2:
        return f"https://{MARK}.example/[@click=app.pwned]?a=[/]"
    return f"https://{attack}/?a={attack}"


def hash_of(value: str) -> int:
    """A number that is the same in every process."""
    return sum(value.encode())


class HostileAccount:
    """The simulated account, every answer spoiled."""

    def __init__(self, start: datetime, *, refused: bool) -> None:
        self._real = build_app(World(start=start, history=200), clock=cli.wall, api_key=DEMO_KEY)
        self._refused = refused
        self.app = Starlette(routes=[Route("/{path:path}", self.answer)])
        self._attacks = itertools.cycle(CORPUS)

    async def answer(self, request: Request) -> Response:
        if self._refused:
            return JSONResponse({"error": CORPUS[0]}, status_code=403, headers={"content-type": f"text/{MARK}"})
        body = b""
        head: dict[str, Any] = {}

        async def keep(message: Any) -> None:
            nonlocal body, head
            body += message.get("body", b"")
            head = head or message

        await self._real(request.scope, request.receive, keep)
        headers = {key.decode(): kept.decode() for key, kept in head["headers"] if key != b"content-length"}
        # A fresh round for each answer: what is asked again is as it was.
        answer = spoiled(json.loads(body), itertools.cycle(CORPUS))
        return Response(json.dumps(answer), status_code=head["status"], headers=headers)

    def open_api(self) -> ReadApi:
        inner = in_process(self.app)
        return ReadApi(base_url="http://localhost", key=DEMO_KEY, company_id=str(COMPANY_ID), inner=inner)


def _take_away(flaws: Sequence[str]) -> None:
    if "model" in flaws:
        text.clean = lambda value, limit=512: value[:limit]

    def through(self: ControlFilter, segments: list[Segment], background: Color) -> list[Segment]:
        return segments

    if "filter" in flaws:
        ControlFilter.apply = through  # type: ignore[method-assign]  # taken away to see that it is missed


def _note_keys(file: Path) -> None:
    """Note every key that the program believes was pressed."""
    real = Driver.send_message

    def noting(self: Driver, message: Message) -> None:
        if isinstance(message, events.Key):
            with file.open("a") as out:
                out.write(f"{message.key}\n")
        real(self, message)

    Driver.send_message = noting  # type: ignore[method-assign,assignment]  # listens, and passes on


def _silence() -> None:
    """Keep the program from ringing when an incident begins, so that any bell is an attack."""
    CallmonApp.bell = lambda self: None  # type: ignore[method-assign]  # the one that is its own


if __name__ == "__main__":
    _take_away(sys.argv[1:])
    _silence()
    _note_keys(Path(os.environ["CALLMON_DATA_DIR"]) / "keys")
    account = HostileAccount(cli.wall(), refused="refused" in sys.argv)
    accounts._simulated = lambda wall: account.open_api
    sys.exit(cli.main(["--demo"]))
