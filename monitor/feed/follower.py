"""What is read, when, and what follows from it: the rules that keep what is kept equal to the account.

Pure: every piece of reading yields what it asks for and is sent the answer (`feed.asks`), so that the same rules run
over HTTP and, page by page, under a test that changes the account between any two answers. What an answer brought is
handed over with the state that follows from it, to be kept together or not at all.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from monitor.errors import ApiError, GoneError, NetworkError, ThrottledError
from monitor.feed import gaps
from monitor.feed.asks import FULL, CallAsked, CallsAsked, Steps
from monitor.feed.known import Known
from monitor.feed.sweeps import Created, Sweeps, begun
from monitor.feed.walk import WALK, Stamped, Walked, stamped, walk_down
from monitor.model.batch import PLAUSIBLE
from monitor.model.feed_state import FeedState
from monitor.store.protocol import Written

if TYPE_CHECKING:
    from monitor.api.pages import Answer, CallQuery, Page
    from monitor.model.call import Call
    from monitor.model.health import Gap
    from monitor.model.wire import Raw

log = logging.getLogger(__name__)

LOOKBACK = timedelta(seconds=120)
"""How far below its watermark a deep walk reads: commits become visible out of the order of their stamps."""
SMALL = 25
"""Calls of one page of the live feed when little changes: the server's work is a fourth."""
BUSY = 10
"""Changed calls in one walk from which the next one asks for full pages."""
_SWEEP = 200
"""Pages of one window at the most; it only bounds a server that never ends."""
_MARGIN = timedelta(seconds=1)
"""How much more than is wanted is asked of `updated_at_start`: whether its bound is included is not documented."""
_FIRST = datetime.min.replace(tzinfo=UTC)
_TRIES = 64
_WIDEST = 64
"""Pages that filling a gap reads in one piece at the most, to get over a group of equal stamps."""


