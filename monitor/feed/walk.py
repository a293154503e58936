"""The walk down the change feed, as pure logic: it asks for pages and is given them, and does no I/O itself.

`sort_by=updated_at` is the API's only change feed and always newest first. New rows push known ones down while the
walk is under way, so walking down meets repeats but misses nothing that was there; a row that moved up meanwhile is
met by the next walk. That is why the watermark may only move when a walk has finished.

Rows of the same stamp have no order that two answers share, so a page edge between them can hide one and repeat
another: such a group is read again until it is proven to be whole.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import takewhile
from typing import TYPE_CHECKING

from monitor.model.batch import PLAUSIBLE

if TYPE_CHECKING:
    from monitor.api.pages import Page
    from monitor.model.call import Call

WALK = 10
"""Pages that one walk reads at the most: what lies below is a gap, filled between the polls, so that they go on."""

TRIES = 12
"""Times that a group of equal stamps over a page edge is read, before it is left unproven."""

WIDEST = 40
"""Pages of the widest group that is proven; it only bounds a server that never ends."""

Stamped = list[tuple[datetime, str]]
"""The rows of a page as (`updated_at`, uuid), in the order of the answer."""

_NEVER = datetime.max.replace(tzinfo=UTC)
"""Stands for a missing stamp: such rows come first."""


@dataclass(frozen=True, slots=True)
class Walked:
    """How far a walk came.

    `top` is the newest plausible stamp seen at its start (None: there was none). All rows newer than `oldest` have been
    read (None: all there are), but for those of the stamps in `unproven`. `finished` says that it reached its floor,
    `astray` that it gave up because the pages contradict each other.
    """

    top: datetime | None
    oldest: datetime | None
    unproven: tuple[datetime, ...]
    finished: bool
    astray: bool


@dataclass(slots=True)
class _Edge:
    """The rows of one stamp at the lower edge of a page, as seen in one pass over them."""

    stamp: datetime
    page: int
    places: int = 0
    seen: set[str] = field(default_factory=set)

    def add(self, uuids: list[str]) -> None:
        self.places += len(uuids)
        self.seen.update(uuids)


def stamped(page: Page[Call]) -> Stamped:
    """Return the rows of `page` with their stamps."""
    return [(call.updated_at or _NEVER, call.uuid) for call in page.parsed.records]


def walk_down(floor: datetime | None, *, pages: int, first: int = 1) -> Generator[int, Page[Call], Walked]:
    """Ask for page after page, from `first` on, until one holds a row strictly older than `floor`; equal ones go on.

    At most `pages` of them, not counting those that are read again to prove a group. With no floor it ends with the
    first page that has a plausible stamp: it is the first look, and what lies below it is a gap.
    """
    top: datetime | None = None
    oldest: datetime | None = None
    unproven: list[datetime] = []
    edge: _Edge | None = None
    finished = astray = False
    before: Stamped = []
    for number in range(first, first + pages):
        page = yield number
        rows = stamped(page)
        if rows and rows == before:
            # As many new rows as a page holds, or an account that gives the same page whatever is asked: either way
            # this is neither progress nor the end.
            astray = True
            break
        if not rows and oldest is not None:
            # An end is believed when the page above it is the end as well.
            above = stamped((yield number - 1))
            astray = not above or above[-1][0] > oldest
            page = page if astray else replace(page, has_next=False)
            finished = not astray
            break
        before = rows
        top = top or _newest_plausible(rows, page.date)
        if edge is not None and not _goes_on(edge, rows):
            afresh = bool(rows) and rows[0][0] > edge.stamp
            if not afresh and not (yield from _whole(edge, floor)):
                unproven.append(edge.stamp)
            edge = None
        if rows:
            oldest = min(stamp for stamp, _ in rows)
            edge = _lower_edge(edge, rows, number)
        finished = not page.has_next or (oldest is not None and floor is not None and oldest < floor)
        if finished or (floor is None and top is not None):
            break
    if edge is not None and not (yield from _whole(edge, floor)):
        unproven.append(edge.stamp)
    # What is stamped beyond the server's clock is on top of the next walk again: it is no span of time to be filled.
    missed = tuple(stamp for stamp in unproven if top is not None and stamp <= top)
    return Walked(top, oldest if page.has_next or astray else None, missed, finished, astray)


def _newest_plausible(rows: Stamped, date: datetime | None) -> datetime | None:
    """Return the newest stamp that is not beyond the server's clock. One from the far future must move no watermark."""
    return max((stamp for stamp, _ in rows if date is None or stamp <= date + PLAUSIBLE), default=None)


def _goes_on(edge: _Edge, rows: Stamped) -> bool:
    """Return whether the group at the edge before goes on, and take in what it goes on with.

    When a page begins with something newer, rows were pushed down meanwhile, and the whole group is on this page or
    below: it is looked at afresh.
    """
    more = [uuid for _, uuid in takewhile(lambda row: row[0] == edge.stamp, rows)]
    edge.add(more)
    return bool(more) and len(more) == len(rows)


def _lower_edge(edge: _Edge | None, rows: Stamped, number: int) -> _Edge:
    if edge is not None:
        return edge
    found = _Edge(rows[-1][0], number)
    found.add([uuid for stamp, uuid in rows if stamp == found.stamp])
    return found


def _whole(edge: _Edge, floor: datetime | None) -> Generator[int, Page[Call], bool]:
    """Return whether no row of the group at `edge` was missed, reading it again if one was met twice.

    It is read until as many rows were seen as it has places. When it has fewer places than before a row has left it,
    perhaps one that was seen: then the count begins anew. Groups below the floor are not asked for.
    """
    least, seen = edge.places, edge.seen
    if len(seen) >= least or (floor is not None and edge.stamp < floor):
        return True
    start = max(1, edge.page - 1)
    for _ in range(TRIES):
        found = yield from _once_more(edge.stamp, start)
        if found is None:
            start = max(1, start - 1)
            continue
        if found.places < least:
            least, seen = found.places, set()
        seen = seen | found.seen
        if len(seen) >= least:
            return True
    return False


def _once_more(stamp: datetime, start: int) -> Generator[int, Page[Call], _Edge | None]:
    """Return the rows of `stamp` as one pass from page `start` on finds them; None when they begin above that page."""
    found = _Edge(stamp, start)
    for number in range(start, start + WIDEST):
        page = yield number
        rows = stamped(page)
        newer = bool(rows) and rows[0][0] > stamp
        if number == start > 1 and not newer:
            return None
        if newer:
            found = _Edge(stamp, number)
        found.add([uuid for each, uuid in rows if each == stamp])
        if not page.has_next or (rows and rows[-1][0] < stamp):
            return found
    return None
