"""The signing transport: who gets the key, and where it never shows."""

from __future__ import annotations

import logging
import traceback
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.api.transport import KeyTransport, Origin
from monitor.errors import ApiError, ConfigurationError
from monitor.secret import Secret
from tests.api.served import BASE, KEY, LETTERS, Server

HOME = Origin("https", "api.retreaver.com", 443)


def signing(server: Server, key: str = KEY) -> KeyTransport:
    return KeyTransport(key, {HOME}, httpx.MockTransport(server))


def hidden(*shown: object) -> bool:
    """Whether none of these, as text, shows any part of the key."""
    return not any(letters in f"{each} {each!r}" for each in shown for letters in LETTERS)


async def test_the_key_joins_the_query_and_leaves_the_rest_of_it_alone() -> None:
    server = Server(httpx.Response(200))
    request = httpx.Request("GET", f"{BASE}/calls.json?page=3&caller=%2B1301&tag=a&tag=b")
    await signing(server).handle_async_request(request)
    (sent,) = server.requests
    assert parse_qsl(sent.url.query.decode()) == [
        ("page", "3"),
        ("caller", "+1301"),
        ("tag", "a"),
        ("tag", "b"),
        ("api_key", KEY),
    ]
    assert hidden(request.url, request)


async def test_a_key_in_the_address_is_replaced_not_doubled() -> None:
    server = Server(httpx.Response(200))
    await signing(server).handle_async_request(httpx.Request("GET", f"{BASE}/calls.json?api_key=other"))
    assert server.requests[0].url.params.get_list("api_key") == [KEY]


@given(st.text(st.characters(codec="utf-8"), min_size=1))
async def test_any_key_arrives_as_it_is(key: str) -> None:
    server = Server(httpx.Response(200))
    await signing(server, key).handle_async_request(httpx.Request("GET", f"{BASE}/calls.json?page=2"))
    assert dict(parse_qsl(server.requests[0].url.query.decode())) == {"page": "2", "api_key": key}


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "get"])
async def test_only_get_passes(method: str) -> None:
    server = Server(httpx.Response(200))
    request = httpx.Request("GET", f"{BASE}/targets/1.json")
    request.method = method
    with pytest.raises(ApiError, match="only reads"):
        await signing(server).handle_async_request(request)
    assert server.requests == []


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("https://evil.test/", id="another host"),
        pytest.param("https://api.retreaver.com@evil.test/", id="the host as user info"),
        pytest.param("https://user:word@api.retreaver.com/", id="user info"),
        pytest.param("https://evil.test\\@api.retreaver.com/", id="backslash user info"),
        pytest.param("https://api.retreaver.com.evil.test/", id="the host as a prefix"),
        pytest.param("https://evil-api.retreaver.com/", id="the host as a suffix"),
        pytest.param("https://api.retreaver.com./", id="trailing dot"),
        pytest.param("https://api.retreaver.com%2eevil.test/", id="encoded dot"),
        pytest.param("https://\u0430pi.retreaver.com/", id="Cyrillic a"),
        pytest.param("https://api.retreaver.com\uff0eevil.test/", id="full-width dot"),
        pytest.param("http://api.retreaver.com/", id="plain http"),
        pytest.param("http://api.retreaver.com:443/", id="plain http on the https port"),
        pytest.param("https://api.retreaver.com:444/", id="another port"),
        pytest.param("https://api.retreaver.com:0/", id="port zero"),
        pytest.param("//api.retreaver.com/", id="no scheme"),
        pytest.param("ftp://api.retreaver.com/", id="another scheme"),
        pytest.param("https://127.0.0.1/", id="this machine, not asked for"),
    ],
)
async def test_nothing_is_sent_to_another_origin(url: str) -> None:
    server = Server(httpx.Response(200))
    with pytest.raises(ConfigurationError, match="not sent"):
        await signing(server).handle_async_request(httpx.Request("GET", url))
    assert server.requests == []


