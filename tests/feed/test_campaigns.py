"""Campaigns are read beside the change feed, kept, and told before the calls whose pixels they explain."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
from starlette.responses import JSONResponse, Response

from monitor.api.pages import Page
from monitor.feed.campaigns import CampaignList
from monitor.feed.collector import Collector
from monitor.feed.once import Reading, read_once
from monitor.feed.replay import Replay
from monitor.ledger import Ledger
from monitor.model.batch import Batch
from monitor.model.campaign import Campaign
from monitor.model.health import Outcome
from monitor.model.wire import Parsed
from tests.account import Account, Listener
from tests.feed.played import played
from tests.make import NOON, at
from tests.store.stored import a_listing, a_page, a_raw, a_state, leading, of_the_first_form

GOOD = {Outcome.FRESH, Outcome.UNCHANGED}
PATH = "/campaigns.json"
ASKED = f"GET {PATH}"


class Boot:
    """A clock of the machine that can be put on, as no sleep would: nothing else notices."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.ahead


def listing(*cids: str, more: bool = False) -> JSONResponse:
    """Return a page of campaigns; `more`: there is another."""
    timers = [{"timer": {"id": 1, "seconds": 0, "url": "https://pixels.example/start"}}]
    rows = [{"campaign": {"cid": cid, "name": f"Campaign {cid}", "show_key": "k", "timers": timers}} for cid in cids]
    link = {"Link": f'<http://localhost{PATH}?page=2>; rel="next"'} if more else {}
    return JSONResponse(rows, headers=link)


def account_with(*cids: str) -> Account:
    account = Account(history=20)
    account.always(PATH, listing(*cids))
    return account


def cids_of(ledger: Ledger) -> set[str | None]:
    return {campaign.cid for campaign in ledger.campaigns.all}


def knows(*cids: str) -> Callable[[Ledger], bool]:
    return lambda ledger: cids_of(ledger) == set(cids)


def polls_later(listener: Listener, account: Account, count: int) -> None:
    polls = account.paths.count("GET /api/v2/calls.json") + count
    listener.until(lambda _: account.paths.count("GET /api/v2/calls.json") >= polls)


def told(collector: Collector | Replay) -> list[Batch]:
    """Return a list that takes in all that the collector tells, one by one."""
    found: list[Batch] = []
    put = collector._mailbox.put

    def listening(batch: Batch) -> None:
        found.append(batch)
        put(batch)

    collector._mailbox.put = listening  # type: ignore[method-assign]  # the one place where all news passes
    return found


# Whose turn it is


def a_page_of(number: int, *cids: str, more: bool = False) -> Page[Campaign]:
    campaigns = tuple(Campaign(cid) for cid in cids)
    return Page(Parsed(campaigns, tuple({} for _ in cids)), number, 100, more, None, None, 0.0, 0)


def test_all_pages_are_read_at_once_and_then_slowly() -> None:
    campaigns = CampaignList()
    read = []
    for second in range(0, 1300, 5):
        number = campaigns.due(second)
        if number is not None:
            read.append((second, number))
            campaigns.took(a_page_of(number, f"{number}", more=number < 3), second)
    assert read == [(0, 1), (5, 2), (10, 3), (600, 1), (605, 2), (610, 3), (1200, 1), (1205, 2), (1210, 3)]


def test_of_one_page_what_is_no_longer_listed_goes_at_once() -> None:
    campaigns = CampaignList([Campaign("1"), Campaign("2")])
    assert campaigns.took(a_page_of(1, "2", "3"), 0) == ("1",)
    assert campaigns.took(a_page_of(1, "3"), 600) == ("2",)
    assert [campaign.cid for campaign in campaigns.all] == ["3"]


def test_an_empty_list_is_believed_when_it_comes_again() -> None:
    campaigns = CampaignList()
    campaigns.took(a_page_of(1, "1"), 0)
    assert campaigns.took(a_page_of(1), 600) == ()
    assert campaigns.took(a_page_of(1), 1200) == ("1",)


def test_over_several_pages_one_may_have_moved_and_goes_only_when_all_were_read_again() -> None:
    campaigns = CampaignList()
    for start, first, second in ((0, "12", "34"), (600, "12", "4"), (1200, "123", "4")):
        assert campaigns.took(a_page_of(1, *first, more=True), start) == ()
        assert campaigns.took(a_page_of(2, *second), start + 5) == ()
    assert {campaign.cid for campaign in campaigns.all} == set("1234"), "3 had moved to the page that was just read"


# Of the account


def test_they_are_read_after_the_start_and_then_every_ten_minutes() -> None:
    account, boot = account_with("1", "2"), Boot()
    collector = account.collector(boot=boot)
    with Listener(collector) as listener:
        ledger = listener.until(knows("1", "2"))
        assert ledger.campaigns.all[0].timers[0].url == "https://pixels.example/start"
        listener.until(lambda ledger: ledger.health.outcome in GOOD)
        account.always(PATH, listing("2", "3"))
        boot.ahead += 20
        polls_later(listener, account, 20)
        assert account.paths.count(ASKED) == 1
        for _ in range(30):  # less each time than would pass for a sleep of the machine
            boot.ahead += 20
            polls_later(listener, account, 1)
        listener.until(knows("2", "3"))
        assert account.paths.count(ASKED) == 2


def test_every_call_of_the_simulated_account_has_its_campaign() -> None:
    with Listener(Account(history=50).collector()) as listener:
        ledger = listener.until(lambda ledger: len(ledger.calls) == 50 and ledger.campaigns.all)
        assert all(ledger.campaigns.of(call) for call in ledger.calls.values())


