"""Curves drawn as text: the one place that talks to plotext, which is imported when the first chart is drawn.

plotext only decides which character stands in which cell. Colours are left to the style sheets: every curve is drawn
in a number of the palette, and that number is read back as the curve's look, so that themes, the terminal's own
colours and NO_COLOR work here as everywhere else.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from monitor.console.widgets.drawn import Line, Span
from monitor.insight.wording import Tone

SMALLEST = (20, 6)
"""Columns and rows below which no chart can be read."""
GUTTER = 9
"""Columns that the amounts beside the canvas usually take."""
GRID = "grid"
"""The look of the lines behind the curves."""

_GRID_CODE = 1
_FIRST_CODE = 2
_AXES = Tone.DIM.value
_ROWS_PER_AMOUNT = 4
_MOST = 1e15
_ESCAPE = re.compile("\x1b\\[([0-9;]*)m")


@dataclass(frozen=True, slots=True)
class Series:
    """One curve. `look` is its look; `marker` is plotext's word for how its line is drawn.

    Its last value is still growing and stands apart from the line, as the character `tip`. A value that is no
    amount anybody could earn (infinite, not a number) is a gap in the line.
    """

    look: str
    marker: str
    tip: str
    values: Sequence[float]


def draw(series: Sequence[Series], labels: Sequence[str], width: int, height: int) -> list[Line]:
    """Return the curves of `series` as `height` lines of `width` cells.

    All series are of the length of `labels`, which name the places on the axis below; an empty label names nothing.
    plotext has one figure for the whole process: call this from the thread of the screen alone.
    """
    if width < SMALLEST[0] or height < SMALLEST[1]:
        return [(("no room for a chart", _AXES),)]
    import plotext

    # Without this a figure is cut to the size that the terminal had when plotext was imported.
    plotext.terminal.limit(False, False)
    figure = plotext.figure
    figure.clear()
    figure.plot_size(width, height)
    figure.theme("colorless")
    figure.axes(False, axis="x", side="upper")
    figure.axes(False, axis="y", side="right")
    _rule(figure, plotext, series, labels, height)
    looks = {_GRID_CODE: GRID}
    for code, curve in enumerate(series, start=_FIRST_CODE):
        looks[code] = curve.look
        _add(figure, plotext, curve, plotext.pixel(code))
    return _lines(figure.build().string(), looks)


def _rule(figure: Any, plotext: Any, series: Sequence[Series], labels: Sequence[str], height: int) -> None:
    """Set both axes: round amounts with a line behind the curves for each, and the labels that are not empty."""
    values = [value for curve in series for value in curve.values if _drawable(value)]
    lowest = min(values, default=0.0)
    amounts = round_amounts(lowest, max(values, default=0.0), height // _ROWS_PER_AMOUNT)
    left = figure.ruler("y", "left")
    left.lim(min(lowest, amounts[0]), amounts[-1])
    left.ticks(amounts, _in_words(amounts))
    left.grid(True, style="dotted", pixel=plotext.pixel(_GRID_CODE))
    named = [(at, label) for at, label in enumerate(labels) if label]
    lower = figure.ruler("x", "lower")
    lower.lim(0, max(1, len(labels) - 1))
    lower.ticks([at for at, _ in named], [label for _, label in named])


def round_amounts(low: float, high: float, most: int) -> list[float]:
    """Return round amounts at equal distances from `low` or 0 to `high` or 0, in about `most` steps.

    Beside gains, a loss of less than half a step gets no amount of its own: it would cost a whole step of height.
    """
    low, high = min(low, 0.0), max(high, 0.0)
    if high == low:
        high = 1.0
    rough = max(0.01, (high - low) / max(1, most))
    power = 10.0 ** math.floor(math.log10(rough))
    step = next((power * each for each in (1, 2, 5) if power * each >= rough * 0.999), power * 10)
    first = math.floor(low / step) if low < -step / 2 or not high else 0
    last = max(first + 1, math.ceil(high / step))
    return [step * at for at in range(first, last + 1)]


def _in_words(amounts: Sequence[float]) -> list[str]:
    """Return the amounts as labels of one form; cents only where the steps are that small."""
    largest = max(abs(amounts[0]), abs(amounts[-1]))
    form = ".2e" if largest >= 1e9 else ",.2f" if amounts[1] - amounts[0] < 1 else ",.0f"
    return [f"{'-' if amount < 0 else ''}${abs(amount):{form}} " for amount in amounts]


def _drawable(value: float) -> bool:
    """Return whether `value` can stand on an axis; false for what is not a number."""
    return abs(value) <= _MOST


def _add(figure: Any, plotext: Any, curve: Series, pixel: Any) -> None:
    """Add the line through all values but the last, broken at gaps, and the last one as a point of its own."""
    known = [at for at, value in enumerate(curve.values) if _drawable(value)]
    whole = [at for at in known if at < len(curve.values) - 1]
    line = figure.signal(whole, [curve.values[at] for at in whole], marker=plotext.marker(curve.marker, pixel))
    line.lines(True)
    for place, (before, at) in enumerate(pairwise(whole), start=1):
        if at - before > 1:
            line.line(place, False)
    figure.draw(line)
    tip = known[len(whole) :]
    figure.draw(figure.signal(tip, [curve.values[at] for at in tip], marker=plotext.marker(curve.tip, pixel)))


def _lines(drawing: str, looks: dict[int, str]) -> list[Line]:
    """Return plotext's string as lines of spans; what has no colour of ours is axis."""
    lines: list[Line] = []
    for row in drawing.splitlines():
        spans: list[Span] = []
        look = _AXES
        # The pieces alternate: text, code, text, code, …
        for at, piece in enumerate(_ESCAPE.split(row)):
            if at % 2:
                look = _look(piece, looks)
            elif piece:
                spans.append((piece, look))
        lines.append(tuple(spans))
    return lines


def _look(code: str, looks: dict[int, str]) -> str:
    _, _, number = code.partition("38;5;")
    return looks.get(int(number), _AXES) if number else _AXES
