"""The detail of a call or buyer on a screen of its own, for terminals too narrow to hold it beside the table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from textual import on
from textual.app import ComposeResult
from textual.screen import Screen

from monitor.console.bindings import APP_KEYS, detail_keys
from monitor.console.screens.once import Once
from monitor.console.widgets.detail_pane import DetailPane, Subject
from monitor.console.widgets.drawn import Line
from monitor.console.widgets.hints import Hints
from monitor.console.widgets.status_line import StatusLine
from monitor.insight.columns import Context


class DetailScreen(Once, Screen[None]):
    """Shows `subject`, live."""

    def __init__(
        self, subject: Subject, context: Context, clock: Callable[[], datetime], status: Callable[[int], Line]
    ) -> None:
        super().__init__()
        self._subject = subject
        self._moment = context
        self._clock = clock
        self._status = status

    def compose(self) -> ComposeResult:
        """Lay out the page and its keys."""
        yield StatusLine(self._status)
        yield DetailPane(self._now, id="detail")
        yield Hints((*detail_keys(self._subject.view), *APP_KEYS))

    def on_mount(self) -> None:
        """Show the subject."""
        pane = self.query_one(DetailPane)
        pane.open(self._subject)
        pane.focus()

    def refresh_data(self) -> None:
        """Show what changed."""
        self.query_one(StatusLine).bring_up_to_date()
        self.query_one(DetailPane).bring_up_to_date()

    def _now(self) -> Context:
        return replace(self._moment, now=self._clock())

    @on(DetailPane.Closed)
    def close(self) -> None:
        """Go back to the table."""
        self.dismiss(None)
