"""Which pixels the campaign's timers let expect, as the API reference has it, and what explains an absence."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from monitor.insight.expected import ABSENT_AFTER, Fate, expectations, matches, unexpanded
from monitor.model.campaign import Campaign, CampaignTimer
from tests.insight.pixel_cases import a_campaign, a_first_call, a_pixel, fired_url, missing, sale_url, timer_pixel
from tests.make import a_call, at

ENDED_AT = 101
"""When conversions of `a_first_call` were determined, in seconds after noon."""


@pytest.mark.parametrize(
    ("name", "timers", "talk", "fired", "absent"),
    [
        ("the 0-second timer fires at the start of every call", (0,), 0, (), [0]),
        ("and there is nothing to miss when it did", (0,), 0, (0,), []),
        ("of 30 and 90, two minutes reach both: only 90 fires", (30, 90), 120, (90,), []),
        ("the lower one is not missed, the highest is", (30, 90), 120, (), [90]),
        ("a lower one that fired in its place does not stand for it", (30, 90), 120, (30,), [90]),
        ("a talk of exactly as long reaches it", (90,), 90, (), [90]),
        ("a second less does not", (90,), 89, (), []),
        ("one that was not reached is not missed, the one below is", (30, 90), 60, (), [30]),
        ("start and sale are separate", (0, 30), 60, (30,), [0]),
        ("a campaign without timers expects nothing", (), 500, (), []),
        ("a negative timer counts where the talk was as long", (-30,), 60, (), [-30]),
        ("and where it was not, nobody can tell", (-30,), 20, (), []),
        ("a negative timer does not hide a sale timer", (-90, 30), 120, (-90,), [30]),
    ],
)
def test_timers(name: str, timers: tuple[int, ...], talk: int, fired: tuple[int, ...], absent: list[int]) -> None:
    call = a_first_call(talk, *(timer_pixel(seconds) for seconds in fired))
    assert missing(call, a_campaign(*timers)) == absent, name


@pytest.mark.parametrize(
    ("name", "given", "dedupe", "absent"),
    [
        ("a repeat caller within the dedupe window fires neither", {"repeat": True}, 86400, []),
        ("a duplicate conversion fires neither", {"duplicate": True}, 86400, []),
        ("without a dedupe window a repeat caller is like any other", {"repeat": True}, 0, [0, 30]),
        ("a duplicate needs a window as well", {"duplicate": True}, 0, [0, 30]),
        ("whether the caller is new must be known", {"repeat": None}, 86400, []),
        ("and whether there is a window", {"repeat": True}, None, []),
        ("a new caller fires both", {}, None, [0, 30]),
        ("a call that was never answered has no sale timer", {"connected": False, "talk": 0}, 86400, [0]),
        ("whatever the API says of its talk", {"connected": False}, 86400, [0]),
        ("without a talk time nothing is reached", {"talk": None}, 86400, [0]),
    ],
)
def test_explained_absences(name: str, given: dict[str, Any], dedupe: int | None, absent: list[int]) -> None:
    assert missing(a_first_call(**{"talk": 60, **given}), a_campaign(0, 30, dedupe=dedupe)) == absent, name


def test_a_negative_timer_ignores_the_dedupe_window() -> None:
    assert missing(a_first_call(60, repeat=True, duplicate=True), a_campaign(-30, 30)) == [-30]


def test_the_answer_counts_and_not_the_whole_call() -> None:
    # 80 s from start to end, of which 60 s are talk: a timer of 70 s was not reached.
    assert missing(a_first_call(60), a_campaign(70)) == []


def test_nothing_is_missed_while_the_call_goes_on_or_before_all_is_decided() -> None:
    campaign = a_campaign(0, 30)
    assert missing(a_call(cid="0003", repeat=False, duplicate=False, connected=True, talk=500), campaign, 10_000) == []
    due = ENDED_AT + ABSENT_AFTER.total_seconds()
    assert missing(a_first_call(60), campaign, due - 1) == []
    assert missing(a_first_call(60), campaign, due) == [0, 30]


def test_a_long_grace_postpones_the_absence() -> None:
    call, grace = a_first_call(60), timedelta(minutes=10)
    fates = [each.fate for each in expectations(call, a_campaign(0), at(ENDED_AT + 599), grace)]
    assert fates == [Fate.AWAITED]
    assert [each.fate for each in expectations(call, a_campaign(0), at(ENDED_AT + 600), grace)] == [Fate.MISSING]


def test_a_call_whose_decision_is_not_told_is_waited_for_as_long_as_it_may_settle() -> None:
    call = a_first_call(60, conversions_determined_at=None)
    due = 80 + 600 + ABSENT_AFTER.total_seconds()
    assert missing(call, a_campaign(0), due - 1) == []
    assert missing(call, a_campaign(0), due) == [0]


def test_a_campaign_that_was_changed_since_says_nothing_of_the_call() -> None:
    assert missing(a_first_call(60), a_campaign(0, updated_at=at(1))) == []
    assert missing(a_first_call(60), a_campaign(0, updated_at=at(-1))) == [0]


def test_a_call_that_fired_other_timers_has_a_number_with_its_own() -> None:
    other = a_pixel("https://other.example/sale?x=1", None, 102)
    assert missing(a_first_call(60, other), a_campaign(0, 30)) == []
    named = a_pixel("https://other.example/sale?x=1", "Sale", 102)
    assert missing(a_first_call(60, named), a_campaign(0, 30)) == [0, 30]


def test_timers_of_one_address_are_told_apart_by_the_moment_and_the_talk() -> None:
    """The reference's samples have one address everywhere."""
    campaign = Campaign(cid="0003", timers=tuple(CampaignTimer(n, n, "https://example.com") for n in (0, 30, 90)))
    start, end = a_pixel("https://example.com", None, 1, fire_order=0), a_pixel("https://example.com", None, 102)
    assert missing(a_first_call(120, start, end), campaign) == []
    assert missing(a_first_call(120, start), campaign) == [90]
    assert missing(a_first_call(60, end), campaign) == [0]


