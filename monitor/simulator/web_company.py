"""The company: the active one, all that the key sees (one), and one by id."""

from collections.abc import Callable, Iterator

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from monitor.simulator.cast import COMPANY, COMPANY_ID
from monitor.simulator.listing import json_response, short_list_response
from monitor.simulator.rows import to_json


def routes() -> Iterator[tuple[str, Callable[[Request], Response]]]:
    """Paths without extension, and what answers them."""
    yield "/company", _active
    yield "/companies", _all
    yield "/companies/{id}", _one


def _active(_request: Request) -> Response:
    return json_response(to_json({"company": COMPANY}))


def _all(request: Request) -> Response:
    return short_list_response(request, [{"company": COMPANY}])


def _one(request: Request) -> Response:
    if request.path_params["id"] != str(COMPANY_ID):
        raise HTTPException(403, "the key does not see that company")
    return _active(request)
