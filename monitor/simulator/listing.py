"""Query parameters and pages, common to all lists: 25 rows by default, 100 at most, and the rest told in a
`Link` header.

The header repeats every parameter of the request in alphabetical order, the api_key included, and is absent
when one page holds everything (API reference: paging).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from monitor.simulator.rows import to_json
from monitor.simulator.stamps import to_ms

_ROWS_BY_DEFAULT = 25
_ROWS_AT_MOST = 100


@dataclass(frozen=True, slots=True)
class Page:
    """Which slice of a list was asked for; pages count from 1."""

    number: int
    rows: int

    @property
    def offset(self) -> int:
        """How many rows lie before the page."""
        return (self.number - 1) * self.rows


def page_of(request: Request) -> Page:
    """The page asked for; 400 for anything but positive integers, and never more than 100 rows."""
    return Page(_positive(request, "page", 1), min(_positive(request, "per_page", _ROWS_BY_DEFAULT), _ROWS_AT_MOST))


def moment_of(request: Request, name: str) -> int | None:
    """An RFC 3339 parameter in milliseconds, UTC when it names no offset; 400 when it is no moment."""
    text = request.query_params.get(name)
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise HTTPException(400, f"{name} is not a date and time") from None
    return to_ms(moment if moment.utcoffset() is not None else moment.replace(tzinfo=UTC))


def choice_of(request: Request, name: str, default: str, other: str) -> str:
    """A parameter with two possible values; 400 for a third."""
    value = request.query_params.get(name, default)
    if value not in (default, other):
        raise HTTPException(400, f"{name} must be {default} or {other}")
    return value


def json_response(text: str, headers: dict[str, str] | None = None) -> Response:
    """An answer with a JSON body."""
    return Response(text, headers=headers, media_type="application/json; charset=utf-8")


def list_response(request: Request, rows: Sequence[str], page: Page, total: int) -> Response:
    """An answer with the rows of one page, already JSON, and the header that leads to the others."""
    link = _link(request, page, total)
    return json_response(f"[{','.join(rows)}]", {"Link": link} if link else None)


def short_list_response(request: Request, rows: Sequence[object]) -> Response:
    """An answer with one page of a list that is whole in memory."""
    page = page_of(request)
    chosen = [to_json(row) for row in rows[page.offset : page.offset + page.rows]]
    return list_response(request, chosen, page, len(rows))


def _positive(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) > 0):
        raise HTTPException(400, f"{name} must be a positive integer")
    return int(text)


def _link(request: Request, page: Page, total: int) -> str:
    last = -(-total // page.rows)
    if last <= 1:
        return ""
    pages: dict[str, int] = {}
    if page.number > 1:
        pages |= {"first": 1, "prev": min(page.number - 1, last)}
    if page.number < last:
        pages |= {"last": last, "next": page.number + 1}
    return ", ".join(f'<{_url(request, number)}>; rel="{rel}"' for rel, number in pages.items())


def _url(request: Request, page: int) -> str:
    params = dict(request.query_params) | {"page": str(page)}
    return str(request.url.replace(query=urlencode(sorted(params.items())), fragment=""))
