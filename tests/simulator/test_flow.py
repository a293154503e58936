"""The call flow of one call: in a shape one can guess for about half of the calls, in another for the rest."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.simulator.simulated import Call, Hands, at

KEY = {"api_key": "demo", "company_id": "2"}


async def with_flow(client: httpx.AsyncClient, uuid: str, flag: str = "true", version: str = "v2") -> Call:
    answer = await client.get(f"/api/{version}/calls/{uuid}.json", params=KEY | {"call_flow_events": flag})
    call: Call = answer.json()["call"]
    return call


async def listed(client: httpx.AsyncClient, **params: str) -> list[Call]:
    answer = await client.get("/api/v2/calls.json", params=KEY | {"per_page": "100"} | params)
    return [row["call"] for row in answer.json()]


async def flows(client: httpx.AsyncClient) -> list[tuple[Call, Any]]:
    """Calls that are over, each with what the flag adds."""
    calls = [call for page in "123" for call in await listed(client, page=page)]
    answers = [await with_flow(client, call["uuid"]) for call in calls]
    return [(call, call.pop("call_flow_events")) for call in answers if call["conversions_determined_at"]]


@pytest.mark.parametrize("version", ["v1", "v2", "v4"])
async def test_the_flag_adds_the_flow_to_one_call_and_nothing_else(client: httpx.AsyncClient, version: str) -> None:
    for call in (await listed(client))[:15]:
        told = await with_flow(client, call["uuid"], version=version)
        silent = await with_flow(client, call["uuid"], "false", version)
        assert "call_flow_events" not in silent
        assert told.pop("call_flow_events")
        assert told == silent


async def test_the_flag_adds_nothing_to_a_list(client: httpx.AsyncClient) -> None:
    assert await listed(client, call_flow_events="true") == await listed(client)


async def test_about_half_of_the_calls_answer_in_a_shape_that_nobody_knows(client: httpx.AsyncClient) -> None:
    shapes = [type(flow) for _, flow in await flows(client)]
    assert set(shapes) == {list, dict}
    assert 0.35 < shapes.count(list) / len(shapes) < 0.65


async def test_the_known_shape_tells_the_call_from_its_start_to_its_end(client: httpx.AsyncClient) -> None:
    levels: set[str] = set()
    refused: set[str] = set()
    for call, flow in await flows(client):
        if not isinstance(flow, list):
            continue
        events = [entry["call_flow_event"] for entry in flow]
        assert all(set(event) == {"created_at", "level", "message"} for event in events)
        stamps = [at(event["created_at"]) for event in events]
        assert stamps == sorted(stamps, reverse=True)
        assert (stamps[-1], stamps[0]) == (at(call["start_time"]), at(call["end_time"]))
        connections = [event for event in events if event["level"] == "connection"]
        assert [event["created_at"] for event in connections] == [call["forwarded_time"]] * call["connected"]
        assert any(event["level"] == "problem" for event in events) == (call["hung_up_by"] == "system")
        levels |= {event["level"] for event in events}
        refused |= {event["message"].rsplit(": ", 1)[1] for event in events if "considered" in event["message"]}
    assert levels == {"info", "connection", "warning", "problem"}
    assert refused == {"closed", "capped", "tag mismatch"}


async def test_the_flow_grows_with_the_call_and_tells_nothing_of_the_future(
    client: httpx.AsyncClient, clock: Hands
) -> None:
    live = [call["uuid"] for call in await listed(client) if call["end_time"] is None]
    before = [(await with_flow(client, uuid))["call_flow_events"] for uuid in live]
    for flow in before:
        if isinstance(flow, list):
            assert at(flow[0]["call_flow_event"]["created_at"]) <= clock.now
    clock.now += timedelta(minutes=20)
    after = [(await with_flow(client, uuid))["call_flow_events"] for uuid in live]
    assert live
    assert [flow[-len(was) :] for was, flow in zip(before, after, strict=True) if isinstance(was, list)] == [
        was for was in before if isinstance(was, list)
    ]
    assert all(len(flow) > len(was) for was, flow in zip(before, after, strict=True) if isinstance(was, list))
