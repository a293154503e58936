"""Every example answer of the API's reference becomes exactly what it says."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from monitor.model import wire
from monitor.model.call import Call, FiredPixel, State
from monitor.model.company import Company
from monitor.model.target import Cap, Target, TargetGroup

REFERENCE = Path(__file__).parent.parent / "data" / "reference"
LATER = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def reference(name: str) -> Any:
    return json.loads((REFERENCE / f"{name}.json").read_text("utf-8"))


def time(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S.%f").replace(tzinfo=UTC)


def whole(parsed: wire.Parsed[Any]) -> bool:
    """Whether everything in an answer was known and understood."""
    return parsed.rejected == () and parsed.unknown == frozenset()


FIRST_V1 = Call(
    uuid="addcf985-017e-4962-be34-cf5d55e74afc",
    status="finished",
    created_at=time("2012-04-29 12:29:40.0"),
    updated_at=time("2012-04-29 12:29:46.0"),
    start_time=time("2012-04-29 12:29:40.0"),
    forwarded_time=time("2012-04-29 12:29:51.0"),
    end_time=time("2012-04-29 12:32:46.0"),
    caller="+17195220377",
    cid="0003",
    afid="03994",
    connected=True,
    talk=193,
)

V2 = Call(
    uuid="f1abfb78-ab8a-4146-9946-8169fbcc6d6c",
    status="finished",
    created_at=time("2024-11-04 16:52:18.177"),
    updated_at=time("2024-11-04 16:53:00.756"),
    start_time=time("2024-11-04 16:52:18.034"),
    forwarded_time=time("2024-11-04 16:52:25.423"),
    end_time=time("2024-11-04 16:52:32.882"),
    conversions_determined_at=time("2024-11-04 16:52:54.744"),
    caller="+13015236555",
    number="+18886064349",
    campaign="Retreaver Main - Sales & Support",
    campaign_id=9872,
    cid="1",
    target="Taylor Anderson - Sales - +12263399112",
    target_id=27449,
    target_group="Retreaver Team",
    connected=True,
    converted=True,
    duplicate=False,
    repeat=True,
    payable=True,
    receivable=True,
    hung_up_by="caller",
    ivr=7,
    hold=5,
    talk=2,
    revenue=Decimal("5.00"),
    payout=Decimal("5.00"),
    cost=Decimal("0.08"),
    profit=Decimal("-0.08"),
    margin=Decimal("0.00"),
    tags={
        "attempt": "0192f817-6fdc-f8b3-eb07-526dd16e2ade,0192f817-9147-eee3-25ea-e189df86dc6e",
        "geo": "301,us,us-28379,us-nc",
        "id": "0192f817-6fdc-f8b3-eb07-526dd16e2ade,0192f817-9147-eee3-25ea-e189df86dc6e",
        "request_id": "0192f817-6fdc-f8b3-eb07-526dd16e2ade,0192f817-9147-eee3-25ea-e189df86dc6e",
        "status": "success",
        "system_target_id": "27449",
    },
    pixel_count=4,
    pixels=(
        FiredPixel(
            url="https://example.com",
            status="new",
            fire_order=1,
            batch_uuid="39d94d6b-639a-486b-bb21-dbba5949dd2e",
            created_at=time("2024-11-04 16:52:55.182"),
        ),
        FiredPixel(
            url="https://example.com",
            status="fired",
            webhook_name="Test Webhook",
            fire_order=0,
            batch_uuid="343ccf9b-b3a1-4cd3-b2de-a351dcf40661",
            created_at=time("2024-11-04 16:52:26.948"),
            fired_at=time("2024-11-04 16:52:26.947"),
        ),
        FiredPixel(
            url="https://example.com",
            status="fired",
            webhook_name="Test Webhook",
            fire_order=0,
            batch_uuid="4ef5f708-aa5f-4918-9790-ffbe890a517d",
            created_at=time("2024-11-04 16:52:27.154"),
            fired_at=time("2024-11-04 16:52:27.087"),
        ),
        FiredPixel(
            url="https://example.com",
            status="fired",
            webhook_name="Test Webhook",
            fire_order=0,
            batch_uuid="982e0d22-dd8e-4476-8e89-d967285a6929",
            created_at=time("2024-11-04 16:52:18.589"),
            fired_at=time("2024-11-04 16:52:18.533"),
        ),
    ),
)


def test_a_list_of_the_first_version() -> None:
    parsed = wire.calls().many(reference("calls_v1"))
    first, second = parsed.records
    assert first == FIRST_V1
    assert (second.uuid, second.caller, second.talk) == ("8ae0aa38-0173-4e62-5342-cf5d55e74afe", "+14166686981", 33)
    assert whole(parsed)


def test_a_call_of_the_first_version() -> None:
    parsed = wire.calls().one(reference("call_v1"))
    assert parsed.records == (FIRST_V1,)
    assert whole(parsed)


def test_a_list_of_the_second_version() -> None:
    answer = reference("calls_v2")
    parsed = wire.calls().many(answer)
    assert parsed.records == (V2,)
    assert parsed.raw == (answer[0]["call"],)
    assert whole(parsed)


def test_a_call_of_the_second_version_that_was_never_connected() -> None:
    parsed = wire.calls().one(reference("call_v2"))
    (call,) = parsed.records
    assert whole(parsed)
    assert (call.uuid, call.connected, call.converted) == ("94079290-93f3-4527-9e78-88653aaf3c49", False, False)
    assert (call.forwarded_time, call.target, call.target_id, call.target_group) == (None, None, None, None)
    assert (call.revenue, call.payout) == (None, None)
    assert (call.cost, call.profit, call.margin) == (Decimal("0.07"), Decimal("-0.07"), Decimal("0.00"))
    assert (call.ivr, call.hold, call.talk) == (26, 17, 0)
    assert call.tags["robodial_blacklist"] == "0"
    assert [pixel.webhook_name for pixel in call.pixels] == [None, *(f"Webhook {each}" for each in (1, 2, 3, 4))]
    assert [pixel.status for pixel in call.pixels] == ["new", "fired", "fired", "fired", "fired"]
    assert call.pixels[1].fired_at == time("2024-11-04 16:46:10.793")
    assert call.state(LATER) is State.ABANDONED
    assert not call.provisional(LATER)


def test_a_list_of_targets() -> None:
    parsed = wire.targets().many(reference("targets"))
    groups = tuple(
        TargetGroup(id=found, name=name, target_ids=(6588,), calls_in_progress=0, behavior=1)
        for found, name in ((1, "West Coast"), (2, "East Coast"))
    )
    assert parsed.records == (
        Target(
            id=6588,
            name="Jason Cell",
            number="+18668987878",
            calls_in_progress=0,
            paused=False,
            priority=1,
            weight=1,
            timeout_seconds=15,
            time_zone="Eastern Time (US & Canada)",
            updated_at=time("2016-06-28 17:02:52.964"),
            target_groups=groups,
        ),
    )
    assert whole(parsed)
    assert "object_key" not in parsed.raw[0]
    assert parsed.records[0].headroom() is None


def test_the_caps_of_a_target() -> None:
    parsed = wire.targets().one(reference("target_caps"))
    caps = (
        Cap(type="Daily", filled=0, cap=None, id=707900),
        Cap(type="Hard", filled=0, cap=100, id=707898),
        Cap(type="Hourly", filled=0, cap=None, id=707899),
        Cap(type="Monthly", filled=0, cap=None, id=707901),
    )
    assert parsed.records == (Target(id=22592, name="Retreaver Support", number="+18668987878", caps=caps),)
    assert whole(parsed)


def test_the_companies() -> None:
    parsed = wire.companies().many(reference("companies"))
    assert parsed.records == (
        Company(
            id=1,
            name="Foo Corp",
            balance=Decimal("200.00"),
            created_at=time("2015-10-08 15:23:31.777"),
            updated_at=time("2016-09-15 02:55:46.690"),
        ),
        Company(
            id=2,
            name="Example Co",
            balance=Decimal("100.00"),
            created_at=time("2015-10-11 17:18:22.675"),
            updated_at=time("2016-09-15 02:55:46.708"),
        ),
    )
    assert whole(parsed)
    assert all("embedded_key" not in raw for raw in parsed.raw)


def test_a_company_of_the_old_shape() -> None:
    parsed = wire.companies().one(reference("company_deprecated"))
    (company,) = parsed.records
    assert company == Company(
        id=2,
        name="Retreaver",
        created_at=time("2012-04-15 05:44:10.0"),
        updated_at=time("2012-05-07 15:32:44.0"),
    )
    assert company.balance is None
    assert whole(parsed)


def test_every_time_is_aware_utc_and_no_amount_is_a_float() -> None:
    for call in (*wire.calls().many(reference("calls_v2")).records, *wire.calls().one(reference("call_v2")).records):
        parts: tuple[Call | FiredPixel, ...] = (call, *call.pixels)
        for part in parts:
            for value in (getattr(part, each.name) for each in fields(part)):
                assert not isinstance(value, float)
                if isinstance(value, datetime):
                    assert value.utcoffset() == timedelta(0)
