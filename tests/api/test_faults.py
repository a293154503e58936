"""Every way in which an answer can fail is one error that says what happened, to whom, and never the key."""

from __future__ import annotations

import gzip
import json
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.api.client import ReadApi
from monitor.api.faults import RETRY_AFTER_MOST, retry_after
from monitor.api.pages import CallQuery
from monitor.errors import (
    ApiError,
    ConfigurationError,
    GoneError,
    MalformedError,
    NetworkError,
    RefusedError,
    ServerError,
    ThrottledError,
)
from tests.api.served import LETTERS, Server, rows

HERE = "api.retreaver.com:443"
NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


async def failure(server: Server, ask: Callable[[ReadApi], Any] | None = None, **given: Any) -> ApiError:
    """Return how asking (for a list of calls) fails."""
    async with server.api(**given) as api:
        with pytest.raises(ApiError) as caught:
            await (api.calls(CallQuery()) if ask is None else ask(api))
    assert not any(letters in f"{caught.value} {caught.value!r} {caught.value.hint}" for letters in LETTERS)
    return caught.value


def one_call(api: ReadApi) -> Any:
    return api.call("call-1")


def company(api: ReadApi) -> Any:
    return api.company()


# Status


@pytest.mark.parametrize(
    ("status", "kind", "says"),
    [
        (204, MalformedError, "204"),
        (206, MalformedError, "206"),
        (301, ConfigurationError, "not followed"),
        (302, ConfigurationError, "not followed"),
        (304, ConfigurationError, "304"),
        (400, ConfigurationError, "400"),
        (401, RefusedError, "refuses the API key or the company 1 (status 401)"),
        (403, RefusedError, "refuses the API key or the company 1 (status 403)"),
        (404, ConfigurationError, "404"),
        (405, ConfigurationError, "405"),
        (406, ConfigurationError, "406"),
        (410, ConfigurationError, "410"),
        (418, ConfigurationError, "418"),
        (422, MalformedError, "422"),
        (429, ThrottledError, "fewer requests"),
        (500, ServerError, "500"),
        (502, ServerError, "502"),
        (503, ServerError, "503"),
        (599, ServerError, "599"),
    ],
)
async def test_a_status_of_a_list_is_one_error(status: int, kind: type[ApiError], says: str) -> None:
    error = await failure(Server(httpx.Response(status, text="<html>no</html>")))
    assert type(error) is kind
    assert says in str(error)
    assert HERE in str(error)


@pytest.mark.parametrize(("status", "kind"), [(404, GoneError), (410, GoneError), (405, ConfigurationError)])
async def test_one_record_can_be_gone(status: int, kind: type[ApiError]) -> None:
    error = await failure(Server(httpx.Response(status)), one_call)
    assert type(error) is kind
    if kind is GoneError:
        assert "call call-1" in str(error)


async def test_a_company_that_is_not_there_is_a_wrong_setting() -> None:
    assert type(await failure(Server(httpx.Response(404)), company)) is ConfigurationError


@pytest.mark.parametrize(
    ("location", "named"),
    [
        ("https://evil.test/calls.json?api_key=canary7Qz", "to evil.test (status 302)"),
        ("https://user:word@evil.test/", "to evil.test (status 302)"),
        ("//evil.test/x", "to evil.test (status 302)"),
        ("https://evil.test:99999/", "to evil.test (status 302)"),
        ("/login?api_key=canary7Qz", "elsewhere (status 302)"),
        ("https://h\x1b/", "elsewhere (status 302)"),
        ("javascript:alert(1)", "elsewhere (status 302)"),
        ("", "elsewhere (status 302)"),
    ],
)
async def test_a_redirect_is_told_by_its_host_and_not_followed(location: str, named: str) -> None:
    server = Server(httpx.Response(302, headers={"Location": location}))
    error = await failure(server)
    assert type(error) is ConfigurationError
    assert named in str(error)
    assert "word" not in str(error)
    assert server.hosts == {"api.retreaver.com"}
    assert len(server.requests) == 1


