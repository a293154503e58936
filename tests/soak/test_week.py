"""Hours of the simulated week, and in them what `make soak` promises of all of it."""

from __future__ import annotations

import pytest

from monitor.feed import sweeps
from tests.feed.machine import AGES
from tests.soak.report import Report
from tests.soak.week import HELD, simulate

QUIET_HOURS = 2


@pytest.fixture(scope="module", autouse=True)
def _young() -> object:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sweeps, "AGES", AGES)
        yield


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Hours in which only single requests fail."""
    return simulate(tmp_path_factory.mktemp("quiet"), QUIET_HOURS, ())


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Hours with an outage in which more changes than one walk reads."""
    return simulate(tmp_path_factory.mktemp("interrupted"), 2, ((1800.0, 5100.0),))


@pytest.mark.parametrize("which", ["quiet", "interrupted"])
def test_nothing_is_lost_nothing_is_stale(which: str, request: pytest.FixtureRequest) -> None:
    report: Report = request.getfixturevalue(which)
    assert report.compared == report.calls > 2000
    assert report.looked_at > 1000
    assert min(report.updates - 4 * report.calls, report.pixels, report.late, report.deleted) > 0
    assert report.held == HELD
    for wrong in (report.lost, report.stale, report.standing, report.shown_wrong, report.behind):
        assert wrong == []


def test_a_poll_every_five_seconds_costs_little_more_than_a_request(quiet: Report) -> None:
    assert quiet.tally.begun["tick"] >= 0.97 * QUIET_HOURS * 720
    assert quiet.per_tick <= 1.08, "1.05 over a week; two hours have their ups and downs"
    assert quiet.swept <= 0.10 * len(AGES) / 5


def test_an_outage_longer_than_a_walk_is_caught_up_with_in_minutes(interrupted: Report) -> None:
    (caught_up,) = interrupted.caught_up
    assert interrupted.tally.requests["fill"] > 0
    assert caught_up.pages > 12
    assert caught_up.seconds < 300
