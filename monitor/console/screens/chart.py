"""The chart: revenue and profit per minute, over the whole screen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from monitor.console.bindings import APP_KEYS, CHART_KEYS, textual_bindings
from monitor.console.chart import GRID, GUTTER, Series, draw
from monitor.console.screens.once import Once
from monitor.console.widgets.drawn import PLAIN, Line, Lines, blank, clip, spread, width_of
from monitor.console.widgets.hints import Hints
from monitor.console.widgets.status_line import StatusLine
from monitor.insight import wording
from monitor.insight.kpi import Window
from monitor.insight.wording import Tone
from monitor.ledger.sums import STEP, Amount, step_of

if TYPE_CHECKING:
    from monitor.ledger import Ledger
    from monitor.ledger.sums import Timeline

_ROUND = (1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720, 1440)
"""Minutes that people count in."""
_LABEL_ROOM = 12
"""Cells from one time below the chart to the next, at least."""
_WIDE = 110
_REVENUE, _PROFIT = "revenue", "profit"


@dataclass(frozen=True, slots=True)
class Takings:
    """Revenue and profit of the calls that ended in a window, in points of `minutes` each, oldest first.

    The first point begins at `start`; the last one is under way. An amount is None when it is not known.
    """

    start: int
    """In minutes since the epoch."""
    minutes: int
    revenue: tuple[Decimal | None, ...]
    profit: tuple[Decimal | None, ...]


def takings(timeline: Timeline, window: Window, now: datetime, zone: tzinfo | None, room: int) -> Takings:
    """Return what the calls of `timeline` brought over `window` ending at `now`.

    Everything since the start is told in at most `room` points, each as long as that takes and as the steps that its
    oldest part is kept in; otherwise a point is a minute. Points begin at round local times.
    """
    per = 60 // STEP
    end = step_of(now) // per + 1
    size = 1
    if window.seconds is not None:
        start = end - window.seconds // 60
    else:
        first = min(timeline.steps, default=end * per)
        start = min(end - 1, first // per)
        size = _rounded(max((end - start) / room, timeline.grain(first) / per))
        offset = _offset(now, zone)
        start = (start + offset) // size * size - offset
    count = -(-(end - start) // size)
    revenue, profit = [Amount() for _ in range(count)], [Amount() for _ in range(count)]
    for step, sums in timeline.steps.items():
        at = (step // per - start) // size
        if 0 <= at < count:
            revenue[at].merge(sums.revenue)
            profit[at].merge(sums.profit)
    return Takings(start, size, tuple(each.value for each in revenue), tuple(each.value for each in profit))


def _rounded(minutes: float) -> int:
    """Return the smallest round number of minutes, or of days, that is not below `minutes`."""
    day = _ROUND[-1]
    return next((each for each in _ROUND if each >= minutes), -int(-minutes // day) * day)


def _offset(moment: datetime, zone: tzinfo | None) -> int:
    """Return the offset of `zone` from UTC at `moment`, in minutes."""
    offset = moment.astimezone(zone).utcoffset()
    return int(offset.total_seconds() // 60) if offset else 0


def time_labels(taken: Takings, zone: tzinfo | None, width: int) -> list[str]:
    """Return a label for each point: the local time where that is round enough for `width` cells, else nothing.

    Midnight is told by its date.
    """
    count = len(taken.revenue)
    every = _rounded(taken.minutes * max(1, count - 1) * _LABEL_ROOM / max(1, width))
    labels = []
    for at in range(count):
        moment = datetime.fromtimestamp(60 * (taken.start + at * taken.minutes), UTC).astimezone(zone)
        minute = moment.hour * 60 + moment.minute
        labels.append("" if minute % every else f"{moment:%H:%M}" if minute else f"{moment:%d %b}")
    return labels


class Plot(Lines):
    """Lines with the looks of the curves."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"look--{look}" for look in (_REVENUE, _PROFIT, GRID)}


