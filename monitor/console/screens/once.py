"""Screens that close once, however often they are told to: keys come faster than screens over a slow line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.await_complete import AwaitComplete
from textual.command import CommandPalette
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
