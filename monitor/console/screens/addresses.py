"""The dialog that lists the addresses of a call, and opens the one that is chosen."""

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

from monitor import text
from monitor.console.addresses import Address, host, open_address, opener
from monitor.console.screens.once import Once, Options

_NOWHERE = "Nothing is opened from here (SSH, or no display): select the address with Shift held"


class AddressList(Once, ModalScreen[None]):
    """Lists addresses, the host first; opens one only after a choice. Its first choice opens nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,o", "dismiss(None)", "close"),
        Binding("r,R", "reveal", "reveal values"),
    ]

    def __init__(self, listed: Sequence[Address], *, reveal: bool) -> None:
        super().__init__()
        self._listed = listed
        self._reveal = reveal
        self._program = opener()

    def compose(self) -> ComposeResult:
        """Lay out what will happen, and the list."""
        with Vertical():
            what = _NOWHERE if self._program is None else "Open an address in the browser"
            yield Label(Content(f"{what} · r shows or hides values"))
            yield Options(Option(Content("open nothing")), *(self._option(each) for each in self._listed))

    def _option(self, each: Address) -> Option:
        url = text.redact_url(each.url, reveal=self._reveal)
        warning = " · opening it fires it once more" if each.fires else ""
        return Option(Content(text.clean(f"{host(each.url)} · {each.what}{warning}") + f"\n{text.clean(url, 2048)}"))

    def action_reveal(self) -> None:
        """Show or hide the values in the addresses."""
        self._reveal = not self._reveal
        options = self.query_one(Options)
        for place, each in enumerate(self._listed, start=1):
            options.replace_option_prompt_at_index(place, self._option(each).prompt)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Open what was chosen, and say so."""
        if event.option_index == 0:
            self.dismiss(None)
        elif self._program is None:
            self.notify(_NOWHERE, markup=False)
        else:
            self._open(self._listed[event.option_index - 1], self._program)

    def _open(self, chosen: Address, program: str) -> None:
        try:
            open_address(chosen.url, program)
        except OSError as error:
            self.notify(f"{program} cannot be run: {error.strerror}", severity="error", markup=False)
        else:
            self.notify(text.clean(f"opened in the browser: {host(chosen.url)}"), markup=False)
            self.dismiss(None)
