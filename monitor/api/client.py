"""The reading client of the Retreaver Core API. It has no method that writes, and its transport sends only GET.

One request is one try: the caller's next poll is the retry. Nothing is followed, cached or guessed, and every way in
which an answer can fail ends in one of the errors of `monitor.errors`.
"""

from __future__ import annotations

import asyncio
import json
import logging
import math
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, NoReturn, Self, TypeVar

import httpx

from monitor import __version__, text
from monitor.api import faults
from monitor.api.link import last_page, next_page
from monitor.api.pages import Answer, CallQuery, Page
from monitor.api.transport import KeyTransport, Origin
from monitor.errors import ApiError, ConfigurationError, GoneError, MalformedError
from monitor.model import wire
from monitor.model.call import Call
from monitor.model.campaign import Campaign
from monitor.model.company import Company
from monitor.model.target import Target, TargetGroup
from monitor.secret import Secret

T = TypeVar("T")
log = logging.getLogger(__name__)

PAGES = 2000
"""Pages that one walk reads at the most: a bound for a server that never says 'last'. Beyond it the walk fails, for a
list cut short must not pass for a whole one."""

_TIMEOUT = httpx.Timeout(connect=5, read=15, write=10, pool=5)
_LIMITS = httpx.Limits(max_connections=4, max_keepalive_connections=2, keepalive_expiry=30)
_HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "gzip",
    "User-Agent": f"callmon/{__version__}",
}
_UUID = re.compile(r"[0-9A-Za-z-]{1,64}")
_DIGITS = re.compile(r"[0-9]{1,19}")
_BROKEN_OFF = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)


@dataclass(frozen=True, slots=True)
class _Reply:
    """An answer with status 200, as JSON; what else there is to know about it is in `response`, without its body."""

    content: Any
    response: httpx.Response
    size: int
    latency: float

    @property
    def date(self) -> datetime | None:
        return faults.server_date(self.response)


