"""What stands around the views, and which of them is shown: status and figures on top, the caption below."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from textual import on
from textual.screen import Screen
from textual.widgets import ContentSwitcher

from monitor.console.headline import Reach, figure_lines, status_line, trouble_line
from monitor.console.views.base import View
from monitor.console.views.every import VIEWS
from monitor.console.views.tabs import CALLS, TARGETS
from monitor.console.widgets.drawn import PLAIN, Line, Lines, spread, wrapped
from monitor.console.widgets.live_table import LiveTable
from monitor.console.widgets.status_line import StatusLine
from monitor.insight import wording
from monitor.insight.columns import Context
from monitor.insight.freshness import freshness, known_until
from monitor.insight.kpi import Window
from monitor.insight.wording import Tone
from monitor.model.health import Outcome

if TYPE_CHECKING:
    from monitor.console.source import Source
    from monitor.ledger import Ledger
    from monitor.model.call import Call
    from monitor.model.target import Target


class Frame(Screen[None]):
    """A screen that shows one of the views, and tells what it is worth."""

    def __init__(
        self,
        ledger: Ledger,
        source: Source,
        clock: Callable[[], datetime],
        since: datetime,
        context: Context,
        *,
        demo: bool,
    ) -> None:
        super().__init__()
        self.ledger = ledger
        self.source = source
        self.clock = clock
        self.since = since
        self.context = context
        self.demo = demo
        self.views: dict[str, View] = {each.TAB.name: each for each in (make(context) for make in VIEWS)}
        self.view = CALLS.name
        """The name of the view that is shown."""
        self.window = Window.HOUR
        self.frozen_at: datetime | None = None

    def account_time(self) -> datetime:
        """Return the moment by the server's clock, which stamped the calls."""
        return self.clock() + timedelta(seconds=self.ledger.health.skew)

    # What is shown

    @property
    def current(self) -> View:
        """The chosen view."""
        return self.views[self.view]

    @property
    def table(self) -> LiveTable[Any]:
        """The table of the chosen view that has the keys."""
        return self.current.table

    @property
    def calls(self) -> LiveTable[Call]:
        """The table of calls."""
        return self.views[CALLS.name].table

    @property
    def targets(self) -> LiveTable[Target]:
        """The table of buyers."""
        return self.views[TARGETS.name].table

    def status(self, width: int) -> Line:
        """Return the top line, `width` cells wide, for whatever screen is in front."""
        board, alerts = self.context.board, self.context.alerts
        alarms = alerts.alarms(() if board is None else board.open_incidents(), self.account_time())
        now, zone = self.clock(), self.context.zone
        return status_line(self.ledger, now, width, self.view, zone, demo=self.demo, alarms=alarms)

    def draw_surroundings(self) -> None:
        """Draw what stands around the table: status, figures, notice, detail, caption."""
        now = self.clock()
        zone = self.context.zone
        fresh = freshness(self.ledger.health, now)
        self.query_one(StatusLine).bring_up_to_date()
        figures = self.query_one("#figures", Lines)
        stale = fresh.stale or self.ledger.health.fresh_at is None
        figures.show(figure_lines(self.ledger, self._reach(now), figures.size.width, zone, stale=stale))
        self._draw_banner()
        for view in self.views.values():
            view.set_stale(now, stale=fresh.stale)
        self._draw_notice()
        self.current.set_empty(self._unready() or self.current.nothing(self._known_since()))
        self.draw_caption()

    def _reach(self, now: datetime) -> Reach:
        """What the figures are over."""
        health = self.ledger.health
        known = known_until(health, now)
        covered = max([health.since or self.since, *(gap.end for gap in health.gaps)])
        return Reach(self.window, known, self.since, covered)

    def _draw_banner(self) -> None:
        """A trouble of the store stands above the table as long as it is one."""
        line = trouble_line(self.ledger.health.troubles, self.size.width - 2)
        self.set_class(bool(line), "-troubled")
        self.query_one("#banner", Lines).show([line])

    def _unready(self) -> list[Line]:
        """Return why nothing is known of the account yet; nothing when it is."""
        health = self.ledger.health
        if health.fresh_at is not None:
            return []
        words = "connecting to the account …" if health.outcome is Outcome.CONNECTING else health.message
        return [((words, Tone.WAIT.value),), ((health.hint, Tone.DIM.value),)]

    def _known_since(self) -> str:
        return wording.local(self.ledger.health.since or self.since, self.context.zone, form="%H:%M")

    def _draw_notice(self) -> None:
        """A refused key takes the place of the tables: nothing below it would be true."""
        health = self.ledger.health
        self._show("notice" if health.outcome is Outcome.AUTH else self.current.id)
        if health.outcome is Outcome.AUTH:
            self.query_one("#notice", Lines).show(
                [
                    (("The account refused the request", Tone.BAD.value),),
                    (),
                    *wrapped((), health.message, self.size.width - 4, PLAIN),
                    *wrapped((), health.hint, self.size.width - 4, PLAIN),
                    (),
                    (("Polling has stopped, so that a wrong key does no harm.", PLAIN),),
                    (("r", "accent"), (" tries again   ", PLAIN), ("q", "accent"), (" quits", PLAIN)),
                ]
            )

    @on(LiveTable.Changed)
    def draw_caption(self) -> None:
        """Draw the line under the table: how much, in which order, following or not, frozen or not."""
        table, view, caption = self.table, self.current, self.query_one("#caption", Lines)
        order = f"{'↓' if table.descending else '↑'} {table.sorted_by.title}"
        left: Line = ((view.extent, PLAIN), (f" · {order}", Tone.DIM.value))
        left += view.remarks(self.clock())
        if self.ledger.health.message:
            left += ((f" · {self.ledger.health.message}", Tone.WAIT.value),)
        caption.show([spread(left, self._mode(), caption.size.width)])

    def _mode(self) -> Line:
        if self.frozen_at is not None:
            since = wording.clock((self.clock() - self.frozen_at).total_seconds())
            waiting = sum(view.waiting for view in self.views.values())
            return ((f"FROZEN {since} · {waiting} changes waiting", "alarm"), (" (space goes on)", PLAIN))
        if self.table.following:
            return (("following", Tone.DIM.value),)
        how = ((" (. to follow)", Tone.DIM.value),) if self.table.follows else ()
        if how and self.table.arrived:
            return ((f"+{self.table.arrived} new", "accent"), *how)
        rows = len(self.table.view)
        return ((f"{self.table.place + 1:,} of {rows:,}", PLAIN), *how) if rows else ()

    def _show(self, shown: str | None) -> None:
        """Show a view or the notice, and let a table have the keys."""
        switcher = self.query_one(ContentSwitcher)
        if switcher.current != shown:
            switcher.current = shown
            if shown == self.current.id:
                self.table.focus()
