"""A call's record obeys the life cycle, the money adds up, and no buyer ever has more calls than it may."""

import json
from collections import Counter, defaultdict
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from monitor.simulator.cast import CAMPAIGNS, TARGET_GROUPS, TARGETS
from monitor.simulator.stamps import to_ms
from monitor.simulator.world import World
from tests.simulator.simulated import START, Call, at, calls_of, moments

V2_FIELDS = set(
    """
    uuid caller caller_number_sent caller_zip caller_state caller_city caller_country dialed_call_duration
    total_duration ivr_duration hold_duration status start_time forwarded_time end_time cid afid sid dialed_number
    revenue payout postback_value network_sale_timer_fired affiliate_sale_timer_fired target_sale_timer_fired
    hung_up_by duplicate payable_duplicate receivable_duplicate callpixels_target_id system_target_id
    system_campaign_id system_affiliate_id fired_pixels_count charge_total keys_pressed repeat affiliate_repeat
    target_repeat number_repeat visitor_url company_id conversions_determined_at updated_at created_at
    billable_minutes upstream_call_uuid downstream_call_uuids target_group number converted payable receivable
    conversion_seconds tid tags fired_pixels via rescued campaign_id campaign_name number_id target_id
    affiliate_name connected profit_gross profit_net target_name time_to_call_in_seconds
    time_to_connect_in_seconds total_cost
    """.split()
)
ONLY_SINCE_V2 = set(
    """
    affiliate_name campaign_id campaign_name connected number_id profit_gross profit_net target_id target_name
    time_to_call_in_seconds time_to_connect_in_seconds total_cost
    """.split()
)
SAMPLES = Path(__file__).parents[3] / "shared" / "samples"


@pytest.fixture(scope="module")
def finished() -> list[Call]:
    """Two thousand calls, all of them over and decided."""
    world = World(seed=11, start=START, rate=2.0, history=2000)
    world.advance(START + timedelta(minutes=20))
    return calls_of(world)[:2000]


@pytest.fixture(scope="module")
def observed() -> dict[str, list[tuple[int, Call]]]:
    """Each call's record at every one of many moments, 2.9 s apart, with the moment in milliseconds."""
    world = World(seed=7, start=START, rate=0.7, history=30)
    seen: defaultdict[str, list[tuple[int, Call]]] = defaultdict(list)
    for moment in moments(2.9, 120):
        world.advance(moment)
        for call in calls_of(world):
            seen[call["uuid"]].append((world.now, call))
    return seen


def test_the_fields_are_those_of_the_second_version(finished: list[Call]) -> None:
    for call in finished:
        assert set(call) == V2_FIELDS | ({"recording_url"} if call["connected"] else set())


def test_the_fields_are_those_of_the_sample() -> None:
    if not SAMPLES.is_dir():
        pytest.skip("the reference's sample answers are not beside this tree")
    sample = json.loads((SAMPLES / "call_v2.json").read_text())["call"]
    assert set(sample) == V2_FIELDS


def test_each_version_differs_as_documented() -> None:
    world = World(start=START, history=40)
    first, second, third, fourth = (calls_of(world, version) for version in ("v1", "v2", "v3", "v4"))
    for v1, v2, v3, v4 in zip(first, second, third, fourth, strict=True):
        assert v1 == {name: value for name, value in v2.items() if name not in ONLY_SINCE_V2}
        assert v3["number"]["number"] == v2["number"]
        assert {**v3, "number": v2["number"]} == v2
        assert v4["campaign"] == {"id": str(v2["campaign_id"]), "name": v2["campaign_name"]}
        assert set(v3) - set(v4) == {"campaign_id", "campaign_name"}


def test_updates_only_move_forward_and_nothing_else_changes_without_one(
    observed: dict[str, list[tuple[int, Call]]],
) -> None:
    running = {"dialed_call_duration", "total_duration", "ivr_duration", "hold_duration", "time_to_connect_in_seconds"}
    outside = running | {"fired_pixels", "fired_pixels_count"}
    moved = 0
    for records in observed.values():
        for (_, before), (now, after) in pairwise(records):
            assert before["updated_at"] <= after["updated_at"]
            assert to_ms(at(after["updated_at"])) <= now
            if before["updated_at"] == after["updated_at"]:
                changed = {name for name in before if before[name] != after[name]}
                assert changed <= outside
            else:
                moved += 1
    assert moved > 300


def test_a_record_shows_nothing_of_the_future(observed: dict[str, list[tuple[int, Call]]]) -> None:
    for records in observed.values():
        for now, call in records:
            for name in ("start_time", "created_at", "forwarded_time", "end_time", "conversions_determined_at"):
                assert call[name] is None or to_ms(at(call[name])) <= now
            for row in call["fired_pixels"]:
                pixel = row["fired_pixel"]
                assert to_ms(at(pixel["created_at"])) <= now
                assert (pixel["status"] == "fired") == (pixel["fired_at"] is not None)
            assert (call["status"] == "finished") == (call["end_time"] is not None)
            assert call["fired_pixels_count"] == len(call["fired_pixels"])


def test_money_is_provisional_until_conversions_are_determined(observed: dict[str, list[tuple[int, Call]]]) -> None:
    seen: Counter[str] = Counter()
    for records in observed.values():
        for _, call in records:
            if call["conversions_determined_at"] is not None:
                continue
            state = "settling" if call["end_time"] else "live"
            seen[state] += 1
            assert not call["converted"]
            assert call["revenue"] == call["payout"] == (0.0 if call["connected"] and state == "settling" else None)
    assert min(seen["live"], seen["settling"]) > 100


