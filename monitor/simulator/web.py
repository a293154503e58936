"""The HTTP face of the simulated account: one table of routes, the key at the door, and errors as a client
meets them.

A missing key is answered 401, a wrong one or a foreign company 403, both with a JSON body; what does not
exist is answered 404 with a page of HTML, as the real service does. The `Date` header is the simulated
moment, so that a client can be tried with a server whose clock is off.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.simulator import web_calls, web_campaigns, web_company, web_targets
from monitor.simulator.cast import COMPANY_ID, DEMO_KEY
from monitor.simulator.world import World

Clock = Callable[[], datetime]

_IN_HTML = (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED)


def build_app(world: World, *, clock: Clock, api_key: str = DEMO_KEY) -> Starlette:
    """The application; every request first brings the world to `clock()` (aware)."""

    def guarded(answer: Callable[[Request], Response]) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            _check_key(request, api_key)
            world.advance(clock())
            return answer(request)

        return endpoint

    table = (
        *web_calls.routes(world),
        *web_targets.routes(world),
        *web_campaigns.routes(),
        *web_company.routes(),
    )
    return Starlette(
        # With the extension first: without it, the extension would be taken for the end of an id.
        routes=[Route(path + ending, guarded(answer)) for path, answer in table for ending in (".json", "")],
        middleware=[Middleware(_Dated, clock=clock)],
        exception_handlers={HTTPException: _refuse},
    )


def _check_key(request: Request, api_key: str) -> None:
    given = request.query_params.get("api_key")
    if not given:
        raise HTTPException(401, "api_key is missing")
    if given != api_key:
        raise HTTPException(403, "the api_key is not valid")
    if request.query_params.get("company_id", str(COMPANY_ID)) != str(COMPANY_ID):
        raise HTTPException(403, "the key does not see that company")


async def _refuse(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - tells the type checker what the table above says
    if error.status_code in _IN_HTML:
        title = escape(f"{error.status_code} {HTTPStatus(error.status_code).phrase}")
        page = f"<!DOCTYPE html>\n<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"
        return HTMLResponse(page, error.status_code, error.headers)
    return JSONResponse({"error": error.detail}, error.status_code, error.headers)


class _Dated:
    """Stamps every answer with the simulated moment."""

    def __init__(self, app: ASGIApp, clock: Clock) -> None:
        self._app = app
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                now = self._clock().astimezone(UTC)
                MutableHeaders(scope=message)["Date"] = format_datetime(now, usegmt=True)
            await send(message)

        await self._app(scope, receive, dated)
