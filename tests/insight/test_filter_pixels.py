"""What the filter language asks of pixels, of a call and of one pixel alike."""

from __future__ import annotations

import pytest

from monitor.insight.columns import Context
from monitor.insight.filter import parse
from monitor.insight.pixels import seen
from monitor.ledger import Ledger
from monitor.model.call import FiredPixel
from tests.make import a_call, a_final_call, at


def a_pixel(webhook: str | None, host: str, status: str) -> FiredPixel:
    return FiredPixel(
        f"https://{host}/p?call=1",
        status,
        webhook_name=webhook,
        created_at=at(81),
        fired_at=at(82) if status == "fired" else None,
    )


CALLS = (
    a_final_call("1", pixels=(a_pixel("CRM sync", "crm.example", "fired"), a_pixel(None, "ads.example", "new"))),
    a_final_call("2", campaign="Roof", pixels=(a_pixel("CRM sync", "crm.example", "new"),)),
    a_final_call("3", pixels=(a_pixel("CRM sync", "crm.example", "exploded"),)),
    a_call("4"),
)
NOW = Context(at(300), Ledger())
YOUNG = Context(at(100), Ledger())


@pytest.mark.parametrize(
    ("text", "calls", "pixels"),
    [
        ("pixel:stuck", "12", "1b 2a"),
        ("pixel:stuck,unknown", "123", "1b 2a 3a"),
        ("pixel!=stuck", "13", "1a 3a"),
        ("not pixel:stuck", "34", "1a 3a"),
        ("webhook:crm", "123", "1a 2a 3a"),
        ("not webhook:crm", "4", "1b"),
        ("webhook!=x", "123", "1a 2a 3a"),
        ("host=ads.example", "1", "1b"),
        ("host~^(ads|nobody)", "1", "1b"),
        ("pixel:stuck webhook:crm", "2", "2a"),
        ("webhook:crm solar pixel:stuck", "", ""),
        ("webhook:crm (solar or roof) pixel:stuck", "2", "2a"),
        ("pixel:stuck (webhook:crm or host:nobody)", "2", "2a"),
        ("pixel:stuck not webhook:crm", "", "1b"),
        ("pixel:stuck or webhook:crm", "123", "1a 1b 2a 3a"),
        ("pixel:stuck or roof", "12", "1b 2a"),
        ("not (pixel:stuck or pixel:unknown)", "4", "1a"),
        ("campaign:roof pixel:stuck", "2", "2a"),
        ('"crm sync"', "123", "1a 2a 3a"),
        ("roof", "2", "2a"),
        ("pixel:missing", "", ""),
        ("", "1234", "1a 1b 2a 3a"),
    ],
)
def test_a_call_has_what_one_of_its_pixels_has(text: str, calls: str, pixels: str) -> None:
    asked = parse(text)
    assert "".join(call.uuid for call in CALLS if asked.call(call, NOW)) == calls
    let_through = [
        f"{call.uuid}{'ab'[each.place]}" for call in CALLS for each in seen(call, NOW) if asked.pixel(call, each, NOW)
    ]
    assert " ".join(let_through) == pixels


def test_a_pixel_becomes_stuck_as_time_goes_by() -> None:
    asked = parse("pixel:pending webhook:crm")
    assert [asked.call(CALLS[1], context) for context in (YOUNG, NOW)] == [True, False]
    assert asked.timely


def test_a_filter_knows_whether_it_asks_anything_of_pixels() -> None:
    assert parse("solar or not (campaign:x webhook:y)").of_pixels
    assert not parse("crm campaign:x state:live").of_pixels
