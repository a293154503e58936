"""Which pixels a call fires, at which addresses, and when: by its campaign's timers and its webhooks."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from monitor.simulator.cast import CAMPAIGNS, Campaign, Timer, Webhook
from monitor.simulator.pixels import MISSING_SHARE
from monitor.simulator.world import World
from tests.simulator.simulated import START, Call, at, calls_of, pixels_of

MACRO = re.compile(r"\[(\w+)\]")
DOCUMENTED = set(
    "campaign_id affiliate_id sub_id caller_id called_number call_duration call_recording_url call_log_id call_uuid"
    " call_key".split()
)
BY_ID = {campaign.id: campaign for campaign in CAMPAIGNS}


@pytest.fixture(scope="module")
def finished() -> list[Call]:
    """Six thousand calls, all of them over, decided and calm."""
    world = World(seed=11, start=START, rate=0.3, history=6000)
    world.advance(START + timedelta(minutes=20))
    return calls_of(world)[:6000]


def explains(timer: Timer, url: str) -> bool:
    """Whether the address can come from that timer's template, whatever the macros became."""
    literal = (re.escape(piece) for piece in re.split(r"\[\w+\]", timer.url))
    return re.fullmatch("[^&]*".join(literal), url) is not None


def timers_fired(call: Call) -> list[int]:
    """The seconds of the timers whose pixels the call has."""
    timers = BY_ID[call["campaign_id"]].timers
    return sorted(
        timer.seconds
        for pixel in pixels_of(call)
        if pixel["webhook_name"] is None
        for timer in timers
        if explains(timer, pixel["url"])
    )


def last_calls(calls: list[Call]) -> Iterator[tuple[Call, Call | None]]:
    """Each call with the one of the same caller before it; callers who withhold their number are nobody."""
    last: dict[str, Call] = {}
    for call in sorted(calls, key=lambda call: str(call["start_time"])):
        yield call, last.get(call["caller"])
        if call["caller"].startswith("+1"):
            last[call["caller"]] = call


def expected_timers(call: Call, before: Call | None) -> list[int]:
    """The timers that the reference lets one expect: see the docstring of the simulator's pixels."""
    campaign = BY_ID[call["campaign_id"]]
    dedupe = timedelta(seconds=campaign.dedupe_seconds)
    again = before is not None and at(call["start_time"]) - at(before["end_time"]) < dedupe
    seconds = [timer.seconds for timer in campaign.timers]
    talk = call["dialed_call_duration"]
    expected = [each for each in seconds if each < 0 and -each <= talk]
    expected += [each for each in seconds if each == 0 and not again]
    return expected + [each for each in seconds if 0 < each <= talk and not call["duplicate"]][-1:]


def test_pixels_of_a_call_in_progress_are_sent_before_their_row_and_those_at_the_end_after(
    finished: list[Call],
) -> None:
    """A webhook that is slow now and then apart: see the tests of troubles."""
    healthy = {None} | {hook.name for campaign in CAMPAIGNS for hook in campaign.webhooks if hook.trouble is None}
    orders: Counter[int] = Counter()
    for call in finished:
        pixels = pixels_of(call)
        assert [pixel["fire_order"] for pixel in pixels] == sorted(
            (pixel["fire_order"] for pixel in pixels), reverse=True
        )
        for pixel in pixels:
            if pixel["fire_order"] == 1:
                decided = at(call["conversions_determined_at"])
                assert timedelta(seconds=0.2) <= at(pixel["created_at"]) - decided <= timedelta(seconds=0.44)
            if pixel["fired_at"] is None or pixel["webhook_name"] not in healthy:
                continue
            orders[pixel["fire_order"]] += 1
            ahead = at(pixel["fired_at"]) - at(pixel["created_at"])
            if pixel["fire_order"] == 0:
                assert timedelta(milliseconds=-144) <= ahead <= timedelta(milliseconds=-1)
            else:
                assert timedelta(seconds=0.25) <= ahead <= timedelta(seconds=0.32)
    assert min(orders[0], orders[1]) > 1000


def test_every_pixel_without_a_name_comes_from_exactly_one_timer_of_its_campaign(finished: list[Call]) -> None:
    seen: set[tuple[int, int]] = set()
    for call in finished:
        unnamed = [pixel["url"] for pixel in pixels_of(call) if pixel["webhook_name"] is None]
        for url in unnamed:
            (timer,) = (timer for timer in BY_ID[call["campaign_id"]].timers if explains(timer, url))
            seen.add((call["campaign_id"], timer.seconds))
    assert seen == {(campaign.id, timer.seconds) for campaign in CAMPAIGNS for timer in campaign.timers}


def test_the_timers_fired_are_those_expected_but_for_a_few_that_are_missing(finished: list[Call]) -> None:
    due = missing = 0
    for call, before in last_calls(finished):
        expected, fired = Counter(expected_timers(call, before)), Counter(timers_fired(call))
        assert not fired - expected, call["uuid"]
        due += expected.total()
        missing += (expected - fired).total()
    assert due > 4000
    assert MISSING_SHARE / 2 < missing / due < MISSING_SHARE * 2


