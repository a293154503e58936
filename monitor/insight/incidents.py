"""When a webhook began to fail, and when it was well again.

Each pixel that fails speaks against its webhook and each one that is sent for it, weighed by how usual failures are
with it: a cumulative sum (CUSUM; Page 1954), which is the quickest test there is for that many false alarms. It has
its minimum sample and its hysteresis built in: where hardly any failures are usual it takes five in a row, or more
among some that are sent, and ten sent in a row until it is over. An incident begins with the first failure of the sum
that led to it, not at the moment at which that was noticed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import log

LEAST_USUAL = 0.02
"""The share of failures that is taken for usual at the least: single new pixels at the end of a call are found in the
API reference's own samples, and prove nothing."""
_ODDS = 20.0
"""How many times the usual odds of a failure are looked for."""
_OPENS = 12.0
"""The sum from which an incident is open: by chance that is reached once in e¹² (160,000) pixels or more."""
_CLOSES = 3.2
"""The sum in favour from which it is over: ten pixels sent in a row where failures are rare."""
SILENT = timedelta(hours=6)
"""After so long without a pixel sent or failed, nobody can say any more that it still fails."""

Sample = tuple[datetime, bool]
"""When a pixel's record was written, and whether it failed."""


@dataclass(frozen=True, slots=True)
class Span:
    """A time in which a webhook failed: from its first failure; until the first that was sent (None: not yet over)."""

    since: datetime
    until: datetime | None = None


def spans(samples: Iterable[Sample], usual: float | None, now: datetime, begun: datetime | None = None) -> list[Span]:
    """Return when it failed, oldest first. `samples` are in order of time; `usual` is the usual share of failures.

    `begun` is when an incident began that was open before the first of them; None when there was none.
    """
    common = min(max(LEAST_USUAL, usual or 0.0), 1 - LEAST_USUAL)
    odds = common / (1 - common) * _ODDS
    rare = odds / (1 + odds)
    against, in_favour = log(rare / common), log((1 - common) / (1 - rare))
    found: list[Span] = []
    since = begun
    well: datetime | None = None
    last: datetime | None = None
    sum_, is_open = 0.0, begun is not None
    for moment, failed in samples:
        last = moment
        if not is_open:
            if failed:
                since = since or moment
                sum_ += against
                is_open = sum_ >= _OPENS
                sum_ = 0.0 if is_open else sum_
            else:
                sum_ = max(0.0, sum_ - in_favour)
                since = since if sum_ else None
        elif failed:
            sum_ = max(0.0, sum_ - against)
            well = well if sum_ else None
        else:
            well = well or moment
            sum_ += in_favour
            if since is not None and sum_ >= _CLOSES:
                found.append(Span(since, well))
                sum_, is_open, since, well = 0.0, False, None, None
    if is_open and since is not None and last is not None:
        found.append(Span(since, last if now - last > SILENT else None))
    return found
