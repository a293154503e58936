"""The detail of one call or buyer: pages of lines to scroll, beside the table or on a screen of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import BindingType
from textual.message import Message
from textual.reactive import reactive

from monitor.console.bindings import DETAIL_KEYS, SCROLL_KEYS, textual_bindings
from monitor.console.widgets.drawn import Line, Page, blank
from monitor.insight.columns import Context
from monitor.insight.wording import Tone

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.insight.pixels import Seen
    from monitor.model.call import Call

_AWAITED = 15.0
"""Seconds after which an answer that does not hold the flow is taken for the one that was asked for it."""


class Tab(StrEnum):
    """The pages of a call's detail, in their order. The value is how they are called."""

    CALL = "Call"
    PIXEL = "Pixel"
    FLOW = "Flow"
    RAW = "Raw"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a detail is about: a call by uuid, or a target by its id; of a call perhaps one `pixel`, by its key."""

    view: str
    key: str
    pixel: str | None = None

    @property
    def watched(self) -> tuple[str | None, int | None]:
        """Which call, and which buyer, is to be read more often because it is looked at."""
        return (None, int(self.key)) if self.view == "targets" else (self.key, None)


class DetailPane(Page):
    """Shows `subject`, live. Says `Turned` when another page is shown, `Closed` when somebody is done with it."""

    BINDINGS: ClassVar[list[BindingType]] = textual_bindings((*DETAIL_KEYS, *SCROLL_KEYS))
    reveal = reactive(default=False)
    tab = reactive(Tab.CALL)

    @dataclass
    class Turned(Message):
        """Another page of `pane` is shown."""

        pane: DetailPane

    @dataclass
    class Closed(Message):
        """Nobody wants to see the detail any more."""

    def __init__(self, context: Callable[[], Context], *, id: str) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self._moment = context
        self.subject: Subject | None = None
        self._chosen: tuple[str, int] | None = None
        """The pixel that is shown, by its key, and where it stood: two may have the same key."""
        self._flow_asked: tuple[datetime, Mapping[str, Any] | None] | None = None
        """When the flow was asked for, and the answer that there was by then."""

    def open(self, subject: Subject | None) -> None:
        """Show `subject` from its top: its pixel if it names one, else the page that is open for others like it."""
        if subject != self.subject:
            before, self.subject = self.subject, subject
            self.top = 0
            self.set_reactive(DetailPane.reveal, False)
            self._chosen = None
            self._flow_asked = None
            if subject is not None:
                tab = self.tab if before is not None and before.pixel is None else Tab.CALL
                self._show(Tab.CALL if subject.view == "targets" else tab if subject.pixel is None else Tab.PIXEL)
        self.bring_up_to_date()

    def _show(self, tab: Tab) -> None:
        self.set_reactive(DetailPane.tab, tab)
        self._note_flow()

    def _note_flow(self) -> None:
        if self.tab is Tab.FLOW and self.subject is not None:
            context = self._moment()
            self._flow_asked = (context.now, context.ledger.answers.get(self.subject.key))

    @property
    def watched(self) -> tuple[str | None, int | None, bool]:
        """Which call and which buyer are to be read more often, and whether with the call's flow."""
        if self.subject is None:
            return None, None, False
        return (*self.subject.watched, self.tab is Tab.FLOW)

    def bring_up_to_date(self) -> None:
        """Draw the lines that differ from what is shown."""
        if self.subject is not None and self.size.width:
            self.show(self._lines(self.subject, self.size.width))

    def _lines(self, subject: Subject, width: int) -> list[Line]:
        context = self._moment()
        if subject.view == "targets":
            from monitor.console.target_detail import target_lines

            self.pinned = 0
            target = context.ledger.targets.get(int(subject.key))
            return _said("not on the account any more") if target is None else target_lines(target, context, width)
        self.pinned = 1
        return [self._tabs(), *self._page(subject.key, context, width)]

    def _tabs(self) -> Line:
        line: Line = ()
        for each in Tab:
            line += ((each.value, "accent" if each is self.tab else Tone.DIM.value), blank(2))
        return line

    def _page(self, uuid: str, context: Context, width: int) -> list[Line]:
        # Imported when a detail is first opened: the first paint does without.
        from monitor.console.detail_parts import pixels_of, raw_lines

        answer = context.ledger.answers.get(uuid)
        if self.tab is Tab.RAW:
            return raw_lines(answer, width, reveal=self.reveal)
        call = context.ledger.calls.get(uuid)
        if call is None:
            return _said(f"not held any more: there is room for {context.ledger.held:,} calls, and this was the oldest")
        if self.tab is Tab.FLOW:
            from monitor.console.flow_detail import flow_lines

            return flow_lines(call, answer, context, width, asked=self._is_asked(answer, context), reveal=self.reveal)
        found = pixels_of(call, context)
        if self.tab is Tab.CALL:
            from monitor.console.call_detail import detail_lines

            return detail_lines(call, found, context, width, reveal=self.reveal)
        if not found:
            return _said("this call has no pixels, and none is missed")
        from monitor.console.pixel_detail import pixel_lines

        return pixel_lines(call, found, self._place(found), context, width, reveal=self.reveal)

    def _is_asked(self, answer: Mapping[str, Any] | None, context: Context) -> bool:
        """Return whether the answer that tells the flow is still awaited."""
        if self._flow_asked is None:
            return False
        since, before = self._flow_asked
        return answer is before and (context.now - since).total_seconds() < _AWAITED

    # The pixel

    def _place(self, found: list[Seen]) -> int:
        """Return where the pixel that is shown stands among those of the call: unless one was chosen, the first that
        a person should look at."""
        wanted = self.subject.pixel if self.subject is not None else None
        if self._chosen is not None:
            key, place = self._chosen
            if place < len(found) and found[place].key == key:
                return place
            wanted = key
        places = [place for place, each in enumerate(found) if each.key == wanted]
        places += [place for place, each in enumerate(found) if each.failing]
        return places[0] if places else 0

    def _call_in_sight(self) -> tuple[Call, list[Seen], Context] | None:
        from monitor.console.detail_parts import pixels_of

        context = self._moment()
        subject = self.subject
        call = None if subject is None or subject.view == "targets" else context.ledger.calls.get(subject.key)
        return None if call is None else (call, pixels_of(call, context), context)

    def _pixel_in_sight(self) -> Seen | None:
        """Return the pixel that is shown; None on another page."""
        shown = self._call_in_sight() if self.tab is Tab.PIXEL else None
        return None if shown is None or not shown[1] else shown[1][self._place(shown[1])]

    # What people do

    def watch_reveal(self) -> None:
        """Hide or show the values in addresses."""
        self.bring_up_to_date()

    def watch_tab(self) -> None:
        """Turn the page."""
        self.top = 0
        self._note_flow()
        self.bring_up_to_date()
        self.refresh()
        if self.subject is not None:
            self.post_message(self.Turned(self))

    def on_resize(self) -> None:
        """Break the lines anew."""
        self.bring_up_to_date()
        self.scroll_lines_to(self.top)

    def action_close(self) -> None:
        """Close the detail."""
        self.post_message(self.Closed())

    def action_turn(self, by: int) -> None:
        """Show the next page, or one before."""
        if self.subject is not None and self.subject.view != "targets":
            tabs = list(Tab)
            self.tab = tabs[(tabs.index(self.tab) + by) % len(tabs)]

    def action_pixel(self, by: int) -> None:
        """Show the next pixel of the call, or the one before."""
        shown = self._call_in_sight() if self.tab is Tab.PIXEL else None
        if shown is None or not shown[1]:
            return
        found = shown[1]
        place = min(max(0, self._place(found) + by), len(found) - 1)
        self._chosen = (found[place].key, place)
        self.top = 0
        self.bring_up_to_date()
        self.refresh()

    def action_reveal(self) -> None:
        """Show or hide the values in addresses."""
        self.reveal = not self.reveal

    def action_addresses(self) -> None:
        """List the addresses of the call."""
        from monitor.console.addresses import addresses
        from monitor.console.screens.addresses import AddressList

        shown = self._call_in_sight()
        listed = [] if shown is None else addresses(shown[0], shown[2].ledger.answers.get(shown[0].uuid))
        if not self.screen.is_active:
            return  # they are listed already
        if listed:
            self.app.push_screen(AddressList(listed, reveal=self.reveal))
        else:
            self.notify("no addresses that could be opened", markup=False)

    def action_copy_uuid(self) -> None:
        """Copy the uuid of the call."""
        from monitor.console.clipboard import copy

        shown = self._call_in_sight()
        if shown is not None:
            copy(self.app, "the call's uuid", shown[0].uuid)

    def action_copy_command(self) -> None:
        """Copy a command that asks for the address of the pixel that is shown."""
        from monitor.console.clipboard import copy
        from monitor.console.pixel_address import command

        each = self._pixel_in_sight()
        if each is None or each.pixel is None:
            why = "open the page of a pixel first" if each is None else "this pixel is missing, so it has no address"
            self.notify(f"nothing was copied: {why}", severity="warning", markup=False)
            return
        try:
            copy(self.app, "the command, its values left out", command(each.pixel.url))
        except ValueError as error:
            self.notify(f"nothing was copied: {error}", severity="warning", markup=False)

    def action_write_note(self) -> None:
        """Write a note of the incident of the webhook of the pixel that is shown."""
        from monitor.console.incident import write_incident_note

        each = self._pixel_in_sight()
        if each is None:
            self.notify("open the page of a pixel first", severity="warning", markup=False)
        else:
            write_incident_note(self.app, each.hook, each.moment)


def _said(words: str) -> list[Line]:
    return [((words, Tone.DIM.value),)]
