"""The yardstick: the least that a Textual application with a clock can be."""

from __future__ import annotations

import time
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.widgets import Static

MARK = "minimal"
"""The word by which its first paint is recognised."""


class MinimalApp(App[None]):
    """One line with a clock that moves once a second, and one key that changes it."""

    BINDINGS: ClassVar[list[BindingType]] = [("q", "quit"), ("down", "count")]

    def __init__(self) -> None:
        super().__init__()
        self.pressed = 0

    def compose(self) -> ComposeResult:
        """Lay out the line."""
        yield Static(self._text())

    def on_mount(self) -> None:
        """Start the clock."""
        self.set_interval(1.0, self._show)

    def action_count(self) -> None:
        """Count a key pressed."""
        self.pressed += 1
        self._show()

    def _show(self) -> None:
        self.query_one(Static).update(self._text())

    def _text(self) -> str:
        return f"{MARK} {time.strftime('%H:%M:%S')} {self.pressed}"


if __name__ == "__main__":
    MinimalApp().run()
