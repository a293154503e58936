"""The client on a real connection: what is below the mocks, and what the libraries below might say of the key."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import traceback
from collections.abc import Iterator

import httpx
import pytest

from monitor.api.client import ReadApi
from monitor.api.pages import CallQuery
from monitor.errors import ApiError, ConfigurationError, MalformedError, NetworkError
from tests.api.served import LETTERS, client, http, listening, rows

CALLS = json.dumps(rows(1)).encode()
SLOW = 0.2
"""Seconds of a deadline that is meant to be met."""


def chain(error: BaseException) -> Iterator[BaseException]:
    """Yield `error` and all it came from, also what is not printed."""
    waiting: list[BaseException | None] = [error]
    while waiting:
        each = waiting.pop()
        if each is not None:
            yield each
            waiting += [each.__cause__, each.__context__]


def shown(error: BaseException) -> str:
    """Return all that a traceback with local variables could show, but for the frames of the tests themselves."""
    printed = []
    for each in chain(error):
        kept = [
            f"{name}={value!r} {value}"
            for frame, _ in traceback.walk_tb(each.__traceback__)
            if not frame.f_code.co_filename.startswith(__file__.rpartition("/")[0])
            for name, value in frame.f_locals.items()
        ]
        printed += [repr(each), str(each), *kept]
    return "\n".join(printed)


async def failing(api: ReadApi) -> ApiError:
    async with api:
        with pytest.raises(ApiError) as caught:
            await api.calls(CallQuery())
    assert not any(letters in shown(caught.value) for letters in LETTERS)
    return caught.value


async def test_a_connection_that_dies_between_requests_costs_one_retry_and_nothing_else() -> None:
    heads: list[bytes] = []

    async def handle(head: bytes, writer: asyncio.StreamWriter) -> None:
        heads.append(head)
        if len(heads) == 2:
            writer.close()
            return
        writer.write(http(CALLS))

    async with listening(handle) as base, client(base_url=base) as api:
        for _ in range(2):
            assert len((await api.calls(CallQuery())).parsed.records) == 1
    assert len(heads) == 3
    assert heads[1] == heads[2]


async def test_a_connection_that_dies_twice_is_a_failure() -> None:
    heads: list[bytes] = []

    async def handle(head: bytes, writer: asyncio.StreamWriter) -> None:
        heads.append(head)
        if len(heads) > 1:
            writer.close()
            return
        writer.write(http(CALLS))

    async with listening(handle) as base:
        api = client(base_url=base)
        async with api:
            await api.calls(CallQuery())
            with pytest.raises(NetworkError, match="broke off"):
                await api.calls(CallQuery())
    assert len(heads) == 3


async def test_a_new_connection_that_dies_is_not_tried_again() -> None:
    heads: list[bytes] = []

    async def handle(head: bytes, writer: asyncio.StreamWriter) -> None:
        heads.append(head)
        writer.close()

    async with listening(handle) as base:
        assert type(await failing(client(base_url=base))) is NetworkError
    assert len(heads) == 1


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(http(CALLS)[:-4], id="shorter than promised"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[{\r\n", id="chunk cut off"),
        pytest.param(b"220 mail.example ESMTP\r\n\r\n", id="not HTTP"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX-Pad: " + b"x" * 300_000 + b"\r\n\r\n", id="endless header"),
    ],
)
async def test_an_answer_that_is_not_whole_is_a_failure_of_the_network(answer: bytes) -> None:
    async def handle(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        writer.close()

    async with listening(handle) as base:
        error = await failing(client(base_url=base))
    assert type(error) is NetworkError
    assert "broke off" in str(error)


async def test_a_body_that_ends_with_the_connection_is_never_taken_for_whole() -> None:
    async def handle(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + CALLS[:-3])
        writer.close()

    async with listening(handle) as base:
        assert type(await failing(client(base_url=base))) is MalformedError


@pytest.mark.parametrize(
    "start",
    [
        pytest.param(b"", id="silence"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX-Drip: ", id="headers"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[", id="body"),
    ],
)
async def test_dripping_never_outlasts_the_deadline(start: bytes) -> None:
    async def handle(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        while start:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.01)
        await asyncio.sleep(10 * SLOW)

    async with listening(handle) as base:
        clock = asyncio.get_running_loop().time
        asked = clock()
        error = await failing(client(base_url=base, deadline=SLOW))
        assert clock() - asked < 4 * SLOW
    assert type(error) is NetworkError
    assert "within 0.2 s" in str(error)


async def test_a_small_answer_that_unpacks_to_a_large_one_is_refused() -> None:
    packed = gzip.compress(b"[" + b" " * 17_000_000 + b"]")

    async def handle(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(http(packed, "Content-Encoding: gzip"))

    async with listening(handle) as base:
        assert type(await failing(client(base_url=base))) is MalformedError


async def test_nobody_there() -> None:
    async with listening(lambda *_: asyncio.sleep(0)) as base:
        pass
    error = await failing(client(base_url=base))
    assert type(error) is NetworkError
    assert str(error) == f"connection refused by {base.removeprefix('http://')}"


async def test_a_proxy_of_the_environment_never_sees_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    proxied: list[bytes] = []

    async def proxy(head: bytes, writer: asyncio.StreamWriter) -> None:
        proxied.append(head)
        writer.write(http(b"[]"))

    async def handle(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(http(CALLS))

    async with listening(proxy) as elsewhere, listening(handle) as base:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, elsewhere)
        monkeypatch.delenv("NO_PROXY", raising=False)
        async with client(base_url=base) as api:
            assert len((await api.calls(CallQuery())).parsed.records) == 1
    assert proxied == []


async def test_a_named_host_gets_no_connection() -> None:
    reached: list[bytes] = []

    async def foreign(head: bytes, writer: asyncio.StreamWriter) -> None:
        reached.append(head)
        writer.write(http(b"[]"))

    async with listening(foreign) as elsewhere:

        async def handle(head: bytes, writer: asyncio.StreamWriter) -> None:
            if b"/targets" in head:
                writer.write(http(b"", f"Location: {elsewhere}/targets.json", status="302 Found"))
            else:
                number = 2 if b"page=2" in head else 1
                link = f'Link: <{elsewhere}/c?page={number + 1}>; rel="next"' if number == 1 else "X-None: 1"
                writer.write(http(json.dumps(rows(number)).encode(), link))

        async with listening(handle) as base, client(base_url=base) as api:
            assert [page.number async for page in api.walk_calls(CallQuery())] == [1, 2]
            with pytest.raises(ConfigurationError, match="not followed"):
                await api.targets()
    assert reached == []


async def test_the_key_is_in_no_log_record_and_in_nothing_handed_on(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    targets: list[str] = []

    async def handle(head: bytes, writer: asyncio.StreamWriter) -> None:
        target = head.split(b" ")[1].decode()
        targets.append(target)
        writer.write(http(CALLS, f'Link: <{target.replace("page=1", "page=2")}>; rel="next"', f"Location: {target}"))

    async with listening(handle) as base, client(base_url=base) as api:
        page = await api.calls(CallQuery())
        told = [repr(api), str(api), repr(vars(api)), repr(vars(api._client)), repr(page)]
    assert page.has_next
    assert httpx.URL(base + targets[0]).params["api_key"].startswith("canary")
    told += [f"{record.getMessage()} {record.__dict__}" for record in caplog.records]
    assert any("calls.json" in each for each in told)
    assert not any(letters in each for each in told for letters in LETTERS)
