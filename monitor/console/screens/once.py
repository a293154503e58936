"""Screens and lists for keys that come faster than screens over a slow line: they close once, and page only what is
laid out."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from textual.await_complete import AwaitComplete
from textual.command import CommandPalette
from textual.widgets import OptionList
from textual.worker import Worker

if TYPE_CHECKING:
    from textual.screen import Screen

    _Beside = Screen[Any]
else:
    _Beside = object  # not a screen of its own: Textual takes styles from the first base that is one


class Once(_Beside):
    """Beside a screen, before it: closes that one alone.

    Textual would close whatever is in front by then, or fail when nothing is left to close.
    """

    def dismiss(self, result: Any = None) -> AwaitComplete:
        """Close with `result`, if this has not happened yet."""
        return super().dismiss(result) if self.is_active else AwaitComplete()


class Palette(Once, CommandPalette):
    """The command palette, whose search may be left at any moment."""

    def run_worker(self, *given: Any, **named: Any) -> Worker[Any]:
        """Run the search. Closing the palette fails one that has just begun; that is no reason to end the program."""
        return super().run_worker(*given, **{**named, "exit_on_error": False})

    def _action_command_list(self, action: str) -> None:
        """Move in the list of commands. Textual's cannot be paged before its lines are laid out."""
        with suppress(LookupError):
            super()._action_command_list(action)


class Options(OptionList):
    """A list of options whose keys may come before its lines are laid out: then there is no page to turn."""

    def action_page_up(self) -> None:
        """Move one page up."""
        with suppress(LookupError):
            super().action_page_up()  # type: ignore[no-untyped-call]  # Textual has no annotations here

    def action_page_down(self) -> None:
        """Move one page down."""
        with suppress(LookupError):
            super().action_page_down()  # type: ignore[no-untyped-call]  # Textual has no annotations here