# Retry-After


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7),
        ("300", 300),
        ("86400", RETRY_AFTER_MOST),
        ("9" * 5000, RETRY_AFTER_MOST),
        ("0", None),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("٧", None),
        ("", None),
        (format_datetime(NOW + timedelta(seconds=42), usegmt=True), 42),
        (format_datetime(NOW + timedelta(days=1), usegmt=True), RETRY_AFTER_MOST),
        (format_datetime(NOW - timedelta(seconds=42), usegmt=True), None),
        ("Mon, 04 May 2026 14:00:30 +0200", 30),
        ("Mon, 04 May 2026 12:00:30 -0000", 30),
    ],
)
def test_the_wish_to_wait_is_taken_where_it_makes_sense(value: str, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds


def test_a_date_means_nothing_without_the_servers_clock() -> None:
    assert retry_after(format_datetime(NOW, usegmt=True), None) is None


@given(st.text())
def test_no_wish_breaks_the_reading(value: str) -> None:
    seconds = retry_after(value, NOW)
    assert seconds is None or 0 < seconds <= RETRY_AFTER_MOST


@pytest.mark.parametrize(("status", "kind"), [(429, ThrottledError), (503, ServerError)])
async def test_the_wish_to_wait_travels_with_the_error(status: int, kind: type[ApiError]) -> None:
    headers = {"Retry-After": format_datetime(NOW + timedelta(seconds=20)), "Date": format_datetime(NOW, usegmt=True)}
    error = await failure(Server(httpx.Response(status, headers=headers)))
    assert isinstance(error, kind)
    assert isinstance(error, ThrottledError | ServerError)
    assert error.retry_after == 20
    error = await failure(Server(httpx.Response(status)))
    assert isinstance(error, ThrottledError | ServerError)
    assert error.retry_after is None


# Bodies


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"<!DOCTYPE html><p>canary log in</p>", id="HTML"),
        pytest.param(b'[{"call": {"uuid": "1"', id="cut off"),
        pytest.param(b'[{"call": {"uuid": "\xff\xfe"}}]', id="not UTF-8"),
        pytest.param(b'[{"call": {"uuid": "1", "revenue": NaN}}]', id="NaN"),
        pytest.param(b'[{"call": {"uuid": "1", "revenue": -Infinity}}]', id="Infinity"),
        pytest.param(b"[" * 100_000, id="nested without end"),
        pytest.param(b'[{"call": {"uuid": "1", "talk": ' + b"9" * 5000 + b"}}]", id="endless number"),
        pytest.param(b'{"error": "canary"}', id="an object for a list"),
        pytest.param(b'"canary"', id="text"),
        pytest.param(b"null", id="null"),
    ],
)
async def test_a_body_that_is_no_list_is_malformed_and_never_quoted(body: bytes) -> None:
    error = await failure(Server(httpx.Response(200, content=body, headers={"Content-Type": "text/html"})))
    assert type(error) is MalformedError
    assert f"{HERE} answered 200 with {len(body)} bytes of text/html" in str(error)


@pytest.mark.parametrize("body", ["[]", "[{}]", "{}", '{"call": {}}', '{"call": null}', "7"])
async def test_a_record_without_identity_is_malformed(body: str) -> None:
    assert type(await failure(Server(httpx.Response(200, text=body)), one_call)) is MalformedError


async def test_a_content_type_is_cleaned_before_it_is_shown() -> None:
    error = await failure(Server(httpx.Response(200, content=b"x", headers=[(b"Content-Type", b"a\x9b31m\x1b]0;b")])))
    assert str(error).isprintable()


async def test_a_byte_order_mark_is_no_fault() -> None:
    async with Server(httpx.Response(200, content=b"\xef\xbb\xbf" + json.dumps(rows(1)).encode())).api() as api:
        assert len((await api.calls(CallQuery())).parsed.records) == 1


async def test_a_lone_surrogate_costs_no_neighbour_and_reaches_no_one() -> None:
    body = b'[{"call": {"uuid": "1", "caller": "\\ud800"}}, {"call": {"uuid": "2"}}]'
    async with Server(httpx.Response(200, content=body)).api() as api:
        first, second = (await api.calls(CallQuery())).parsed.records
    assert second.uuid == "2"
    assert (first.caller or "").encode() == "⟨D800⟩".encode()