def test_a_call_whose_pixels_are_not_all_listed_misses_none() -> None:
    campaign = a_campaign(0, 30)
    assert missing(a_first_call(60, pixel_count=3), campaign) == []
    assert missing(a_first_call(60, pixel_count=None), campaign) == [], "none listed, and nobody says how many"
    assert missing(a_first_call(60, timer_pixel(0), pixel_count=None), campaign) == [30]
    assert missing(a_first_call(60, timer_pixel(0), pixel_count=2), campaign) == []


def test_where_a_timer_cannot_be_read_nobody_knows_the_highest() -> None:
    timers = (CampaignTimer(1, None, sale_url(1)), CampaignTimer(2, 30, sale_url(30)), CampaignTimer(3, 0, sale_url(0)))
    assert missing(a_first_call(60), Campaign(cid="0003", timers=timers)) == [0]


def test_each_timer_has_a_fate_in_words() -> None:
    campaign = a_campaign(0, 30, 90, 240)
    call = a_first_call(120, timer_pixel(0))
    fates = {each.timer.seconds: each.fate for each in expectations(call, campaign, at(1000), timedelta(seconds=30))}
    assert fates == {0: Fate.FIRED, 30: Fate.NOT_HIGHEST, 90: Fate.MISSING, 240: Fate.NOT_REACHED}
    again = replace(call, repeat=True, pixels=())
    fates = {each.timer.seconds: each.fate for each in expectations(again, campaign, at(1000), timedelta(seconds=30))}
    assert set(fates.values()) == {Fate.DEDUPED}


def test_a_timer_without_seconds_or_address_expects_nothing() -> None:
    timers = (CampaignTimer(1, None, sale_url(0)), CampaignTimer(2, 0, ""))
    assert missing(a_first_call(60), Campaign(cid="0003", timers=timers)) == []


@pytest.mark.parametrize(
    ("template", "url", "fits"),
    [
        (sale_url(90), fired_url(90), True),
        (sale_url(90), fired_url(30), False),
        (sale_url(90), sale_url(90), True),
        ("https://t.example/x", "https://t.example/x", True),
        ("https://t.example/x", "https://t.example/xy", False),
        ("https://t.example/[a_b]", "https://t.example/", True),
        ("https://t.example/[a_b]/z", "https://t.example/1/2/z", True),
        ("https://t.example/[a_b]/z", "https://t.example/z", False),
        ("https://t.example/?a=[a_b]&a=[a_b]&", "https://t.example/?a=1&", False),
        ("https://t.example/?x[0]=[a_b]", "https://t.example/?x[0]=9", True),
        ("https://t.example/?x[0]=[a_b]", "https://t.example/?x9=9", False),
        ("https://t.example/[open", "https://t.example/[open", True),
    ],
)
def test_an_address_fits_the_template_it_came_from(template: str, url: str, fits: bool) -> None:
    assert matches(template, url) is fits


@pytest.mark.parametrize(
    ("url", "left"),
    [
        ("https://t.example/?CID=[campaign_id]&x=1", ("campaign_id",)),
        ("https://t.example/?a=[x_y]-[z_w]&b=[x_y]", ("x_y", "z_w")),
        ("https://t.example/[call_uuid]/done", ("call_uuid",)),
        ("https://t.example/?a=%5Bcaller_id%5D", ("caller_id",)),
        ("https://t.example/?tag=[tag:geo]", ("tag:geo",)),
        ("https://t.example/?filter[name]=x&list[]=1&a[0]=2", ()),
        ("https://[::1]/x?a=1", ()),
        ("https://t.example/?a=[]&b=[7]&c=[", ()),
        ("https://t.example/?json=[1,2,3]", ()),
        ("", ()),
    ],
)
def test_macros_left_in_an_address_are_found_where_values_stand(url: str, left: tuple[str, ...]) -> None:
    assert unexpanded(url) == left


def test_a_hostile_template_costs_no_more_than_its_length() -> None:
    template = "https://t.example/" + "[a_b]x" * 300
    assert not matches(template, "https://t.example/" + "x" * 1500 + "y")
