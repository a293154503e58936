"""Lists that lie about their pages: the monitor is not led round in circles, and takes no part for the whole."""

from __future__ import annotations

import re

import pytest

from tests.faults.scene import LIVED, Scene, stamps_of
from tests.faults.server import Act, Answer, Exchange

HISTORY = 250
"""Calls on more pages than one."""
REQUESTS = 3
"""Requests for each poll, at most, in the mean: a list without an end costs no flood of them."""
POLLS = 10
PAGE = re.compile(r"(?<![a-z_])page=(\d+)")


def asked(exchange: Exchange) -> int:
    """Return the page that is asked for."""
    found = PAGE.search(exchange.target)
    return int(found[1]) if found else 1


async def leading_on(exchange: Exchange, answer: Answer) -> None:
    """Send an answer that says that there is one more page."""
    link = f'Link: <http://127.0.0.1/x.json?page={asked(exchange) + 1}>; rel="next"'
    await exchange.send(answer.without("link").plus(link))


async def the_first_for_ever(exchange: Exchange) -> None:
    await leading_on(exchange, await exchange.answer(PAGE.sub("page=1", exchange.target)))


async def the_first_whatever_is_asked(exchange: Exchange) -> None:
    await exchange.send(await exchange.answer(PAGE.sub("page=1", exchange.target)))


async def never_more_than_two(exchange: Exchange) -> None:
    await leading_on(exchange, await exchange.answer(PAGE.sub(f"page={min(asked(exchange), 2)}", exchange.target)))


async def empty_for_ever(exchange: Exchange) -> None:
    await leading_on(exchange, await exchange.answer())


async def a_last_page_beyond_all(exchange: Exchange) -> None:
    answer = await exchange.answer()
    await exchange.send(answer.without("link").plus('Link: <http://127.0.0.1/x.json?page=999999999>; rel="last"'))


LIES = [
    pytest.param(the_first_for_ever, id="the first page for ever"),
    pytest.param(the_first_whatever_is_asked, id="the first page, whatever is asked"),
    pytest.param(never_more_than_two, id="never more than two pages"),
    pytest.param(empty_for_ever, id="empty pages for ever"),
    pytest.param(a_last_page_beyond_all, id="a last page beyond all"),
]


@pytest.mark.parametrize("lie", LIES)
def test_a_list_that_lies_about_its_pages_costs_no_flood_and_no_call(lie: Act) -> None:
    with Scene(history=HISTORY, begun=False) as scene:
        with scene.server.misbehaving(lie):
            scene.collector.start()
            scene.until(lambda told: told.health.fresh_at and told.targets)
            polls, requests = scene.server.misled + 1, scene.server.misdeeds
            scene.until(lambda _: scene.server.misled >= polls + POLLS)
            assert scene.server.misdeeds - requests <= POLLS * REQUESTS
            truth = scene.truth(LIVED)
            scene.account.pass_time(LIVED)
        scene.until(lambda told: stamps_of(told.calls) == stamps_of(truth) and not told.health.gaps, seconds=3)
