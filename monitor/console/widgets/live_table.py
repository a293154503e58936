"""The live table: rows that change while somebody reads them, drawn by line so that a tick costs what changed.

The cursor is on a row, not on a place: rows may arrive, change and move, and it stays on its row. While the cursor
is on the top row the table follows what is new. Otherwise nothing moves under it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from monitor.console.bindings import TABLE_KEYS, textual_bindings
from monitor.console.widgets.drawn import PLAIN, Drawn, Line, Span, blank, fit
from monitor.insight.columns import Column, Context, Placed, gap_for, layout
from monitor.insight.view import SortedView
from monitor.insight.wording import Cell, Tone

R = TypeVar("R")

_HEADER = 1


def _never(_row: object, _context: Context) -> None:
    return None


@dataclass(slots=True)
class _Painted(Generic[R]):
    """A line as it stands on the screen, or will after the next paint: drawing reads nothing else."""

    key: str
    row: R
    cells: tuple[Cell, ...]
    selected: bool
    strip: Strip | None = None


class LiveTable(Drawn, Generic[R], can_focus=True):
    """A table over `view`, with `columns` of the registry."""

    BINDINGS: ClassVar[list[BindingType]] = textual_bindings(TABLE_KEYS)

    @dataclass
    class Opened(Message):
        """Somebody wants to see the row `key` of `table` in full."""

        table: str | None
        key: str

    @dataclass
    class Moved(Message):
        """The cursor of `table`, which need not be in sight, is on another row now (None: on none)."""

        table: str | None
        key: str | None

    @dataclass
    class Changed(Message):
        """What the caption tells changed: following, new rows, sort order, number of rows."""

    def __init__(
        self,
        columns: Sequence[Column[R]],
        view: SortedView[R],
        context: Context,
        *,
        sort: str,
        id: str,  # noqa: A002
        struck: Callable[[R, Context], Context | None] = _never,
        follows: bool = True,
    ) -> None:
        """`struck` tells the context in which a row is shown struck out; None for any other row. Unless it `follows`,
        the cursor stays on its row on top as well."""
        super().__init__(id=id)
        self.columns = tuple(columns)
        self.shown = frozenset(column.id for column in columns)
        self.view = view
        self.context = context
        self.sorted_by = next(column for column in columns if column.id == sort)
        self.descending = self.sorted_by.descending
        self.follows = follows
        self.following = follows
        self.arrived = 0
        """Rows that came above the cursor since it left the top."""
        self.cursor: str | None = None
        self.top = 0
        """Place of the first row shown."""
        self._placed: list[Placed[R]] = []
        self._lines: list[_Painted[R]] = []
        self._thumb = range(0)
        """The lines that the scroll bar's thumb stands on."""
        self._empty: list[Line] = []
        self._stale = False
        self._struck = struck
        view.sort(self._sort_value, descending=self.descending)

    # What is shown

    @property
    def page(self) -> int:
        """How many rows fit."""
        return max(1, self.size.height - _HEADER)

    @property
    def place(self) -> int:
        """Where the cursor is, counted from the top; 0 when there is no row."""
        return 0 if self.cursor is None else self.view.place(self.cursor) or 0

    def refill(self, rows: Iterable[R]) -> None:
        """Show exactly `rows`."""
        place, line, before = self.place, self.place - self.top, self.cursor
        self.view.replace(rows)
        if self.cursor not in self.view.rows:
            self.cursor = self.view.key(min(place, len(self.view) - 1)) if len(self.view) else None
        self._keep_line(line, before)

    def update_rows(self, rows: Sequence[R], *, added: int, removed: Set[str] = frozenset()) -> None:
        """Take in `rows`, of which `added` are new, let the rows `removed` go, and draw what differs."""
        line, before = self.place - self.top, self.cursor
        if removed:
            self.cursor = self.view.nearest(self.place, removed)
            self.view.discard(removed)
        place = self.place
        self.view.update(rows)
        if not self.following:
            self.arrived += max(0, min(added, self.place - place))
        self._keep_line(line, before)

    def recheck(self) -> None:
        """Draw the cells that changed for a reason outside their rows: numbers, sums."""
        self._paint()

    def reorder(self) -> None:
        """Sort anew: values changed for a reason outside the rows."""
        line = self.place - self.top
        self.view.sort(self._sort_value, descending=self.descending)
        self._keep_line(line, self.cursor)

    def set_empty(self, lines: list[Line]) -> None:
        """Show `lines` while there is no row."""
        if lines != self._empty:
            self._empty = lines
            if not len(self.view):
                self.refresh()

    def tick(self) -> None:
        """Draw the cells that changed because time went by."""
        ticking = [line.row for line in self._lines if any(each.column.ticks(line.row) for each in self._placed)]
        if ticking:
            self._paint(anew=ticking)

    def set_stale(self, stale: bool) -> None:
        """Show without colour, or with: old figures never look fresh."""
        if stale != self._stale:
            self._stale = stale
            self._redraw_all()

    def sort_by(self, column: str, *, descending: bool | None = None) -> None:
        """Order by `column`; again by the same one turns the direction."""
        chosen = next(each for each in self.columns if each.id == column)
        if descending is None:
            descending = not self.descending if chosen is self.sorted_by else chosen.descending
        self.sorted_by, self.descending = chosen, descending
        self.view.sort(self._sort_value, descending=descending)
        self.go_top() if self.following else self._reveal()
        self._redraw_all()

    def show_columns(self, shown: frozenset[str]) -> None:
        """Show the columns named, as far as they fit."""
        self.shown = shown
        self._lay_out()
        self._redraw_all()

    def go_top(self) -> None:
        """Go to the top row and follow what is new."""
        self.top = 0
        self._put_cursor(0)

    def go_to(self, key: str) -> bool:
        """Put the cursor on the row `key`; return whether it is here."""
        place = self.view.place(key)
        if place is not None:
            self._put_cursor(place)
        return place is not None

    def _sort_value(self, row: R) -> object:
        return self.sorted_by.sort(row, self.context)

    def _keep_line(self, line: int, before: str | None) -> None:
        """After rows changed: follow the top, or keep the cursor on its row and that row on its line.

        `before` is the row that the cursor was on before they did.
        """
        if self.following or self.cursor is None:
            self.cursor = self.view.key(0) if len(self.view) else None
        self.top = 0 if self.following else self.place - line
        self._reveal()
        self._paint()
        if self.cursor != before:
            self.post_message(self.Moved(self.id, self.cursor))
        self.post_message(self.Changed())

    # Drawing

    def _keys(self) -> list[str]:
        return [self.view.key(place) for place in range(self.top, min(self.top + self.page, len(self.view)))]

    def _paint(self, anew: Sequence[R] | None = None) -> None:
        """Compare what should stand on each line with what stands there, and draw what differs.

        `anew` are the rows to be formatted again; None: all. Rows that are in sight already and not among them keep
        their cells, so that moving the cursor formats nothing.
        """
        known = {line.key: line for line in self._lines}
        again = None if anew is None else {id(row) for row in anew}
        before, self._lines = self._lines, []
        width = self.size.width
        regions: list[Region] = []
        for at, key in enumerate(self._keys()):
            row = self.view.rows[key]
            line = known.get(key)
            if line is None or line.row is not row or again is None or id(row) in again:
                cells = self._cells(row)
            else:
                cells = line.cells
            selected = key == self.cursor
            if line is None or line.cells != cells or line.selected != selected:
                line = _Painted(key, row, cells, selected)
            line.row = row
            self._lines.append(line)
            was = before[at] if at < len(before) else None
            if was is None or was.key != key or was.selected != selected:
                regions.append(Region(0, at + _HEADER, width, 1))
            elif was is not line:
                regions += self._differences(at, was.cells, cells)
        if bool(before) != bool(self._lines):
            self.refresh()
            return
        regions += [Region(0, at + _HEADER, width, 1) for at in range(len(self._lines), len(before))]
        thumb = self._bar_place()
        if thumb != self._thumb:
            self._thumb = thumb
            regions.append(Region(width - 1, _HEADER, 1, self.page))
        if regions:
            self.refresh(*regions)

    def _cells(self, row: R) -> tuple[Cell, ...]:
        struck = self._struck(row, self.context)
        context = self.context if struck is None else struck
        cells = tuple(each.column.cell(row, context, each.width) for each in self._placed)
        return cells if struck is None else tuple(Cell(cell.text, Tone.GONE) for cell in cells)

    def _differences(self, line: int, before: tuple[Cell, ...], now: tuple[Cell, ...]) -> list[Region]:
        """The regions of the cells that differ. Other columns than before are a matter of `_redraw_all`."""
        return [
            Region(each.x + 1, line + _HEADER, each.width, 1)
            for each, old, new in zip(self._placed, before, now, strict=True)
            if old != new
        ]

    def _redraw_all(self) -> None:
        self._lines.clear()
        self._paint()
        self._thumb = self._bar_place()
        self.refresh()
        self.post_message(self.Changed())

    def notify_style_update(self) -> None:
        """Format everything anew: theme or classes changed."""
        super().notify_style_update()
        for line in self._lines:
            line.strip = None

    def _lay_out(self) -> None:
        chosen = [column for column in self.columns if column.id in self.shown]
        self._placed = layout(chosen, self.size.width - 2)

    def on_resize(self) -> None:
        """Choose the columns that fit."""
        self._lay_out()
        if not self.following:
            self._reveal()
        self._redraw_all()

    def render_line(self, y: int) -> Strip:
        """Draw the header (line 0) or a row."""
        width = self.size.width
        if y < _HEADER:
            return self.strip(self._header(), width)
        line = y - _HEADER
        if not self._lines and 0 < line <= len(self._empty):
            return self.strip((blank(2), *self._empty[line - 1]), width)
        if line >= len(self._lines):
            return self.strip((blank(width),), width)
        painted = self._lines[line]
        strip = painted.strip
        if strip is None:
            strip = painted.strip = self._format(painted.cells, selected=painted.selected)
        if line not in self._thumb:
            return strip
        return Strip.join([strip.crop(0, width - 1), self.strip((("▐", Tone.DIM.value),), 1)])

    def _header(self) -> list[Span]:
        line: list[Span] = [blank(1)]
        gap = blank(gap_for(self.size.width - 2))
        for each in self._placed:
            sorted_here = each.column is self.sorted_by
            title = f"{each.column.title}{'▾' if self.descending else '▴'}" if sorted_here else each.column.title
            line += [(fit(title, each.width, right=each.column.right), "strong" if sorted_here else "head"), gap]
        return line

    def _format(self, cells: tuple[Cell, ...], *, selected: bool) -> Strip:
        gap = blank(gap_for(self.size.width - 2))
        line: list[Span] = [("▌" if selected else " ", "accent" if selected else PLAIN)]
        for each, cell in zip(self._placed, cells, strict=True):
            look = Tone.DIM.value if self._stale and cell.tone is not Tone.GONE else cell.tone.value
            line += [(fit(cell.text, each.width, right=each.column.right), look), gap]
        return self.strip(line, self.size.width, self._cursor_style() if selected else None)

    def _cursor_style(self) -> Style:
        return self.get_component_rich_style("look--cursor", partial=True)

    def _bar_place(self) -> range:
        """The lines that the scroll bar's thumb stands on; none when everything fits."""
        rows, page = len(self.view), self.page
        if rows <= page:
            return range(0)
        size = max(1, page * page // rows)
        start = self.top * (page - size) // (rows - page)
        return range(start, start + size)

    # Moving

    def action_move(self, by: int) -> None:
        """Move the cursor by so many rows."""
        self._put_cursor(self.place + by)

    def action_page(self, by: int) -> None:
        """Move the cursor by so many screens full."""
        self._put_cursor(self.place + by * self.page)

    def action_first(self) -> None:
        """Go to the top row and follow."""
        self.go_top()

    def action_last(self) -> None:
        """Go to the last row."""
        self._put_cursor(len(self.view) - 1)

    def action_open(self) -> None:
        """Open the row under the cursor."""
        if self.cursor is not None:
            self.post_message(self.Opened(self.id, self.cursor))

    def _put_cursor(self, place: int) -> None:
        if not len(self.view):
            return
        place = max(0, min(place, len(self.view) - 1))
        before, self.cursor = self.cursor, self.view.key(place)
        was_following, self.following = self.following, self.follows and place == 0
        if self.following:
            self.arrived = 0
        self._reveal()
        self._paint(anew=())
        if self.cursor != before:
            self.post_message(self.Moved(self.id, self.cursor))
        if was_following != self.following or not self.following:
            self.post_message(self.Changed())

    def _reveal(self) -> None:
        """Scroll just so far that the cursor is in sight; a table that is not shown keeps its place for later."""
        if not self.size.height:
            self.top = max(0, self.top)
            return
        place = self.place
        self.top = max(0, min(self.top, place, len(self.view) - 1))
        self.top = max(self.top, place - self.page + 1)
        self.top = max(0, min(self.top, len(self.view) - self.page))

    def _scroll(self, by: int) -> None:
        """Scroll by so many rows; the cursor stays on its row as long as that is in sight."""
        top = max(0, min(self.top + by, len(self.view) - self.page))
        if top == self.top or not len(self.view):
            return
        self.top = top
        self._put_cursor(max(top, min(self.place, top + self.page - 1)))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll three rows down."""
        event.stop()
        self._scroll(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll three rows up."""
        event.stop()
        self._scroll(-3)

    def on_click(self, event: events.Click) -> None:
        """Sort by the header clicked on; put the cursor on the row clicked on, and open it on a second click."""
        event.stop()
        if event.y < _HEADER:
            for each in self._placed:
                if each.x + 1 <= event.x < each.x + 1 + each.width:
                    self.sort_by(each.column.id)
            return
        line = event.y - _HEADER
        if line < len(self._lines):
            again = self._lines[line].key == self.cursor and event.chain > 1
            self._put_cursor(self.top + line)
            if again:
                self.action_open()
