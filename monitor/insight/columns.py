"""The column registry: the single truth on what a table can show, sort by, filter by and explain.

A column knows how to read its value from a row, how to write it, how to order it, what a filter can ask of it, how
wide it is and how soon it gives way when the terminal is narrow. It knows nothing of the screen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from monitor.insight.alerts import Alerts
from monitor.insight.pixels import PixelRules
from monitor.insight.wording import Cell

if TYPE_CHECKING:
    from monitor.insight.board import PixelBoard
    from monitor.ledger import Ledger

R = TypeVar("R")


@dataclass(slots=True)
class Context:
    """What formatting needs besides the row: the moment, the ledger, the zone of the times shown, how long pixels may
    take, the pixels of the whole account where somebody counts them, and what people said about its incidents."""

    now: datetime
    ledger: Ledger
    zone: tzinfo | None = None
    rules: PixelRules = field(default_factory=PixelRules)
    board: PixelBoard | None = None
    alerts: Alerts = field(default_factory=Alerts)


class Kind(StrEnum):
    """What a value is to a filter: which words and numbers can be said of it."""

    TEXT = "text"
    PHONE = "telephone number"
    """Text that is found with the blanks, dashes and parentheses people write, and without."""
    WORD = "word"
    """One of a few values, each with a word for it; yes and no are such words."""
    MONEY = "amount"
    COUNT = "number"
    SPAN = "duration"
    """Seconds."""
    AGE = "age"
    """A moment, asked how long ago it is."""


@dataclass(frozen=True, slots=True)
class Asked(Generic[R]):
    """What a filter can ask of a row of type `R`."""

    kind: Kind
    value: Callable[[R, Context], Any]
    """The value as the kind says; None when it is not known."""
    timely: bool = False
    """Whether the value of an unchanged row changes as time goes by."""
    words: Mapping[str, frozenset[Any]] = field(default_factory=dict)
    """Of the kind WORD: each word and the values that it stands for."""


def _never(_row: Any) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Column(Generic[R]):
    """One column of a table over rows of type `R`."""

    id: str
    title: str
    help: str
    """What it shows, in which unit, over which denominator."""
    width: int
    """Cells it needs."""
    priority: int
    """The lower, the longer it stays when the terminal is narrow."""
    cell: Callable[[R, Context, int], Cell]
    """Format the value for the width given (in cells)."""
    sort: Callable[[R, Context], Any]
    """The value to order by; None is last in either direction."""
    right: bool = False
    widest: int = 0
    """Cells it can use when there is room; 0: as `width`."""
    descending: bool = False
    """Whether the first press of the sort key puts the largest on top."""
    ticks: Callable[[R], bool] = _never
    """Whether the cell of this row changes as time goes by."""
    asked: Asked[R] | None = None
    """What a filter can ask of it; None: nothing. The title is the field's name."""


@dataclass(frozen=True, slots=True)
class Placed(Generic[R]):
    """A column with the place it got."""

    column: Column[R]
    x: int
    width: int


_WIDE = 110


def gap_for(width: int) -> int:
    """Return the blank cells between two columns in a table `width` cells wide."""
    return 2 if width >= _WIDE else 1


def layout(columns: Sequence[Column[R]], width: int) -> list[Placed[R]]:
    """Return the columns that fit into `width` cells, in their own order, and where each stands.

    The most important ones stay; what room is left goes evenly to those that can use it. The
    result depends on the width alone, never on the data: columns do not jump.
    """
    chosen: list[Column[R]] = []
    left = width
    gap = gap_for(width)
    for column in sorted(columns, key=lambda each: each.priority):
        need = column.width + (gap if chosen else 0)
        if need <= left or not chosen:
            chosen.append(column)
            left -= need
    widths = {column.id: column.width for column in chosen}
    while left > 0 and (growing := [column for column in chosen if widths[column.id] < column.widest]):
        for column in growing[:left]:
            widths[column.id] += 1
            left -= 1
    placed: list[Placed[R]] = []
    x = 0
    for column in columns:
        if column.id in widths:
            placed.append(Placed(column, x, widths[column.id]))
            x += widths[column.id] + gap
    return placed
