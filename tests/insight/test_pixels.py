"""What became of a pixel, as far as the API tells: nothing of it depends on the order of pixels or of versions."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.insight.columns import Context
from monitor.insight.pixels import Patience, PixelClass, PixelRules, count, host_of, latency, look
from monitor.ledger import Ledger
from monitor.model.batch import Batch
from monitor.model.call import Call, FiredPixel
from tests.insight.pixel_cases import (
    HOOK,
    RULES,
    a_campaign,
    a_first_call,
    a_pixel,
    fired_url,
    kinds,
    new,
    sale_url,
    timer_pixel,
)
from tests.make import a_call, at


@pytest.mark.parametrize(
    ("name", "pixel", "now", "kind"),
    [
        ("a request was made", a_pixel(), 200, "sent"),
        ("new within the grace", new(created=102), 131, "pending"),
        ("new past the grace, and the call has ended", new(created=102), 132, "stuck"),
        ("answered after more than the patience", a_pixel(created=102, fired_at=at(112.1)), 200, "late"),
        ("answered just in time", a_pixel(created=102, fired_at=at(112)), 200, "sent"),
        ("a slow one during the call: its record comes after", a_pixel(created=20, fired_at=at(8)), 200, "late"),
        (
            "a quick one during the call is not late by being before",
            a_pixel(created=20, fired_at=at(19.9)),
            200,
            "sent",
        ),
        ("a status that the reference does not know", a_pixel(status="failed"), 200, "unknown"),
        ("no status at all", a_pixel(status=None), 200, "unknown"),
        ("the word is taken as it is", a_pixel(status="Fired"), 200, "unknown"),
        ("sent with a macro left in it", a_pixel(f"{HOOK}?c=[campaign_id]"), 200, "macro"),
        ("not sent, whatever is left in it", new(created=102, url=f"{HOOK}?c=[campaign_id]"), 200, "stuck"),
        ("new, and yet a request is told of", a_pixel(status="new"), 200, "sent"),
        ("sent, and nobody says when", a_pixel(fired_at=None), 200, "sent"),
    ],
)
def test_classes(name: str, pixel: FiredPixel, now: float, kind: str) -> None:
    assert kinds(a_first_call(60, pixel), now=now) == [f"Started: {kind}"], name


def test_a_pixel_of_a_call_that_goes_on_is_pending_however_old_it_is() -> None:
    assert kinds(a_call(pixels=(new(),)), now=5000) == ["Started: pending"]


def test_a_new_pixel_without_a_stamp_is_as_old_as_the_end_of_its_call() -> None:
    pixel = replace(new(), created_at=None)
    assert kinds(a_first_call(60, pixel), now=109) == ["Started: pending"]
    assert kinds(a_first_call(60, pixel), now=110) == ["Started: stuck"]


def test_a_webhook_can_have_a_patience_of_its_own() -> None:
    rules = PixelRules(webhooks={"Slow": Patience(timedelta(minutes=5), timedelta(minutes=1))})
    pixels = (new("Slow", 102), new("Started", 102), a_pixel(HOOK, "Slow", 102, fired_at=at(150)))
    found, again = look(a_first_call(60, *pixels), None, at(200), rules)
    assert [each.kind for each in found] == [PixelClass.PENDING, PixelClass.STUCK, PixelClass.SENT]
    assert again == at(402)


@given(st.floats(-100, 100), st.floats(-100, 100))
def test_no_latency_is_negative(created: float, fired: float) -> None:
    taken = latency(a_pixel(created=created, fired_at=at(fired)))
    assert taken is not None
    assert taken >= 0


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Hooks.Example:8443/x?y=1", "hooks.example"),
        ("https://user:secret@t.example/x", "t.example"),
        ("https://[::1]/x", "::1"),
        ("https://[broken/x", "no host"),
        ("", "no host"),
        ("not an address", "no host"),
    ],
)
def test_the_host_of_an_address(url: str, host: str) -> None:
    assert host_of(url) == host


def test_a_call_counts_what_was_fired_and_what_a_person_should_look_at() -> None:
    ledger = Ledger()
    pixels = (a_pixel(), a_pixel(fired_at=at(90)), new(), a_pixel(f"{HOOK}?[x_y]"), timer_pixel(30))
    ledger.apply(Batch(calls=(a_first_call(60, *pixels),), campaigns=(a_campaign(0, 30),)))
    found = count(ledger.calls["c1"], Context(at(1000), ledger))
    assert (found.sent, found.total, found.wrong) == (4, 5, 2)  # stuck, and the 0-second timer is missing


def test_a_deleted_call_has_no_pixels_to_look_at() -> None:
    ledger = Ledger()
    ledger.apply(Batch(calls=(a_first_call(60, new()),)))
    ledger.apply(Batch(gone=("c1",)))
    assert count(ledger.calls["c1"], Context(at(1000), ledger)).wrong == 0


STATUSES = st.sampled_from(["new", "fired", "failed", None])
URLS = st.sampled_from(
    [HOOK, f"{HOOK}?x=[caller_id]", "https://t.example/0", fired_url(30), fired_url(0), sale_url(90), ""]
)


@st.composite
def pixels(draw: st.DrawFn) -> FiredPixel:
    created = draw(st.none() | st.floats(-10, 300))
    return FiredPixel(
        draw(URLS),
        draw(STATUSES),
        draw(st.sampled_from([None, "Started", "Sale"])),
        draw(st.sampled_from([0, 1, None])),
        draw(st.sampled_from(["b1", "b2", None])),
        None if created is None else at(created),
        draw(st.none() | st.floats(-10, 300).map(at)),
    )


@st.composite
def calls(draw: st.DrawFn) -> Call:
    ended = draw(st.booleans())
    return a_first_call(
        draw(st.integers(0, 120)),
        *draw(st.lists(pixels(), max_size=6)),
        status="finished" if ended else "in_progress",
        end_time=at(80) if ended else None,
        repeat=draw(st.none() | st.booleans()),
        duplicate=draw(st.booleans()),
        conversions_determined_at=draw(st.none() | st.just(at(101))) if ended else None,
    )


CAMPAIGN = a_campaign(0, 30, 90, -20)


@given(calls(), st.floats(0, 2000), st.randoms())
def test_the_order_of_pixels_changes_nothing(call: Call, now: float, chance: random.Random) -> None:
    shuffled = list(call.pixels)
    chance.shuffle(shuffled)
    found, again = look(call, CAMPAIGN, at(now), RULES)
    other, other_again = look(replace(call, pixels=tuple(shuffled)), CAMPAIGN, at(now), RULES)
    assert again == other_again
    assert sorted((each.key, each.kind, each.hook.key) for each in found) == sorted(
        (each.key, each.kind, each.hook.key) for each in other
    )


@given(calls(), st.floats(0, 2000), st.floats(0, 2000))
def test_until_it_is_to_be_looked_at_again_a_call_looks_the_same(call: Call, now: float, passed: float) -> None:
    found, again = look(call, CAMPAIGN, at(now), RULES)
    then = at(now + passed)
    if again is None or then < again:
        assert look(call, CAMPAIGN, then, RULES)[0] == found
    else:
        assert look(call, CAMPAIGN, again, RULES)[0] != found
