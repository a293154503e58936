"""The line in which a filter is typed. What parses is in force at once; a mistake is underlined and changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rich.highlighter import Highlighter
from rich.style import Style
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Label

from monitor.insight.filter import Filter, FilterError, parse
from monitor.insight.filter_terms import MOST


class _Underline(Highlighter):
    """Underlines a mistake."""

    def __init__(self) -> None:
        self.mistake: FilterError | None = None
        self.style = Style(underline=True)

    def highlight(self, text: Text) -> None:
        """Underline the mistake; where something is missing at the end, what stands before it."""
        if self.mistake is not None:
            last = len(text.plain.rstrip()) - 1
            text.stylize(self.style, min(self.mistake.start, last), min(self.mistake.end, last + 1))


class FilterBar(Horizontal):
    """A line for a filter, hidden while it is blank and nobody types in it.

    `filter` is the one in force: that of the last text without a mistake.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "clear", "clear the filter", show=False)]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"filter--mistake"}

    @dataclass
    class Changed(Message):
        """Another filter is in force. It comes with every key: who filters much waits for the last of them."""

        filter: Filter

    class Left(Message):
        """Somebody is done here: the keys go back to what is filtered."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self.filter = parse("")
        self._underline = _Underline()
        self._input = Input(
            highlighter=self._underline, max_length=MOST, compact=True, select_on_focus=False, id="filter"
        )
        self._input.cursor_blink = False
        self._expected = Label(id="expected")
        self.display = False

    def compose(self) -> ComposeResult:
        """Lay out the key that leads here, the filter, and what is wrong with it."""
        yield Label(Content("/"), id="slash")
        yield self._input
        yield self._expected

    def open(self) -> None:
        """Type from now on, behind what stands there."""
        self.display = True
        self._input.focus()

    def put(self, text: str) -> None:
        """Write `text` as if it had been typed."""
        self._input.value = text

    def on_input_changed(self, event: Input.Changed) -> None:
        """Put the filter in force, or show the mistake."""
        event.stop()
        try:
            found = parse(event.value)
        except FilterError as error:
            self._show_mistake(error)
            return
        self._show_mistake(None)
        if found != self.filter:
            self.filter = found
            self.post_message(self.Changed(found))

    def _show_mistake(self, mistake: FilterError | None) -> None:
        self._underline.mistake = mistake
        self._underline.style = Style(underline=True) + self.get_component_rich_style("filter--mistake", partial=True)
        self._expected.update(Content("" if mistake is None else f"expected {mistake.expected}"))
        self._input.refresh()
        self._appear()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Leave with the filter as it is; with a mistake in it go there instead."""
        event.stop()
        if (mistake := self._underline.mistake) is None:
            self.post_message(self.Left())
        else:
            self._input.cursor_position = mistake.end

    def action_clear(self) -> None:
        """Leave without a filter."""
        self.put("")
        self.post_message(self.Left())

    def on_descendant_focus(self) -> None:
        """Be there while somebody types."""
        self._appear()

    def on_descendant_blur(self) -> None:
        """Go when there is nothing to show."""
        self._appear()

    def _appear(self) -> None:
        self.display = self._input.has_focus or bool(self._input.value.strip())