async def test_a_body_is_bounded_while_it_is_read() -> None:
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        while True:
            taken += 1
            yield b" " * 1000

    error = await failure(Server(lambda _: httpx.Response(200, content=endless())), max_bytes=10_000)
    assert type(error) is MalformedError
    assert "at most 10000 bytes" in str(error)
    assert taken == 11


async def test_the_bound_is_on_what_is_unpacked() -> None:
    packed = gzip.compress(b"[" + b" " * 1_000_000 + b"]")
    assert len(packed) < 10_000
    server = Server(lambda _: httpx.Response(200, content=packed, headers={"Content-Encoding": "gzip"}))
    assert type(await failure(server, max_bytes=100_000)) is MalformedError
    async with server.api(max_bytes=2_000_000) as api:
        assert (await api.calls(CallQuery())).size == 1_000_002


@pytest.mark.parametrize(("encoding", "body"), [("gzip", b"not gzip"), ("gzip, gzip", gzip.compress(b"x"))])
async def test_what_cannot_safely_be_unpacked_is_malformed(encoding: str, body: bytes) -> None:
    async def stream() -> AsyncIterator[bytes]:
        yield body

    server = Server(lambda _: httpx.Response(200, content=stream(), headers={"Content-Encoding": encoding}))
    assert type(await failure(server)) is MalformedError


async def test_a_body_that_drips_meets_the_total_deadline() -> None:
    class Drip(httpx.AsyncByteStream):
        closed = False

        async def __aiter__(self) -> AsyncIterator[bytes]:
            import asyncio

            while True:
                await asyncio.sleep(0.005)
                yield b" "

        async def aclose(self) -> None:
            self.closed = True

    drip = Drip()
    error = await failure(Server(lambda _: httpx.Response(200, stream=drip)), deadline=0.05)
    assert type(error) is NetworkError
    assert str(error) == f"no complete answer from {HERE} within 0.05 s"
    assert drip.closed


# The network


def caused(error: Exception, *causes: BaseException) -> Exception:
    """Return `error` as raised from each of `causes` in turn."""
    below: BaseException = error
    for cause in causes:
        below.__cause__ = cause
        below = cause
    return error


REFUSED = ConnectionRefusedError(111, "refused")


@pytest.mark.parametrize(
    ("raised", "says"),
    [
        (httpx.ConnectTimeout("x"), f"no connection to {HERE} within 5 s"),
        (httpx.ReadTimeout("x"), f"{HERE} sent nothing for 15 s"),
        (httpx.WriteTimeout("x"), f"{HERE} took no request within 10 s"),
        (httpx.PoolTimeout("x"), f"all connections to {HERE} were busy for 5 s"),
        (caused(httpx.ConnectError("x"), socket.gaierror(-2, "unknown")), "cannot resolve api.retreaver.com"),
        (caused(httpx.ConnectError("x"), OSError("all"), REFUSED), f"connection refused by {HERE}"),
        (
            caused(httpx.ConnectError("x"), OSError("all"), ExceptionGroup("both", [OSError("v6"), REFUSED])),
            f"connection refused by {HERE}",
        ),
        (caused(httpx.ConnectError("x"), ssl.SSLCertVerificationError("x")), f"the certificate of {HERE}"),
        (caused(httpx.ConnectError("x"), ssl.SSLError("x")), "TLS handshake failed"),
        (caused(httpx.ConnectError("x"), OSError(101, "unreachable")), f"cannot connect to {HERE}"),
        (httpx.ReadError("x"), f"the connection to {HERE} broke off"),
        (httpx.RemoteProtocolError("x"), f"the connection to {HERE} broke off"),
        (httpx.LocalProtocolError("x"), f"the connection to {HERE} broke off"),
    ],
)
async def test_a_failure_of_the_network_says_what_failed(raised: Exception, says: str) -> None:
    def respond(_: httpx.Request) -> httpx.Response:
        raise raised

    error = await failure(Server(respond))
    assert type(error) is NetworkError
    assert says in str(error)


async def test_an_unexpected_exception_is_not_swallowed() -> None:
    def respond(_: httpx.Request) -> httpx.Response:
        raise ZeroDivisionError

    async with Server(respond).api() as api:
        with pytest.raises(ZeroDivisionError):
            await api.calls(CallQuery())
