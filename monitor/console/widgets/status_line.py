"""The top line of every screen: can this be trusted, and does anything call for a person?"""

from __future__ import annotations

from collections.abc import Callable

from monitor.console.widgets.drawn import Line, Lines


class StatusLine(Lines):
    """Shows what `told` says, given the cells there are."""

    def __init__(self, told: Callable[[int], Line]) -> None:
        super().__init__(id="status")
        self._told = told

    def bring_up_to_date(self) -> None:
        """Show what is told now."""
        self.show([self._told(self.size.width)])

    def on_resize(self) -> None:
        """Tell it in other words."""
        self.bring_up_to_date()
