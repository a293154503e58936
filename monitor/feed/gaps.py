"""Spans of time that have not been read yet, as a set: never overlapping, oldest first. Both ends belong to a span."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from monitor.model.health import Gap


def add(gaps: Iterable[Gap], start: datetime, end: datetime) -> tuple[Gap, ...]:
    """Return `gaps` and the span from `start` to `end`, joined where they touch."""
    apart: list[Gap] = []
    for gap in gaps:
        if gap.end < start or gap.start > end:
            apart.append(gap)
        else:
            start, end = min(start, gap.start), max(end, gap.end)
    return tuple(sorted([*apart, Gap(start, end)], key=lambda gap: gap.start))


def without(gaps: Iterable[Gap], above: datetime | None, end: datetime) -> tuple[Gap, ...]:
    """Return `gaps` after all newer than `above` (None: whatever there is) up to and with `end` was read.

    What carries the stamp `above` itself may not have been read in full, and stays.
    """
    left: list[Gap] = []
    for gap in gaps:
        if above is not None and gap.start <= above:
            left.append(Gap(gap.start, min(gap.end, above)))
        if gap.end > end:
            left.append(Gap(max(gap.start, end), gap.end))
    return tuple(left)
