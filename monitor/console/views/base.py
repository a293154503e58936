"""What every view of the monitor is and does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from textual.containers import Container

from monitor.console.bindings import Key
from monitor.console.views.tabs import Tab
from monitor.console.widgets.detail_pane import Subject
from monitor.console.widgets.drawn import Line
from monitor.insight.kpi import Window

if TYPE_CHECKING:
    from monitor.console.widgets.live_table import LiveTable
    from monitor.insight.columns import Context
    from monitor.insight.filter import Filter
    from monitor.ledger import Change

R = TypeVar("R")


class View(Container):
    """A table, or several, over the ledger. The screen says what changed, and when to show it."""

    TAB: ClassVar[Tab]
    FILTERED: ClassVar[bool] = False
    """Whether the filter holds in it."""
    KEYS: ClassVar[tuple[Key, ...]] = ()
    """What can be done in it besides what can be done on the monitor and in any table."""

    def __init__(self, context: Context) -> None:
        super().__init__(id=f"{self.TAB.name}-view")
        self.context = context
        self.window = Window.HOUR
        """The span that figures are over."""

    @property
    def table(self) -> LiveTable[Any]:
        """The table that has the keys while the view is shown."""
        raise NotImplementedError

    @property
    def detailed(self) -> LiveTable[Any]:
        """The table whose row the detail is about."""
        return self.table

    def holds(self, table: str | None) -> bool:
        """Whether the table of that name is one of its own."""
        return table is not None and bool(self.query(f"#{table}"))

    # What comes in

    def put(self, change: Change) -> None:
        """Take note of what changed."""

    @property
    def waiting(self) -> int:
        """How many changes were noted and are not shown."""
        return 0

    def update(self, *, shown: bool) -> None:
        """Show what was noted; what costs much may wait until the view is `shown`."""
        raise NotImplementedError

    def tick(self) -> None:
        """Show what the passing of a second changed."""
        self.table.tick()

    def set_filter(self, wanted: Filter) -> None:
        """Show only what `wanted` lets through from now on, where the view can be filtered."""

    # What is shown

    def set_stale(self, now: datetime, *, stale: bool) -> None:
        """Show without colour, or with. `now` is this machine's time, `stale` whether the calls are."""
        self.table.set_stale(stale)

    def set_empty(self, lines: list[Line]) -> None:
        """Show `lines` while there is no row."""
        self.table.set_empty(lines)

    def nothing(self, since: str) -> list[Line]:
        """Return what to say while there is no row although the account is known from `since` on."""
        return []

    @property
    def extent(self) -> str:
        """How many rows of what there are."""
        raise NotImplementedError

    def remarks(self, now: datetime) -> Line:
        """Return what else the caption tells, `now` being this machine's time."""
        return ()

    # What people do

    def subject(self, key: str | None) -> Subject | None:
        """Return what the detail shows of the row `key`; None when there is none."""
        return None if key is None else Subject(self.TAB.name, key)

    def back(self) -> None:
        """Take one step back within the view, if there is one."""


def bring(table: LiveTable[R], rows: Mapping[str, R]) -> None:
    """Show exactly `rows` in `table`: take in those that differ, in the order given, and let the others go."""
    known = table.view.rows
    gone = known.keys() - rows.keys()
    news = [row for key, row in rows.items() if known.get(key) != row]
    if news or gone:
        table.update_rows(news, added=sum(key not in known for key in rows), removed=gone)