class Follower:
    """Reads one account. Hands over what is news with `keep`; asks `created` which calls are known in a window.

    `now` tells the account's clock as well as it is known: it dates answers that carry no date. `first` is from which
    moment on an account is read that was never read before, by the same clock.
    """

    def __init__(
        self,
        keep: Callable[[Written], None],
        created: Created,
        *,
        now: Callable[[], datetime],
        first: Callable[[], datetime],
    ) -> None:
        self._hand_over = keep
        self._sweeps = Sweeps(created)
        self._now = now
        self.first = first
        self.state = FeedState()
        self._per_page = FULL
        self._known = Known()
        self._filters: bool | None = None
        """Whether the account obeys `updated_at_start`; None: not tried yet."""
        self.looked_back = False
        """Whether the last poll came down to below the lookback, asked to or not."""
        self._page = 1
        """The page that a walk came down to: where the next gap is looked for."""
        self._bare = False
        """Whether the last piece of a gap showed no call with a stamp at all."""

    def resume(self, state: FeedState) -> None:
        """Go on from `state`; what was read meanwhile may not have been kept."""
        self.state = state
        self._known.anew()

    # Reading

    def tick(self, *, deep: bool) -> Steps[int]:
        """Walk down the change feed to the watermark (`deep`: with lookback); return how many calls were news.

        Only when the walk has ended do the watermarks move: before, something below could still be missed.
        """
        floor = self.state.head
        lookback = None if floor is None else _before(min(floor, self.state.deep or floor), LOOKBACK)
        if deep:
            floor = lookback
        changed = 0
        # What has changed in three minutes rarely fits on a small page.
        per_page = FULL if deep else self._per_page
        query = self._by_update(None if deep else floor)
        walk = walk_down(floor, pages=WALK)
        number = next(walk)
        while True:
            if number > 1 and per_page < FULL:
                # More has changed than a small page holds: begin again with full ones.
                per_page = FULL
                walk = walk_down(floor, pages=WALK)
                number = next(walk)
            page = yield from self._ask(query, number, per_page)
            self._doubt_the_filter(page, query)
            try:
                number = walk.send(page)
            except StopIteration as stop:
                walked = _within(stop.value, query, floor)
                # What a walk need not have read comes along on its last page: that looks back as well. One that was
                # to look back, and gave up, leaves the rest as a gap.
                self.looked_back = deep or walked.oldest is None or (lookback is not None and walked.oldest < lookback)
                changed += self._keep(page, self._after_walk(page, walked, floor), live=True)
                self._page = self._page if walked.finished else _place(page, walked)
                break
            changed += self._keep(page, live=True)
        self._per_page = FULL if changed >= BUSY else SMALL
        return changed

    def fill(self) -> Steps[bool]:
        """Read the newest gap from its end down; return whether it became any smaller.

        A piece begins on a page that shows something newer than what is read already, so that nothing can hide
        between two pieces, however long the polls between them take. Without the filter, which would spare next to
        nothing here: what it wrongly left out would be taken for read.
        """
        goal = self.state.gaps[-1]
        query = self._query(None)
        end, pages = goal.end, 2
        start = yield from self._page_at(end, query)
        if start is None:
            return False
        page = start
        while pages <= _WIDEST:
            walk = walk_down(goal.start, pages=pages, first=page.number)
            next(walk)
            while True:
                try:
                    number = walk.send(page)
                except StopIteration as stop:
                    walked = stop.value
                    break
                self._keep(page)
                page = yield from self._ask(query, number)
            believed, self._bare = self._bare, walked.top is None
            if self._bare and not believed:
                # No call with a stamp, of an account that had some: it is looked again, later, before that is believed.
                self._keep(page)
                return False
            self._keep(page, replace(self.state, gaps=_left(self.state.gaps, walked, goal.end)))
            self._page = _place(page, walked)
            if walked.finished or walked.oldest is None:
                return True
            if walked.astray:
                break
            pages = 2 if walked.oldest < end else 2 * pages
            end = min(end, walked.oldest)
            if not _begins_above(page, end):
                start = yield from self._page_at(end, query)
                if start is None:
                    break
                page = start
        return end < goal.end

    def sweep(self) -> Steps[bool]:
        """Read one closed window of creation time again, if one is due; return whether there was one."""
        window = self._sweeps.due(self.state.swept, self._now())
        if window is None:
            return False
        from monitor.api.pages import CallQuery

        query = CallQuery("created_at", "asc", window.start, window.end)
        found: set[str] = set()
        for number in range(1, _SWEEP + 1):
            page = yield from self._ask(query, number)
            before = len(found)
            found.update(call.uuid for call in page.parsed.records)
            if not page.has_next or len(found) == before:
                break
            self._keep(page)
        self._keep(page, replace(self.state, swept={**self.state.swept, window.age: window.end}))
        self._known.not_found(window.known - found, last=window.last)
        return True

    def doubtful(self) -> str | None:
        """Return a call that is best read alone, if there is one: see `Known.doubtful`."""
        return self._known.doubtful(self._now())

    def read(self, uuid: str, *, flow: bool = False) -> Steps[Answer[Call] | None]:
        """Read one call, with `flow` also how it was routed; return the answer, None when the account has no such call.

        Whether it tells how the call was routed makes no version of the call: the store compares without it.
        """
        self._known.looked(uuid, self._now())
        try:
            answer: Answer[Call] = yield CallAsked(uuid, flow)
        except GoneError:
            self._known.gone(uuid)
            self._hand_over(Written(self._now(), gone=(uuid,)))
            return None
        self._known.found(uuid)
        if not flow or answer.record.began is not None:
            # One that tells of the flow alone is no version of the call.
            self._keep_all([(answer.record, answer.raw)], answer.date or self._now())
        return answer

    def probe(self) -> Steps[None]:
        """Find out, once, whether the account obeys `updated_at_start`: only an empty list for the future says so.

        The reference does not document the parameter. One that is ignored must not become a gap; one that makes the
        account fail is left alone.
        """
        if self._filters is None and self.state.head is not None:
            try:
                page = yield from self._ask(self._query(self._now() + timedelta(days=1)), 1, SMALL)
            except (NetworkError, ThrottledError):
                raise
            except ApiError as error:
                log.warning("updated_at_start is not understood: %s", error)
                self._filters = False
                return
            self._filters = not page.parsed.raw and not page.parsed.rejected and not page.has_next
            self._keep(page)

    # Asking

    def _ask(self, query: CallQuery, number: int, per_page: int = FULL) -> Steps[Page[Call]]:
        page: Page[Call] = yield CallsAsked(query, number, per_page)
        return page if page.date is not None else replace(page, date=self._now())

    def _by_update(self, floor: datetime | None) -> CallQuery:
        return self._query(_before(floor, _MARGIN) if floor is not None and self._filters else None)

    def _query(self, updated_from: datetime | None) -> CallQuery:
        from monitor.api.pages import CallQuery

        return CallQuery("updated_at", updated_from=updated_from)

    def _doubt_the_filter(self, page: Page[Call], query: CallQuery) -> None:
        """Ask for everything from now on when the answer shows that the filter does not hold what it promises.

        That is so when an older call is among them, and when a walk without the filter finds what one with it should
        have found: then it filters too much.
        """
        if not self._filters:
            return
        if query.updated_from is not None:
            wrong = any(stamp < query.updated_from for stamp, _ in stamped(page))
        else:
            head = self.state.head
            wrong = head is not None and any(
                call.updated_at is not None and call.updated_at < head and self._known.is_news(call)
                for call in page.parsed.records
            )
        if wrong:
            log.warning("updated_at_start is not obeyed to the letter; it is not used any more")
            self._filters = False

    def _page_at(self, end: datetime, query: CallQuery) -> Steps[Page[Call] | None]:
        """Return a page that begins above `end`, and reaches it unless the pages never end.

        It is looked for from the page that was read last, in steps that double. None when it cannot lie where its
        number says, by the page above it: what follows by number may then lie anywhere below.
        """
        page = yield from self._ask(query, self._page)
        step = 1
        while not _begins_above(page, end):
            self._keep(page)
            page = yield from self._ask(query, max(1, page.number - step))
            step *= 2
        step = 1
        for _ in range(_TRIES):
            rows = stamped(page)
            if not page.has_next or not rows or rows[-1][0] <= end:
                break
            further = yield from self._ask(query, page.number + step)
            if _begins_above(further, end):
                self._keep(page)
                page, step = further, 2 * step
            elif step == 1:
                break
            else:
                step = 1
        if page.number > 1:
            above = yield from self._ask(query, page.number - 1)
            self._keep(above)
            if not _follows(stamped(page), stamped(above)):
                self._page = 1
                return None
        return page

    # What follows from it

    def _after_walk(self, page: Page[Call], walked: Walked, floor: datetime | None) -> FeedState | None:
        """Return the state after a walk from the top down; None when it proved nothing."""
        state = self.state
        if state.start is None and page.parsed.records:
            state = replace(state, start=self.first(), swept=begun(page.date or self._now()))
        if walked.top is None:
            return None if state is self.state else state
        left = _left(state.gaps, walked, walked.top)
        low = floor or state.start
        if not walked.finished and low is not None and walked.oldest is not None and walked.oldest >= low:
            left = gaps.add(left, low, walked.oldest)
        top = min(walked.top, *walked.unproven) if walked.unproven else walked.top
        head = top if state.head is None else max(state.head, top)
        known = state.deep or top
        return replace(state, head=head, deep=max(known, top) if self.looked_back else known, gaps=left)

    def _keep(self, page: Page[Call], state: FeedState | None = None, *, live: bool = False) -> int:
        rows = zip(page.parsed.records, page.parsed.raw, strict=True)
        return self._keep_all(rows, page.date or self._now(), state, live=live)

    def _keep_all(
        self, calls: Iterable[tuple[Call, Raw]], date: datetime, state: FeedState | None = None, *, live: bool = False
    ) -> int:
        """Hand over what is news, with the state that follows from it; return how many calls were.

        `live`: they are of the live feed, which meets most of its calls again and again.
        """
        horizon = date + PLAUSIBLE
        news: list[tuple[Call, Raw]] = []
        for call, raw in calls:
            self._known.found(call.uuid)
            if self._known.is_news(call):
                news.append((call, raw))
                self._known.note(call, date, horizon, live=live)
        if state is not None:
            self.state = state
        if news or state is not None:
            self._hand_over(Written(date, calls=tuple(news), state=state, horizon=horizon))
        return len(news)


