"""The alerts: the incidents that are open, and those of the last day that are over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.message import Message

from monitor.console.views.alerting import AlertingView
from monitor.console.views.base import bring
from monitor.console.views.tabs import ALERTS, Tab
from monitor.console.widgets.drawn import PLAIN, Line
from monitor.console.widgets.live_table import LiveTable
from monitor.insight.incident_columns import INCIDENT_COLUMNS, IncidentRow, key_of
from monitor.insight.pixels import Hook
from monitor.insight.view import SortedView

if TYPE_CHECKING:
    from monitor.console.widgets.detail_pane import Subject
    from monitor.insight.columns import Context
    from monitor.insight.webhook import Incident
    from monitor.ledger import Change

_TOLD = timedelta(days=1)
"""How long an incident that is over is listed."""


class AlertsView(AlertingView):
    """One table of incidents."""

    TAB: ClassVar[Tab] = ALERTS

    @dataclass
    class Chosen(Message):
        """Somebody wants to see the webhook of an incident."""

        hook: Hook

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        view: SortedView[IncidentRow] = SortedView(lambda row: row.key, lambda _: None, descending=True)
        self._table = LiveTable(INCIDENT_COLUMNS, view, context, sort="state", id="alerts", follows=False)
        self._changed = False
        """Whether calls changed: what an incident cost is to be counted anew."""

    def compose(self) -> ComposeResult:
        """Lay out the table."""
        yield self._table

    @property
    def table(self) -> LiveTable[IncidentRow]:
        """The table of incidents."""
        return self._table

    def put(self, change: Change) -> None:
        """Take note that calls changed."""
        self._changed = self._changed or bool(change.size or change.anew)

    def update(self, *, shown: bool) -> None:
        """Show the incidents as they are."""
        context = self.context
        if not shown or context.board is None:
            return
        known, rows = {} if self._changed else self.table.view.rows, {}
        self._changed = False
        for each in context.board.incidents():
            if each.until is None or each.until >= context.now - _TOLD:
                row = known.get(key_of(each))
                if row is None or row.incident != each:
                    row = IncidentRow.of(each, context.ledger.calls, context.now)
                rows[row.key] = row
        bring(self.table, rows)

    def tick(self) -> None:
        """Show what the passing of a second changed."""
        self.update(shown=True)
        self.table.tick()

    # What is shown

    def nothing(self, since: str) -> list[Line]:
        """Return that nothing failed."""
        return [((f"no webhook failed for long since {since}", PLAIN),)]

    @property
    def extent(self) -> str:
        """How many incidents are open, of how many."""
        rows = self.table.view.rows.values()
        return f"{sum(row.incident.until is None for row in rows):,} of {len(rows):,} incidents open"

    # What people do

    @property
    def hook(self) -> Hook | None:
        """The webhook of the incident under the cursor."""
        return None if self.incident is None else self.incident.hook

    @property
    def incident(self) -> Incident | None:
        """The incident under the cursor."""
        row = self.table.view.rows.get(self.table.cursor or "")
        return None if row is None else row.incident

    @on(LiveTable.Opened)
    def choose(self, event: LiveTable.Opened) -> None:
        """Ask for the webhook of an incident."""
        event.stop()
        row = self.table.view.rows.get(event.key)
        if row is not None:
            self.post_message(self.Chosen(row.incident.hook))

    def subject(self, key: str | None) -> Subject | None:
        """Return nothing: an incident's detail is its webhook's row."""
        return None
