"""The detail of one call or buyer: a page of lines to scroll, beside the table or on a screen of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import BindingType
from textual.message import Message
from textual.reactive import reactive

from monitor.console.bindings import DETAIL_KEYS, SCROLL_KEYS, textual_bindings
from monitor.console.widgets.drawn import Line, Page
from monitor.insight.columns import Context
from monitor.insight.wording import Tone


@dataclass(frozen=True, slots=True)
class Subject:
    """What a detail is about: a call by uuid, one `pixel` of it by its key, or a target by its id."""

    view: str
    key: str
    pixel: str | None = None


class DetailPane(Page):
    """Shows `subject`, live. Says `Closed` when somebody is done with it."""

    BINDINGS: ClassVar[list[BindingType]] = textual_bindings((*DETAIL_KEYS, *SCROLL_KEYS))
    reveal = reactive(default=False)
    raw = reactive(default=False)

    @dataclass
    class Closed(Message):
        """Nobody wants to see the detail any more."""

    def __init__(self, context: Callable[[], Context], *, id: str) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self._moment = context
        self.subject: Subject | None = None

    def open(self, subject: Subject | None) -> None:
        """Show `subject` from its top."""
        if subject != self.subject:
            self.subject = subject
            self.top = 0
            self.set_reactive(DetailPane.reveal, False)
        self.bring_up_to_date()

    def bring_up_to_date(self) -> None:
        """Draw the lines that differ from what is shown."""
        if self.subject is not None and self.size.width:
            self.show(self._lines(self.subject, self.size.width))

    def _lines(self, subject: Subject, width: int) -> list[Line]:
        # Imported when a detail is first opened: the first paint does without.
        from monitor.console.call_detail import detail_lines, raw_lines
        from monitor.console.target_detail import target_lines

        context = self._moment()
        if subject.view == "targets":
            target = context.ledger.targets.get(int(subject.key))
            return _said("not on the account any more") if target is None else target_lines(target, context, width)
        if self.raw:
            return raw_lines(context.ledger.answers.get(subject.key), width, reveal=self.reveal)
        call = context.ledger.calls.get(subject.key)
        if call is None:
            return _said(f"not held any more: there is room for {context.ledger.held:,} calls, and this was the oldest")
        return detail_lines(call, context, width, reveal=self.reveal)

    def watch_reveal(self) -> None:
        """Hide or show the values in addresses."""
        self.bring_up_to_date()

    def watch_raw(self) -> None:
        """Turn the page."""
        self.top = 0
        self.bring_up_to_date()

    def on_resize(self) -> None:
        """Break the lines anew."""
        self.bring_up_to_date()
        self.scroll_lines_to(self.top)

    def action_close(self) -> None:
        """Close the detail."""
        self.post_message(self.Closed())

    def action_next_tab(self) -> None:
        """Show the next page: call, raw JSON."""
        self.raw = not self.raw and self.subject is not None and self.subject.view == "calls"

    def action_reveal(self) -> None:
        """Show or hide the values in pixel addresses."""
        self.reveal = not self.reveal

    def action_addresses(self) -> None:
        """List the addresses of the call."""
        from monitor.console.addresses import addresses
        from monitor.console.screens.addresses import AddressList

        ledger = self._moment().ledger
        call = None if self.subject is None else ledger.calls.get(self.subject.key)
        listed = [] if call is None else addresses(call, ledger.answers.get(call.uuid))
        if not self.screen.is_active:
            return  # they are listed already
        if listed:
            self.app.push_screen(AddressList(listed, reveal=self.reveal))
        else:
            self.notify("no addresses that could be opened", markup=False)


def _said(words: str) -> list[Line]:
    return [((words, Tone.DIM.value),)]
