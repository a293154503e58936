"""A number that is old never looks fresh."""

from __future__ import annotations

import pytest

from monitor.insight.freshness import freshness
from monitor.model.health import Health, Outcome
from tests.make import at, healthy


@pytest.mark.parametrize(
    ("health", "seconds", "says", "stale"),
    [
        (Health(interval=5), 0, "◌ connecting", False),
        (healthy(at(0)), 2, "● live 2 s", False),
        (healthy(at(0)), 14, "◐ late 14 s", False),
        (healthy(at(0), outcome=Outcome.PARTIAL), 2, "◐ partial 2 s", False),
        (healthy(at(0), outcome=Outcome.PARTIAL), 14, "◐ late 14 s", False),
        (healthy(at(0)), 17, "○ stale 17 s", True),
        (healthy(at(0)), 130, "○ stale 2 min", True),
        (healthy(at(0), outcome=Outcome.NETWORK, next_at=at(22)), 14, "✗ offline, retry in 8 s, data 14 s old", False),
        (
            healthy(at(0), outcome=Outcome.SERVER, next_at=at(22)),
            20,
            "✗ server error, retry in 2 s, data 20 s old",
            True,
        ),
        (
            healthy(at(0), outcome=Outcome.THROTTLED, next_at=at(60)),
            30,
            "✗ throttled, retry in 30 s, data 30 s old",
            True,
        ),
        (
            healthy(at(0), outcome=Outcome.MALFORMED, next_at=at(2)),
            4,
            "✗ unreadable answer, retry in 0 s, data 4 s old",
            False,
        ),
        (Health(interval=5, outcome=Outcome.AUTH), 0, "✗ refused, press r", True),
        (Health(interval=5, fresh_at=at(-8 * 3600)), 0, "◌ connecting, data 8 h old", True),
        (Health(fresh_at=at(-2), interval=5), 0, "◌ connecting, data 2 s old", False),
        (healthy(at(-8 * 3600)), 0, "○ stale 8 h", True),
        (healthy(at(0), viewing=True), 2, "◎ viewing 2 s", False),
        (healthy(at(0), viewing=True), 14, "◐ late 14 s", False),
        (healthy(at(0), viewing=True), 20, "○ stale 20 s", True),
    ],
)
def test_the_age_of_the_data_is_told(health: Health, seconds: float, says: str, stale: bool) -> None:
    found = freshness(health, at(seconds))
    assert (found.short, found.stale) == (says, stale)


@pytest.mark.parametrize("interval", [1, 5, 60])
def test_data_is_stale_after_three_intervals_whatever_the_interval(interval: float) -> None:
    health = healthy(at(0), interval=interval)
    assert not freshness(health, at(3 * interval)).stale
    assert freshness(health, at(3 * interval + 2)).stale
