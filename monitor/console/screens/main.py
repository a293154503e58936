"""The monitor: status and figures on top, a table below them, the detail beside it when there is room."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import ContentSwitcher

from monitor.console.bindings import APP_KEYS, MAIN_KEYS, TABLE_KEYS, Key, detail_keys, textual_bindings
from monitor.console.headline import Reach, figure_lines, status_line, trouble_line
from monitor.console.unshown import Unshown
from monitor.console.widgets.detail_pane import DetailPane, Subject
from monitor.console.widgets.drawn import PLAIN, Line, Lines, spread, wrapped
from monitor.console.widgets.hints import Hints
from monitor.console.widgets.live_table import LiveTable
from monitor.insight import wording
from monitor.insight.call_columns import CALL_COLUMNS, as_it_went
from monitor.insight.columns import Context
from monitor.insight.freshness import freshness, known_until
from monitor.insight.kpi import Window
from monitor.insight.target_columns import TARGET_COLUMNS
from monitor.insight.view import SortedView
from monitor.insight.wording import Tone
from monitor.model.health import Outcome

if TYPE_CHECKING:
    from monitor.console.source import Source
    from monitor.ledger import Change, Ledger
    from monitor.model.call import Call
    from monitor.model.target import Target

BESIDE = 140
"""Cells of width from which the detail stands beside the table instead of on a screen of its own."""
_TARGETS_LATE = 20.0
_TARGETS_STALE = 30.0
"""Seconds after which the buyers, read every ten, are told to be late, and lose their colour."""
_SETTLED = 0.3
"""Seconds that the cursor rests on a call before it is read in full: holding a key asks for nothing."""


class MainScreen(Screen[None]):
    """The monitor's main screen."""

    KEYS: ClassVar[tuple[Key, ...]] = MAIN_KEYS
    """What can be done here, in the order in which it is hinted at the bottom, as far as there is room."""
    BINDINGS: ClassVar[list[BindingType]] = textual_bindings(MAIN_KEYS)
    # Textual declares these as instance variables, so they cannot be ClassVar.
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (BESIDE, "-beside")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-tiny"), (16, "-short"), (30, "-tall")]  # noqa: RUF012

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
        self.view = "calls"
        """The chosen view: `calls` or `targets`."""
        self.window = Window.HOUR
        self.frozen_at: datetime | None = None
        self._unshown = Unshown()
        calls: SortedView[Call] = SortedView(lambda call: call.uuid, lambda _: None, descending=True)
        targets: SortedView[Target] = SortedView(lambda target: str(target.id), lambda _: None, descending=False)
        self.calls = LiveTable(CALL_COLUMNS, calls, context, sort="start", id="calls", struck=as_it_went)
        self.targets = LiveTable(TARGET_COLUMNS, targets, context, sort="headroom", id="targets")
        self._watch_timer: Timer | None = None

    def compose(self) -> ComposeResult:
        """Lay out the screen once; nothing is mounted later."""
        yield Lines(id="status")
        yield Lines(id="figures")
        yield Lines(id="banner")
        with Horizontal(id="body"):
            with ContentSwitcher(initial="calls", id="views"):
                yield self.calls
                yield self.targets
                yield Lines(id="notice")
            yield DetailPane(lambda: self.context, id="detail")
        yield Lines(id="caption")
        yield Hints((TABLE_KEYS[-1], *self.KEYS, *APP_KEYS))

    def on_mount(self) -> None:
        """Begin on the calls."""
        self.calls.focus()
        self.tick()

    # What comes in

    def apply(self, change: Change) -> None:
        """Show what changed."""
        self._stamp()
        self._unshown.put(change)
        if self.frozen_at is None:
            self._unshown.show(self.calls, self.ledger)
            if change.numbered:
                self._renumber()
            if change.targets or change.size or change.anew:
                self._update_targets()
        self.draw_surroundings()

    def tick(self) -> None:
        """Show what the passing of a second changed."""
        self._stamp()
        if self.frozen_at is None:
            self.table.tick()
        self.draw_surroundings()

    def _renumber(self) -> None:
        """Show the numbers that calls were given; they are not part of the calls."""
        if self.calls.sorted_by.id == "number":
            self.calls.reorder()
        else:
            self.calls.recheck()

    def _stamp(self) -> None:
        """Set the moment that everything is formatted for; a frozen table keeps its own."""
        if self.frozen_at is None:
            self.context.now = self.account_time()

    def account_time(self) -> datetime:
        """Return the moment by the server's clock, which stamped the calls."""
        return self.clock() + timedelta(seconds=self.ledger.health.skew)

    def _update_targets(self) -> None:
        known = self.targets.view.rows
        rows = {str(target.id): target for target in self.ledger.targets.values()}
        if known.keys() - rows.keys():
            self.targets.refill(rows.values())
        else:
            self.targets.update_rows(list(rows.values()), added=0)

    # What is shown

    @property
    def table(self) -> LiveTable[Call] | LiveTable[Target]:
        """The table of the chosen view."""
        return self.calls if self.view == "calls" else self.targets

    def draw_surroundings(self) -> None:
        """Draw what stands around the table: status, figures, notice, detail, caption."""
        now = self.clock()
        zone = self.context.zone
        fresh = freshness(self.ledger.health, now)
        status = self.query_one("#status", Lines)
        status.show([status_line(self.ledger, now, status.size.width, self.view, zone, demo=self.demo)])
        figures = self.query_one("#figures", Lines)
        stale = fresh.stale or self.ledger.health.fresh_at is None
        figures.show(figure_lines(self.ledger, self._reach(now), figures.size.width, zone, stale=stale))
        self._draw_banner()
        self.calls.set_stale(fresh.stale)
        self.targets.set_stale(fresh.stale or self._targets_age() > _TARGETS_STALE)
        self._draw_notice()
        self.calls.set_empty(self._empty())
        if self.detail_open:
            self.query_one(DetailPane).bring_up_to_date()
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

    def _targets_age(self) -> float:
        """Seconds since the buyers were read; 0 before the first time."""
        read = self.ledger.health.targets_at
        return 0.0 if read is None else (self.clock() - read).total_seconds()

    def _empty(self) -> list[Line]:
        health = self.ledger.health
        if health.fresh_at is None:
            words = "connecting to the account …" if health.outcome is Outcome.CONNECTING else health.message
            return [((words, Tone.WAIT.value),), ((health.hint, Tone.DIM.value),)]
        running = sum(target.calls_in_progress or 0 for target in self.ledger.targets.values())
        since = wording.local(health.since or self.since, self.context.zone, form="%H:%M")
        lines: list[Line] = [((f"no calls since {since}; listening", PLAIN),)]
        if running:
            lines.append(((f"the buyers' lines say {running} in progress", Tone.WAIT.value),))
        return lines

    def _draw_notice(self) -> None:
        """A refused key takes the place of the tables: nothing below it would be true."""
        health = self.ledger.health
        self._show("notice" if health.outcome is Outcome.AUTH else self.view)
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
        table, caption = self.table, self.query_one("#caption", Lines)
        noun = "calls" if self.view == "calls" else "buyers"
        order = f"{'↓' if table.descending else '↑'} {table.sorted_by.title}"
        left: Line = ((f"{self._extent()} {noun}", PLAIN), (f" · {order}", Tone.DIM.value))
        if self.view == "targets" and (age := self._targets_age()) > _TARGETS_LATE:
            left += ((f" · read {wording.span(age)} ago", Tone.WAIT.value),)
        if self.ledger.health.message:
            left += ((f" · {self.ledger.health.message}", Tone.WAIT.value),)
        caption.show([spread(left, self._mode(), caption.size.width)])

    def _extent(self) -> str:
        shown, left = len(self.table.view), self.ledger.left
        if self.view == "targets" or not left:
            return f"{shown:,}"
        return f"showing {shown:,} of {len(self.ledger.calls) + left:,}"

    def _mode(self) -> Line:
        if self.frozen_at is not None:
            since = wording.clock((self.clock() - self.frozen_at).total_seconds())
            return ((f"FROZEN {since} · {len(self._unshown)} changes waiting", "alarm"), (" (space goes on)", PLAIN))
        if self.table.following:
            return (("following", Tone.DIM.value),)
        if self.table.arrived:
            return ((f"+{self.table.arrived} new", "accent"), (" (. to follow)", Tone.DIM.value))
        return ((f"{self.table.place + 1:,} of {len(self.table.view):,}", PLAIN), (" (. to follow)", Tone.DIM.value))

    # What people do

    def action_show_view(self, view: str) -> None:
        """Show the calls or the buyers."""
        self.view = view
        self.tick()
        self._follow_cursor(self.table.cursor)

    def _show(self, name: str) -> None:
        """Show a table or the notice, and let a table have the keys."""
        switcher = self.query_one(ContentSwitcher)
        if switcher.current != name:
            switcher.current = name
            if name == self.view:
                self.table.focus()

    def action_freeze(self) -> None:
        """Hold the tables still, or let go and show at once what came in meanwhile."""
        if self.frozen_at is None:
            self.frozen_at = self.clock()
        else:
            self.frozen_at = None
            self._stamp()
            self._unshown.show(self.calls, self.ledger)
            self._renumber()
            self._update_targets()
        self.draw_surroundings()

    def action_window(self) -> None:
        """Take the next window for the figures."""
        self.window = self.window.following
        self.draw_surroundings()

    def action_retry(self) -> None:
        """Ask the account now."""
        self.source.retry()

    def action_chart(self) -> None:
        """Open the chart."""
        from monitor.console.screens.chart import ChartScreen

        self.app.push_screen(ChartScreen(self.ledger, self.account_time, self.window, self.context.zone))

    def action_sort(self) -> None:
        """Choose the column to sort by."""
        from monitor.console.screens.picker import Picker

        table = self.table

        def chosen(column: str | None) -> None:
            if column is not None:
                table.sort_by(column)

        choices = [(column.id, f"{column.title:<12} {column.help}") for column in table.columns]
        self.app.push_screen(Picker("Sort by", choices, table.sorted_by.id), chosen)

    def action_columns(self) -> None:
        """Choose the columns."""
        from monitor.console.screens.picker import Chooser

        table = self.table

        def chosen(columns: frozenset[str] | None) -> None:
            if columns is not None:
                table.show_columns(columns)

        choices = [(column.id, f"{column.title:<12} {column.help}") for column in table.columns]
        self.app.push_screen(Chooser("Columns", choices, table.shown), chosen)

    # The detail

    @property
    def detail_open(self) -> bool:
        """Whether the detail stands beside the table."""
        return self.has_class("-open")

    @on(LiveTable.Opened)
    def open_detail(self, event: LiveTable.Opened) -> None:
        """Show the row in full: beside the table when there is room, else on a screen of its own.

        When it stands there already, the keys go to it, until it is closed.
        """
        if event.table != self.view or not self.is_active:
            return  # pressed for what is not in sight any more
        subject = Subject(self.view, event.key)
        if self.size.width < BESIDE:
            from monitor.console.screens.detail import DetailScreen

            self.source.watch(*subject.watched)
            self.app.push_screen(
                DetailScreen(subject, self.context, self.account_time), lambda _: self.source.watch(None)
            )
        elif self.detail_open:
            self.query_one(DetailPane).focus()
        else:
            self.add_class("-open")
            self.query_one(Hints).show_keys((TABLE_KEYS[-1], *detail_keys(self.view), *self.KEYS, *APP_KEYS))
            self._follow_cursor(event.key)

    @on(LiveTable.Moved)
    def move_detail(self, event: LiveTable.Moved) -> None:
        """The detail beside the table follows the cursor of the table that is shown."""
        if event.table == self.view:
            self._follow_cursor(event.key)

    def _follow_cursor(self, key: str | None) -> None:
        if not self.detail_open:
            return
        subject = None if key is None else Subject(self.view, key)
        pane = self.query_one(DetailPane)
        pane.open(subject)
        self._stop_watching_later()
        self._watch_timer = self.set_timer(_SETTLED, lambda: self.source.watch(*pane.watched))

    def _stop_watching_later(self) -> None:
        """Forget a call that was about to be read in full."""
        if self._watch_timer is not None:
            self._watch_timer.stop()
            self._watch_timer = None

    async def action_detail(self, action: str) -> None:
        """Do in the detail beside the table what a key does there."""
        if self.detail_open:
            await self.app.run_action(action, default_namespace=self.query_one(DetailPane))

    @on(DetailPane.Closed)
    def action_close_detail(self) -> None:
        """Close the detail beside the table."""
        if self.detail_open:
            self.remove_class("-open")
            self.query_one(Hints).show_keys((TABLE_KEYS[-1], *self.KEYS, *APP_KEYS))
            self.query_one(DetailPane).open(None)
            self._stop_watching_later()
            self.source.watch(None)
            self.table.focus()

    def on_resize(self) -> None:
        """Draw anew; a detail that no longer has room beside the table closes."""
        if self.size.width < BESIDE:
            self.action_close_detail()
        self.call_after_refresh(self.draw_surroundings)
