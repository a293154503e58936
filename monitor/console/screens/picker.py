"""Small dialogs: choose one thing, or choose some."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Label, OptionList
from textual.widgets.option_list import Option

from monitor.console.screens.once import Once, Options

Choice = tuple[str, str]
"""The id of a thing to choose and how it reads."""


class Picker(Once, ModalScreen[str | None]):
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
            options = Options(*(Option(Content(title), id=name) for name, title in self._choices))
            options.highlighted = next((at for at, (name, _) in enumerate(self._choices) if name == self._current), 0)
            yield options

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Give the answer."""
        self.dismiss(event.option.id)


class Chooser(Once, ModalScreen[frozenset[str] | None]):
    """Choose some of `choices`: space ticks, enter is done, escape leaves everything as it was."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss(None)", "cancel"),
        Binding("space", "turn", "tick"),
        Binding("enter", "done", "done", priority=True),
    ]

    def __init__(self, title: str, choices: Sequence[Choice], chosen: frozenset[str]) -> None:
        super().__init__()
        self._title = title
        self._choices = choices
        self._chosen = set(chosen)

    def compose(self) -> ComposeResult:
        """Lay out the title and the list."""
        with Vertical():
            yield Label(Content(f"{self._title} · space ticks, enter is done"))
            yield Options(*(Option(self._prompt(name, title), id=name) for name, title in self._choices))

    def _prompt(self, name: str, title: str) -> Content:
        return Content(f"[{'x' if name in self._chosen else ' '}] {title}")

    def action_turn(self) -> None:
        """Tick the choice under the cursor, or take the tick away; one always stays."""
        options = self.query_one(Options)
        if options.highlighted is None:
            return
        name, title = self._choices[options.highlighted]
        if self._chosen != {name}:
            self._chosen ^= {name}
            options.replace_option_prompt_at_index(options.highlighted, self._prompt(name, title))

    def on_option_list_option_selected(self) -> None:
        """A click ticks as well."""
        self.action_turn()

    def action_done(self) -> None:
        """Give the answer."""
        self.dismiss(frozenset(self._chosen))
