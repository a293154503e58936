"""The buyers."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult

from monitor.console.views.base import View
from monitor.console.views.tabs import TARGETS, Tab
from monitor.console.widgets.drawn import Line
from monitor.console.widgets.live_table import LiveTable
from monitor.insight import wording
from monitor.insight.target_columns import TARGET_COLUMNS
from monitor.insight.view import SortedView
from monitor.insight.wording import Tone

if TYPE_CHECKING:
    from monitor.insight.columns import Context
    from monitor.ledger import Change
    from monitor.model.target import Target

_LATE = 20.0
_STALE = 30.0
"""Seconds after which the buyers, read every ten, are told to be late, and lose their colour."""


class TargetsView(View):
    """One table of all buyers."""

    TAB: ClassVar[Tab] = TARGETS

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        view: SortedView[Target] = SortedView(lambda target: str(target.id), lambda _: None, descending=False)
        self._table = LiveTable(TARGET_COLUMNS, view, context, sort="headroom", id="targets")
        self._changed = False

    def compose(self) -> ComposeResult:
        """Lay out the table."""
        yield self._table

    @property
    def table(self) -> LiveTable[Target]:
        """The table of buyers."""
        return self._table

    def put(self, change: Change) -> None:
        """Take note that buyers changed, or their sums, which are over the calls."""
        self._changed = self._changed or bool(change.targets or change.size or change.anew)

    def update(self, *, shown: bool) -> None:
        """Show the buyers and their sums as they are."""
        if not self._changed:
            return
        self._changed = False
        targets = self.context.ledger.targets
        gone = self.table.view.rows.keys() - {str(number) for number in targets}
        self.table.update_rows(list(targets.values()), added=0, removed=gone)

    def set_stale(self, now: datetime, *, stale: bool) -> None:
        """Show without colour when the buyers were not read lately."""
        self.table.set_stale(stale or self._age(now) > _STALE)

    @property
    def extent(self) -> str:
        """How many buyers there are."""
        return f"{len(self.table.view):,} buyers"

    def remarks(self, now: datetime) -> Line:
        """Return when the buyers were read, where that is late."""
        age = self._age(now)
        return ((f" · read {wording.span(age)} ago", Tone.WAIT.value),) if age > _LATE else ()

    def _age(self, now: datetime) -> float:
        """Seconds since the buyers were read; 0 before the first time."""
        read = self.context.ledger.health.targets_at
        return 0.0 if read is None else (now - read).total_seconds()
