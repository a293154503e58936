"""An account behind raw sockets that answers truly until a fault is ordered, and then misbehaves on the wire."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, unquote

App = Callable[[Any, Any, Any], Awaitable[None]]

_RESET = struct.pack("ii", 1, 0)
"""To close a connection without delivering what waits: the other side gets a reset."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer in its parts, so that a fault can spoil any of them."""

    body: bytes
    status: str = "200 OK"
    headers: tuple[str, ...] = ("Content-Type: application/json",)

    @property
    def head(self) -> bytes:
        """Status line and headers, with the length of the body."""
        return self.head_of(f"Content-Length: {len(self.body)}")

    def head_of(self, *headers: str) -> bytes:
        """Status line and headers with just these about the body."""
        return "\r\n".join([f"HTTP/1.1 {self.status}", *self.headers, *headers, "", ""]).encode()

    def __bytes__(self) -> bytes:
        return self.head + self.body

    def without(self, name: str) -> Answer:
        """Return the answer without the headers of that name."""
        return replace(self, headers=tuple(each for each in self.headers if not each.lower().startswith(f"{name}:")))

    def plus(self, *headers: str) -> Answer:
        """Return the answer with more headers."""
        return replace(self, headers=(*self.headers, *headers))


async def true_answer(app: App, target: str) -> Answer:
    """Return what the account answers to a GET for `target`, signed path and query."""
    path, _, query = target.partition("?")
    scope = {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "http_version": "1.1",
        "path": unquote(path),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(b"host", b"127.0.0.1")],
        "server": ("127.0.0.1", 80),
    }
    messages: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        messages.append(message)

    await app(scope, receive, send)
    start, *bodies = messages
    kept = ((name.decode(), value.decode()) for name, value in start["headers"])
    return Answer(
        b"".join(each.get("body", b"") for each in bodies),
        f"{start['status']} Said",
        tuple(f"{name}: {value}" for name, value in kept if name != "content-length"),
    )


class Exchange:
    """A request that waits for its answer. A client that goes away ends it with a ConnectionError."""

    def __init__(self, app: App, target: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.target = target
        self._app = app
        self._reader = reader
        self._writer = writer

    async def answer(self, target: str = "") -> Answer:
        """Return what the account would answer, or would have answered to another `target`."""
        return await true_answer(self._app, target or self.target)

    @property
    def lists_calls(self) -> bool:
        """Whether it asks for a page of calls."""
        return self.target.partition("?")[0].endswith("/calls.json")

    @property
    def polls(self) -> bool:
        """Whether it asks for the head of the change feed: once with every poll."""
        asked = parse_qs(self.target.partition("?")[2])
        return self.lists_calls and asked.get("sort_by") == ["updated_at"] and asked.get("page") == ["1"]

    async def send(self, data: bytes | Answer) -> None:
        """Send these bytes and no more."""
        self._writer.write(bytes(data))
        await self._writer.drain()

    async def drip(self, data: bytes) -> None:
        """Send byte after byte, each soon enough for a timeout that starts anew with every byte."""
        for each in data:
            await self.send(bytes([each]))
            await asyncio.sleep(0.02)

    async def flood(self, piece: bytes, pieces: int) -> None:
        """Send so many pieces, if the client takes them."""
        for _ in range(pieces):
            await self.send(piece)

    async def stall(self) -> None:
        """Say no more until the client has had enough."""
        while await self._reader.read(4096):
            pass
        self.close()

    def close(self) -> None:
        """Close when all is sent."""
        self._writer.close()

    def half_close(self) -> None:
        """Say that nothing more comes, and stay."""
        self._writer.write_eof()

    def reset(self) -> None:
        """Break the connection."""
        self._writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self._writer.transport.abort()


Act = Callable[[Exchange], Awaitable[None]]


class FaultServer:
    """Serves `app` on this machine, from a thread of its own. Faults may be ordered from any thread."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._act: Act | None = None
        self.polls = 0
        """Polls that were answered truly."""
        self.misled = 0
        """Polls that a fault was the answer to."""
        self.misdeeds = 0
        """Requests that a fault was the answer to."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="fault server")
        self._listener = self._listen(0)
        self._port: int = self._listener.getsockname()[1]
        self._accepting: asyncio.Task[None] | None = None
        self._serving: set[asyncio.Task[None]] = set()

    @property
    def base(self) -> str:
        """The address."""
        return f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> FaultServer:
        self._thread.start()
        self._do(self._open())
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._shut())
        self._listener.close()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @contextmanager
    def misbehaving(self, act: Act) -> Iterator[None]:
        """Answer every request with `act` meanwhile."""
        self._act = act
        try:
            yield
        finally:
            self._act = None

    @contextmanager
    def deaf(self) -> Iterator[None]:
        """Take no connection meanwhile: the system does, and then nobody speaks."""
        self._do(self._shut())
        try:
            yield
        finally:
            self._listener.close()  # with those that wait to be taken: nobody is there any more
            self._reopen()

    @contextmanager
    def down(self) -> Iterator[None]:
        """Refuse connections meanwhile."""
        self._do(self._shut())
        self._listener.close()
        try:
            yield
        finally:
            self._reopen()

    def _reopen(self) -> None:
        self._listener = self._listen(self._port)
        self._do(self._open())

    # In the server's thread

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    @staticmethod
    def _listen(port: int) -> socket.socket:
        listener = socket.create_server(("127.0.0.1", port), backlog=16)
        listener.setblocking(False)
        return listener

    async def _open(self) -> None:
        self._accepting = self._loop.create_task(self._accept())

    async def _shut(self) -> None:
        """Take no more connections, and end those that there are."""
        tasks = [*self._serving, *([self._accepting] if self._accepting else [])]
        self._accepting = None
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _accept(self) -> None:
        while True:
            connection, _ = await self._loop.sock_accept(self._listener)
            reader, writer = await asyncio.open_connection(sock=connection)
            task = self._loop.create_task(self._serve(reader, writer))
            self._serving.add(task)
            task.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                while not writer.is_closing():
                    head = await reader.readuntil(b"\r\n\r\n")
                    await self._respond(Exchange(self._app, head.split(b" ", 2)[1].decode(), reader, writer))
        except asyncio.CancelledError:
            writer.transport.abort()
            raise
        finally:
            writer.close()

    async def _respond(self, exchange: Exchange) -> None:
        act = self._act
        if act is None:
            self.polls += exchange.polls
            await exchange.send(await exchange.answer())
        else:
            self.misdeeds += 1
            self.misled += exchange.polls
            await act(exchange)


class Trap:
    """Another host, which nobody may ever come to."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setblocking(False)
        self.base = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self) -> None:
        """Close."""
        self._listener.close()

    @property
    def reached(self) -> bool:
        """Whether somebody came."""
        try:
            connection, _ = self._listener.accept()
        except BlockingIOError:
            return False
        connection.close()
        return True
