"""The monitor: a view, and beside it the detail when there is room; what comes in, and what people do."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Horizontal
from textual.timer import Timer
from textual.widgets import ContentSwitcher

from monitor.console.bindings import APP_KEYS, MAIN_KEYS, TABLE_KEYS, Key, detail_keys, textual_bindings
from monitor.console.screens.frame import Frame
from monitor.console.views.alerts import AlertsView
from monitor.console.views.pixels import PixelsView
from monitor.console.views.tabs import PIXELS
from monitor.console.widgets.detail_pane import DetailPane
from monitor.console.widgets.drawn import Lines
from monitor.console.widgets.filter_bar import FilterBar
from monitor.console.widgets.hints import Hints
from monitor.console.widgets.live_table import LiveTable
from monitor.console.widgets.status_line import StatusLine

if TYPE_CHECKING:
    from monitor.insight.filter import Filter
    from monitor.ledger import Change

BESIDE = 140
"""Cells of width from which the detail stands beside the table instead of on a screen of its own."""
_TYPED = 0.15
"""Seconds without a key from which a filter that is being typed is in force."""
_SETTLED = 0.3
"""Seconds that the cursor rests on a call before it is read in full: holding a key asks for nothing."""


class MainScreen(Frame):
    """The monitor's main screen."""

    KEYS: ClassVar[tuple[Key, ...]] = MAIN_KEYS
    """What can be done here, in the order in which it is hinted at the bottom, as far as there is room."""
    BINDINGS: ClassVar[list[BindingType]] = textual_bindings(MAIN_KEYS)
    # Textual declares these as instance variables, so they cannot be ClassVar.
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (BESIDE, "-beside")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-tiny"), (16, "-short"), (30, "-tall")]  # noqa: RUF012

    _watch_timer: Timer | None = None
    _filter_timer: Timer | None = None

    def compose(self) -> ComposeResult:
        """Lay out the screen once; nothing is mounted later."""
        yield StatusLine(self.status)
        yield Lines(id="figures")
        yield Lines(id="banner")
        with Container(id="filter-line"):
            yield FilterBar()
        with Horizontal(id="body"):
            with ContentSwitcher(initial=self.current.id, id="views"):
                yield from self.views.values()
                yield Lines(id="notice")
            yield DetailPane(lambda: self.context, id="detail")
        yield Lines(id="caption")
        yield Hints(self._hinted())

    def on_mount(self) -> None:
        """Begin on the calls."""
        self.table.focus()
        self.tick()

    # What comes in

    def apply(self, change: Change) -> None:
        """Show what changed."""
        self._stamp()
        for view in self.views.values():
            view.put(change)
        if self.frozen_at is None:
            self._update()
        self.draw_surroundings()

    def tick(self) -> None:
        """Show what the passing of a second changed."""
        self._stamp()
        if self.frozen_at is None:
            self.current.tick()
        self.draw_surroundings()

    def _update(self, *, everything: bool = False) -> None:
        """Let the views show what they took note of, and those that are not in sight `everything` as well."""
        for view in self.views.values():
            view.update(shown=everything or view is self.current)

    def _stamp(self) -> None:
        """Set the moment that everything is formatted for; a frozen table keeps its own."""
        if self.frozen_at is None:
            self.context.now = self.account_time()

    def draw_surroundings(self) -> None:
        """Draw what stands around the view, and the detail beside it."""
        super().draw_surroundings()
        if self.detail_open:
            self.query_one(DetailPane).bring_up_to_date()

    def on_alerting_view_heeded(self) -> None:
        """Show at once that somebody saw to an incident."""
        self.draw_surroundings()

    def _hinted(self) -> tuple[Key, ...]:
        """Return the keys to hint, the most important first."""
        subject = self.current.subject(self.current.detailed.cursor) if self.detail_open else None
        detail = () if subject is None else detail_keys(subject.view)
        return (TABLE_KEYS[-1], *detail, *self.current.KEYS, *self.KEYS, *APP_KEYS)

    # What people do

    def action_show_view(self, view: str) -> None:
        """Show a view."""
        self.view = view
        self.set_class(not self.current.FILTERED, "-unfiltered")
        self.tick()
        self._follow_cursor()

    def action_freeze(self) -> None:
        """Hold the tables still, or let go and show at once what came in meanwhile."""
        if self.frozen_at is None:
            self._update(everything=True)
            self.frozen_at = self.clock()
        else:
            self.frozen_at = None
            self._stamp()
            self._update()
        self.draw_surroundings()

    def action_window(self) -> None:
        """Take the next window for the figures."""
        self.window = self.window.following
        for view in self.views.values():
            view.window = self.window
        self.tick()

    def action_retry(self) -> None:
        """Ask the account now."""
        self.source.retry()

    def action_chart(self) -> None:
        """Open the chart."""
        from monitor.console.screens.chart import ChartScreen

        self.app.push_screen(ChartScreen(self.ledger, self.account_time, self.window, self.context.zone, self.status))

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

    # The filter

    def action_filter(self) -> None:
        """Type a filter."""
        if self.current.FILTERED:
            self.query_one(FilterBar).open()
        else:
            self.notify("calls and pixels can be filtered", markup=False)

    @on(FilterBar.Changed)
    def filter_soon(self, event: FilterBar.Changed) -> None:
        """Filter when nobody has typed for a moment: every call is asked."""
        if self._filter_timer is not None:
            self._filter_timer.stop()
        self._filter_timer = self.set_timer(_TYPED, lambda: self._filter(event.filter))

    def _filter(self, wanted: Filter) -> None:
        if self._filter_timer is not None:
            self._filter_timer.stop()
            self._filter_timer = None
        for view in self.views.values():
            view.set_filter(wanted)
        self._follow_cursor()
        self.draw_surroundings()

    @on(FilterBar.Left)
    def leave_filter(self) -> None:
        """Let the table have the keys again, with what was typed last in force: a key may open a row at once."""
        if self._filter_timer is not None:
            self._filter(self.query_one(FilterBar).filter)
        self.table.focus()

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
        subject = self.current.subject(event.key)
        if subject is None or not self.current.holds(event.table) or not self.is_active:
            return  # pressed for what is not in sight any more
        if self.size.width < BESIDE:
            from monitor.console.screens.detail import DetailScreen

            self.source.watch(*subject.watched)
            self.app.push_screen(
                DetailScreen(subject, self.context, self.account_time, self.status), lambda _: self.source.watch(None)
            )
        elif self.detail_open:
            self.query_one(DetailPane).focus()
        else:
            self.add_class("-open")
            self._follow_cursor()

    @on(LiveTable.Moved)
    def move_detail(self, event: LiveTable.Moved) -> None:
        """The detail beside the table follows the cursor of the table that is shown."""
        if self.current.holds(event.table):
            self._follow_cursor()

    def _follow_cursor(self) -> None:
        self.query_one(Hints).show_keys(self._hinted())
        if not self.detail_open:
            return
        pane = self.query_one(DetailPane)
        pane.open(self.current.subject(self.current.detailed.cursor))
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
        else:
            self.notify("that is for what is open: enter opens a row", markup=False)

    @on(AlertsView.Chosen)
    def show_webhook(self, event: AlertsView.Chosen) -> None:
        """Show the webhook of an incident among the others."""
        view = self.views[PIXELS.name]
        self.action_show_view(PIXELS.name)
        if isinstance(view, PixelsView) and not view.choose(event.hook):
            self.notify(f"no pixel of {event.hook.title} in this window (w takes a longer one)", markup=False)

    def action_close_detail(self) -> None:
        """Close the detail beside the table, or else take a step back within the view."""
        if self.detail_open:
            self.close_detail()
        else:
            self.current.back()

    @on(DetailPane.Closed)
    def close_detail(self) -> None:
        """Close the detail beside the table."""
        if self.detail_open:
            self.remove_class("-open")
            self.query_one(Hints).show_keys(self._hinted())
            self.query_one(DetailPane).open(None)
            self._stop_watching_later()
            self.source.watch(None)
            self.table.focus()

    def on_resize(self) -> None:
        """Draw anew; a detail that no longer has room beside the table closes."""
        if self.size.width < BESIDE:
            self.close_detail()
        self.call_after_refresh(self.draw_surroundings)
