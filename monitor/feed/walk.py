"""The walk down the change feed, as pure logic: it asks for pages and is given them, and does no I/O itself.

`sort_by=updated_at` is the API's only change feed and always newest first. New rows push known ones down while the
walk is under way, so walking down meets repeats but misses nothing that was there; a row that moved up meanwhile is
met by the next walk. That is why the watermark may only move when a walk has finished.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from monitor.model.batch import PLAUSIBLE

if TYPE_CHECKING:
    from monitor.api.pages import Page
    from monitor.model.call import Call

PAGES = 2000
"""Pages that one walk reads at the most; far beyond any account, it only bounds a server that never ends."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A walk that reached its floor. `top` is the newest plausible stamp seen at its start (None: there was none)."""

    top: datetime | None


def walk_down(floor: datetime | None) -> Generator[int, Page[Call], Finished]:
    """Ask for page after page until one holds a row strictly older than `floor`; equal stamps go on.

    With no floor one page is read: it is the first look, and what lies below it is back-filled.
    """
    top: datetime | None = None
    for number in range(1, PAGES + 1):
        page = yield number
        stamps = [call.updated_at for call in page.parsed.records if call.updated_at is not None]
        if number == 1:
            horizon = page.date + PLAUSIBLE if page.date else None
            top = max((stamp for stamp in stamps if horizon is None or stamp <= horizon), default=None)
        if floor is None or not page.has_next or (stamps and min(stamps) < floor):
            break
    return Finished(top)
