"""Servers for the client to talk to: scripted answers without a network, and raw bytes over a real socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from monitor.api.client import ReadApi

KEY = "canary&=%+# key/7Qz"
"""Every character that a query string treats specially, and long enough to be searched for."""
LETTERS = ("canary", "7Qz")
"""What any form of the key, however encoded, would show."""
BASE = "https://api.retreaver.com"
REFERENCE = Path(__file__).parent.parent / "data" / "reference"

Respond = Callable[[httpx.Request], httpx.Response]


class Server:
    """Answers through `respond` and keeps the (signed) requests that reached it."""

    def __init__(self, respond: Respond | httpx.Response) -> None:
        self.requests: list[httpx.Request] = []
        self._respond = respond

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self._respond if isinstance(self._respond, httpx.Response) else self._respond(request)

    @property
    def hosts(self) -> set[str]:
        return {request.url.host for request in self.requests}

    @property
    def paths(self) -> list[str]:
        return [request.url.path for request in self.requests]

    def api(self, **given: Any) -> ReadApi:
        """Return a client of this server."""
        return client(inner=httpx.MockTransport(self), **given)


def client(**given: Any) -> ReadApi:
    """Return a client with the canary key; `given` overrides its arguments."""
    return ReadApi(**{"base_url": BASE, "key": KEY, "company_id": "1", **given})


def reference(name: str) -> Any:
    """Return an example answer of the API's reference."""
    return json.loads((REFERENCE / f"{name}.json").read_text("utf-8"))


def rows(*numbers: int) -> list[dict[str, Any]]:
    """Return calls of a list, told apart by number."""
    return [{"call": {"uuid": f"call-{number}"}} for number in numbers]


def page_of(request: httpx.Request) -> int:
    """Return the number of the page that was asked for."""
    return int(request.url.params["page"])


Handle = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(handle: Handle) -> AsyncIterator[str]:
    """Serve raw bytes on this machine: `handle` is called with the head of each request. Yields the base address."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                await handle(head, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    async with server:
        host, port = server.sockets[0].getsockname()
        yield f"http://{host}:{port}"


def http(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """Return a whole HTTP answer."""
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body
