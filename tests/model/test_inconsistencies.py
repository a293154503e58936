"""The inconsistencies that the API is known for, one case each, and what a bad answer costs."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import wire
from monitor.model.call import Call, FiredPixel
from monitor.model.target import Cap, Target, TargetGroup

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
NEW = FiredPixel(status="new")
GROUP = TargetGroup(id=4)


def call(**sent: Any) -> Call:
    """Return the one call with these fields, all of which must have been understood."""
    parsed = wire.calls().one({"call": {"uuid": "c1", **sent}})
    assert parsed.rejected == ()
    return parsed.records[0]


def target(**sent: Any) -> Target:
    """Return the one target with these fields, all of which must have been understood."""
    parsed = wire.targets().one({"target": {"id": 1, **sent}})
    assert parsed.rejected == ()
    return parsed.records[0]


@pytest.mark.parametrize(
    ("sent", "field", "meant"),
    [
        # Identifiers: the system's are numbers, the customer's are text and keep their zeros.
        pytest.param({"campaign_id": 9872}, "campaign_id", 9872, id="system id as int"),
        pytest.param({"campaign_id": "12345"}, "campaign_id", 12345, id="system id as text"),
        pytest.param({"campaign": {"id": "12345", "name": "x"}}, "campaign_id", 12345, id="system id in an object"),
        pytest.param({"system_campaign_id": 7}, "campaign_id", 7, id="system id under its old name"),
        pytest.param({"target_id": None, "system_target_id": 5}, "target_id", None, id="a null id is no other id"),
        pytest.param({"system_target_id": 5}, "target_id", 5, id="target under its old name"),
        pytest.param({"cid": "0003"}, "cid", "0003", id="customer id keeps its zeros"),
        pytest.param({"cid": 159}, "cid", "159", id="customer id as int"),
        pytest.param({"afid": "116dc0f6"}, "afid", "116dc0f6", id="customer id in hexadecimal"),
        # Money
        pytest.param({"profit_gross": "-0.07"}, "profit", Decimal("-0.07"), id="money as text"),
        pytest.param({"profit_net": 0}, "margin", Decimal("0.00"), id="money as int"),
        pytest.param({"revenue": 5.0}, "revenue", Decimal("5.00"), id="money as float"),
        pytest.param({"revenue": "15"}, "revenue", Decimal("15.00"), id="money as whole text"),
        pytest.param({"revenue": 0.1}, "revenue", Decimal("0.10"), id="money as a float that is not exact"),
        pytest.param({"payout": None}, "payout", None, id="money as null"),
        pytest.param({}, "payout", None, id="money absent"),
        pytest.param({"charge_total": "0.07"}, "cost", Decimal("0.07"), id="cost under its V1 name"),
        # Objects
        pytest.param({"target_group": {}}, "target_group", None, id="no group as {}"),
        pytest.param({"target_group": None}, "target_group", None, id="no group as null"),
        pytest.param({}, "target_group", None, id="no group as nothing"),
        pytest.param({"target_group": {"id": 1, "name": "West"}}, "target_group", "West", id="group as object"),
        pytest.param({"number": "+1888"}, "number", "+1888", id="number as text"),
        pytest.param({"number": {"number": "+1888", "name": "x"}}, "number", "+1888", id="number as object"),
        pytest.param({"number": {}}, "number", None, id="number as {}"),
        pytest.param({"campaign": {"id": 1, "name": "Solar"}}, "campaign", "Solar", id="campaign as object"),
        pytest.param({"campaign_name": "Solar"}, "campaign", "Solar", id="campaign as text"),
        pytest.param({"tags": None}, "tags", {}, id="tags null"),
        pytest.param({"tags": {}}, "tags", {}, id="tags empty"),
        pytest.param({"tags": {"id": 7, "x": None}}, "tags", {"id": "7", "x": ""}, id="tags named as fields"),
        pytest.param({"fired_pixels": None}, "pixels", (), id="pixels null"),
        pytest.param({"fired_pixels": [{"fired_pixel": {"status": "new"}}]}, "pixels", (NEW,), id="enveloped pixel"),
        pytest.param({"fired_pixels": [{"status": "new"}]}, "pixels", (NEW,), id="bare pixel"),
        # Times
        pytest.param({"end_time": "2026-05-04T12:00:00Z"}, "end_time", NOON, id="time with Z"),
        pytest.param({"end_time": "2026-05-04T12:00:00.000Z"}, "end_time", NOON, id="time with ms"),
        pytest.param({"end_time": "2026-05-04T08:00:00.000-04:00"}, "end_time", NOON, id="time with an offset"),
        pytest.param({"end_time": "2026-05-04T12:00:00"}, "end_time", NOON, id="naive time is UTC"),
        pytest.param({"end_time": ""}, "end_time", None, id="time empty"),
        pytest.param({"end_time": None}, "end_time", None, id="time null"),
        # Words, flags, numbers
        pytest.param({"status": "in-progress"}, "status", "in-progress", id="a status nobody knows stays as it is"),
        pytest.param({"hung_up_by": "no_target"}, "hung_up_by", "no_target", id="a word nobody knows stays as it is"),
        pytest.param({"converted": 1}, "converted", True, id="flag as number"),
        pytest.param({"converted": "false"}, "converted", False, id="flag as word"),
        pytest.param({"converted": None}, "converted", None, id="flag unknown"),
        pytest.param({"dialed_call_duration": "12"}, "talk", 12, id="seconds as text"),
        pytest.param({"dialed_call_duration": 12.9}, "talk", 12, id="seconds as float"),
        pytest.param({"dialed_call_duration": -3}, "talk", -3, id="seconds below zero"),
        # Versions
        pytest.param({"forwarded_time": "2026-05-04T12:00:00Z"}, "connected", True, id="V1: forwarded is connected"),
        pytest.param({"forwarded_time": None}, "connected", False, id="V1 was not connected"),
        pytest.param({"forwarded_time": None, "connected": True}, "connected", True, id="what is said is believed"),
    ],
)  # fmt: skip
def test_a_call_is_understood(sent: dict[str, Any], field: str, meant: Any) -> None:
    value = getattr(call(**sent), field)
    assert value == meant
    assert type(value) is type(meant)


@pytest.mark.parametrize(
    ("sent", "field", "meant"),
    [
        pytest.param({"tid": "007"}, "tid", "007", id="own id in a list"),
        pytest.param({"client_tid": "007"}, "tid", "007", id="own id of one just created"),
        pytest.param({"tid": None, "client_tid": "7"}, "tid", None, id="a null id is no other id"),
        pytest.param({"concurrency_cap": None}, "concurrency_cap", None, id="no cap is not zero"),
        pytest.param({"caps": [{"type": "Hard", "cap": 0}]}, "caps", (Cap(type="Hard", cap=0),), id="a cap of zero"),
        pytest.param({"caps": [{"type": "Hard", "cap": None}]}, "caps", (Cap(type="Hard"),), id="bare cap, unlimited"),
        pytest.param({"caps": [{"cap": {"cap": 5}}]}, "caps", (Cap(cap=5),), id="cap in an envelope"),
        pytest.param({"caps": [{"type": "Weekly"}]}, "caps", (Cap(type="Weekly"),), id="cap of another span"),
        pytest.param({"caps": [{"filled": 9, "cap": 5}]}, "caps", (Cap(filled=9, cap=5),), id="more than filled"),
        pytest.param({"target_groups": [{"id": "4"}]}, "target_groups", (GROUP,), id="bare group"),
        pytest.param({"target_groups": [{"target_group": {"id": 4}}]}, "target_groups", (GROUP,), id="enveloped group"),
        pytest.param({"target_groups": None}, "target_groups", (), id="groups null"),
        pytest.param({"number": "sip:a@b.example"}, "number", "sip:a@b.example", id="number as SIP address"),
        pytest.param({"time_zone": "Hawaii"}, "time_zone", "Hawaii", id="zone as the API names it"),
    ],
)  # fmt: skip
def test_a_target_is_understood(sent: dict[str, Any], field: str, meant: Any) -> None:
    assert getattr(target(**sent), field) == meant


def test_an_update_may_lie_before_the_end_and_a_firing_before_its_record() -> None:
    found = call(
        end_time="2012-04-29T12:32:46Z",
        updated_at="2012-04-29T12:29:46Z",
        time_to_call_in_seconds=-168096.165,
        fired_pixels=[{"created_at": "2026-05-04T12:00:00.500Z", "fired_at": "2026-05-04T12:00:00Z"}],
    )
    assert found.updated_at is not None
    assert found.end_time is not None
    assert found.updated_at < found.end_time
    (pixel,) = found.pixels
    assert pixel.created_at is not None
    assert pixel.fired_at is not None
    assert pixel.fired_at < pixel.created_at


def test_stamps_with_different_offsets_are_ordered_by_the_moment_they_name() -> None:
    early = call(updated_at="2026-05-04T13:00:00+02:00")
    late = call(updated_at="2026-05-04T12:00:00Z")
    assert early.older_than(late, None)
    assert not late.older_than(early, None)


@pytest.mark.parametrize("enveloped", [True, False], ids=["envelope", "bare"])
def test_records_come_with_or_without_their_envelope(enveloped: bool) -> None:
    def sent(kind: str, record: dict[str, Any]) -> Any:
        return {kind: record} if enveloped else record

    assert wire.calls().one(sent("call", {"uuid": "c1"})).records == (Call("c1", connected=False),)
    assert wire.targets().many([sent("target", {"id": "5"})]).records == (Target(5),)
    assert wire.target_groups().many([sent("target_group", {"id": 5})]).records == (TargetGroup(5),)
    assert wire.companies().one(sent("company", {"id": 5})).records[0].id == 5


def test_fields_that_nobody_knows_are_kept_and_named() -> None:
    parsed = wire.calls().one({"call": {"uuid": "c1", "mood": {"a": [1]}}})
    assert parsed.raw == ({"uuid": "c1", "mood": {"a": [1]}, "connected": False},)
    assert parsed.unknown == {"mood"}


# What a bad answer costs


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"revenue": "$5"}, "revenue"),
        ({"revenue": "1,234.50"}, "revenue"),
        ({"revenue": "1_000"}, "revenue"),
        ({"revenue": "٣.٥"}, "revenue"),
        ({"revenue": "1E+400"}, "revenue"),
        ({"revenue": "NaN"}, "revenue"),
        ({"revenue": float("inf")}, "revenue"),
        ({"revenue": True}, "revenue"),
        ({"revenue": {}}, "revenue"),
        ({"start_time": "yesterday"}, "start_time"),
        ({"start_time": 1730739138}, "start_time"),
        ({"start_time": "0001-01-01T00:00:00+14:00"}, "start_time"),
        ({"dialed_call_duration": "1e999"}, "dialed_call_duration"),
        ({"dialed_call_duration": 2**63}, "dialed_call_duration"),
        ({"dialed_call_duration": "many"}, "dialed_call_duration"),
        ({"dialed_call_duration": []}, "dialed_call_duration"),
        ({"converted": "perhaps"}, "converted"),
        ({"status": {}}, "status"),
        ({"tags": ["a"]}, "tags"),
        ({"fired_pixels": {}}, "fired_pixels"),
        ({"fired_pixels": [7]}, "fired_pixels.0"),
    ],
)
def test_a_bad_field_costs_that_field_and_is_named_without_its_value(sent: dict[str, Any], field: str) -> None:
    neighbour = {"uuid": "c0", "revenue": "1"}
    parsed = wire.calls().many([neighbour, {"uuid": "c1", "caller": "+1", **sent}])
    assert parsed.records == (
        Call("c0", connected=False, revenue=Decimal("1.00")),
        Call("c1", connected=False, caller="+1"),
    )
    assert [(each.record, each.field) for each in parsed.rejected] == [("call c1", field)]
    assert str(next(iter(sent.values()))) not in parsed.rejected[0].reason
    assert len(parsed.raw) == 2


def test_two_bad_fields_cost_two_fields() -> None:
    parsed = wire.calls().one({"uuid": "c1", "revenue": "$5", "start_time": "x", "payout": "2"})
    assert parsed.records == (Call("c1", connected=False, payout=Decimal("2.00")),)
    assert {each.field for each in parsed.rejected} == {"revenue", "start_time"}


@pytest.mark.parametrize(
    "bad",
    [None, 7, "c9", [], {}, {"call": None}, {"call": []}, {"call": {}}, {"uuid": None}, {"uuid": ""}, {"uuid": 5}],
)
def test_a_bad_record_costs_itself_alone(bad: Any) -> None:
    parsed = wire.calls().many([{"call": {"uuid": "c1"}}, bad, {"call": {"uuid": "c2"}}])
    assert [each.uuid for each in parsed.records] == ["c1", "c2"]
    assert [raw["uuid"] for raw in parsed.raw] == ["c1", "c2"]
    (rejected,) = parsed.rejected
    assert rejected.field is None


@pytest.mark.parametrize("answer", [None, {}, {"call": {}}, {"error": "x"}, "[]", 5, [None, None], [1], [[]], ["c1"]])
def test_what_is_no_list_is_never_an_empty_one(answer: Any) -> None:
    with pytest.raises(ValueError, match="list"):
        wire.calls().many(answer)


@pytest.mark.parametrize("answer", [None, [], {}, {"call": None}, {"error": "x"}, 5])
def test_what_is_no_record_is_none(answer: Any) -> None:
    with pytest.raises(ValueError, match="expected"):
        wire.calls().one(answer)


CANARY = "canary-1f6b"


@pytest.mark.parametrize("field", sorted(wire.SECRETS))
@pytest.mark.parametrize("place", ["on top", "below"])
def test_credentials_are_dropped_wherever_they_are(field: str, place: str) -> None:
    secret = {field: CANARY}
    sent = {"id": 1, **(secret if place == "on top" else {"target_groups": [{"id": 2, "extra": [secret]}]})}
    parsed = wire.targets().one({"target": sent})
    assert CANARY not in repr(parsed)
    assert parsed.records[0].id == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=8), inside, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(
    "revenue start_time tags number campaign target_group fired_pixels converted status campaign_id cid".split()
)


@given(st.lists(st.dictionaries(NAMES, JSON), max_size=4))
def test_whatever_is_sent_every_call_with_a_uuid_is_there(sent: list[dict[str, Any]]) -> None:
    answer = [{"call": {**row, "uuid": f"c{place}"}} for place, row in enumerate(sent)]
    before = json.dumps(answer)
    parsed = wire.calls().many(answer)
    assert [each.uuid for each in parsed.records] == [f"c{place}" for place in range(len(sent))]
    assert len(parsed.raw) == len(parsed.records)
    assert json.dumps(answer) == before


def test_a_bad_field_of_a_pixel_costs_neither_the_pixel_nor_its_neighbours() -> None:
    sent = [
        {"fired_pixel": {"url": "https://a.example", "status": "fired", "fire_order": "first"}},
        "not a pixel",
        {"fired_pixel": {"url": "https://b.example", "status": "new", "created_at": []}},
        {"url": "https://c.example", "status": "fired", "fired_at": 7},
    ]
    parsed = wire.calls().many([{"uuid": "c1", "fired_pixels": sent}])
    assert [(pixel.url, pixel.status) for pixel in parsed.records[0].pixels] == [
        ("https://a.example", "fired"),
        ("https://b.example", "new"),
        ("https://c.example", "fired"),
    ]
    assert [each.field for each in parsed.rejected] == [
        "fired_pixels.0.fire_order",
        "fired_pixels.1",
        "fired_pixels.2.created_at",
        "fired_pixels.3.fired_at",
    ]
