"""The line of keys at the bottom. Each hint can be clicked."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.strip import Strip

from monitor.console.bindings import Key
from monitor.console.widgets.drawn import PLAIN, Drawn, Span, width_of


class Hints(Drawn):
    """Shows the keys that have a label, as many as fit."""

    def __init__(self, keys: Sequence[Key], *, id: str = "hints") -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self.keys = [key for key in keys if key.label]
        self._places: list[tuple[int, int, Key]] = []

    def show_keys(self, keys: Sequence[Key]) -> None:
        """Show these keys from now on."""
        self.keys = [key for key in keys if key.label]
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw as many hints as fit. They stand in the very first frame, so nothing waits for them."""
        line: list[Span] = []
        self._places = []
        for key in self.keys:
            start = width_of(line)
            piece: list[Span] = [(key.shown, "accent"), (f" {key.label}  ", PLAIN)]
            if start + width_of(piece) > self.size.width + 2:
                break
            line += piece
            self._places.append((start, width_of(line) - 2, key))
        return self.strip(line if y == 0 else (), self.size.width)

    async def on_click(self, event: events.Click) -> None:
        """Do what the key clicked on does, where the keyboard's focus is."""
        for start, end, key in self._places:
            if start <= event.x < end:
                first = key.keys.partition(",")[0]
                self.app.simulate_key(first)
