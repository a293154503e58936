"""`callmon once --pixels`: the records say what the rules say of hand-made calls, and nothing secret."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.insight.pixels import Patience, PixelClass, PixelRules
from monitor.ledger import Ledger
from monitor.model.batch import Batch
from monitor.model.call import Call
from monitor.model.campaign import Campaign, CampaignTimer
from monitor.report import pixels
from monitor.report.pixel_records import INCIDENT_FIELDS, PIXEL_FIELDS, WEBHOOK_FIELDS
from monitor.report.pixels import PixelReport
from tests.insight.pixel_cases import HOOK, a_campaign, a_first_call, a_pixel, fired_url, new, timer_pixel
from tests.make import a_call, at

CAMPAIGN = a_campaign(0)


def reported(
    calls: Sequence[Call],
    *campaigns: Campaign,
    now: float = 1000,
    rules: PixelRules | None = None,
    gone: tuple[str, ...] = (),
) -> PixelReport:
    ledger = Ledger()
    ledger.apply(Batch(calls=tuple(calls), campaigns=campaigns, gone=gone, complete=True))
    return pixels.report(ledger, at(now), rules or PixelRules(), "2", complete=True)


def printed(found: PixelReport, form: str) -> str:
    out = io.StringIO(newline="")
    pixels.write(found, out, form=form)
    return out.getvalue()


def told(found: PixelReport) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(printed(found, "json"))
    return record


def a_call_with(*given: Any, **more: Any) -> Call:
    return a_first_call(60, *given, uuid="c1", **more)


@pytest.mark.parametrize(
    ("pixel", "now", "said"),
    [
        (new(created=102), 112, {"class": "pending", "status": "new", "age": 10.0, "fired_at": None}),
        (new(created=102), 132, {"class": "stuck", "status": "new", "age": 30.0, "fired_at": None}),
        (
            a_pixel(created=102, fired_at=at(112.25)),
            132,
            {"class": "late", "status": "fired", "age": 30.0, "fired_at": "2026-05-04T12:01:52.250Z"},
        ),
        (a_pixel(created=102, status="failed"), 132, {"class": "unknown", "status": "failed", "age": 30.0}),
        (
            a_pixel("https://t.example/[sub_id]/x?d=[call_duration]", None, 102),
            132,
            {
                "class": "macro",
                "status": "fired",
                "webhook_name": None,
                "host": "t.example",
                "url": "https://t.example/[sub_id]/x?d=•••",
            },
        ),
        (new(created=102), 90, {"class": "pending", "age": 0.0}),
        (replace(new(), url="", created_at=None), 132, {"class": "stuck", "host": None, "url": None, "age": 52.0}),
    ],
)
def test_a_pixel_is_told_with_what_became_of_it(pixel: Any, now: float, said: dict[str, Any]) -> None:
    (record,) = told(reported([a_call_with(pixel)], now=now))["pixels"]
    assert record.items() >= said.items()
    assert record["uuid"] == "c1"
    assert record["fire_order"] == 1


def test_what_was_sent_is_counted_and_not_listed() -> None:
    record = told(reported([a_call_with(a_pixel())]))
    assert record["pixels"] == []
    (webhook,) = record["webhooks"]
    assert (webhook["name"], webhook["sent"], webhook["failed"], webhook["share"]) == ("Started", 1, 0, 0.0)
    assert webhook["p50"] == pytest.approx(0.3, rel=0.1)


def test_a_missing_pixel_is_told_with_the_address_of_its_timer() -> None:
    (record,) = told(reported([a_call_with(timer_pixel(30))], a_campaign(0, 30)))["pixels"]
    assert record == {
        "class": "missing",
        "uuid": "c1",
        "webhook_name": None,
        "host": "t.example",
        "url": "https://t.example/0?cid=•••&caller=•••&d=•••",
        "status": None,
        "fire_order": None,
        "created_at": None,
        "fired_at": None,
        "age": 1000 - 101.0,
    }


def test_without_its_campaign_nothing_of_a_call_is_missing() -> None:
    assert told(reported([a_call_with()]))["pixels"] == []


def test_an_age_is_unknown_where_no_time_is_known() -> None:
    bare = replace(new(), created_at=None)
    (record,) = told(reported([Call(uuid="c1", status="finished", pixels=(bare,))]))["pixels"]
    assert (record["class"], record["age"], record["created_at"]) == ("stuck", None, None)
    assert "–" in printed(reported([Call(uuid="c1", status="finished", pixels=(bare,))]), "table")


def test_the_object_has_its_fields_in_their_order() -> None:
    calls = [a_first_call(60, new(created=102 + n), uuid=f"c{n}") for n in range(12)]
    record = told(reported(calls))
    assert list(record) == ["schema", "as_of", "company_id", "complete", "pixels", "webhooks", "incidents"]
    assert (record["schema"], record["company_id"], record["complete"]) == (1, 2, True)
    assert record["as_of"] == "2026-05-04T12:16:40.000Z"
    assert [tuple(each) for each in record["pixels"]] == [PIXEL_FIELDS] * 12
    assert [tuple(each) for each in record["webhooks"]] == [WEBHOOK_FIELDS]
    assert [tuple(each) for each in record["incidents"]] == [INCIDENT_FIELDS]
    assert {kind.value for kind in PixelClass} <= set(WEBHOOK_FIELDS)


def test_pixels_are_told_newest_first_and_webhooks_by_what_failed() -> None:
    calls = [
        a_first_call(60, new(created=200), a_pixel(HOOK, "Fine"), uuid="b"),
        a_first_call(60, new("Worse", 300), new("Worse", 100), uuid="a"),
    ]
    record = told(reported(calls))
    assert [(each["uuid"], each["webhook_name"]) for each in record["pixels"]] == [
        ("a", "Worse"),
        ("b", "Started"),
        ("a", "Worse"),
    ]
    assert [each["name"] for each in record["webhooks"]] == ["Worse", "Started", "Fine"]


def test_the_money_of_a_webhook_is_that_of_the_calls_it_failed() -> None:
    calls = [
        a_first_call(60, new(created=102), new(created=103), uuid="one", revenue=Decimal("5.10")),
        a_first_call(60, new(created=102), uuid="two", revenue=None),
        a_first_call(60, a_pixel(), uuid="three"),
    ]
    (webhook,) = told(reported(calls))["webhooks"]
    assert (webhook["calls"], webhook["revenue"], webhook["stuck"], webhook["settled"]) == (2, "5.10", 3, 4)
    assert webhook["share"] == 0.75
    (unpaid,) = told(reported([calls[1]]))["webhooks"]
    assert unpaid["revenue"] is None


def test_an_incident_tells_its_time_its_share_and_ten_calls_at_most() -> None:
    sent = [a_first_call(60, a_pixel(created=102 + n), uuid=f"s{n:02}") for n in range(20)]
    failed = [a_first_call(60, new(created=200 + n), uuid=f"f{n:02}") for n in range(12)]
    well = [a_first_call(60, a_pixel(created=300 + n), uuid=f"w{n:02}") for n in range(20)]
    going_on = reported([*sent, *failed])
    (incident,) = told(going_on)["incidents"]
    assert incident == {
        "webhook_name": "Started",
        "timer": None,
        "host": "hooks.example",
        "since": "2026-05-04T12:03:20.000Z",
        "until": None,
        "failed": 12,
        "settled": 12,
        "share": 1.0,
        "usual": None,
        "calls": 12,
        "uuids": [f"f{n:02}" for n in range(11, 1, -1)],
    }
    assert len(going_on.open) == 1
    over = reported([*sent, *failed, *well])
    assert told(over)["incidents"][0]["until"] == "2026-05-04T12:05:00.000Z"
    assert over.open == []
    assert "Started at hooks.example: failing since 2026-05-04" in printed(over, "table")


def test_the_time_of_the_board_is_that_of_the_reading() -> None:
    failed = [a_first_call(60, new(created=200 + n), uuid=f"f{n}") for n in range(12)]
    assert reported(failed, now=229).open == []
    assert reported(failed, now=241).open
    assert reported(failed, now=7 * 3600).open == [], "after six silent hours nobody can say that it still fails"


def test_the_patience_is_that_of_the_rules() -> None:
    rules = PixelRules(webhooks={"Started": Patience(grace=timedelta(minutes=20))})
    record = told(reported([a_call_with(new(created=102), new("Other", 102))], rules=rules))
    assert {each["webhook_name"]: each["class"] for each in record["pixels"]} == {
        "Started": "pending",
        "Other": "stuck",
    }


def test_a_call_that_the_account_has_no_more_has_no_pixels() -> None:
    record = told(reported([a_call_with(new(created=102))], gone=("c1",)))
    assert (record["pixels"], record["webhooks"]) == ([], [])


def test_csv_has_a_row_for_each_pixel_and_no_formula() -> None:
    evil = "=cmd|' /C calc'!A0"
    call = a_call_with(replace(new(evil, 102), status="@SUM(1)", url="https://=cmd.example/"))
    (row,) = csv.DictReader(io.StringIO(printed(reported([replace(call, uuid="-1+1")]), "csv"), newline=""))
    assert tuple(row) == PIXEL_FIELDS
    assert row["webhook_name"] == f"'{evil}"
    assert row["status"] == "'@SUM(1)"
    assert row["uuid"] == "'-1+1"
    assert row["age"] == "898.0"
    assert row["host"] == "'=cmd.example"
    assert row["fired_at"] == ""
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row.values())


def test_the_table_tells_webhooks_then_incidents_then_pixels() -> None:
    text = printed(reported([a_call_with(new(created=102), timer_pixel(30))], CAMPAIGN, a_campaign(0)), "table")
    webhooks, incidents, listed = text.split("\n\n")
    assert webhooks.split("\n")[0].split()[:5] == ["STATE", "WEBHOOK", "·", "HOST", "SENT"]
    assert incidents == "no incident"
    assert [line.split()[0] for line in listed.splitlines()] == ["CLASS", "stuck"]


CANARY = "Zq9"
"""Begins every value in the addresses below, and nothing else."""
values = st.text("aZ9 /@:=+#?&%[]", max_size=8).map(lambda text: CANARY + text)
pieces = st.one_of(
    st.builds(
        lambda name, value: f"{name}={quote(value, safe='/@:=+?[] ')}", st.sampled_from(["a", "k[0]", ""]), values
    ),
    values.map(lambda value: quote(value, safe="/@:+[]?")),
)
addresses = st.builds(
    lambda start, user, end, query: f"{start}{user}h.example/p{end}{'&'.join(query)}",
    st.sampled_from(["https://", "HTTP://", "//", "https:/", ""]),
    st.one_of(st.just(""), st.text("a:@", max_size=4).map(lambda text: f"u:{CANARY}{text}@")),
    st.sampled_from(["?", "?x=&", "#", "/?", "?#", "#?"]),
    st.lists(pieces, max_size=4),
)


@given(st.lists(addresses, min_size=1, max_size=3), st.sampled_from(["new", "fired", "failed"]))
def test_no_value_of_an_address_is_printed(urls: list[str], status: str) -> None:
    fired = (a_pixel(url, None, 102, status=status, fired_at=at(300)) for url in urls)
    timers = tuple(CampaignTimer(place, 0, url) for place, url in enumerate(urls))
    calls = [a_first_call(60, *fired, uuid="c1"), a_first_call(60, uuid="c2")]
    found = reported(calls, replace(CAMPAIGN, timers=timers))
    assert {row.kind for row in found.pixels} >= {PixelClass.MISSING}
    for form in ("json", "csv", "table"):
        assert CANARY not in printed(found, form)


@pytest.mark.parametrize("written", ["13015550042", "3015550042", "%2B13015550042", "301-555-0042", "(301) 555 0042"])
def test_no_number_of_a_caller_is_printed(written: str) -> None:
    pixel = new(created=102, url=f"https://h.example/{written}/started?caller={written}")
    found = reported([a_call_with(pixel, caller="+13015550042")])
    (record,) = told(found)["pixels"]
    assert record["url"].endswith("•••/started?caller=•••")
    for form in ("json", "csv", "table"):
        assert "0042" not in printed(found, form)


def test_a_call_that_goes_on_has_pending_pixels_alone() -> None:
    call = a_call(pixels=(new(created=1), timer_pixel(30)), cid="0003")
    record = told(reported([call], a_campaign(0, 30)))
    assert [each["class"] for each in record["pixels"]] == ["pending"]
    assert fired_url(30).startswith("https://t.example/30?"), "the other one was sent"
