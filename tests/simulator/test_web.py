"""The HTTP face answers as the reference documents: shapes, filters, pages, headers and refusals."""

import time
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import pytest

from monitor.simulator.web import build_app
from monitor.simulator.world import World
from tests.simulator.simulated import START, Call, Hands, at

KEY = {"api_key": "demo", "company_id": "2"}


async def calls(client: httpx.AsyncClient, path: str = "/api/v2/calls.json", **params: str) -> list[Call]:
    answer = await client.get(path, params=KEY | {"per_page": "100"} | params)
    assert answer.status_code == 200
    return [row["call"] for row in answer.json()]


def links(answer: httpx.Response) -> dict[str, str]:
    return {str(rel): link["url"] for rel, link in answer.links.items()}


async def test_a_list_is_newest_first_and_25_long_unless_told_otherwise(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v2/calls.json", params=KEY)
    stamps = [row["call"]["created_at"] for row in answer.json()]
    assert len(stamps) == 25
    assert stamps == sorted(stamps, reverse=True)
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert len(await calls(client, per_page="5000")) == 100


async def test_by_update_the_newest_comes_first_whatever_the_order_says(
    client: httpx.AsyncClient, clock: Hands
) -> None:
    clock.now += timedelta(seconds=90)
    for order in ("asc", "desc"):
        stamps = [call["updated_at"] for call in await calls(client, sort_by="updated_at", order=order)]
        assert stamps == sorted(stamps, reverse=True)
        assert len(stamps) == 100


async def test_a_changed_call_surfaces_on_the_first_page_by_update(client: httpx.AsyncClient, clock: Hands) -> None:
    live = [call for call in await calls(client, sort_by="updated_at") if call["status"] == "in_progress"]
    assert live
    clock.now += timedelta(minutes=20)
    after = {call["uuid"]: call for call in [await one(client, call["uuid"]) for call in live]}
    assert all(after[call["uuid"]]["updated_at"] > call["updated_at"] for call in live)
    assert all(after[call["uuid"]]["status"] == "finished" for call in live)


async def one(client: httpx.AsyncClient, uuid: str, version: str = "v2") -> Call:
    answer = await client.get(f"/api/{version}/calls/{uuid}.json", params=KEY)
    assert answer.status_code == 200
    call: Call = answer.json()["call"]
    return call


@pytest.mark.parametrize("version", ["v1", "v2", "v3", "v4"])
async def test_one_call_is_the_same_alone_and_in_the_list(client: httpx.AsyncClient, version: str) -> None:
    for call in (await calls(client, f"/api/{version}/calls.json"))[:10]:
        assert await one(client, call["uuid"], version) == call


async def test_without_a_version_it_is_the_first_and_the_extension_is_optional(client: httpx.AsyncClient) -> None:
    assert await calls(client, "/calls.json") == await calls(client, "/api/v1/calls.json")
    assert await calls(client, "/calls") == await calls(client, "/calls.json")
    assert await calls(client, "/api/v4/calls") == await calls(client, "/api/v4/calls.json")


@pytest.mark.parametrize(
    ("param", "field"),
    [("caller", "caller"), ("client_afid", "afid"), ("client_cid", "cid"), ("client_tid", "tid"), ("sub_id", "sid")],
)
@pytest.mark.parametrize("sort", ["created_at", "updated_at"])
async def test_a_filter_gives_all_that_match_and_no_other(
    client: httpx.AsyncClient, param: str, field: str, sort: str
) -> None:
    everyone = [call for page in "123" for call in await calls(client, page=page)]
    value = next(call[field] for call in everyone if call[field])
    chosen = await calls(client, sort_by=sort, **{param: value})
    assert {call["uuid"] for call in chosen} == {call["uuid"] for call in everyone if call[field] == value}


@pytest.mark.parametrize("sort", ["created_at", "updated_at"])
async def test_the_bounds_of_creation_are_inclusive(client: httpx.AsyncClient, sort: str) -> None:
    stamps = [call["created_at"] for call in await calls(client, order="asc")]
    low, high = stamps[10], stamps[39]
    chosen = await calls(client, sort_by=sort, created_at_start=low, created_at_end=high)
    assert sorted(call["created_at"] for call in chosen) == stamps[10:40]
    local = at(low).astimezone().isoformat()
    assert len(await calls(client, created_at_start=local, created_at_end=high)) == 30


async def test_there_is_no_filter_by_update(client: httpx.AsyncClient) -> None:
    assert await calls(client, updated_at_start="2030-01-01T00:00:00Z") == await calls(client)


async def test_the_pages_are_told_in_the_link_header_with_every_parameter_in_order(client: httpx.AsyncClient) -> None:
    params = {"page": "2", "sort_by": "created_at", "order": "asc", "per_page": "50"} | KEY
    answer = await client.get("/api/v2/calls.json", params=params)
    pages = {}
    for rel, url in links(answer).items():
        parts = urlsplit(url)
        assert (parts.scheme, parts.netloc, parts.path) == ("https", "simulated.example", "/api/v2/calls.json")
        query = dict(parse_qsl(parts.query))
        assert list(query) == sorted(query)
        assert query.pop("page") == parse_qs(parts.query)["page"][0]
        assert query == {name: value for name, value in params.items() if name != "page"}
        pages[rel] = int(parse_qs(parts.query)["page"][0])
    assert pages == {"first": 1, "prev": 1, "last": 6, "next": 3}


async def test_there_is_no_link_header_when_one_page_holds_all(client: httpx.AsyncClient) -> None:
    assert "link" not in (await client.get("/targets.json", params=KEY)).headers
    assert "link" in (await client.get("/targets.json", params=KEY | {"per_page": "5"})).headers
    last = await client.get("/api/v2/calls.json", params=KEY | {"page": "11"})
    assert set(links(last)) == {"first", "prev"}
    beyond = await client.get("/api/v2/calls.json", params=KEY | {"page": "40"})
    assert beyond.json() == []


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({}, 401),
        ({"api_key": "demon"}, 403),
        ({"api_key": "demo", "company_id": "1"}, 403),
        (KEY | {"per_page": "0"}, 400),
        (KEY | {"per_page": "many"}, 400),
        (KEY | {"page": "-1"}, 400),
        (KEY | {"order": "sideways"}, 400),
        (KEY | {"sort_by": "revenue"}, 400),
        (KEY | {"created_at_start": "yesterday"}, 400),
    ],
)
async def test_what_is_refused_says_why_in_json(client: httpx.AsyncClient, params: dict[str, str], status: int) -> None:
    answer = await client.get("/api/v2/calls.json", params=params)
    assert answer.status_code == status
    assert answer.json()["error"]
    assert "demon" not in answer.text