def _before(moment: datetime, span: timedelta) -> datetime:
    """Return the moment so long before `moment`, or the first there is: an account may stamp with the year 1."""
    return moment - span if moment - _FIRST > span else _FIRST


def _place(page: Page[Call], walked: Walked) -> int:
    """Return where the next gap is looked for after a walk: where it came down to, unless numbers cannot be trusted."""
    return 1 if walked.astray else page.number


def _follows(rows: Stamped, above: Stamped) -> bool:
    """Return whether the rows of a page can lie right below those of another."""
    return bool(above) and rows != above and (not rows or rows[0][0] <= above[-1][0])


def _begins_above(page: Page[Call], end: datetime) -> bool:
    """Return whether all that carries the stamp `end` lies on `page` or below."""
    rows = stamped(page)
    return page.number == 1 or (bool(rows) and rows[0][0] > end)


def _within(walked: Walked, query: CallQuery, floor: datetime | None) -> Walked:
    """A list that the account cut off at the floor says nothing of what lies below it."""
    if query.updated_from is None or floor is None or walked.oldest is not None:
        return walked
    return replace(walked, oldest=_before(floor, timedelta.resolution))


def _left(known: tuple[Gap, ...], walked: Walked, end: datetime) -> tuple[Gap, ...]:
    """Return which gaps are left after a walk down from `end`, and from whatever is above it."""
    left = gaps.without(known, walked.oldest, end)
    for stamp in walked.unproven:
        left = gaps.add(left, stamp, stamp)
    return left