class ChartScreen(Once, Screen[None]):
    """Revenue and profit per minute of the calls that ended in `window`; `w` takes the next window."""

    BINDINGS: ClassVar[list[BindingType]] = textual_bindings(CHART_KEYS)

    def __init__(
        self,
        ledger: Ledger,
        clock: Callable[[], datetime],
        window: Window,
        zone: tzinfo | None,
        status: Callable[[int], Line],
    ) -> None:
        super().__init__()
        self.ledger = ledger
        self.window = window
        self._clock = clock
        self._zone = zone
        self._status = status
        self._drawn: object = None
        """What the lines shown were made from."""

    def compose(self) -> ComposeResult:
        """Lay out the title, the plot and the keys."""
        yield StatusLine(self._status)
        yield Plot(id="title")
        yield Plot(id="plot")
        # Here q closes the chart, so the line of keys does not offer it to quit.
        yield Hints((*CHART_KEYS, *(key for key in APP_KEYS if key.id != "quit")))

    def on_resize(self) -> None:
        """Draw for the new size."""
        self.call_after_refresh(self.refresh_data)

    def action_window(self) -> None:
        """Take the next window."""
        self.window = self.window.following
        self.refresh_data()

    def action_close(self) -> None:
        """Go back to the monitor."""
        self.dismiss(None)

    def refresh_data(self) -> None:
        """Draw what changed. Nothing is drawn when values, window and size are as they were."""
        self.query_one(StatusLine).bring_up_to_date()
        title, plot = self.query_one("#title", Plot), self.query_one("#plot", Plot)
        width, height = plot.size
        if not width:
            return
        canvas = max(1, width - GUTTER)
        taken = takings(self.ledger.ended, self.window, self._clock(), self._zone, canvas)
        wanted = (taken, self.window, plot.size)
        if wanted == self._drawn:
            return
        self._drawn = wanted
        title.show([_title(taken, self.window, title.size.width)])
        if _known(taken.revenue) or _known(taken.profit):
            curves = [
                Series(_REVENUE, "hd", "○", _heights(taken.revenue)),
                Series(_PROFIT, "braille", "◇", _heights(taken.profit)),
            ]
            plot.show(draw(curves, time_labels(taken, self._zone, canvas), width, height))
        else:
            plot.show([(), ((" no call with a known revenue ended in this window", Tone.DIM.value),)])


def _known(amounts: Iterable[Decimal | None]) -> list[Decimal]:
    return [amount for amount in amounts if amount is not None]


def _heights(amounts: Sequence[Decimal | None]) -> list[float]:
    """Floats are enough for heights. A point without calls brought nothing."""
    return [float(amount or 0) for amount in amounts]


def _total(amounts: Sequence[Decimal | None]) -> str:
    known = _known(amounts)
    return wording.money(sum(known, Decimal()) if known else None, symbol="$")


def _title(taken: Takings, window: Window, width: int) -> Line:
    """Return the window, the legend with the totals over it, and the point under way, as far as there is room."""
    unit = "minute" if taken.minutes == 1 else f"{taken.minutes} min"
    words = f"Revenue and profit per {unit} in which calls ended · " if width >= _WIDE else ""
    per = f" per {unit}" if not words and taken.minutes > 1 else ""
    left: Line = (
        (words, PLAIN),
        (window.title, "strong"),
        (per, Tone.DIM.value),
        blank(3),
        ("▞ ", _REVENUE),
        ("revenue ", PLAIN),
        (_total(taken.revenue), "strong"),
        blank(3),
        ("⠔ ", _PROFIT),
        ("profit ", PLAIN),
        (_total(taken.profit), "strong"),
    )
    last: Line = (
        ("○ ", _REVENUE),
        (_total(taken.revenue[-1:]), PLAIN),
        blank(2),
        ("◇ ", _PROFIT),
        (_total(taken.profit[-1:]), PLAIN),
    )
    for right in (((f"this {unit}  ", Tone.DIM.value), *last), last):
        if width_of(left) + 2 + width_of(right) <= width:
            return spread(left, right, width)
    return clip(left, width)
