"""What `make test` tries each time, counted from the tables themselves: `python -m tests.promises` prints it."""

from __future__ import annotations

import sys

from tests.console.test_reading_only import EVENTS
from tests.console.test_signals import AT_WORST, SOON
from tests.console.test_tripwire import SCREENS
from tests.faults.fault import Layer
from tests.faults.test_schema_drift import BEYOND_V2, CALL, DRIFTS, GROUP, PIXEL, TARGET
from tests.faults.test_table import TABLE
from tests.feed.naive import NAIVE
from tests.feed.test_follower import RUNS
from tests.store.test_processes import KILLS, TAKEN_OVER_WITHIN

_WRITTEN = "nothing but what Textual writes, and what was copied"
TIE_CHECK = 1
"""The feed itself, without its check of ties, is refuted as the naive pollers are."""


def table() -> str:
    """Return the counts as a Markdown table."""
    rows = [(f"named faults of {layer}", f"{len(TABLE[layer])}", _UPSHOT[layer]) for layer in TABLE]
    drifting = len(CALL) - 1 + len(BEYOND_V2) + len(PIXEL) + len(CALL["tags"]) + len(TARGET) - 1 + len(GROUP)
    rows += [
        ("runs of the stateful test of the feed", f"{RUNS}", "none ends with a call lost, stale or counted twice"),
        ("naive pollers under the same test", f"{len(NAIVE) + TIE_CHECK}", "each is found to lose calls"),
        ("fields of calls, pixels, tags and buyers × drifts", f"{drifting} × {len(DRIFTS)}", "0 rows lost"),
        ("keys, clicks and pastes at random", f"{EVENTS:,}", "no request but GET, no crash"),
        (
            "screens shown a hostile account, every byte recorded",
            f"{len(SCREENS)}",
            "nothing but what Textual writes, and what was copied",
        ),
        ("processes killed while they write", f"{KILLS}", "0 histories corrupt, 0 acknowledged calls lost"),
        ("leaders killed", "1", f"taken over within {TAKEN_OVER_WITHIN} s"),
        ("the API key, in all that the tests print, log and write", "0 times", ""),
    ]
    lines = ["| tried | how many | and |", "| --- | --- | --- |", *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n".join(lines) + "\n"


_UPSHOT = {
    Layer.WIRE: "told, nothing lost, live again within two polls",
    Layer.PAYLOAD: "told, neighbours unharmed, live again within two polls",
    Layer.CLOCK: "no age is made up, live again within two polls",
    Layer.STORAGE: "told in a line of its own, all kept within two polls after it",
    Layer.TERMINAL: f"gone within {SOON:g} s, {AT_WORST:g} s where something hangs; nothing left switched on",
}


if __name__ == "__main__":
    sys.stdout.write(table())
