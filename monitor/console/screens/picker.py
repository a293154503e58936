"""Small dialogs: choose one thing, or choose some."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Label, OptionList, SelectionList
from textual.widgets.option_list import Option
from textual.widgets.selection_list import Selection

Choice = tuple[str, str]
"""The id of a thing to choose and how it reads."""


class Picker(ModalScreen[str | None]):
    """Choose one of `choices`; escape chooses nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "dismiss(None)", "cancel")]

    def __init__(self, title: str, choices: Sequence[Choice], current: str) -> None:
        super().__init__()
        self._title = title
        self._choices = choices
        self._current = current

    def compose(self) -> ComposeResult:
        """Lay out the title and the list."""
        with Vertical():
            yield Label(Content(self._title))
            options = OptionList(*(Option(Content(title), id=name) for name, title in self._choices))
            options.highlighted = next((at for at, (name, _) in enumerate(self._choices) if name == self._current), 0)
            yield options

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Give the answer."""
        self.dismiss(event.option.id)


class Chooser(ModalScreen[frozenset[str] | None]):
    """Choose some of `choices`; escape and enter keep what is ticked."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,enter,q", "done", "done", priority=True)]

    def __init__(self, title: str, choices: Sequence[Choice], chosen: frozenset[str]) -> None:
        super().__init__()
        self._title = title
        self._choices = choices
        self._chosen = chosen

    def compose(self) -> ComposeResult:
        """Lay out the title and the list."""
        with Vertical():
            yield Label(Content(self._title))
            yield SelectionList[str](
                *(Selection(Content(title), name, initial_state=name in self._chosen) for name, title in self._choices)
            )

    def action_done(self) -> None:
        """Give the answer; no column at all is no answer."""
        chosen = frozenset(self.query_one(SelectionList).selected)
        self.dismiss(chosen or None)
