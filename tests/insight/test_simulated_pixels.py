"""Over the simulated account, which knows what it did: nothing is called missing that was never to be expected."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timedelta

import pytest

from monitor.insight.pixels import PixelClass, PixelRules, Seen, look
from monitor.model import wire
from monitor.model.campaign import Campaigns
from monitor.simulator import World, pixels
from monitor.simulator.campaigns import campaign_row
from monitor.simulator.cast import CAMPAIGNS
from tests.simulator.simulated import START, calls_of

LATER = START + timedelta(minutes=20)


@pytest.fixture(scope="module")
def campaigns() -> Campaigns:
    rows = json.loads(json.dumps([{"campaign": campaign_row(each)} for each in CAMPAIGNS], default=str))
    return Campaigns(wire.campaigns().many(rows).records)


def looked_at(campaigns: Campaigns, now: datetime = LATER) -> list[Seen]:
    """Return all pixels of an account in which every call has long ended."""
    world = World(seed=5, start=START, rate=0.3, history=3000)
    world.advance(START)
    calls = wire.calls().many(calls_of(world)).records
    ended = [call for call in calls if call.conversions_determined_at is not None]
    return [seen for call in ended for seen in look(call, campaigns.of(call), now, PixelRules())[0]]


def test_where_no_pixel_was_left_out_none_is_missing(campaigns: Campaigns, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pixels, "MISSING_SHARE", 0.0)
    found = looked_at(campaigns)
    assert len(found) > 10_000
    assert [seen for seen in found if seen.kind is PixelClass.MISSING] == []


def test_where_one_in_two_hundred_was_left_out_about_as_many_are_missing(campaigns: Campaigns) -> None:
    counted = Counter(seen.kind is PixelClass.MISSING for seen in looked_at(campaigns) if seen.webhook is None)
    assert 0.001 < counted[True] / counted[False] < 0.01


def test_every_timer_is_known_and_the_misconfigured_one_is_found(campaigns: Campaigns) -> None:
    found = looked_at(campaigns)
    assert all(seen.timer is not None for seen in found if seen.webhook is None)
    marked = {(seen.hook.title, seen.host) for seen in found if seen.kind is PixelClass.MACRO}
    assert marked == {("timer 60 s", "track.adnet.example")}
    assert {PixelClass.SENT, PixelClass.STUCK, PixelClass.LATE, PixelClass.MISSING} <= {seen.kind for seen in found}