def test_durations_and_money_add_up(finished: list[Call], observed: dict[str, list[tuple[int, Call]]]) -> None:
    along_the_way = [call for records in observed.values() for _, call in records]
    for call in finished + along_the_way:
        parts = call["ivr_duration"] + call["hold_duration"] + call["dialed_call_duration"]
        assert call["total_duration"] == parts
        assert call["time_to_connect_in_seconds"] == call["ivr_duration"] + call["hold_duration"]
        margin = Decimal(str(call["revenue"] or 0)) - Decimal(str(call["payout"] or 0))
        assert Decimal(str(call["profit_net"])) == margin
        assert Decimal(call["profit_gross"]) == margin - Decimal(call["total_cost"])
        assert call["charge_total"] == call["total_cost"]


def test_the_clockwork_after_the_end_keeps_its_intervals(finished: list[Call]) -> None:
    for call in finished:
        start, end = at(call["start_time"]), at(call["end_time"])
        decided, updated = at(call["conversions_determined_at"]), at(call["updated_at"])
        assert timedelta(seconds=0.14) <= at(call["created_at"]) - start <= timedelta(seconds=0.17)
        assert timedelta(seconds=20.7) <= decided - end <= timedelta(seconds=23.2)
        assert timedelta(seconds=0.2) <= updated - decided <= timedelta(seconds=4.7)
        assert timedelta(0) <= end - start - timedelta(seconds=call["total_duration"]) <= timedelta(seconds=1.3)


def test_a_call_that_never_connected_costs_seven_cents_and_earns_nothing(finished: list[Call]) -> None:
    unconnected = [call for call in finished if not call["connected"]]
    assert 0.18 < len(unconnected) / len(finished) < 0.45
    for call in unconnected:
        assert call["forwarded_time"] is None
        assert call["revenue"] is None
        assert call["payout"] is None
        assert call["profit_gross"] == "-0.07"
        assert call["profit_net"] == 0
        assert isinstance(call["profit_net"], int)
        assert call["target_group"] == {}
        assert call["target_repeat"] is None
    assert any(call["dialed_number"] for call in unconnected)
    assert {call["hung_up_by"] for call in unconnected} == {"caller", "system"}


def test_calls_are_sold_by_the_campaign_rule(finished: list[Call]) -> None:
    needed = {campaign.id: campaign.conversion_seconds for campaign in CAMPAIGNS}
    for call in finished:
        reached = call["connected"] and call["dialed_call_duration"] >= needed[call["campaign_id"]]
        assert call["converted"] == (reached and not call["duplicate"])
        assert bool(call["revenue"]) == call["converted"]
        assert call["receivable"] == call["converted"]
        assert call["payable"] == (call["converted"] and call["afid"] is not None)
    kinds = Counter((call["converted"], call["duplicate"]) for call in finished)
    assert min(kinds[True, False], kinds[False, True], kinds[False, False]) > 20


def test_no_buyer_has_more_calls_than_its_caps_allow_and_the_counts_are_the_talking_calls() -> None:
    world = World(seed=9, start=START, rate=2.0, history=400)
    full: set[int] = set()
    for moment in moments(6.1, 40):
        world.advance(moment)
        talking: Counter[int] = Counter(
            call["target_id"] for call in calls_of(world) if call["forwarded_time"] and not call["end_time"]
        )
        for target in TARGETS:
            assert world.talking(target) == talking[target.id]
            if target.concurrency_cap is not None:
                assert talking[target.id] <= target.concurrency_cap
                full |= {target.id} if talking[target.id] == target.concurrency_cap else set()
            assert not (target.paused and talking[target.id])
        for group in TARGET_GROUPS:
            members = sum(talking[target.id] for target in TARGETS if group in target.groups)
            assert world.talking_in(group) == members
            if group.concurrency_cap is not None:
                assert members <= group.concurrency_cap
                full |= {group.id} if members == group.concurrency_cap else set()
    assert len(full & {target.id for target in TARGETS}) >= 4
    assert full & {group.id for group in TARGET_GROUPS}


def test_some_callers_come_back_and_some_withhold_their_number(finished: list[Call]) -> None:
    again = sum(call["repeat"] for call in finished) / len(finished)
    assert 0.15 < again < 0.3
    withheld = [call for call in finished if not call["caller"].startswith("+1")]
    assert {call["caller"] for call in withheld} == {"+266696687", "anonymous"}
    assert all(call["caller_zip"] is None for call in withheld)


def test_nobody_makes_two_calls_at_once(finished: list[Call]) -> None:
    over: dict[str, str] = {}
    for call in sorted(finished, key=lambda call: str(call["start_time"])):
        if call["caller"].startswith("+1"):
            assert over.get(call["caller"], "") < call["start_time"]
            over[call["caller"]] = call["end_time"]


def test_all_numbers_are_from_the_ranges_kept_for_fiction(finished: list[Call]) -> None:
    numbers = {call[name] for call in finished for name in ("caller", "number", "dialed_number")}
    for number in numbers - {None, "+266696687", "anonymous"}:
        assert number.startswith("sip:") or (number[5:10] == "55501" and len(number) == 12), number
