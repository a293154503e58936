"""Campaigns: a list, and one by id or by the customer's own id."""

from collections.abc import Callable, Iterator

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from monitor.simulator.campaigns import campaign_row
from monitor.simulator.cast import CAMPAIGNS
from monitor.simulator.listing import json_response, short_list_response
from monitor.simulator.rows import to_json


def routes() -> Iterator[tuple[str, Callable[[Request], Response]]]:
    """Paths without extension, and what answers them."""
    yield "/campaigns", _all
    yield "/campaigns/{id}", _one
    yield "/campaigns/cid/{cid}", _one_by_cid


def _all(request: Request) -> Response:
    return short_list_response(request, [{"campaign": campaign_row(campaign)} for campaign in CAMPAIGNS])


def _one(request: Request) -> Response:
    for campaign in CAMPAIGNS:
        if str(campaign.id) == request.path_params["id"]:
            return json_response(to_json({"campaign": campaign_row(campaign)}))
    raise HTTPException(404)


def _one_by_cid(request: Request) -> Response:
    for campaign in CAMPAIGNS:
        if campaign.cid == request.path_params["cid"]:
            return json_response(to_json({"campaign": campaign_row(campaign)}))
    raise HTTPException(404)
