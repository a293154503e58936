"""The stateful test of the feed at length, and how soon it finds out each poller that must not pass."""

from __future__ import annotations

import os
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any, ClassVar
from unittest.mock import patch

from monitor.feed import sweeps
from tests.feed.machine import AGES, FeedMachine
from tests.feed.naive import NAIVE
from tests.feed.test_follower import run
from tests.soak.figures import Figure

RUNS = int(os.environ.get("CALLMON_FEED_RUNS", "20000"))
_REFUTED_WITHIN = 500


class _Counted(FeedMachine):
    """Counts its runs."""

    runs: ClassVar[int]

    def teardown(self) -> None:
        type(self).runs += 1
        super().teardown()


def figures(_: Path) -> list[Figure]:
    """Run the follower, and every naive poller until it is found out."""
    with patch.object(sweeps, "AGES", AGES):
        runs, trouble = _until_refuted({}, RUNS)
        what = "stateful test of the feed: violations"
        held = Figure(what, trouble or f"0 in {runs:,} runs", "0 in 20,000 runs", not trouble and runs >= RUNS)
        return [held, *(_naive(poller) for poller in NAIVE)]


def _naive(poller: Any) -> Figure:
    runs, trouble = _until_refuted({"make": staticmethod(poller)}, _REFUTED_WITHIN)
    measured = f"run {runs - 1}: {trouble}" if trouble else f"passed {runs:,} runs"
    return Figure(
        f"naive poller `{poller.__name__}` is found out", measured, f"within {_REFUTED_WITHIN} runs", bool(trouble)
    )


def _until_refuted(members: dict[str, Any], most: int) -> tuple[int, str]:
    """Return how many runs were made, and which invariant the last one violated, if one did.

    A run that violates one is run once more, to be told.
    """
    machine: Any = type("Machine", (_Counted,), {**members, "runs": 0})
    told = StringIO()
    with redirect_stdout(told), redirect_stderr(told):
        try:
            run(machine, most)
        except AssertionError as error:
            return machine.runs, str(error).partition("\n")[0].split(":")[0]
    return machine.runs, ""
