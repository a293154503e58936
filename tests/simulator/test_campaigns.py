"""Campaigns as they are served: the documented shape, pages, lookups, and timers unexpanded."""

import json
from pathlib import Path

import httpx
import pytest

from monitor.simulator.cast import CAMPAIGNS
from tests.simulator.simulated import START, Call, at

KEY = {"api_key": "demo", "company_id": "2"}
SAMPLES = Path(__file__).parents[3] / "shared" / "samples"
FIELDS = set(
    """
    id cid name updated_at created_at record_calls record_seconds dedupe_seconds affiliate_can_pull_number show_key
    greeting timers menu_options
    """.split()
)


async def listed(client: httpx.AsyncClient, **params: str) -> list[Call]:
    answer = await client.get("/campaigns.json", params=KEY | params)
    assert answer.status_code == 200
    return [row["campaign"] for row in answer.json()]


async def test_campaigns_are_listed_and_answer_alone_by_either_id(client: httpx.AsyncClient) -> None:
    rows = await listed(client)
    assert [row["cid"] for row in rows] == [campaign.cid for campaign in CAMPAIGNS]
    for row in rows:
        for path in (f"/campaigns/{row['id']}.json", f"/campaigns/cid/{row['cid']}.json", f"/campaigns/{row['id']}"):
            assert (await client.get(path, params=KEY)).json() == {"campaign": row}


async def test_the_list_comes_in_pages(client: httpx.AsyncClient) -> None:
    pages = [await listed(client, per_page="3", page=page) for page in "123"]
    assert [len(page) for page in pages] == [3, 3, 1]
    assert [row for page in pages for row in page] == await listed(client)
    answer = await client.get("/campaigns.json", params=KEY | {"per_page": "3"})
    assert set(answer.links) == {"last", "next"}


@pytest.mark.parametrize("path", ["/campaigns/1.json", "/campaigns/cid/3.json", "/campaigns/0003.json"])
async def test_an_unknown_campaign_is_not_found(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path, params=KEY)).status_code == 404


async def test_the_shape_is_the_documented_one(client: httpx.AsyncClient) -> None:
    for row in await listed(client):
        assert set(row) == FIELDS
        assert len(row["show_key"]) == 32
        assert set(row["greeting"]) == {"message", "voice_gender"}
        assert all(set(entry["timer"]) == {"id", "seconds", "url"} for entry in row["timers"])
        options = [entry["menu_option"] for entry in row["menu_options"]]
        assert all(set(option) == {"id", "option", "target_cid", "target_number"} for option in options)
        assert [option["option"] for option in options] == [str(digit + 1) for digit in range(len(options))]
        assert all((option["target_cid"] is None) != (option["target_number"] is None) for option in options)


def test_the_fields_are_those_of_the_sample_and_an_id() -> None:
    if not SAMPLES.is_dir():
        pytest.skip("the reference's sample answers are not beside this tree")
    (sample,) = json.loads((SAMPLES / "campaigns.json").read_text())
    assert set(sample["campaign"]) | {"id"} == FIELDS


async def test_nobody_changed_a_campaign_for_years(client: httpx.AsyncClient) -> None:
    for row in await listed(client):
        assert at(row["created_at"]) < at(row["updated_at"])
        assert at(row["updated_at"]).year <= START.year - 5


async def test_the_timers_are_the_casts_with_their_macros_as_they_stand(client: httpx.AsyncClient) -> None:
    rows = await listed(client)
    ids = {entry[kind]["id"] for row in rows for kind in ("timer", "menu_option") for entry in row[f"{kind}s"]}
    assert len(ids) == sum(len(row["timers"]) + len(row["menu_options"]) for row in rows)
    for row, campaign in zip(rows, CAMPAIGNS, strict=True):
        timers = [entry["timer"] for entry in row["timers"]]
        assert [(timer["seconds"], timer["url"]) for timer in timers] == [
            (timer.seconds, timer.url) for timer in campaign.timers
        ]
        assert all("[call_uuid]" in timer["url"] for timer in timers)
        assert len({timer["url"] for timer in timers}) == len(timers)
    assert sum("[click_id]" in entry["timer"]["url"] for row in rows for entry in row["timers"]) == 1
    assert {row["dedupe_seconds"] for row in rows} > {0, 86_400}
