"""The help: every key, column and figure, from the registries that the program itself runs on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from monitor.console.bindings import SCROLL_KEYS, SECTIONS, Key, textual_bindings
from monitor.console.screens.once import Once
from monitor.console.widgets.drawn import PLAIN, Line, Page, blank, fit, wrapped
from monitor.insight.call_columns import CALL_COLUMNS
from monitor.insight.incident_columns import INCIDENT_COLUMNS
from monitor.insight.kpi import KPIS
from monitor.insight.pixel_columns import PIXEL_COLUMNS
from monitor.insight.target_columns import TARGET_COLUMNS
from monitor.insight.webhook_columns import WEBHOOK_COLUMNS

_KEY = 12
_WORD = 14


_COLUMNS = {
    "calls": [(each.title, each.help) for each in CALL_COLUMNS],
    "buyers": [(each.title, each.help) for each in TARGET_COLUMNS],
    "webhooks": [(each.title, each.help) for each in WEBHOOK_COLUMNS],
    "pixels": [(each.title, each.help) for each in PIXEL_COLUMNS],
    "alerts": [(each.title, each.help) for each in INCIDENT_COLUMNS],
}


def help_lines(width: int) -> list[Line]:
    """Return the whole help, broken to `width`."""
    lines: list[Line] = [(("callmon · keys, figures and columns", "strong"),), ()]
    for title, keys in SECTIONS:
        lines += [((title, "head"),), *_keys(keys, width), ()]
    lines += [(("Figures (each beside its change against the window before)", "head"),)]
    lines += _table([(kpi.title, kpi.help) for kpi in KPIS], width)
    for noun, columns in _COLUMNS.items():
        lines += [(), ((f"Columns of {noun}", "head"),), *_table(columns, width)]
    lines += [(), ((_NOTE, "dim"),)]
    return lines


_NOTE = "To select text with the mouse hold Shift (Option on a Mac)."


def _keys(keys: tuple[Key, ...], width: int) -> Iterator[Line]:
    for key in keys:
        yield from wrapped((blank(1), (fit(key.shown, _KEY), "accent")), key.help, width, PLAIN)


def _table(rows: list[tuple[str, str]], width: int) -> Iterator[Line]:
    for title, words in rows:
        yield from wrapped((blank(1), (fit(title, _WORD), "strong")), words, width, PLAIN)


class _Page(Page):
    BINDINGS: ClassVar[list[BindingType]] = textual_bindings(SCROLL_KEYS)

    def on_resize(self) -> None:
        self.show(help_lines(self.size.width))


class HelpScreen(Once, ModalScreen[None]):
    """Shows the help over whatever is there."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,question_mark", "dismiss", "close")]

    def compose(self) -> ComposeResult:
        """Lay out the page."""
        yield _Page(id="help")