class ReadApi:
    """Reads one account. `deadline` is in seconds for a whole request, `max_bytes` bounds a decompressed answer.

    Every method raises an ApiError: NetworkError, ThrottledError, ServerError, MalformedError, RefusedError,
    ConfigurationError, and GoneError where one record was asked for. `company_id` is always passed along when known:
    without it the API answers for whichever company somebody last chose on its site.
    `key_source` says where the key came from, for whoever has to find out why it is refused.
    Raises ConfigurationError for a `base_url` that is neither https nor on this machine.
    """

    def __init__(
        self,
        *,
        base_url: str,
        key: str,
        key_source: str = "",
        company_id: str | None,
        version: int = 2,
        inner: httpx.AsyncBaseTransport | None = None,
        deadline: float = 30.0,
        max_bytes: int = 16 * 2**20,
    ) -> None:
        secret = Secret(key)
        del key  # a traceback that prints local variables would show it
        if company_id is not None and not _DIGITS.fullmatch(company_id):
            raise ConfigurationError("the company's id is not a number", hint="Check RETREAVER_COMPANY_ID.")
        try:
            base = httpx.URL(base_url)
        except httpx.InvalidURL:
            raise ConfigurationError("the API's address cannot be read") from None
        if base.userinfo:
            raise ConfigurationError("the API's address holds user info, which can make it look like another")
        self._base = f"{base.scheme}://{base.netloc.decode('ascii')}{base.path.rstrip('/')}"
        self._origin = Origin.of(base)
        self._company_id = company_id
        self._key_source = key_source
        self._calls = f"/api/v{version}/calls"
        self._deadline = deadline
        self._max_bytes = max_bytes
        self.requests = 0
        """Requests sent so far: what a budget counts."""
        connection = inner or httpx.AsyncHTTPTransport(http2=False, trust_env=False, limits=_LIMITS)
        self._client = httpx.AsyncClient(
            transport=KeyTransport(secret.reveal(), {self._origin}, connection),
            trust_env=False,
            follow_redirects=False,
            timeout=_TIMEOUT,
            headers=_HEADERS,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def calls(self, query: CallQuery, *, page: int = 1, per_page: int = 25) -> Page[Call]:
        """Return one page of the calls that `query` asks for."""
        return await self._page(f"{self._calls}.json", wire.calls(), page, per_page, query.parameters())

    async def call(self, uuid: str, *, flow_events: bool = False) -> Answer[Call]:
        """Return one call in full; with `flow_events`, also (undocumented in shape) how it was routed."""
        if not _UUID.fullmatch(uuid):
            raise GoneError(f"{text.clean(uuid, 64)!r} is not the uuid of a call")
        asked = {"call_flow_events": "true"} if flow_events else {}
        return await self._one(f"{self._calls}/{uuid}.json", wire.calls(), f"call {uuid}", asked)

    async def targets(self, *, page: int = 1, per_page: int = 100) -> Page[Target]:
        """Return one page of the targets, with their calls in progress. Their caps are only in `target`."""
        return await self._page("/targets.json", wire.targets(), page, per_page, {})

    async def all_targets(self) -> tuple[Target, ...]:
        """Return all targets, each once, as it was read last. What cannot be understood is logged."""
        return await _all(lambda number: self.targets(page=number), lambda target: target.id)

    async def target(self, target_id: int) -> Answer[Target]:
        """Return one target in full, with its caps."""
        return await self._one(f"/targets/{target_id:d}.json", wire.targets(), f"target {target_id:d}", {})

    async def target_groups(self, *, page: int = 1, per_page: int = 100) -> Page[TargetGroup]:
        """Return one page of the target groups, with their calls in progress."""
        return await self._page("/target_groups.json", wire.target_groups(), page, per_page, {})

    async def campaigns(self, *, page: int = 1, per_page: int = 100) -> Page[Campaign]:
        """Return one page of the campaigns, with their timers (API reference: campaigns)."""
        return await self._page("/campaigns.json", wire.campaigns(), page, per_page, {})

    async def all_campaigns(self) -> tuple[Campaign, ...]:
        """Return all campaigns, each once, as it was read last. What cannot be understood is logged."""
        return await _all(lambda number: self.campaigns(page=number), lambda campaign: campaign.key)

    async def company(self) -> Answer[Company]:
        """Return the company whose account is read: the configured one, else the key's active one.

        A company that is not there is a ConfigurationError: nothing else could be read either.
        """
        path = "/company.json" if self._company_id is None else f"/companies/{self._company_id}.json"
        return await self._one(path, wire.companies(), None, {})

    async def walk_calls(self, query: CallQuery, per_page: int = 100) -> AsyncIterator[Page[Call]]:
        """Yield the calls that `query` asks for, page after page, at most 2000 (API reference: pagination)."""
        async for page in _walk(lambda number: self.calls(query, page=number, per_page=per_page)):
            yield page

    async def _page(
        self, path: str, reader: wire.Reader[T], number: int, per_page: int, asked: Mapping[str, str]
    ) -> Page[T]:
        reply = await self._get(path, {**asked, "page": str(number), "per_page": str(per_page)}, None)
        try:
            parsed = reader.many(reply.content)
        except ValueError:
            raise faults.malformed(self._origin, reply.response, reply.size, "a list of records") from None
        link = reply.response.headers.get("link")
        last = last_page(link)
        return Page(
            parsed=parsed,
            number=number,
            per_page=per_page,
            has_next=_has_next(link, number, rows=len(reply.content), per_page=per_page),
            last=last,
            date=reply.date,
            latency=reply.latency,
            size=reply.size,
        )

    async def _one(self, path: str, reader: wire.Reader[T], record: str | None, asked: Mapping[str, str]) -> Answer[T]:
        reply = await self._get(path, asked, record)
        try:
            parsed = reader.one(reply.content)
        except ValueError:
            raise faults.malformed(self._origin, reply.response, reply.size, "the record asked for") from None
        return Answer(parsed.records[0], parsed.raw[0], reply.date, reply.latency, reply.size, parsed.rejected)

    async def _get(self, path: str, asked: Mapping[str, str], record: str | None) -> _Reply:
        """Return the JSON at `path`. A total deadline counts: httpx's own start anew with every byte that drips in."""
        if self._company_id is not None:
            asked = {**asked, "company_id": self._company_id}
        clock = asyncio.get_running_loop().time
        start = clock()
        try:
            async with asyncio.timeout(self._deadline):
                response = await self._send(path, asked)
                try:
                    if response.status_code != 200:
                        raise self._status_error(response, record)
                    body = await self._body(response)
                finally:
                    await response.aclose()
        except TimeoutError:
            raise faults.overdue(self._origin, self._deadline) from None
        except httpx.RequestError as error:
            raise faults.transport_error(self._origin, error, _TIMEOUT) from None
        latency = clock() - start
        log.debug("%s: %d bytes in %.3f s", path, len(body), latency)
        try:
            content = json.loads(body, parse_constant=_not_json, parse_float=_finite)
        except (ValueError, RecursionError):
            raise faults.malformed(self._origin, response, len(body), "JSON") from None
        return _Reply(content, response, len(body), latency)

    async def _send(self, path: str, asked: Mapping[str, str]) -> httpx.Response:
        """Return the answer up to its headers.

        The one immediate retry: a server may close a kept connection just as it is used again. That is no fault and
        tells nothing; the request is a GET, so it is simply made again, on a new connection.
        """
        opened = False

        async def trace(event: str, _: Mapping[str, Any]) -> None:
            nonlocal opened
            opened = opened or event.startswith("connection.connect")

        def request() -> httpx.Request:
            url = self._base + path
            return self._client.build_request("GET", url, params=asked, extensions={"trace": trace})

        self.requests += 1
        try:
            return await self._client.send(request(), stream=True)
        except _BROKEN_OFF:
            if opened:
                raise
            self.requests += 1
            return await self._client.send(request(), stream=True)

    def _status_error(self, response: httpx.Response, record: str | None) -> ApiError:
        return faults.status_error(
            self._origin, response, record=record, company=self._company_id, key_source=self._key_source
        )

    async def _body(self, response: httpx.Response) -> bytes:
        """Return the decompressed body. Bounded: a few kilobytes can unpack to more than the memory there is."""
        if "," in response.headers.get("content-encoding", ""):
            raise faults.malformed(self._origin, response, 0, "once-compressed JSON")
        body = bytearray()
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > self._max_bytes:
                raise faults.malformed(self._origin, response, len(body), f"at most {self._max_bytes} bytes")
        return bytes(body)


def in_process(app: Callable[[Any, Any, Any], Awaitable[None]]) -> httpx.AsyncBaseTransport:
    """Return a transport to an ASGI application in this process; its crashes are answers with status 500."""
    return httpx.ASGITransport(app=app, raise_app_exceptions=False)


def _has_next(link: str | None, number: int, *, rows: int, per_page: int) -> bool:
    """Return whether to ask for the page after `number`.

    The header is missing when there is one page, but it has also been seen with its addresses lost. So when it tells
    nothing, a full page is taken to have a next one: at worst one empty page is read. After that one nothing comes,
    whatever the header says: a list that always names a next page would never end.
    """
    if not rows:
        return False
    if next_page(link, number) is not None:
        return True
    last = last_page(link)
    return rows >= per_page if last is None else last > number


async def _walk(fetch: Callable[[int], Awaitable[Page[T]]]) -> AsyncIterator[Page[T]]:
    """Yield page after page. A server that ignores the page number, or clamps it to the last page, ends the walk."""
    before: tuple[wire.Raw, ...] | None = None
    for number in range(1, PAGES + 1):
        page = await fetch(number)
        if page.parsed.raw == before:
            log.warning("page %d repeats the one before it; the list ends there", number)
            return
        yield page
        if not page.has_next:
            return
        before = page.parsed.raw
    raise MalformedError(f"a list does not end within {PAGES} pages")


async def _all(fetch: Callable[[int], Awaitable[Page[T]]], identity: Callable[[T], object]) -> tuple[T, ...]:
    """Return all records of a list, each once, as it was read last. What cannot be understood is logged."""
    found: dict[object, T] = {}
    async for page in _walk(fetch):
        found.update((identity(record), record) for record in page.parsed.records)
        for each in page.parsed.rejected:
            log.warning("unreadable: %s %s: %s", each.record, each.field or "", each.reason)
    return tuple(found.values())


def _finite(digits: str) -> float | str:
    """Return the number; one beyond all floats as it was sent, which no field takes: Infinity could not be written."""
    number = float(digits)
    return number if math.isfinite(number) else digits


def _not_json(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