def test_a_list_of_several_pages_takes_a_page_per_poll() -> None:
    account = account_with("1")
    account._always.pop(PATH)
    account.pages[PATH] = {"1": listing("1", "2", more=True), "2": listing("3")}
    with Listener(account.collector()) as listener:
        listener.until(knows("1", "2", "3"))
    first = account.paths.index(ASKED)
    second = account.paths.index(ASKED, first + 1)
    assert "GET /api/v2/calls.json" in account.paths[first:second]


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_list_that_the_key_may_not_read_is_told_but_not_asked_for_at_every_poll(status: int) -> None:
    account, boot = account_with(), Boot()
    account.refuse(PATH, status)
    with Listener(account.collector(boot=boot)) as listener:
        listener.until(lambda ledger: ledger.company and ledger.targets)
        polls_later(listener, account, 20)
        health = listener.ledger.health
        assert health.outcome is Outcome.PARTIAL
        assert health.message.startswith("campaigns: ")
        assert health.fresh_at is not None
        assert account.paths.count(ASKED) == 1
        account.always(PATH, listing("1"))
        for _ in range(31):
            boot.ahead += 20
            polls_later(listener, account, 1)
        listener.until(knows("1"))
        listener.until(lambda ledger: ledger.health.outcome in GOOD)


def test_a_list_that_fails_is_told_asked_for_again_and_starves_nothing() -> None:
    account = account_with("1")
    account.refuse(PATH, 500)
    with Listener(account.collector()) as listener:
        health = listener.until(lambda ledger: ledger.health.outcome is Outcome.PARTIAL and ledger.company).health
        assert health.message.startswith("campaigns: ")
        assert "500" in health.message
        assert listener.ledger.targets
        asked = account.paths.count(ASKED)
        polls_later(listener, account, 10)
        assert account.paths.count(ASKED) > asked
        account.always(PATH, listing("1"))
        listener.until(knows("1"))
        listener.until(lambda ledger: ledger.health.outcome in GOOD)


def test_a_wish_to_wait_that_answers_the_list_holds_for_the_polls() -> None:
    account = account_with()
    account.always(PATH, Response(status_code=429, headers={"Retry-After": "200"}))
    with Listener(account.collector()) as listener:
        health = listener.until(lambda ledger: ledger.health.outcome is Outcome.THROTTLED).health
        assert health.next_at is not None
        assert (health.next_at - account.now).total_seconds() >= 200


# Of the history


def test_after_a_restart_they_are_told_before_the_calls() -> None:
    account = account_with("1", "2")
    with Listener(account.collector()) as listener:
        listener.until(lambda ledger: knows("1", "2")(ledger) and len(ledger.calls) == 20 and ledger.health.fresh_at)
    account.fault = Response(status_code=503)
    collector = account.collector()
    news = told(collector)
    with Listener(collector) as listener:
        ledger = listener.until(lambda ledger: len(ledger.calls) == 20)
        assert cids_of(ledger) == {"1", "2"}
    first = next(index for index, batch in enumerate(news) if batch.calls)
    assert any(batch.campaigns for batch in news[:first])


def test_a_viewer_knows_them_and_what_becomes_of_them() -> None:
    account, boot = account_with("1", "2"), Boot()
    with Listener(account.collector(boot=boot)) as leading_one, Listener(account.collector_over(None)) as viewing:
        leading_one.until(knows("1", "2"))
        viewing.until(knows("1", "2"))
        account.always(PATH, listing("2", "3"))
        for _ in range(31):
            boot.ahead += 20
            polls_later(leading_one, account, 1)
        leading_one.until(knows("2", "3"))
        viewing.until(knows("2", "3"))


def test_a_replay_knows_them_with_the_first_calls_wherever_one_jumps(tmp_path: Any) -> None:
    path = tmp_path / "history.db"
    store = leading(path)
    store.write(a_page(a_raw(updated=10)))
    store.write(a_page(a_raw(updated=100), seconds=100))
    store.write(a_listing("0044", "2", seconds=110))
    store.write(a_listing(seconds=120, unlisted=("2",)))
    store.close()
    with played(path) as viewer:
        news = told(viewer.replay)
        for moment in (at(50), at(5), at(100)):
            assert cids_of(viewer.at(moment)) == {"0044"}
        assert all(batch.campaigns for batch in news if batch.anew)


def test_a_replay_of_a_history_from_before_campaigns_were_kept_has_none(tmp_path: Any) -> None:
    of_the_first_form(
        tmp_path / "old.db", a_page(a_raw(updated=10)), a_page(a_raw("c2", updated=50)), state=a_state(50)
    )
    with played(tmp_path / "old.db") as viewer:
        ledger = viewer.at(at(60))
        assert set(ledger.calls) == {"c1", "c2"}
        assert not ledger.campaigns.all


# Once


def read(account: Account, **given: bool) -> Reading:
    async def reading() -> Reading:
        async with account.open_api() as api:
            return await read_once(api, NOON.replace(hour=6), account.now, **given)

    return asyncio.run(reading())


def test_one_reading_asks_for_them_only_when_they_are_wanted() -> None:
    account = account_with("1", "2")
    assert read(account).batch.campaigns is None
    assert ASKED not in account.paths
    reading = read(account, campaigns=True)
    assert reading.batch.campaigns is not None
    assert [campaign.cid for campaign in reading.batch.campaigns] == ["1", "2"]
    assert reading.trouble is None


@pytest.mark.parametrize("status", [403, 500])
def test_a_reading_without_the_campaigns_that_were_wanted_is_incomplete_and_keeps_the_calls(status: int) -> None:
    account = account_with()
    account.refuse(PATH, status)
    reading = read(account, campaigns=True)
    assert reading.trouble is not None
    assert len(reading.batch.calls) == 20
    assert reading.batch.targets
    assert reading.batch.campaigns is None
