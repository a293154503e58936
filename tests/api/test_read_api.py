"""What the client asks for, and what it hands on of the answers."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from traceback import walk_tb
from typing import Any

import httpx
import pytest

from monitor.api import client as client_module
from monitor.api.pages import CallQuery
from monitor.errors import ConfigurationError, GoneError, MalformedError
from tests.api.served import BASE, KEY, LETTERS, Server, client, page_of, reference, rows

UUID = "94079290-93f3-4527-9e78-88653aaf3c49"
SINCE = datetime(2026, 5, 4, 12, 0, 0, 123456, tzinfo=UTC)


def listing(*pages: list[Any], link: str | None = None) -> Server:
    """Return a server of these pages, and of empty ones after them."""

    def respond(request: httpx.Request) -> httpx.Response:
        number = page_of(request)
        content = pages[number - 1] if number <= len(pages) else []
        return httpx.Response(200, json=content, headers={"Link": link.format(next=number + 1)} if link else {})

    return Server(respond)


async def walked(server: Server, per_page: int = 2) -> list[list[str]]:
    async with server.api() as api:
        return [[call.uuid for call in page.parsed.records] async for page in api.walk_calls(CallQuery(), per_page)]


# What is asked


async def test_a_list_of_calls_is_asked_for_with_everything_that_selects_it() -> None:
    server = listing([])
    until = datetime(2026, 5, 4, 15, 0, tzinfo=timezone(timedelta(hours=2)))
    query = CallQuery(sort_by="created_at", order="asc", created_from=SINCE, created_to=until)
    async with server.api(version=3) as api:
        await api.calls(query, page=7, per_page=50)
    (request,) = server.requests
    assert request.url.copy_with(query=None) == f"{BASE}/api/v3/calls.json"
    assert dict(request.url.params) == {
        "sort_by": "created_at",
        "order": "asc",
        "created_at_start": "2026-05-04T12:00:00.123Z",
        "created_at_end": "2026-05-04T13:00:00.000Z",
        "page": "7",
        "per_page": "50",
        "company_id": "1",
        "api_key": KEY,
    }


def test_a_time_without_a_zone_is_refused() -> None:
    naive = SINCE.replace(tzinfo=None)
    with pytest.raises(ValueError, match="zone"):
        CallQuery(created_from=naive).parameters()


async def test_requests_say_who_asks_and_for_what() -> None:
    server = listing([])
    async with server.api() as api:
        await api.calls(CallQuery())
    headers = server.requests[0].headers
    assert headers["accept"] == "application/json"
    assert headers["user-agent"].startswith("callmon/")


async def test_an_address_below_a_path_is_kept() -> None:
    server = listing([])
    async with server.api(base_url=f"{BASE}/proxied/") as api:
        await api.targets()
    assert server.paths == ["/proxied/targets.json"]


async def test_without_a_company_the_active_one_is_read() -> None:
    server = Server(httpx.Response(200, json=reference("company_deprecated")))
    async with server.api(company_id=None) as api:
        assert (await api.company()).record.name == "Retreaver"
    assert server.paths == ["/company.json"]
    assert "company_id" not in server.requests[0].url.params


async def test_a_known_company_is_read_by_its_id() -> None:
    server = Server(httpx.Response(200, json=reference("company_deprecated")))
    async with server.api(company_id="2") as api:
        answer = await api.company()
    assert answer.record.id == 2
    assert server.paths == ["/companies/2.json"]


async def test_routing_events_are_asked_for_only_when_wanted() -> None:
    server = Server(httpx.Response(200, json=reference("call_v2")))
    async with server.api() as api:
        await api.call(UUID)
        await api.call(UUID, flow_events=True)
    plain, with_events = server.requests
    assert plain.url.path == f"/api/v2/calls/{UUID}.json"
    assert "call_flow_events" not in plain.url.params
    assert with_events.url.params["call_flow_events"] == "true"


@pytest.mark.parametrize("uuid", ["", "../../companies/1", "a/b", "a?page=2", "a%2Fb", "a.json", "é", "a\n", "a" * 65])
async def test_what_cannot_be_a_uuid_never_becomes_a_path(uuid: str) -> None:
    server = Server(httpx.Response(200, json=reference("call_v2")))
    async with server.api() as api:
        with pytest.raises(GoneError, match="not the uuid"):
            await api.call(uuid)
    assert server.requests == []


@pytest.mark.parametrize("company_id", ["", "1/../2", "x", "-1", "٣", "1\n"])
def test_a_company_is_a_number(company_id: str) -> None:
    with pytest.raises(ConfigurationError, match="not a number"):
        client(company_id=company_id)


@pytest.mark.parametrize(
    "base_url",
    ["http://api.retreaver.com", "ftp://api.retreaver.com", "api.retreaver.com", "https://u@h.test", "https://\x00"],
)
def test_an_address_that_is_not_safe_is_refused_at_once(base_url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        client(base_url=base_url)
    inside = [frame.f_locals for frame, _ in walk_tb(caught.value.__traceback__) if frame.f_code.co_name == "__init__"]
    assert inside
    assert not any(letters in repr(inside) for letters in LETTERS)


# What is handed on


async def test_a_page_tells_what_there_is_to_know_about_it() -> None:
    content = reference("calls_v2")
    headers = {
        "Date": "Mon, 04 May 2026 12:00:07 GMT",
        "Link": f'<{BASE}/c?page=9&per_page=1>; rel="last", <{BASE}/c?page=4&per_page=1>; rel="next"',
    }
    response = httpx.Response(200, json=content, headers=headers)
    async with Server(response).api() as api:
        page = await api.calls(CallQuery(), page=3, per_page=1)
    assert (page.number, page.per_page, page.has_next, page.last) == (3, 1, True, 9)
    assert page.date == datetime(2026, 5, 4, 12, 0, 7, tzinfo=UTC)
    assert page.size == len(response.content)
    assert 0 <= page.latency < 5
    assert [call.uuid for call in page.parsed.records] == [content[0]["call"]["uuid"]]
    assert page.parsed.raw == (content[0]["call"],)


@pytest.mark.parametrize("date", [None, "", "yesterday", "Mon, 99 May 2026 12:00:07 GMT"])
async def test_a_clock_that_cannot_be_read_is_no_clock(date: str | None) -> None:
    async with Server(httpx.Response(200, json=[], headers={"Date": date} if date else {})).api() as api:
        assert (await api.calls(CallQuery())).date is None


def shapes() -> dict[str, Any]:
    """Return the same call as the four versions of the API send it."""
    v1 = reference("call_v1")["call"]
    v2 = {**v1, "number": "+18886064349", "campaign_id": 12345, "campaign_name": "Solar", "connected": True}
    v3 = {**copy.deepcopy(v2), "number": {"number": "+18886064349", "name": "Main"}}
    v4 = {**copy.deepcopy(v3), "campaign": {"id": "12345", "name": "Solar"}}
    del v4["campaign_id"], v4["campaign_name"]
    return {"v1": v1, "v2": v2, "v3": v3, "v4": v4}


@pytest.mark.parametrize("enveloped", [True, False], ids=["envelope", "bare"])
@pytest.mark.parametrize("version", ["v1", "v2", "v3", "v4"])
async def test_every_version_of_a_call_becomes_the_same_call(version: str, enveloped: bool) -> None:
    row = shapes()[version]
    row = {"call": row} if enveloped else row
    async with Server(httpx.Response(200, json=[row])).api() as api:
        (listed,) = (await api.calls(CallQuery())).parsed.records
    async with Server(httpx.Response(200, json=row)).api() as api:
        answer = await api.call("addcf985-017e-4962-be34-cf5d55e74afc")
    assert answer.record == listed
    assert (listed.uuid, listed.talk, listed.connected) == ("addcf985-017e-4962-be34-cf5d55e74afc", 193, True)
    if version != "v1":
        assert (listed.campaign, listed.campaign_id, listed.number) == ("Solar", 12345, "+18886064349")


async def test_a_bad_record_is_handed_on_as_rejected_and_costs_only_itself() -> None:
    async with Server(httpx.Response(200, json=[*rows(1), {"call": {"caller": "+1"}}, 7, *rows(2)])).api() as api:
        parsed = (await api.calls(CallQuery())).parsed
    assert [call.uuid for call in parsed.records] == ["call-1", "call-2"]
    assert len(parsed.rejected) == 2


async def test_a_bad_field_of_one_record_is_handed_on_with_the_record() -> None:
    row = {"target": {"id": 5, "calls_in_progress": "many", "new_field": 1, "sip_password": "secret"}}
    async with Server(httpx.Response(200, json=row)).api() as api:
        answer = await api.target(5)
    assert answer.record.calls_in_progress is None
    assert [each.field for each in answer.rejected] == ["calls_in_progress"]
    assert answer.raw == {"id": 5, "calls_in_progress": "many", "new_field": 1}


async def test_a_target_tells_its_caps() -> None:
    server = Server(httpx.Response(200, json=reference("target_caps")))
    async with server.api() as api:
        target = (await api.target(22592)).record
    assert server.paths == ["/targets/22592.json"]
    assert {cap.type: cap.cap for cap in target.caps} == {"Daily": None, "Hard": 100, "Hourly": None, "Monthly": None}


async def test_target_groups_are_read() -> None:
    row = {"target_group": {"id": 1, "name": "West", "target_ids": [1, 2], "calls_in_progress": 3}}
    server = Server(httpx.Response(200, json=[row]))
    async with server.api() as api:
        (group,) = (await api.target_groups()).parsed.records
    assert server.paths == ["/target_groups.json"]
    assert (group.id, group.name, group.target_ids, group.calls_in_progress) == (1, "West", (1, 2), 3)


async def test_campaigns_are_read_with_their_timers_and_without_their_secrets() -> None:
    timers = [{"timer": {"id": 1, "seconds": 30, "url": "https://pixels.example/30"}}]
    rows = [
        {"campaign": {"cid": cid, "name": "Solar", "show_key": "secret", "timers": timers}} for cid in ("1", "0044")
    ]
    server = Server(httpx.Response(200, json=rows))
    async with server.api() as api:
        page = await api.campaigns(page=2, per_page=50)
        assert await api.all_campaigns() == page.parsed.records
    assert server.paths == ["/campaigns.json"] * 2
    assert server.requests[0].url.params["page"] == "2"
    assert [(each.cid, each.timers[0].seconds) for each in page.parsed.records] == [("1", 30), ("0044", 30)]
    assert "secret" not in repr(page)


# Page after page


async def test_a_walk_follows_the_header_to_the_last_page() -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        number = page_of(request)
        link = f'<{BASE}/c?page=3&per_page=2>; rel="last"'
        if number < 3:
            link += f', <{BASE}/c?page={number + 1}&per_page=2>; rel="next"'
        return httpx.Response(200, json=rows(number * 2, number * 2 + 1), headers={"Link": link})

    server = Server(respond)
    assert await walked(server) == [["call-2", "call-3"], ["call-4", "call-5"], ["call-6", "call-7"]]
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    "link",
    [
        pytest.param(None, id="missing"),
        pytest.param('; rel="last", ; rel="next"', id="addresses lost"),
        pytest.param('<https://h/c?per_page=100>; rel="next"', id="no page in it"),
        pytest.param('<https://h/c?page=1>; rel="next"', id="leads back"),
    ],
)
async def test_where_the_header_tells_nothing_a_full_page_has_a_next_one(link: str | None) -> None:
    server = listing(rows(1, 2), rows(3, 4), rows(5), link=link)
    assert await walked(server) == [["call-1", "call-2"], ["call-3", "call-4"], ["call-5"]]


async def test_records_that_cannot_be_read_still_fill_a_page() -> None:
    server = listing([*rows(1), {"call": {}}], rows(2))
    assert await walked(server) == [["call-1"], ["call-2"]]


async def test_a_list_that_fills_its_last_page_ends_with_an_empty_one() -> None:
    assert await walked(listing(rows(1, 2))) == [["call-1", "call-2"], []]


async def test_a_header_that_knows_the_last_page_is_believed_without_a_next() -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=rows(page_of(request)), headers={"Link": f'<{BASE}/c?page=3>; rel="last"'})

    assert await walked(Server(respond)) == [["call-1"], ["call-2"], ["call-3"]]


async def test_an_empty_page_ends_a_list_whatever_its_header_says() -> None:
    server = listing(rows(1, 2), link=f'<{BASE}/c?page={{next}}>; rel="next", <{BASE}/c?page=99>; rel="last"')
    assert await walked(server) == [["call-1", "call-2"], []]
    assert len(server.requests) == 2


async def test_a_number_beyond_all_floats_costs_its_field_and_stays_as_it_was_sent() -> None:
    body = b'[{"call": {"uuid": "1", "revenue": 1e999, "payout": 2.5, "mood": -1e999}}]'
    async with Server(httpx.Response(200, content=body)).api() as api:
        parsed = (await api.calls(CallQuery())).parsed
    assert (parsed.records[0].revenue, parsed.records[0].payout) == (None, Decimal("2.50"))
    assert [each.field for each in parsed.rejected] == ["revenue"]
    assert json.loads(json.dumps(parsed.raw[0], allow_nan=False))["mood"] == "-1e999"


async def test_a_server_that_ignores_the_page_number_ends_the_walk() -> None:
    server = Server(httpx.Response(200, json=rows(1, 2)))
    assert await walked(server) == [["call-1", "call-2"]]
    assert len(server.requests) == 2


async def test_a_list_without_end_fails_rather_than_pass_for_a_whole_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "PAGES", 5)
    server = Server(lambda request: httpx.Response(200, json=rows(page_of(request) * 2, page_of(request) * 2 + 1)))
    with pytest.raises(MalformedError, match="5 pages"):
        await walked(server)
    assert len(server.requests) == 5


async def test_a_named_host_is_never_contacted() -> None:
    server = listing(rows(1, 2), rows(3), link='<https://evil.test/c?page={next}>; rel="next"')
    assert await walked(server) == [["call-1", "call-2"], ["call-3"], []]
    assert server.hosts == {"api.retreaver.com"}


async def test_all_targets_are_read_each_once_as_it_was_last() -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        pages = {1: [(1, 0), (2, 5)], 2: [(2, 6), (3, 0)]}
        content = [{"target": {"id": found, "calls_in_progress": live}} for found, live in pages[page_of(request)]]
        link = f'<{BASE}/targets.json?page=2>; rel="next"' if page_of(request) == 1 else '<?page=1>; rel="prev"'
        return httpx.Response(200, json=content, headers={"Link": link})

    async with Server(respond).api() as api:
        found = await api.all_targets()
    assert [(target.id, target.calls_in_progress) for target in found] == [(1, 0), (2, 6), (3, 0)]


async def test_a_target_that_cannot_be_read_is_said_so(caplog: pytest.LogCaptureFixture) -> None:
    content = [{"target": {"name": "nobody"}}, {"target": {"id": 4, "paused": "perhaps"}}]
    async with Server(httpx.Response(200, json=content)).api() as api:
        (target,) = await api.all_targets()
    assert (target.id, target.paused) == (4, None)
    assert "target 4 paused" in caplog.text
    assert "perhaps" not in caplog.text
    assert len(caplog.records) == 2
