"""The base of everything callmon draws by line: text and tone in, one strip out. Nothing here reads markup."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from monitor.insight.wording import Tone

Span = tuple[str, str]
"""A piece of text and the name of its look: a tone, `head`, `strong` or `accent`."""
Line = tuple[Span, ...]
"""One line of spans, from left to right."""

LOOKS = (*Tone, "head", "strong", "accent", "cursor", "alarm")
PLAIN = Tone.PLAIN.value


def blank(width: int) -> Span:
    """Return `width` empty cells."""
    return (" " * width, PLAIN)


def width_of(line: Iterable[Span]) -> int:
    """Return the cells that `line` takes."""
    return sum(cell_len(text) for text, _ in line)


def spread(left: Line, right: Line, width: int) -> Line:
    """Return `left` and `right` at the two ends of a line `width` cells wide; `left` gives way."""
    room = width - width_of(left) - width_of(right)
    if room >= 1:
        return (*left, blank(room), *right)
    return (*clip(left, max(0, width - width_of(right) - 1)), blank(1), *right)


def clip(line: Iterable[Span], width: int) -> Line:
    """Return `line` cut to `width` cells, with an ellipsis where something is missing."""
    kept: list[Span] = []
    left = width
    for text, look in line:
        needed = cell_len(text)
        if needed > left:
            if left > 0:
                kept.append((fit(text, left), look))
            break
        kept.append((text, look))
        left -= needed
    return tuple(kept)


def fit(text: str, width: int, *, right: bool = False) -> str:
    """Return `text` in exactly `width` cells, cut with an ellipsis or padded; `right` aligns it right."""
    needed = len(text) if text.isascii() else cell_len(text)
    if needed > width:
        return set_cell_size(text, width - 1) + "…" if width > 1 else set_cell_size(text, width)
    padding = " " * (width - needed)
    return padding + text if right else text + padding


def wrapped(head: Line, words: str, width: int, look: str) -> Iterator[Line]:
    """Yield `words` behind `head`, broken between words into lines of `width`, aligned under each other."""
    indent = width_of(head)
    for place, line in enumerate(textwrap.wrap(words, max(10, width - indent)) or [""]):
        yield (*(head if not place else (blank(indent),)), (line, look))


def broken(head: Line, text: str, width: int, look: str) -> Iterator[Line]:
    """Yield `text` behind `head`, broken wherever the line is full: for addresses and code."""
    indent = width_of(head)
    room = max(10, width - indent)
    for start in range(0, max(1, len(text)), room):
        yield (*(head if not start else (blank(indent),)), (text[start : start + room], look))


class Drawn(Widget):
    """A widget that is drawn line by line. Its looks come from the style sheets by component class."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"look--{look}" for look in LOOKS}

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id, classes=classes)
        self._looks: dict[str, Style] = {}

    def notify_style_update(self) -> None:
        """Forget the looks: theme or classes changed."""
        super().notify_style_update()
        self._looks.clear()

    def look(self, name: str) -> Style:
        """Return the style of a look on this widget's background."""
        style = self._looks.get(name)
        if style is None:
            style = self.get_visual_style(f"look--{name}").rich_style
            self._looks[name] = style
        return style

    def strip(self, line: Iterable[Span], width: int, over: Style | None = None) -> Strip:
        """Return `line` as a strip of exactly `width` cells; `over` is laid over every look."""
        segments: list[Segment] = []
        text, style = "", None
        for piece, look in line:
            wanted = self.look(look)
            if over is not None:
                wanted += over
            if wanted == style:
                text += piece
                continue
            if text:
                segments.append(Segment(text, style))
            text, style = piece, wanted
        if text:
            segments.append(Segment(text, style))
        base = self.look(PLAIN) if over is None else self.look(PLAIN) + over
        return Strip(segments).adjust_cell_length(width, base)


class Lines(Drawn):
    """Some lines of text. Setting the same lines again costs nothing; only lines that differ are drawn."""

    pinned = 0
    """How many of the lines stay on top while the others scroll."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id, classes=classes)
        self.lines: list[Line] = []
        self.top = 0
        """The first line shown."""

    def show(self, lines: list[Line]) -> None:
        """Show `lines` from now on."""
        before, self.lines = self.lines, lines
        width = self.size.width
        regions = [Region(0, y, width, 1) for y in range(self.size.height) if self._at(before, y) != self._at(lines, y)]
        if regions:
            self.refresh(*regions)

    def render_line(self, y: int) -> Strip:
        """Draw the line at `y`."""
        return self.strip(self._at(self.lines, y), self.size.width)

    def _at(self, lines: list[Line], y: int) -> Line:
        place = y if y < self.pinned else y + self.top
        return lines[place] if place < len(lines) else ()


class Page(Lines, can_focus=True):
    """Lines to scroll through, by keys (see `bindings.SCROLL_KEYS`) or wheel."""

    def action_scroll(self, by: int) -> None:
        """Scroll by so many lines."""
        self.scroll_lines_to(self.top + by)

    def action_scroll_page(self, by: int) -> None:
        """Scroll by so many screens full."""
        self.scroll_lines_to(self.top + by * self.size.height)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll three lines down."""
        event.stop()
        self.scroll_lines_to(self.top + 3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll three lines up."""
        event.stop()
        self.scroll_lines_to(self.top - 3)

    def scroll_lines_to(self, top: int) -> None:
        """Show `top` as the first line, as far as there are lines."""
        top = max(0, min(top, len(self.lines) - self.size.height))
        if top != self.top:
            self.top = top
            self.refresh()
