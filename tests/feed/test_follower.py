"""The feed's rules, run page by page while the account changes between any two of its answers."""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from monitor.feed import sweeps, walk
from tests.feed.machine import AGES, FeedMachine
from tests.feed.naive import NAIVE

RUNS = int(os.environ.get("CALLMON_FEED_RUNS", "500"))
"""Runs of the stateful test; `make soak` asks for 20 000."""


@pytest.fixture(autouse=True)
def _young(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeps, "AGES", AGES)


def run(machine: type[FeedMachine], runs: int) -> None:
    """Run the stateful test. It is not shrunk here: a failing sequence is printed, and is short enough to read."""
    chosen = settings(
        max_examples=runs,
        stateful_step_count=50,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
        report_multiple_bugs=False,
        database=None,
    )
    run_state_machine_as_test(machine, settings=chosen)


def test_what_is_kept_follows_the_account_whatever_happens_between_two_answers() -> None:
    run(FeedMachine, RUNS)


@pytest.mark.parametrize("poller", NAIVE)
def test_a_naive_poller_does_not_pass(poller: Any) -> None:
    naive = type(poller.__name__, (FeedMachine,), {"make": staticmethod(poller)})
    with pytest.raises(AssertionError, match=r"I\d"):
        run(naive, 500)


def test_without_the_check_of_ties_it_does_not_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    def believed(*_: object) -> Generator[int, Any, bool]:
        yield from ()
        return True

    monkeypatch.setattr(walk, "_whole", believed)
    with pytest.raises(AssertionError, match=r"I\d"):
        run(FeedMachine, 2000)