@pytest.mark.parametrize(
    "path",
    ["/nothing.json", "/api/v5/calls.json", "/api/v2/calls/no-uuid.json", f"/calls/{'0' * 32}.json", "/targets/1.json"],
)
async def test_what_does_not_exist_is_a_page_of_html(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path, params=KEY)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "<h1>404 Not Found</h1>" in answer.text


async def test_nothing_can_be_written(client: httpx.AsyncClient) -> None:
    answer = await client.put("/targets/27449.json", params=KEY, json={"paused": True})
    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]


async def test_the_date_header_is_the_simulated_moment(client: httpx.AsyncClient, clock: Hands) -> None:
    clock.now += timedelta(hours=3)
    for path in ("/company.json", "/nothing"):
        answer = await client.get(path, params=KEY)
        assert answer.headers["date"] == "Mon, 04 May 2026 18:00:00 GMT"
        assert parsedate_to_datetime(answer.headers["date"]) == clock.now


async def test_targets_show_their_calls_and_only_one_alone_its_caps(client: httpx.AsyncClient) -> None:
    rows = [row["target"] for row in (await client.get("/targets.json", params=KEY)).json()]
    assert len(rows) == 14
    assert all(row["created_at"].endswith("-04:00") and "caps" not in row for row in rows)
    assert any(row["sip_password"] for row in rows)
    assert all(len(row["object_key"]) == 64 for row in rows)
    everyone = [call for page in "123" for call in await calls(client, page=page)]
    talking = [call for call in everyone if call["connected"] and not call["end_time"]]
    assert sum(row["calls_in_progress"] for row in rows) == len(talking) > 0

    row = next(row for row in rows if row["tid"] == "A-01")
    alone = (await client.get(f"/targets/{row['id']}.json", params=KEY)).json()["target"]
    assert {cap["type"] for cap in alone["caps"]} == {"Daily", "Hard", "Hourly", "Monthly"}
    assert alone["business_hours"][0]["day_of_week"] == 0
    assert {name: alone[name] for name in row} == row
    assert (await client.get("/targets/tid/A-01.json", params=KEY)).json()["target"] == alone


