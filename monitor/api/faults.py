"""From what goes wrong on the wire to the errors that callmon explains. No message holds an address with its query."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from monitor import text
from monitor.api.transport import Origin
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

RETRY_AFTER_MOST = 300.0
"""Seconds. A server's wish to wait longer is cut to this."""

_ABSENT = frozenset({404, 410})
_NOT_THE_API = frozenset({400, 404, 405, 406, 410, 418})
"""Documented errors that, for the requests made here, mean that something else than the API answers."""


def status_error(
    origin: Origin, response: httpx.Response, *, record: str | None, company: str | None, key_source: str
) -> ApiError:
    """Return what a status other than 200 means. `record` names the one record that was asked for, if it was one;
    `key_source`, where it is known, what to look at when the key is refused."""
    status = response.status_code
    if status in {401, 403}:
        named = f"company {company}" if company else "company"
        hint = f"The key is from {key_source}. Check it and RETREAVER_COMPANY_ID." if key_source else ""
        return RefusedError(f"{origin} refuses the API key or the {named} (status {status})", hint=hint)
    if status == 429:
        return ThrottledError(f"{origin} asks for fewer requests (status 429)", retry_after=_wish(response))
    if status >= 500:
        return ServerError(f"{origin} has a fault (status {status})", retry_after=_wish(response))
    if 300 <= status < 400:
        return ConfigurationError(f"{origin} points elsewhere{_elsewhere(response)} (status {status}); not followed")
    if record is not None and status in _ABSENT:
        return GoneError(f"{origin} has no {record} (any more) (status {status})")
    if status in _NOT_THE_API:
        return ConfigurationError(f"{origin} does not answer as the API does (status {status})")
    return MalformedError(f"{origin} answered with status {status}, which the API does not use")


def transport_error(origin: Origin, error: httpx.RequestError, timeout: httpx.Timeout) -> ApiError:
    """Return what the failure of a request means."""
    match error:
        case httpx.DecodingError():
            return MalformedError(f"the answer of {origin} cannot be decompressed")
        case httpx.ConnectTimeout():
            return NetworkError(f"no connection to {origin} within {timeout.connect:g} s")
        case httpx.PoolTimeout():
            return NetworkError(f"all connections to {origin} were busy for {timeout.pool:g} s")
        case httpx.WriteTimeout():
            return NetworkError(f"{origin} took no request within {timeout.write:g} s")
        case httpx.ReadTimeout():
            return NetworkError(f"{origin} sent nothing for {timeout.read:g} s")
        case httpx.ConnectError():
            return NetworkError(_unconnected(origin, error))
        case _:
            return NetworkError(f"the connection to {origin} broke off before the answer was complete")


def overdue(origin: Origin, deadline: float) -> NetworkError:
    """Return the error for an answer that is not complete after `deadline` seconds."""
    return NetworkError(f"no complete answer from {origin} within {deadline:g} s")


def malformed(origin: Origin, response: httpx.Response, size: int, expected: str) -> MalformedError:
    """Return the error for a body that is not `expected`. It quotes nothing of the body, which may hold secrets."""
    kind = text.clean(response.headers.get("content-type", "no content type"), 60)
    return MalformedError(f"{origin} answered {response.status_code} with {size} bytes of {kind}, not {expected}")


def server_date(response: httpx.Response) -> datetime | None:
    """Return the server's clock from the `Date` header, aware UTC; None when there is none to be understood."""
    return _http_date(response.headers.get("date", ""))


def retry_after(value: str, now: datetime | None) -> float | None:
    """Return the seconds that a `Retry-After` header asks to wait, 300 at the most.

    A date counts from `now`, the server's own clock. None for what lies in the past or cannot be understood.
    """
    if value.isascii() and value.isdigit():
        seconds = float(value)
    else:
        until = _http_date(value)
        if until is None or now is None:
            return None
        seconds = (until - now).total_seconds()
    return min(seconds, RETRY_AFTER_MOST) if seconds > 0 else None


def _wish(response: httpx.Response) -> float | None:
    return retry_after(response.headers.get("retry-after", "").strip(), server_date(response))


def _http_date(value: str) -> datetime | None:
    try:
        stamp = parsedate_to_datetime(value)
        return stamp.replace(tzinfo=UTC) if stamp.tzinfo is None else stamp.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _elsewhere(response: httpx.Response) -> str:
    host = httpx.URL(response.headers.get("location", "")).host
    return f", to {text.clean(host, 100)}" if host else ""


def _unconnected(origin: Origin, error: BaseException) -> str:
    for cause in _causes(error):
        match cause:
            case socket.gaierror():
                return f"cannot resolve {origin.host}"
            case ConnectionRefusedError():
                return f"connection refused by {origin}"
            case ssl.SSLCertVerificationError():
                return f"the certificate of {origin} cannot be verified"
            case ssl.SSLError():
                return f"no secure connection to {origin}: the TLS handshake failed"
    return f"cannot connect to {origin}"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield `error` and all that it came from."""
    waiting: list[BaseException | None] = [error]
    seen = set[int]()
    while waiting:
        each = waiting.pop()
        if each is not None and id(each) not in seen:
            seen.add(id(each))
            yield each
            waiting += [each.__cause__, each.__context__, *getattr(each, "exceptions", ())]
