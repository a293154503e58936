"""The signing transport: the one place where the API key meets a request.

The key travels in the query string (API reference: authentication), so whatever holds a request's address would hold
the key: logs, exceptions, headers that echo it. Here it is added to a *second* request, below everything that logs,
raises or is printed, and only for the exact origins that it was meant for.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from typing import NamedTuple

import httpx

from monitor import text
from monitor.errors import ApiError, ConfigurationError
from monitor.secret import Secret, redact

_PORTS = {"https": 443, "http": 80}
_ECHOES = frozenset({"link", "content-location", "refresh"})
"""Headers in which a server may repeat the address that it was asked for, and the key with it."""


class Origin(NamedTuple):
    """Scheme, host (in its ASCII form) and port: what must be equal, to the letter, for a request to get the key."""

    scheme: str
    host: str
    port: int | None

    @classmethod
    def of(cls, url: httpx.URL) -> Origin:
        """Return the origin of `url`; its port is None when the scheme has no usual one."""
        port = url.port if url.port is not None else _PORTS.get(url.scheme)
        return cls(url.scheme, url.raw_host.decode("ascii"), port)

    @property
    def confidential(self) -> bool:
        """Whether nobody between here and there can read along: https, or plain http that stays on this machine."""
        return self.scheme == "https" or (self.scheme == "http" and _is_loopback(self.host))

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return text.clean(f"{host}:{self.port}" if self.port is not None else host, 100)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class KeyTransport(httpx.AsyncBaseTransport):
    """Adds `key` as `api_key` to GET requests for `origins`, and lets nothing else pass.

    Raises ConfigurationError, before anything is sent, for any other origin and for addresses with user info;
    ApiError for any method but GET. What it returns and raises knows only the unsigned request.
    """

    def __init__(self, key: str, origins: Collection[Origin], inner: httpx.AsyncBaseTransport) -> None:
        self._key = Secret(key)
        del key  # a traceback that prints local variables would show it
        self._origins = frozenset(origins)
        self._inner = inner
        for origin in self._origins:
            if not origin.confidential:
                raise ConfigurationError(f"the API key is not sent to {origin} over {text.clean(origin.scheme, 20)}")

    def __repr__(self) -> str:
        return f"KeyTransport({', '.join(map(str, sorted(self._origins)))})"

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a signed copy of `request`; return the answer without the key in its headers."""
        if request.method != "GET":
            raise ApiError(f"a {request.method} request was not sent: this connection only reads")
        origin = Origin.of(request.url)
        if request.url.userinfo or origin not in self._origins:
            raise ConfigurationError(f"a request to {origin} was not sent: the API key is for another address")
        try:
            # The signed request has no name here, for the same reason as above.
            response = await self._inner.handle_async_request(self._signed(request))
        except BaseException as error:
            _forget_frames(error)
            if isinstance(error, httpx.RequestError):
                error.request = request
            raise
        response.request = request
        self._scrub(response.headers)
        return response

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()

    def _signed(self, request: httpx.Request) -> httpx.Request:
        # Not httpx's own `params=`: that replaces the query an address already has.
        return httpx.Request(
            request.method,
            request.url.copy_set_param("api_key", self._key.reveal()),
            headers=request.headers,
            stream=request.stream,
            extensions=request.extensions,
        )

    def _scrub(self, headers: httpx.Headers) -> None:
        """Take the key out of the headers that echo addresses. Of a redirect nothing but the place is left."""
        for name in _ECHOES & headers.keys():
            headers[name] = redact(headers[name], [self._key])
        if location := headers.pop("location", None):
            try:
                place = httpx.URL(location).copy_with(userinfo=b"", raw_path=b"/", fragment=None)
            except httpx.InvalidURL:
                return
            if place.host:
                headers["location"] = str(place)


def _forget_frames(error: BaseException | None) -> None:
    """Drop the tracebacks of `error` and of all it came from: the frames below hold the signed request."""
    waiting, seen = [error], set[int]()
    while waiting:
        each = waiting.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        each.__traceback__ = None
        waiting += [each.__cause__, each.__context__, *getattr(each, "exceptions", ())]