@pytest.mark.parametrize("url", ["https://API.Retreaver.com/x", "https://api.retreaver.com:443/x"])
async def test_the_same_origin_written_differently_is_the_same(url: str) -> None:
    server = Server(httpx.Response(200))
    await signing(server).handle_async_request(httpx.Request("GET", url))
    assert server.requests[0].url.params["api_key"] == KEY


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://127.0.0.1:8000", True),
        ("http://127.8.9.1", True),
        ("http://[::1]:8000", True),
        ("http://localhost:8000", True),
        ("https://proxy.example", True),
        ("http://api.retreaver.com", False),
        ("http://localhost.evil.test", False),
        ("http://128.0.0.1", False),
        ("http://0.0.0.0", False),
        ("ftp://localhost", False),
    ],
)
def test_plain_http_is_for_this_machine_only(url: str, allowed: bool) -> None:
    origin = Origin.of(httpx.URL(url))
    assert origin.confidential is allowed
    if not allowed:
        with pytest.raises(ConfigurationError, match="not sent"):
            KeyTransport(KEY, {origin}, httpx.MockTransport(Server(httpx.Response(200))))


async def test_an_answer_knows_only_the_unsigned_request() -> None:
    def respond(signed: httpx.Request) -> httpx.Response:
        return httpx.Response(200, request=signed)

    request = httpx.Request("GET", f"{BASE}/calls.json")
    response = await signing(Server(respond)).handle_async_request(request)
    assert response.request is request
    assert hidden(response, response.request, response.url)


async def test_headers_that_echo_the_address_lose_the_key() -> None:
    def respond(signed: httpx.Request) -> httpx.Response:
        echo = str(signed.url.copy_set_param("page", 2))
        headers = [
            ("Link", f'<{echo}>; rel="next"'),
            ("Link", f'<https://h/?page=9&key={KEY}>; rel="last"'),
            ("Location", echo),
            ("Content-Location", echo),
            ("Refresh", f"0; url={echo}"),
        ]
        return httpx.Response(200, headers=[(name.encode(), value.encode()) for name, value in headers])

    response = await signing(Server(respond)).handle_async_request(httpx.Request("GET", f"{BASE}/calls.json"))
    assert hidden(response.headers, *response.headers.values(), *response.headers.raw)
    assert "page=2" in response.headers["link"]
    assert "page=9" in response.headers["link"]
    assert response.headers["location"] == f"{BASE}/"


async def test_a_short_key_does_not_garble_page_numbers() -> None:
    server = Server(httpx.Response(200, headers={"Link": '<https://h/?api_key=2&page=2>; rel="next"'}))
    response = await signing(server, "2").handle_async_request(httpx.Request("GET", f"{BASE}/calls.json"))
    assert response.headers["link"] == '<https://h/?api_key=***&page=2>; rel="next"'


async def test_an_exception_knows_only_the_unsigned_request() -> None:
    def respond(signed: httpx.Request) -> httpx.Response:
        try:
            raise OSError("below")
        except OSError as error:
            raise httpx.ConnectError("refused", request=signed) from error

    request = httpx.Request("GET", f"{BASE}/calls.json")
    with pytest.raises(httpx.ConnectError) as caught:
        await signing(Server(respond)).handle_async_request(request)
    assert caught.value.request is request
    assert isinstance(caught.value.__cause__, OSError)
    printed = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
    assert "handle_async_request" in printed
    assert hidden(printed)


def test_the_key_shows_in_no_repr_nor_while_a_transport_is_made() -> None:
    assert hidden(Secret(KEY), signing(Server(httpx.Response(200))))
    assert Secret(KEY).reveal() == KEY
    with pytest.raises(ConfigurationError) as caught:
        KeyTransport(KEY, {Origin("http", "evil.test", 80)}, httpx.MockTransport(Server(httpx.Response(200))))
    frames = traceback.walk_tb(caught.value.__traceback__)
    inside: list[Any] = [frame.f_locals for frame, _ in frames if frame.f_code.co_name == "__init__"]
    assert inside
    assert hidden(*inside)


def test_the_libraries_below_are_quiet() -> None:
    assert logging.getLogger("httpx").level == logging.WARNING
    assert logging.getLogger("httpcore").level == logging.WARNING