async def test_a_daily_cap_counts_the_connections_of_the_buyers_own_day(
    client: httpx.AsyncClient, clock: Hands
) -> None:
    everyone = [call for page in "123" for call in await calls(client, page=page)]
    connected = sum(call["tid"] == "A-01" for call in everyone)

    async def filled() -> dict[str, int]:
        target = (await client.get("/targets/tid/A-01", params=KEY)).json()["target"]
        return {cap["type"]: cap["filled"] for cap in target["caps"]}

    before = await filled()
    assert before["Daily"] == before["Hard"] == connected > 0
    clock.now = datetime.fromisoformat("2026-05-05T05:00:00.500+00:00")  # midnight at UTC-5
    after = await filled()
    assert after["Daily"] <= 1
    assert after["Hard"] > before["Hard"]


async def test_groups_list_their_members_and_count_their_calls(client: httpx.AsyncClient) -> None:
    targets = {row["target"]["id"]: row["target"] for row in (await client.get("/targets", params=KEY)).json()}
    rows = [row["target_group"] for row in (await client.get("/target_groups.json", params=KEY)).json()]
    assert len(rows) == 4
    for row in rows:
        assert [target["id"] for target in row["targets"]] == row["target_ids"]
        assert row["calls_in_progress"] == sum(targets[member]["calls_in_progress"] for member in row["target_ids"])
        alone = await client.get(f"/target_groups/{row['id']}.json", params=KEY)
        assert alone.json() == {"target_group": row}


async def test_the_company_is_the_one_that_the_key_sees(client: httpx.AsyncClient) -> None:
    active = (await client.get("/company.json", params=KEY)).json()
    assert active["company"]["id"] == 2
    assert isinstance(active["company"]["balance"], str)
    assert (await client.get("/companies.json", params=KEY)).json() == [active]
    assert (await client.get("/companies/2.json", params=KEY)).json() == active
    assert (await client.get("/companies/1.json", params=KEY)).status_code == 403


async def test_a_record_is_not_kept_before_its_pixels_are_calm(client: httpx.AsyncClient, clock: Hands) -> None:
    """Asking at every moment gives in the end what asking once gives."""
    clock.now += timedelta(minutes=10)
    fresh = build_app(World(seed=1, start=START, rate=0.5, history=260), clock=clock)
    clock.now = START
    for _ in range(200):
        clock.now += timedelta(seconds=3)
        await calls(client, sort_by="updated_at", per_page="30")
    transport = httpx.ASGITransport(app=fresh)
    async with httpx.AsyncClient(transport=transport, base_url="https://simulated.example") as other:
        for page in "12345":
            assert await calls(client, page=page) == await calls(other, page=page)


def test_a_deep_page_of_a_large_account_costs_no_more_than_a_shallow_one() -> None:
    world = World(start=START, rate=5.0, history=20_000)

    def cost(offset: int) -> float:
        best = 1.0
        for _ in range(20):
            began = time.perf_counter()
            world.updates.newest_first(offset, 100)
            best = min(best, time.perf_counter() - began)
        return best

    assert cost(15_000) < 10 * cost(1_000) + 0.001
