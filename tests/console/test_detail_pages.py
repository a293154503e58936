"""The pages of a call's detail: call, pixel, flow, raw; what each says, and what none of them ever shows."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC
from typing import Any

import pytest

from monitor.console.app import CallmonApp
from monitor.console.screens.addresses import AddressList
from monitor.console.screens.detail import DetailScreen
from monitor.console.widgets.detail_pane import DetailPane, Subject, Tab
from monitor.insight.pixels import Hook, pixel_key
from monitor.model.call import Call, FiredPixel
from tests.account import Account
from tests.console.test_monitor import Stage, stage
from tests.insight.pixel_cases import a_campaign, a_first_call, a_pixel, new, timer_pixel
from tests.make import a_final_call, a_target, at

MARK = "c4n4ry"
CALLER = "13015550042"
KEYS = (
    f"https://user:{MARK}@hooks.example/p;key={MARK}?caller={CALLER}&call_key={MARK}&apiKey={MARK}"
    f"&to=https%3A%2F%2Fy.example%2F%3Ftoken%3D{MARK}&empty=&x=[call_uuid]#access_token={MARK}"
)
LATER = 400.0
"""Seconds after noon at which everything about a call that ended at 80 has been decided."""


def text_of(on: Stage) -> str:
    """All that the page says, as one line of words, also what is scrolled out of sight."""
    pane = on.app.screen.query_one(DetailPane)
    return " ".join(" ".join("".join(piece for piece, _ in line) for line in pane.lines).split())


@asynccontextmanager
async def opened(
    call: Call, *others: Call, page: str = "", width: int = 160, pixel: str | None = None, **news: Any
) -> AsyncIterator[Stage]:
    """The detail of `call` on the page named, at LATER."""
    async with stage(width) as on:
        await on.wait(LATER)
        await on.say(call, *others, **news)
        screen = DetailScreen(Subject("calls", call.uuid, pixel), on.main.context, on.main.account_time, on.main.status)
        on.app.push_screen(screen)
        await on.pilot.pause()
        pane = screen.query_one(DetailPane)
        for _ in range(len(Tab)):
            if not page or pane.tab == page:
                break
            await on.press("tab")
        yield on


# Pages


@pytest.mark.parametrize("width", [160, 80])
async def test_tab_goes_round_the_pages_and_back(width: int) -> None:
    async with stage(width) as on:
        await on.say(a_final_call("x", pixels=(a_pixel(),)), answers={"x": {"uuid": "x"}})
        await on.press("enter")
        seen = []
        for key in ["tab"] * 4 + ["shift+tab"] * 4:
            await on.press(key)
            seen.append(str(on.app.screen.query_one(DetailPane).tab))
        assert seen == ["Pixel", "Flow", "Raw", "Call", "Raw", "Flow", "Pixel", "Call"]


async def test_the_pages_are_named_on_top_however_far_one_scrolls() -> None:
    async with stage(80, 24) as on:
        await on.say(a_final_call("x", pixels=tuple(a_pixel(created=at) for at in range(1, 30))))
        await on.press("enter", *["pagedown"] * 3)
        pane = on.app.screen.query_one(DetailPane)
        assert pane.top > 20
        first, second = on.text.splitlines()[pane.region.y :][:2]
        assert first.split() == ["Call", "Pixel", "Flow", "Raw"]
        assert "#1" not in second
        assert [look for words, look in pane.lines[0] if words == "Call"] == ["accent"]


async def test_a_detail_opens_on_the_pixel_that_is_named_and_else_on_the_call() -> None:
    first, second = a_pixel(created=1), a_pixel("https://other.example/", "Other", created=2)
    call = a_final_call("x", pixels=(second, first))
    async with opened(call) as on:
        assert on.app.screen.query_one(DetailPane).tab is Tab.CALL
    named = pixel_key(second, Hook("Other", None, "other.example"))
    async with opened(call, pixel=named) as on:
        assert "Pixel 2 of 2 ✓ sent Other · other.example" in text_of(on)


async def test_pixels_are_gone_through_in_order_of_time_also_two_that_are_alike() -> None:
    twin = a_pixel(created=5)
    call = a_final_call("x", pixels=(a_pixel("https://z.example/", "Z", created=9), twin, twin, a_pixel(created=1)))
    async with opened(call, page="Pixel") as on:
        told = []
        for key in ("]", "]", "]", "]", "[", "[", "[", "["):
            await on.press({"]": "right_square_bracket", "[": "left_square_bracket"}[key])
            told.append(text_of(on).partition("Pixel ")[2].partition("Pixel ")[2][:6])
        assert told == ["2 of 4", "3 of 4", "4 of 4", "4 of 4", "3 of 4", "2 of 4", "1 of 4", "1 of 4"]


async def test_beside_the_table_the_keys_of_the_detail_work_and_its_page_stays_with_the_cursor() -> None:
    calls = [a_final_call(f"c{n}", n, pixels=(a_pixel(), a_pixel(created=2))) for n in range(3)]
    async with stage(160) as on:
        await on.say(*calls)
        await on.press("enter", "tab", "right_square_bracket")
        assert "Pixel 2 of 2" in text_of(on)
        await on.press("down")
        assert "Pixel 1 of 2" in text_of(on), "of the next call"
        await on.press("escape", "enter")
        assert on.main.query_one(DetailPane).tab is Tab.CALL, "opened anew"


async def test_a_buyer_has_one_page() -> None:
    async with stage(160) as on:
        await on.say(targets=(a_target(),))
        await on.press("2", "enter", "tab", "right_square_bracket", "y", "Y", "i")
        assert "headroom" in text_of(on)
        assert "Raw" not in text_of(on)


# Keys are never shown


@pytest.mark.parametrize("reveal", [False, True])
async def test_no_page_and_no_list_shows_a_key_whether_revealed_or_not(*, reveal: bool) -> None:
    answer = {
        "uuid": "x",
        "tags": {"token": MARK, "geo": "us"},
        "call_key": MARK,
        "fired_pixels": [{"url": KEYS}],
        "recording_url": f"https://recordings.example/x.mp3?signature={MARK}",
        "call_flow_events": [{"created_at": "2026-05-04T12:00:01Z", "level": "info", "message": f"GET {KEYS} sent"}],
    }
    pixels = (a_pixel(KEYS, "CRM"), a_pixel(f"https://plain.example/?call_key={MARK}&caller={CALLER}", "Plain"))
    seen = ""
    async with opened(a_final_call("x", pixels=pixels), answers={"x": answer}) as on:
        if reveal:
            await on.press("r")
        for _ in Tab:
            for _ in pixels:
                seen += text_of(on)
                await on.press("right_square_bracket")
            await on.press("tab")
        await on.press("o")
        assert isinstance(on.app.screen, AddressList)
        seen += on.text
        await on.press("r")
        seen += on.text
    assert "call_key" in seen
    assert "recordings.example" in seen
    assert MARK not in seen
    assert (seen.count(CALLER) > 4) is reveal


async def test_an_address_is_taken_apart() -> None:
    async with opened(a_final_call("x", pixels=(a_pixel(KEYS, "CRM"),)), page="Pixel") as on:
        shown = text_of(on)
        assert "scheme https user info ••• (a key: never shown) host hooks.example path /p;key=•••" in shown
        assert "caller ••• call_key ••• (a key: never shown)" in shown
        assert "empty (empty)" in shown
        assert "x [call_uuid] not expanded" in shown
        await on.press("r")
        assert f"caller {CALLER} call_key ••• (a key: never shown)" in text_of(on)


# What a pixel's class means


@pytest.mark.parametrize(
    ("pixel", "words"),
    [
        (a_pixel(created=1), ["✓ sent", "made at 12:00:01; the account does not say whether it was accepted"]),
        (a_pixel(created=1, fired_at=at(0.94)), ["latency 0.06 s; the record was written after the answer"]),
        (a_pixel(created=1), ["latency 0.30 s from record to request"]),
        (a_pixel(created=1, fired_at=at(21)), ["◷ late", "more than 10 s lie between record and request"]),
        (new(created=1), ["! stuck", "and 30 s are over", "waiting new for 6 min; last looked 12:06:30"]),
        (new(created=LATER - 5), ["◌ pending", "it may take 30 s", "waiting new for 5 s"]),
        (a_pixel(status="queued"), ["? queued", "status “queued”", "counted as failed"]),
        (a_pixel("https://x.example/?a=[call_uuid]"), ["[ ] macro", "still holds [call_uuid]"]),
        (a_pixel(fire_order=0), ["fire order 0 · during the call"]),
        (a_pixel(fire_order=1), ["fire order 1 · in the batch at its end"]),
        (a_pixel(fire_order=7), ["fire order 7 "]),
        (a_pixel(webhook=None), ["came from a timer, which one is not known"]),
        (a_pixel(created=102), ["12:01:42.000 · 1:42 after the start · 22.00 s after the end · 1.00 s after"]),
    ],
)  # fmt: skip
async def test_each_class_says_what_it_means(pixel: FiredPixel, words: Sequence[str]) -> None:
    async with opened(a_final_call("x", pixels=(pixel,)), page="Pixel", looked={"x": at(390)}) as on:
        shown = text_of(on)
        assert [each for each in words if each not in shown] == []


async def test_when_nobody_looked_nothing_is_said_of_it() -> None:
    async with opened(a_final_call("x", pixels=(new(),)), page="Pixel") as on:
        assert "new for 6 min" in text_of(on)
        assert "last looked" not in text_of(on)


async def test_the_others_of_its_batch_stand_beside_a_pixel() -> None:
    pixels = (
        a_pixel(webhook="One", batch_uuid="b"),
        new("Two", created=2),
        a_pixel(webhook="Three", batch_uuid="other"),
        a_pixel(webhook="Four", batch_uuid="b", status="new", fired_at=None, created=3),
    )
    async with opened(a_final_call("x", pixels=pixels), page="Pixel", pixel=None) as on:
        await on.press(*["left_square_bracket"] * 4)
        assert "Pixel 1 of 4" in text_of(on)
        batch = text_of(on).partition("In the same batch 1")[2]
        assert "! stuck Four" in batch
        assert "Three" not in batch


async def test_a_missing_pixel_has_a_page_that_says_why_it_was_expected_and_what_became_of_the_others() -> None:
    call = a_first_call(125, timer_pixel(0), end_time=at(145))
    async with opened(call, page="Pixel", campaigns=(a_campaign(0, 30, 90, 300),)) as on:
        shown = text_of(on)
        assert "Pixel 1 of 2 ∅ missing timer 90 s · t.example" in shown
        assert (
            "answered, talk 2:05 ≥ 90 s, no higher timer was reached, and no dedupe: this caller never called" in shown
        )
        timers = shown.partition("timers 4")[2]
        for words in ("0 s fired", "30 s only the highest", "90 s expected, and not there", "300 s the talk did not"):
            assert words in timers
        assert "cid=[campaign_id]" in timers
        await on.press("y")
        assert "nothing was copied: this pixel is missing" in notices(on)


async def test_what_explains_an_absence_is_told() -> None:
    call = a_first_call(125, a_pixel(webhook=None), repeat=True)
    async with opened(call, page="Pixel", campaigns=(a_campaign(0, 30),)) as on:
        assert "0 s explained: this caller called before" in text_of(on)


async def test_the_call_page_lists_missing_pixels_and_statuses_as_they_are() -> None:
    call = a_first_call(60, timer_pixel(0), a_pixel(status="queued"), new(created=1))
    async with opened(call, campaigns=(a_campaign(0, 30),)) as on:
        shown = text_of(on)
        assert "Pixels 1/3 sent · 1 missing" in shown
        for words in ("∅ missing – timer 30 s", "? queued at end Started", "! stuck at end Started new for 6 min"):
            assert words in shown


async def test_of_a_deleted_call_the_pixels_are_shown_and_none_is_missed() -> None:
    call = a_first_call(60, timer_pixel(0))
    async with opened(call, campaigns=(a_campaign(0, 30),), gone=("c1",), date=at(300)) as on:
        assert "Pixels 1/1 sent ──" in text_of(on)
        await on.press("tab")
        assert "Pixel 1 of 1 ✓ sent" in text_of(on)
        assert "expected, and not there" not in text_of(on)


# Host or call


def beside(failed: int, sent: int) -> list[Call]:
    """Calls with pixels to the host of `new()`, so many of them failed."""
    pixels = [new("Started", 30 + n) for n in range(failed)] + [a_pixel(created=60 + n) for n in range(sent)]
    return [a_final_call(f"other-{n}", pixels=(pixel,)) for n, pixel in enumerate(pixels)]


@pytest.mark.parametrize(
    ("pixel", "failed", "sent", "words"),
    [
        (new(), 36, 0, "37 of 37 failed, so it is the host, not this call"),
        (new(), 1, 38, "2 of 40 failed: others got through, so look at this webhook and this call"),
        (new(), 30, 9, "31 of 40 failed: few got through, so it is rather the host"),
        (a_pixel(), 1, 38, "1 of 40 failed ──"),
        (new(), 0, 0, "nothing but this call's own"),
        (new(created=LATER - 1), 0, 0, "not known; these minutes are not kept"),
    ],
)
async def test_the_pixels_around_it_tell_whether_it_is_the_host(
    pixel: FiredPixel, failed: int, sent: int, words: str
) -> None:
    async with opened(a_final_call("x", pixels=(pixel,)), *beside(failed, sent), page="Pixel") as on:
        assert f"to this host in the same five minutes: {words}" in text_of(on)


async def test_an_open_incident_of_its_webhook_is_told() -> None:
    async with opened(a_final_call("x", pixels=(new(),)), *beside(20, 0), page="Pixel") as on:
        assert "An incident is open since 04 May 12:00:01: 21 of 21 failed." in text_of(on)


# Flow


def flow(*events: Any) -> dict[str, Any]:
    return {"x": {"uuid": "x", "call_flow_events": list(events)}}


KNOWN = [
    {"call_flow_event": {"created_at": "2026-05-04T12:00:20Z", "level": "connection", "message": "Connected to B"}},
    {"created_at": "2026-05-04T12:00:05.5Z", "level": "warning", "message": "A considered: capped"},
    {"timestamp": 1777896001, "type": "odd", "description": "menu"},
]


async def test_the_flow_is_asked_for_when_its_page_is_opened_and_only_then() -> None:
    async with stage(160) as on:
        await on.say(a_final_call("x"), a_final_call("z", -9))
        await on.press("enter")
        await on.pilot.pause(0.5)
        assert (on.source.watched[-1], on.source.flows) == ("x", [False])
        await on.press("tab", "tab")
        assert (on.source.watched[-1], on.source.flows[-1]) == ("x", True)
        assert "asking the account how it routed this call" in text_of(on)
        await on.press("down")
        await on.pilot.pause(0.5)
        assert (on.source.watched[-1], on.source.flows[-1]) == ("z", True)
        await on.press("tab")
        assert (on.source.watched[-1], on.source.flows[-1]) == ("z", False)


async def test_on_a_screen_of_its_own_the_flow_is_asked_for_as_well() -> None:
    async with stage(80) as on:
        await on.say(a_final_call("x"))
        await on.press("enter", "tab")
        assert not any(on.source.flows)
        await on.press("tab")
        assert (on.source.watched[-1], on.source.flows[-1]) == ("x", True)


@pytest.mark.parametrize("events", [KNOWN, KNOWN[::-1]])
async def test_a_known_flow_is_a_timeline(events: list[Any]) -> None:
    async with opened(a_final_call("x"), page="Flow", answers=flow(*events)) as on:
        told = text_of(on)
        assert (
            "12:00:01.000 +1.0 s ? odd menu 12:00:05.500 +5.5 s ▲ warning A considered: capped "
            "12:00:20.000 +20.0 s ● connection Connected to B"
        ) in told


async def test_events_of_one_moment_stay_in_order_when_the_newest_is_told_first() -> None:
    moments = ((1, "one"), (5, "two"), (5, "three"), (9, "four"))
    events = [{"created_at": at(second).isoformat(), "message": message} for second, message in moments]
    for told in (events, events[::-1]):
        async with opened(a_final_call("x"), page="Flow", answers=flow(*told)) as on:
            assert re.findall("one|two|three|four", text_of(on)) == ["one", "two", "three", "four"]


@pytest.mark.parametrize(
    "shape",
    [
        {"version": 3, "legs": []},
        "a text",
        [1, 2],
        [*KNOWN, {"level": "info", "message": "without a time"}],
        [{"created_at": "soon", "message": "x"}],
        [{"created_at": "2026-05-04T12:00:05Z", "message": 5}],
    ],
)
async def test_another_shape_is_shown_as_it_came(shape: Any) -> None:
    answers = {"x": {"uuid": "x", "call_flow_events": shape}}
    async with opened(a_final_call("x"), page="Flow", answers=answers) as on:
        assert "The shape of call_flow_events is not documented" in text_of(on)
        assert "uuid" not in text_of(on), "of that key alone"


async def test_without_a_flow_it_is_said_once_the_answer_is_there() -> None:
    async with opened(a_final_call("x"), page="Flow", answers={"x": {"uuid": "x"}}) as on:
        assert "asking the account" in text_of(on)
        await on.say(answers={"x": {"uuid": "x"}})
        await on.wait(1)
        assert "the account gives no call flow for this call" in text_of(on)


async def test_nobody_waits_for_ever_where_nobody_can_be_asked() -> None:
    async with opened(a_final_call("x"), page="Flow", answers={"x": {"uuid": "x"}}) as on:
        await on.wait(20)
        assert "the account gives no call flow for this call" in text_of(on)


async def test_a_hostile_flow_breaks_nothing() -> None:
    deep: Any = []
    for _ in range(900):
        deep = [deep]
    hostile = [
        [{"created_at": "0001-01-01T00:00:00Z", "level": "\x1b]52;c;x\x07" * 9, "message": "\x9b31m[/]" * 900}] * 2000,
        [{"time": float("nan"), "message": "x"}],
        [{"time": 1e300, "text": "x"}, {"time": True, "text": "x"}],
        [{"call_flow_event": [deep]}],
        deep,
        [],
        {},
        0,
    ]
    async with opened(a_final_call("x"), page="Flow") as on:
        for shape in hostile:
            await on.say(answers={"x": {"uuid": "x", "call_flow_events": shape}})
            for _ in range(2):
                assert "\x1b" not in text_of(on)
                await on.press("r")
            assert len(on.app.screen.query_one(DetailPane).lines) < 5200
        await on.press("tab")
        assert on.app.is_running


def notices(on: Stage) -> str:
    return "\n".join(notice.message for notice in on.app._notifications)


async def test_the_flow_that_an_account_tells_arrives_on_its_page_and_is_asked_for_on_no_other() -> None:
    account = Account(history=20)
    collector = account.collector(interval=0.1)
    app = CallmonApp(collector, clock=account.wall, since=at(-3600), zone=UTC)
    async with app.run_test(size=(160, 45), notifications=True, tooltips=True) as pilot:
        try:
            pane = app.main.query_one(DetailPane)

            def page() -> str:
                return " ".join("".join(piece for piece, _ in line) for line in pane.lines)

            async def until(said: str) -> None:
                deadline = time.monotonic() + 20
                while re.search(said, page()) is None:
                    assert time.monotonic() < deadline, page()
                    await pilot.pause(0.02)

            while not app.ledger.calls:
                await pilot.pause(0.02)
            await pilot.press("enter", "tab", "tab")
            await until("· info|is not documented")
            await pilot.press("tab")
            await until(r'^(?!.*"call_flow_events").*"uuid"')
        finally:
            collector.stop()
