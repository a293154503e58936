"""The pixels: webhooks above, and below the pixels of the one under the cursor."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.events import DescendantFocus

from monitor.console.views.alerting import AlertingView
from monitor.console.views.base import bring
from monitor.console.views.tabs import PIXELS, Tab
from monitor.console.widgets.detail_pane import Subject
from monitor.console.widgets.drawn import PLAIN, Line, Lines, clip
from monitor.console.widgets.live_table import LiveTable
from monitor.insight import wording
from monitor.insight.board import PixelBoard
from monitor.insight.filter import parse
from monitor.insight.pixel_columns import PIXEL_COLUMNS
from monitor.insight.pixels import pixel_key
from monitor.insight.view import SortedView
from monitor.insight.webhook_columns import WEBHOOK_COLUMNS
from monitor.insight.wording import Tone

if TYPE_CHECKING:
    from monitor.insight.board import Keep
    from monitor.insight.columns import Context
    from monitor.insight.filter import Filter
    from monitor.insight.pixels import Hook, Seen
    from monitor.insight.webhook import Incident, PixelRow, WebhookRow
    from monitor.ledger import Change
    from monitor.model.call import Call


class PixelsView(AlertingView):
    """Two tables, one line between them."""

    TAB: ClassVar[Tab] = PIXELS
    FILTERED: ClassVar[bool] = True

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        webhooks: SortedView[WebhookRow] = SortedView(lambda row: row.hook.key, lambda _: None, descending=False)
        pixels: SortedView[PixelRow] = SortedView(lambda row: row.key, lambda _: None, descending=True)
        self.webhooks = LiveTable(WEBHOOK_COLUMNS, webhooks, context, sort="state", id="webhooks", follows=False)
        self.pixels = LiveTable(PIXEL_COLUMNS, pixels, context, sort="time", id="webhook-pixels")
        self._between = Lines(id="between")
        self._below = False
        """Whether the lower table has the keys."""
        self._listed: WebhookRow | None = None
        """The webhook whose pixels are listed, as it was then."""
        self._changed = False
        """Whether calls changed since: a pixel is shown with its call."""
        self._wanted = parse("")
        self._filtered: PixelBoard | None = None

    def compose(self) -> ComposeResult:
        """Lay out the tables, and the line between them."""
        yield self.webhooks
        yield self._between
        yield self.pixels

    @property
    def table(self) -> LiveTable[WebhookRow] | LiveTable[PixelRow]:
        """The table that has the keys."""
        return self.pixels if self._below else self.webhooks

    @property
    def detailed(self) -> LiveTable[PixelRow]:
        """The detail is about a pixel."""
        return self.pixels

    @property
    def board(self) -> PixelBoard | None:
        """What is shown: all pixels, or those that the filter lets through."""
        whole = self.context.board
        if not self._wanted.text or whole is None:
            return whole
        if self._filtered is None:
            keep = _keeping(self._wanted, replace(self.context))
            ledger, rules = self.context.ledger, self.context.rules
            self._filtered = PixelBoard(ledger, rules, keep, timely=self._wanted.timely, whole=whole)
            self._filtered.refill(whole.now)
        return self._filtered

    # What comes in

    def put(self, change: Change) -> None:
        """Take note that calls changed; the board knows which pixels did."""
        if self._filtered is not None and self.context.board is not None:
            self._filtered.apply(change, self.context.board.now)
        self._changed = self._changed or bool(change.size or change.numbered or change.anew)

    def update(self, *, shown: bool) -> None:
        """Show the webhooks, and the pixels of one, as they are."""
        if shown and self.board is not None and self.context.board is not None:
            self.board.advance(self.context.board.now)
            bring(self.webhooks, {row.hook.key: row for row in self.board.rows(self.window.seconds)})
            self._list()

    def tick(self) -> None:
        """Show what the passing of a second changed: pixels that are stuck now, another minute."""
        self.update(shown=True)
        self.webhooks.tick()
        self.pixels.tick()

    def set_filter(self, wanted: Filter) -> None:
        """Count only the pixels that `wanted` lets through. It costs a look at every call, so not before it is seen."""
        self._wanted, self._filtered = wanted, None
        self._changed = True
        if self.display:
            self.update(shown=True)

    @on(LiveTable.Moved)
    def follow(self, event: LiveTable.Moved) -> None:
        """List the pixels of the webhook that the cursor is on now."""
        if event.table == self.webhooks.id:
            self._list()

    def _list(self) -> None:
        """List the pixels of the webhook under the cursor, if they may differ from those that are listed."""
        row = self._row
        if self.board is None or (row is self._listed and not self._changed):
            return
        before, self._listed, self._changed = self._listed, row, False
        pixels = {} if row is None else {each.key: each for each in self.board.pixels(row.hook)}
        if before is None or row is None or row.hook != before.hook:
            self.pixels.refill(pixels.values())
            self.pixels.go_top()
        else:
            bring(self.pixels, pixels)
            self.pixels.recheck()
        self._draw_between()

    @property
    def _row(self) -> WebhookRow | None:
        return self.webhooks.view.rows.get(self.webhooks.cursor or "")

    # What is shown

    def _draw_between(self) -> None:
        self._between.show([] if self._listed is None else [clip(self._words(self._listed), self._between.size.width)])

    def _words(self, row: WebhookRow) -> Line:
        counts = row.counts
        told = f" · {counts.failed:,} of {counts.settled:,} failed in {self.window.title}"
        if self.window.seconds is None:
            told = f" · {counts.failed:,} of {counts.settled:,} failed"
        usual = "" if row.usual is None else f" (usual {wording.share(row.usual.share)}: {row.usual.of})"
        newest = f" · newest {len(self.pixels.view):,} pixels"
        return ((row.hook.title, "strong"), (f" · {row.hook.host}{told}", PLAIN), (newest, PLAIN), (usual, "dim"))

    def on_resize(self) -> None:
        """Fit the line between to its room."""
        self.call_after_refresh(self._draw_between)

    def set_stale(self, now: datetime, *, stale: bool) -> None:
        """Show without colour, or with."""
        self.webhooks.set_stale(stale)
        self.pixels.set_stale(stale)

    def set_empty(self, lines: list[Line]) -> None:
        """Show `lines` while there is no webhook."""
        self.webhooks.set_empty(lines)

    def nothing(self, since: str) -> list[Line]:
        """Return that there is no pixel, in which time."""
        if self._wanted.text and self.context.board is not None and self.context.board.rows(self.window.seconds):
            return [(("no pixel passes the filter", PLAIN),)]
        if self.window.seconds is None:
            return [((f"no pixel since {since}", PLAIN),)]
        return [((f"no pixel in the last {self.window.title}", PLAIN), (" (w takes a longer window)", Tone.DIM.value))]

    @property
    def extent(self) -> str:
        """How many pixels, or webhooks, there are; of how many webhooks some have pixels that pass the filter."""
        if self._below:
            return f"{len(self.pixels.view):,} pixels"
        whole = self.context.board
        of = f" of {len(whole.rows(self.window.seconds)):,}" if self._wanted.text and whole is not None else ""
        return f"{len(self.webhooks.view):,}{of} webhooks"

    def remarks(self, now: datetime) -> Line:
        """Return the window that the webhooks are told over."""
        return () if self._below else ((f" · {self.window.title}", Tone.DIM.value),)

    # What people do

    @property
    def hook(self) -> Hook | None:
        """The webhook under the cursor."""
        return None if self._row is None else self._row.hook

    @property
    def incident(self) -> Incident | None:
        """Its open incident, whatever the filter lets through of it."""
        found = () if self.context.board is None else self.context.board.open_incidents()
        return next((each for each in found if each.hook == self.hook), None)

    def choose(self, whose: Hook) -> bool:
        """Put the cursor on a webhook; return whether it is here."""
        self.back()
        return self.webhooks.go_to(whose.key)

    @on(LiveTable.Opened)
    def descend(self, event: LiveTable.Opened) -> None:
        """Let the pixels of the webhook have the keys; a pixel is opened by the screen."""
        if event.table == self.webhooks.id:
            event.stop()
            if self.screen.is_active:
                self.pixels.focus()

    def back(self) -> None:
        """Let the webhooks have the keys again."""
        self.webhooks.focus()

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Tell of the table that has the keys."""
        self._below = event.widget is self.pixels
        self.post_message(LiveTable.Changed())

    def subject(self, key: str | None) -> Subject | None:
        """Return the pixel `key` of a call."""
        row = self.pixels.view.rows.get(key or "")
        return None if row is None else Subject("calls", row.call.uuid, pixel_key(row.pixel, row.hook))


def _keeping(wanted: Filter, context: Context) -> Keep:
    """Return what `wanted` lets through, as a choice of the board's; `context` is its own, for the board's moments."""

    def keep(call: Call, seen: Seen, now: datetime) -> bool:
        context.now = now
        return wanted.pixel(call, seen, context)

    return keep
