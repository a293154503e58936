"""Targets and target groups: a list and one by id; targets also by the customer's own id."""

from collections.abc import Callable, Iterator
from functools import partial

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from monitor.simulator.buyers import group_row, target_detail, target_row
from monitor.simulator.cast import TARGET_GROUPS, TARGETS
from monitor.simulator.listing import json_response, short_list_response
from monitor.simulator.rows import to_json
from monitor.simulator.world import World


def routes(world: World) -> Iterator[tuple[str, Callable[[Request], Response]]]:
    """Paths without extension, and what answers them."""
    yield "/targets", partial(_targets, world)
    yield "/targets/{id}", partial(_target, world)
    yield "/targets/tid/{tid}", partial(_target_by_tid, world)
    yield "/target_groups", partial(_groups, world)
    yield "/target_groups/{id}", partial(_group, world)


def _targets(world: World, request: Request) -> Response:
    return short_list_response(request, [{"target": target_row(world, target)} for target in TARGETS])


def _target(world: World, request: Request) -> Response:
    for target in TARGETS:
        if str(target.id) == request.path_params["id"]:
            return json_response(to_json({"target": target_detail(world, target)}))
    raise HTTPException(404)


def _target_by_tid(world: World, request: Request) -> Response:
    for target in TARGETS:
        if target.tid == request.path_params["tid"]:
            return json_response(to_json({"target": target_detail(world, target)}))
    raise HTTPException(404)


def _groups(world: World, request: Request) -> Response:
    return short_list_response(request, [{"target_group": group_row(world, group)} for group in TARGET_GROUPS])


def _group(world: World, request: Request) -> Response:
    for group in TARGET_GROUPS:
        if str(group.id) == request.path_params["id"]:
            return json_response(to_json({"target_group": group_row(world, group)}))
    raise HTTPException(404)
