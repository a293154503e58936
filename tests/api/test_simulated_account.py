"""The client and the simulated account understand each other, in the process and with nothing between them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from monitor.api.client import ReadApi, in_process
from monitor.api.pages import CallQuery
from monitor.errors import ConfigurationError, GoneError, RefusedError, ServerError
from monitor.model import wire
from monitor.model.call import Call
from monitor.simulator.campaigns import campaign_row
from monitor.simulator.cast import CAMPAIGNS
from monitor.simulator.web import build_app
from monitor.simulator.world import World

START = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
HISTORY = 230


def account(**given: str) -> ReadApi:
    app = build_app(World(seed=1, start=START, history=HISTORY), clock=lambda: START, api_key="demo")
    settings = {"base_url": "http://localhost", "key": "demo", "company_id": "2", **given}
    return ReadApi(**settings, inner=in_process(app))  # type: ignore[arg-type]  # only texts are given here


@pytest.fixture
async def api() -> AsyncIterator[ReadApi]:
    async with account() as opened:
        yield opened


async def every_call(api: ReadApi, query: CallQuery, per_page: int) -> list[Call]:
    return [call async for page in api.walk_calls(query, per_page) for call in page.parsed.records]


async def test_a_walk_reads_every_call_once_in_the_order_asked_for(api: ReadApi) -> None:
    for order, backwards in (("asc", False), ("desc", True)):
        found = await every_call(api, CallQuery(order=order), 100)  # type: ignore[arg-type]
        assert len({call.uuid for call in found}) == len(found) == HISTORY
        created = [call.created_at for call in found if call.created_at]
        assert created == sorted(created, reverse=backwards)


async def test_the_size_of_the_pages_changes_nothing_about_the_list(api: ReadApi) -> None:
    whole = await every_call(api, CallQuery(), 100)
    assert await every_call(api, CallQuery(), 23) == whole
    assert await every_call(api, CallQuery(), 100) == whole


async def test_the_change_feed_is_newest_first_whatever_is_asked(api: ReadApi) -> None:
    found = await every_call(api, CallQuery(sort_by="updated_at", order="asc"), 100)
    stamps = [call.updated_at for call in found if call.updated_at]
    assert len(stamps) == HISTORY
    assert stamps == sorted(stamps, reverse=True)


async def test_a_window_holds_the_calls_created_in_it(api: ReadApi) -> None:
    since, until = START - timedelta(minutes=20), START - timedelta(minutes=5)
    inside = await every_call(api, CallQuery(created_from=since, created_to=until), 100)
    whole = await every_call(api, CallQuery(), 100)
    assert inside == [call for call in whole if call.created_at and since <= call.created_at <= until]
    assert inside


async def test_nothing_the_account_says_is_rejected_or_unknown(api: ReadApi) -> None:
    page = await api.calls(CallQuery(), per_page=100)
    targets, groups, company = await api.targets(), await api.target_groups(), await api.company()
    for parsed in (page.parsed, targets.parsed, groups.parsed):
        assert parsed.records
        assert parsed.rejected == ()
        assert parsed.unknown == frozenset()
    assert company.rejected == ()
    assert page.date == START
    assert (page.has_next, page.last) == (True, 3)


def test_nothing_of_its_campaigns_is_rejected_or_unknown_and_their_secret_is_dropped() -> None:
    parsed = wire.campaigns().many([{"campaign": campaign_row(campaign)} for campaign in CAMPAIGNS])
    assert [campaign.cid for campaign in parsed.records] == [campaign.cid for campaign in CAMPAIGNS]
    assert (parsed.rejected, parsed.unknown) == ((), frozenset())
    assert [timer.seconds for campaign in parsed.records for timer in campaign.timers if timer.seconds == -30] == [-30]
    assert all("show_key" not in raw for raw in parsed.raw)


async def test_every_version_tells_of_the_same_calls() -> None:
    versions = []
    for version in (1, 2, 3, 4):
        async with account(version=version) as api:  # type: ignore[arg-type]  # the one that is no text
            versions.append((await api.calls(CallQuery(), per_page=50)).parsed.records)
    told = [[(call.uuid, call.number, call.talk, call.updated_at) for call in records] for records in versions]
    assert told[0] == told[1] == told[2] == told[3]
    assert versions[1] == versions[2] == versions[3]


async def test_one_record_is_what_the_list_says_of_it(api: ReadApi) -> None:
    listed = (await api.calls(CallQuery(), per_page=5)).parsed.records
    for call in listed:
        assert (await api.call(call.uuid)).record == call
    target, *_ = await api.all_targets()
    alone = (await api.target(target.id)).record
    assert (alone.id, alone.name, alone.calls_in_progress) == (target.id, target.name, target.calls_in_progress)
    assert alone.caps


async def test_what_is_not_there_is_gone(api: ReadApi) -> None:
    with pytest.raises(GoneError):
        await api.call("00000000-0000-0000-0000-000000000000")
    with pytest.raises(GoneError):
        await api.target(1)


@pytest.mark.parametrize("given", [{"key": "wrong"}, {"company_id": "99"}])
async def test_a_wrong_key_and_a_foreign_company_are_refused(given: dict[str, str]) -> None:
    async with account(**given) as api:
        with pytest.raises(RefusedError, match="403"):
            await api.calls(CallQuery())


async def test_another_address_is_a_wrong_setting() -> None:
    async with account(base_url="http://localhost/elsewhere") as api:
        with pytest.raises(ConfigurationError):
            await api.calls(CallQuery())


async def test_a_crash_of_the_application_is_a_fault_of_the_server() -> None:
    async def crash(*_: object) -> None:
        raise ZeroDivisionError

    async with ReadApi(base_url="http://localhost", key="demo", company_id=None, inner=in_process(crash)) as api:
        with pytest.raises(ServerError, match="500"):
            await api.calls(CallQuery())
