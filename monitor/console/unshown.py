"""What changed and is not on the screen yet: for a moment, or as long as the view is frozen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monitor.console.widgets.live_table import LiveTable
    from monitor.ledger import Change, Ledger
    from monitor.model.call import Call


class Unshown:
    """Changes of calls, folded into one."""

    def __init__(self) -> None:
        self._clear()

    def _clear(self) -> None:
        self._calls: dict[str, Call] = {}
        self._removed: set[str] = set()
        self._added = 0
        self._anew = False

    def __len__(self) -> int:
        """Return how many calls changed."""
        return len(self._calls) + len(self._removed)

    def put(self, change: Change) -> None:
        """Add what `change` did."""
        if change.anew:
            self._clear()
            self._anew = True
        for call in (*change.added, *(now for _, now in change.updated)):
            self._calls[call.uuid] = call
        for uuid in change.removed:
            self._calls.pop(uuid, None)
        self._added += len(change.added)
        self._removed.update(change.removed)

    def show(self, table: LiveTable[Call], ledger: Ledger, passes: Callable[[Call], bool]) -> None:
        """Bring `table`, which shows the calls that pass, up to date; nothing is unshown then."""
        if self._anew:
            table.refill(call for call in ledger.calls.values() if passes(call))
        elif len(self):
            passed = [call for call in self._calls.values() if passes(call)]
            held_back = self._calls.keys() - {call.uuid for call in passed}
            table.update_rows(passed, added=self._added, removed=self._removed | held_back)
        self._clear()
