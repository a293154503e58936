"""The calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult

from monitor.console.unshown import Unshown
from monitor.console.views.base import View
from monitor.console.views.sieve import Sieve
from monitor.console.views.tabs import CALLS, Tab
from monitor.console.widgets.drawn import PLAIN, Line
from monitor.console.widgets.live_table import LiveTable
from monitor.insight.call_columns import CALL_COLUMNS, as_it_went
from monitor.insight.filter import parse
from monitor.insight.view import SortedView
from monitor.insight.wording import Tone
from monitor.model.health import Outcome

if TYPE_CHECKING:
    from monitor.insight.columns import Context
    from monitor.insight.filter import Filter
    from monitor.ledger import Change
    from monitor.model.call import Call


class CallsView(View):
    """One table of all calls held."""

    TAB: ClassVar[Tab] = CALLS
    FILTERED: ClassVar[bool] = True

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        view: SortedView[Call] = SortedView(lambda call: call.uuid, lambda _: None, descending=True)
        self._table = LiveTable(CALL_COLUMNS, view, context, sort="start", id="calls", struck=as_it_went)
        self._unshown = Unshown()
        self._sieve = Sieve(parse(""), context)
        self._numbered = False

    def compose(self) -> ComposeResult:
        """Lay out the table."""
        yield self._table

    @property
    def table(self) -> LiveTable[Call]:
        """The table of calls."""
        return self._table

    def put(self, change: Change) -> None:
        """Take note of the calls that changed."""
        self._unshown.put(change)
        self._numbered = self._numbered or change.numbered

    @property
    def waiting(self) -> int:
        """How many calls changed and are not shown as they are."""
        return len(self._unshown)

    def update(self, *, shown: bool) -> None:
        """Show the calls that changed, and the numbers that calls were given: those are not part of the calls."""
        self._unshown.show(self.table, self.context.ledger, self._sieve.passes)
        if self._numbered:
            self._numbered = False
            self.table.reorder() if self.table.sorted_by.id == "number" else self.table.recheck()

    def tick(self) -> None:
        """Show what the passing of a second changed: in the cells, and in what the filter lets through."""
        shown = self.table.view.rows
        came, went = [], set()
        for call in self._sieve.due():
            passes = self._sieve.passes(call)
            if passes and call.uuid not in shown:
                came.append(call)
            elif not passes and call.uuid in shown:
                went.add(call.uuid)
        if came or went:
            self.table.update_rows(came, added=len(came), removed=went)
        super().tick()

    def set_filter(self, wanted: Filter) -> None:
        """Show the calls that `wanted` lets through."""
        self._sieve = Sieve(wanted, self.context)
        self._unshown = Unshown()
        self.table.refill(call for call in self.context.ledger.calls.values() if self._sieve.passes(call))

    def nothing(self, since: str) -> list[Line]:
        """Return since when there was no call, and what the buyers' lines say about that."""
        ledger = self.context.ledger
        if self._sieve.holds_back and ledger.calls:
            return [((f"none of {len(ledger.calls):,} calls passes the filter", PLAIN),)]
        if ledger.health.outcome is Outcome.REPLAY:
            return [(("no calls by this time", Tone.DIM.value),)]
        lines: list[Line] = [((f"no calls since {since}; listening", PLAIN),)]
        running = sum(target.calls_in_progress or 0 for target in ledger.targets.values())
        if running:
            lines.append(((f"the buyers' lines say {running} in progress", Tone.WAIT.value),))
        return lines

    @property
    def extent(self) -> str:
        """How many calls are shown, of how many where some are held back, or had to leave."""
        ledger = self.context.ledger
        shown = f"{len(self.table.view):,}"
        if self._sieve.holds_back:
            return f"{shown} of {len(ledger.calls):,} calls"
        held = f"showing {shown} of {len(ledger.calls) + ledger.left:,}" if ledger.left else shown
        return f"{held} calls"
