"""The calls: a list and one by uuid, in four versions; without a version it is the first."""

from collections.abc import Callable, Iterator
from functools import partial
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from monitor.simulator.flow import call_flow
from monitor.simulator.listing import choice_of, json_response, list_response, moment_of, page_of
from monitor.simulator.rows import Rows, to_json
from monitor.simulator.selection import Selection
from monitor.simulator.wire import CALL_SHAPES, Shape
from monitor.simulator.world import World


def routes(world: World) -> Iterator[tuple[str, Callable[[Request], Response]]]:
    """Paths without extension, and what answers them."""
    rows = Rows(world.troubles)
    versions = {f"/api/{version}": shape for version, shape in CALL_SHAPES.items()} | {"": CALL_SHAPES["v1"]}
    for prefix, shape in versions.items():
        yield f"{prefix}/calls", partial(_list, world, rows, shape)
        yield f"{prefix}/calls/{{uuid}}", partial(_one, world, rows, shape)


def _list(world: World, rows: Rows, shape: Shape, request: Request) -> Response:
    page = page_of(request)
    scripts, total = _selection(request).page(world, page.offset, page.rows)
    return list_response(request, [rows.text(script, world.now, shape) for script in scripts], page, total)


def _one(world: World, rows: Rows, shape: Shape, request: Request) -> Response:
    try:
        uuid = UUID(request.path_params["uuid"])
    except ValueError:
        raise HTTPException(404) from None
    script = world.find(uuid.int)
    if script is None:
        raise HTTPException(404)
    if request.query_params.get("call_flow_events") == "true":
        flow = {"call_flow_events": call_flow(script, world.now)}
        return json_response(to_json({"call": shape(script, world.now, world.troubles) | flow}))
    return json_response(rows.text(script, world.now, shape))


def _selection(request: Request) -> Selection:
    """`call_flow_events` is accepted and adds nothing to a list: public samples with the flag show no such key.
    `updated_at_start` and `updated_at_end` are ignored, as `Selection` explains."""
    params = request.query_params
    return Selection(
        created_from=moment_of(request, "created_at_start"),
        created_to=moment_of(request, "created_at_end"),
        by_update=choice_of(request, "sort_by", "created_at", "updated_at") == "updated_at",
        ascending=choice_of(request, "order", "desc", "asc") == "asc",
        caller=params.get("caller"),
        afid=params.get("client_afid"),
        cid=params.get("client_cid"),
        tid=params.get("client_tid"),
        sid=params.get("sub_id"),
    )
