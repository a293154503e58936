"""The columns of single pixels."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from monitor import text
from monitor.insight import wording
from monitor.insight.call_columns import CALL_COLUMNS, seconds_since
from monitor.insight.columns import Column, Context
from monitor.insight.expected import unexpanded
from monitor.insight.pixels import PixelClass, latency
from monitor.insight.wording import NOTHING, Cell, Tone

if TYPE_CHECKING:
    from monitor.insight.webhook import PixelRow

_STATES = {
    PixelClass.UNKNOWN: ("?", Tone.BAD),
    PixelClass.STUCK: ("!", Tone.BAD),
    PixelClass.MISSING: ("∅", Tone.BAD),
    PixelClass.MACRO: ("[ ]", Tone.WAIT),
    PixelClass.LATE: ("◷", Tone.WAIT),
    PixelClass.PENDING: ("◌", Tone.WAIT),
    PixelClass.SENT: ("✓", Tone.PLAIN),
}
"""How each class looks, the worst first."""
_ORDER = {kind: place for place, kind in enumerate(_STATES)}


def pixel_state(row: PixelRow) -> Cell:
    """Return how a pixel looks: glyph and word; an unknown status verbatim, and of macros the first by name."""
    glyph, tone = _STATES[row.kind]
    word = row.kind.value
    if row.pixel is not None and row.kind is PixelClass.UNKNOWN:
        word = row.pixel.status or "no status"
    elif row.pixel is not None and row.kind is PixelClass.MACRO:
        word = f"macro {next(iter(unexpanded(row.pixel.url)), '')}"
    return Cell(f"{glyph} {word}", tone)


def taken(row: PixelRow, context: Context) -> float | None:
    """Return the seconds that a request took, or how long one that was not made has been due; never below 0."""
    if row.pixel is not None and row.pixel.status == "fired":
        return latency(row.pixel)
    return seconds_since(row.moment, context.now)


def _took(row: PixelRow, context: Context, _width: int) -> Cell:
    found = taken(row, context)
    if found is None:
        return NOTHING
    if row.pixel is not None and row.pixel.status == "fired":
        return Cell(f"{wording.seconds(found)} s")
    return Cell(wording.span(found), _STATES[row.kind][1])


def _time(row: PixelRow, context: Context, _width: int) -> Cell:
    today = row.moment.astimezone(context.zone).date() == context.now.astimezone(context.zone).date()
    return Cell(wording.local(row.moment, context.zone, form="%H:%M:%S" if today else "%d %H:%M"))


def _address(row: PixelRow, _context: Context, _width: int) -> Cell:
    if row.pixel is None:
        return Cell(row.hook.host, Tone.DIM)
    return Cell(text.redact_url(row.pixel.url).partition("://")[2] or text.redact_url(row.pixel.url))


def _of_call(name: str, priority: int) -> Column[PixelRow]:
    """Return the column of calls called `name`, for the calls of pixels."""
    column = next(each for each in CALL_COLUMNS if each.id == name)

    def cell(row: PixelRow, context: Context, width: int) -> Cell:
        return column.cell(row.call, context, width)

    def order(row: PixelRow, context: Context) -> Any:
        return column.sort(row.call, context)

    return Column(
        name,
        column.title,
        f"of its call: {column.help}",
        column.width,
        priority,
        cell,
        order,
        right=column.right,
        widest=column.widest,
        descending=column.descending,
        ticks=lambda row: column.ticks(row.call),
    )


_waits: Callable[[PixelRow], bool] = lambda row: row.pixel is None or row.pixel.status != "fired"  # noqa: E731

PIXEL_COLUMNS: tuple[Column[PixelRow], ...] = (
    Column(
        "time",
        "RECORD",
        "when the pixel's record was written, local time; of a missing one, when conversions were determined",
        8,
        2,
        _time,
        lambda row, _context: row.moment,
        descending=True,
    ),
    Column(
        "state",
        "PIXEL",
        "✓ sent (a request was made), ◌ pending, ! stuck, ◷ late, ∅ missing, ? a status that is not known, [ ] the "
        "macro left in its address",
        16,
        1,
        lambda row, _context, _width: pixel_state(row),
        lambda row, _context: _ORDER[row.kind],
        widest=24,
    ),
    Column(
        "took",
        "TOOK",
        "time between its record and its request; of one that was not sent, how old it is",
        7,
        4,
        _took,
        taken,
        right=True,
        descending=True,
        ticks=_waits,
    ),
    _of_call("number", 3),
    _of_call("caller", 5),
    _of_call("campaign", 7),
    _of_call("target", 8),
    _of_call("revenue", 6),
    Column(
        "address",
        "ADDRESS",
        "host and path it goes to, with the values hidden",
        24,
        9,
        _address,
        lambda row, _context: row.pixel and row.pixel.url,
        widest=90,
    ),
)