def test_a_caller_who_comes_again_fires_no_click_timer_unless_the_campaign_does_not_dedupe(
    finished: list[Call],
) -> None:
    clicks: Counter[tuple[bool, bool]] = Counter()
    for call in finished:
        campaign = BY_ID[call["campaign_id"]]
        if any(timer.seconds == 0 for timer in campaign.timers) and call["repeat"]:
            clicks[campaign.dedupe_seconds > 0, 0 in timers_fired(call)] += 1
    assert clicks[True, True] == 0  # the history is shorter than any campaign's time
    assert clicks[True, False] > 300
    assert clicks[False, True] > 20 * clicks[False, False]
    assert clicks[False, True] > 50


def test_a_caller_who_comes_again_after_the_dedupe_time_fires_it_again() -> None:
    world = World(seed=2, start=START, rate=0.002, history=1500)
    world.advance(START + timedelta(hours=1))
    fired: Counter[bool] = Counter()
    for call, before in last_calls(calls_of(world)):
        if before is not None and call["end_time"] and call["campaign_name"] == "Auto Insurance":
            inside = at(call["start_time"]) - at(before["end_time"]) < timedelta(days=1)
            assert not (inside and 0 in timers_fired(call))
            fired[0 in timers_fired(call)] += not inside
    assert fired[True] > 20 * fired[False]
    assert fired[True] > 10


def test_a_negative_timer_fires_whatever_the_dedupe_says(finished: list[Call]) -> None:
    with_negative = {campaign.id for campaign in CAMPAIGNS if campaign.timers[0].seconds < 0}
    assert len(with_negative) == 1
    kinds: Counter[tuple[bool, bool]] = Counter()
    for call in finished:
        if call["campaign_id"] in with_negative:
            kinds[call["duplicate"], -30 in timers_fired(call)] += 1
            if -30 in timers_fired(call):
                assert call["dialed_call_duration"] >= 30
                (pixel,) = (pixel for pixel in pixels_of(call) if "/-30?" in pixel["url"])
                assert pixel["fire_order"] == 1
    assert kinds[True, True] > 4


def test_an_address_is_its_template_with_the_values_of_the_call(finished: list[Call]) -> None:
    asked: dict[str, str] = {
        "cid": "cid",
        "afid": "afid",
        "sub": "sid",
        "caller": "caller",
        "number": "number",
        "call_uuid": "uuid",
    }
    seen: Counter[str] = Counter()
    for call in finished:
        for pixel in pixels_of(call):
            query = parse_qs(urlsplit(pixel["url"]).query, keep_blank_values=True)
            for parameter in asked.keys() & query.keys():
                assert query[parameter] == [call[asked[parameter]] or ""]
                seen[parameter] += 1
            if "talk" in query:
                talk = call["dialed_call_duration"] if pixel["fire_order"] else 0
                assert query["talk"] == [str(talk)]
    assert set(seen) == set(asked)


def test_one_sale_timer_is_misconfigured_and_no_other_pixel_holds_a_macro(finished: list[Call]) -> None:
    unknown = {
        (campaign.id, timer.seconds, macro)
        for campaign in CAMPAIGNS
        for timer in campaign.timers
        for macro in MACRO.findall(timer.url)
        if macro not in DOCUMENTED
    }
    ((campaign_id, seconds, macro),) = unknown
    assert seconds == BY_ID[campaign_id].conversion_seconds
    kept = 0
    for call in finished:
        for pixel in pixels_of(call):
            wrong = call["campaign_id"] == campaign_id and pixel["webhook_name"] is None
            assert MACRO.findall(pixel["url"]) == ([macro] if wrong else [])
            kept += wrong
    assert kept > 50


def test_the_webhooks_of_a_campaign_fire_once_each_as_the_call_gets_there(finished: list[Call]) -> None:
    def due(campaign: Campaign, call: Call) -> Iterator[Webhook]:
        met: dict[str, Any] = {
            "start": True,
            "selected": call["dialed_number"],
            "answered": call["connected"],
            "converted": call["converted"],
            "end": True,
        }
        return (webhook for webhook in campaign.webhooks if met[webhook.trigger])

    for call in finished:
        named = Counter(pixel["webhook_name"] for pixel in pixels_of(call) if pixel["webhook_name"])
        assert named == Counter(webhook.name for webhook in due(BY_ID[call["campaign_id"]], call))


def test_a_steady_trickle_of_single_pixels_at_the_end_is_never_sent(finished: list[Call]) -> None:
    statuses: Counter[tuple[int, str]] = Counter()
    for call in finished:
        for pixel in pixels_of(call):
            if pixel["webhook_name"] in (None, "Conversion postback", "Quality score", "CRM screen pop"):
                statuses[pixel["fire_order"], pixel["status"]] += 1
    assert 0.008 < statuses[1, "new"] / statuses[1, "fired"] < 0.025
    assert statuses[0, "new"] == 0
