"""The time bar of a replay: where it stands between its ends, whether it plays, how fast, and what comes next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

from textual import events
from textual.message import Message

from monitor.console.widgets.drawn import Line, Lines, Span, blank, clip, fit, width_of
from monitor.insight import wording
from monitor.insight.wording import Tone
from monitor.model.position import Position

_WIDE = 110
"""Cells of width from which the date stands beside the time."""
_WORDS = 21
"""Cells for what comes next: the bar must not change its length with every word."""
_LONGEST = 60
_SHORTEST = 6
"""Cells of the bar itself."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """The line, and the cells of it that are the bar."""

    line: Line
    bar: range


def draw(position: Position, width: int, zone: tzinfo | None) -> Drawing:
    """Return the time bar `width` cells wide; the narrower, the less it says beside the bar."""
    left: list[Span] = [_state(position), blank(1), (_clock(position, zone, wide=width >= _WIDE), "strong"), blank(1)]
    ends = f"{_end(position.start, position, zone)}–{_end(position.end, position, zone)}"
    right: list[Span] = [blank(1), (ends, Tone.DIM.value), blank(2), (f"{position.speed:g}×", "strong")]
    coming = [(f"  ·  {fit(_coming(position), _WORDS)}", Tone.DIM.value)]
    if width - width_of((*left, *right, *coming)) >= _SHORTEST + 2:
        right += coming
    cells = min(_LONGEST, width - width_of((*left, *right)) - 2)
    if cells < _SHORTEST:
        return Drawing(clip((*left, *right), width), range(0))
    gone, whole = position.now - position.start, position.end - position.start
    bar = wording.bar(int(gone.total_seconds()), int(whole.total_seconds()), cells)
    full = bar.rstrip("░")
    start = width_of(left) + 1
    line = (*left, ("▕", Tone.DIM.value), (full, "accent"), (f"{bar[len(full) :]}▏", Tone.DIM.value), *right)
    return Drawing(line, range(start, start + cells))


def _state(position: Position) -> Span:
    if position.reading:
        return ("◌", Tone.WAIT.value)
    return ("▶", Tone.GOOD.value) if position.playing else ("‖", Tone.WAIT.value)


def _clock(position: Position, zone: tzinfo | None, *, wide: bool) -> str:
    return wording.local(position.now, zone, form="%a %d %b %H:%M:%S" if wide else "%H:%M:%S")


def _end(moment: datetime, position: Position, zone: tzinfo | None) -> str:
    """The time of day, with the date where the replay runs over midnight."""
    days = {each.astimezone(zone).date() for each in (position.start, position.end)}
    return wording.local(moment, zone, form="%H:%M" if len(days) == 1 else "%d %b %H:%M")


def _coming(position: Position) -> str:
    if position.reading:
        return "reading …"
    if position.next_at is None:
        return "the end" if position.now >= position.end else "nothing more changes"
    left = (position.next_at - position.now).total_seconds()
    return f"next change in {wording.span(max(0.0, left))}"


class TimeBar(Lines):
    """Shows a position. A click on the bar says `Wound`."""

    @dataclass
    class Wound(Message):
        """Somebody wants to be at `moment`."""

        moment: datetime

    def __init__(self, *, id: str) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self._bar = range(0)
        self._position: Position | None = None

    def show_position(self, position: Position, zone: tzinfo | None) -> None:
        """Show `position` from now on."""
        drawing = draw(position, self.size.width, zone)
        self._bar, self._position = drawing.bar, position
        self.show([drawing.line])

    def on_click(self, event: events.Click) -> None:
        """Wind to the place clicked on."""
        place = event.get_content_offset(self)
        if self._position is not None and place is not None and place.x in self._bar:
            part = (place.x - self._bar.start) / (len(self._bar) - 1)
            self.post_message(self.Wound(self._position.start + (self._position.end - self._position.start) * part))
