"""The lines above the tables: what the data is worth (status), and how business is (figures). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING

from monitor.console.views.tabs import TABS
from monitor.console.widgets.drawn import PLAIN, Line, Span, blank, clip, fit, spread, width_of
from monitor.insight import kpi, wording
from monitor.insight.freshness import freshness
from monitor.insight.kpi import Figure, Window
from monitor.insight.wording import Tone
from monitor.model.health import Condition, Outcome

if TYPE_CHECKING:
    from monitor.insight.alerts import Alarms
    from monitor.ledger import Ledger, Sums
    from monitor.model.health import Gap, StoreTrouble

_TINY = 60
"""Cells of width below which the age of the data is told before anything else."""
_WIDE = 110
_WIDE_FIGURES = 140
_TITLED = 140
"""Cells of width from which the status, the figures, and the names of the views are written out."""
_SKEW_TOLD = 30
"""Seconds by which the clocks must differ before it is told."""
_SPARK_MINUTES = 15


def status_line(
    ledger: Ledger, now: datetime, width: int, view: str, zone: tzinfo | None, *, demo: bool, alarms: Alarms
) -> Line:
    """Return the top line: whose account, how fresh, how often asked, which view, what time.

    `alarms` are the incidents that go on: `!1` calls for a person, `·1` has been seen to.
    """
    wide = width >= _WIDE
    fresh = freshness(ledger.health, now)
    freshness_first = width < _TINY
    left: list[Span] = [("callmon ", "accent"), blank(1)] if wide else []
    if demo:
        left += [("DEMO", "strong"), blank(1)]
    whose, how = (_company(ledger), "strong"), (fresh.short, fresh.tone.value)
    left += [how, blank(2), whose] if freshness_first else [whose, blank(3 if wide else 2), how]
    if ledger.health.outcome is not Outcome.REPLAY:
        left += [blank(2), (_pace(ledger, wide=wide), Tone.DIM.value)]
    if abs(ledger.health.skew) >= _SKEW_TOLD:
        ahead = "behind" if ledger.health.skew > 0 else "ahead"
        left += [blank(2), (f"this clock is {wording.span(abs(ledger.health.skew))} {ahead}", Tone.WAIT.value)]
    if ledger.health.gaps:
        left += [blank(2), (_gaps(ledger.health.gaps, now, width, zone), Tone.WAIT.value)]
    return spread(tuple(left), _right(now, view, zone, width, alarms), width)


def _gaps(gaps: Sequence[Gap], now: datetime, width: int, zone: tzinfo | None) -> str:
    """The first gap, and how many others there are; that they are being filled where there is room for it."""
    told = f"gap {_minute(gaps[0].start, zone, now)}–{_minute(gaps[0].end, zone, now)}"
    others = len(gaps) - 1
    if others:
        told += f" +{others} more" if width >= _WIDE else f" +{others}"
    return f"{told}, filling" if width >= (_WIDE_FIGURES if others else _WIDE) else told


def trouble_line(troubles: Sequence[StoreTrouble], width: int) -> Line:
    """Return what befell the store: the gravest trouble, and how many others there are; nothing when there is none.

    What lasts comes before what is over, and otherwise what came last.
    """
    if not troubles:
        return ()
    worst = max(troubles, key=lambda each: (each.memory_only, each.condition is not Condition.DAMAGED, each.at))
    look = Tone.BAD.value if worst.memory_only else Tone.WAIT.value
    told = ((f"! history: {worst.happened}; {worst.done}", look), (f" ({worst.file})", Tone.DIM.value))
    others = len(troubles) - 1
    return spread(told, ((f"+{others} more", Tone.DIM.value),), width) if others else clip(told, width)


def _company(ledger: Ledger) -> str:
    company = ledger.company
    return "–" if company is None else f"{company.name or 'company'} · {company.id}"


def _pace(ledger: Ledger, *, wide: bool) -> str:
    health = ledger.health
    every = f"{round(health.interval, 1):g} s"
    asked = health.requests_per_minute
    told = f"every {every} · {asked} req/min" if wide else f"{every} · {asked}/min"
    # At the end of the line, so that nothing else moves when it comes and goes.
    return f"{told} · unchanged" if health.outcome is Outcome.UNCHANGED else told


def _minute(moment: datetime, zone: tzinfo | None, now: datetime) -> str:
    """The time of day, with the date when that is not today's."""
    today = moment.astimezone(zone).date() == now.astimezone(zone).date()
    return wording.local(moment, zone, form="%H:%M" if today else "%d %b %H:%M")


def _right(now: datetime, view: str, zone: tzinfo | None, width: int, alarms: Alarms) -> Line:
    spans: list[Span] = []
    titled = width >= _TITLED
    for tab in TABS:
        look = "strong" if tab.name == view else Tone.DIM.value
        spans.append((f"{tab.key} {tab.title}" if titled else f"{tab.key}{tab.letter}", look))
        if tab.alarming:
            for count, mark, look in ((alarms.calling, "!", "alarm"), (alarms.seen_to, "·", Tone.WAIT.value)):
                if count:
                    spans.append((f"{' ' if titled else ''}{mark}{count}", look))
        spans.append(blank(2 if titled else 1))
    local = now.astimezone(zone)
    told = f"{local:%H:%M:%S} {wording.utc_offset(local)}" if width >= _WIDE else f"{local:%H:%M:%S}"
    return (*spans, blank(1 if width >= _WIDE else 0), (told, Tone.DIM.value))


def _spark(ledger: Ledger, amount: str, now: datetime) -> str:
    def of(sums: Sums) -> Decimal | None:
        found: Decimal | None = getattr(sums, amount).value
        return found

    return wording.sparkline(kpi.per_minute(ledger.ended, of, now, _SPARK_MINUTES))


@dataclass(frozen=True, slots=True)
class Reach:
    """What the figures are over: a window ending at `now`, the account's time of the data.

    `start` is the program's start as the person set it, `covered` the moment from which all calls are known.
    """

    window: Window
    now: datetime
    start: datetime
    covered: datetime

    def words(self, zone: tzinfo | None) -> str:
        """Return the window; one that is not known in full, or in fuller than it is called, says from when it is."""
        title = self.window.title
        if self.window is Window.START and self.start != self.covered:
            return f"since {_minute(self.covered, zone, self.now)}"
        if kpi.is_covered(self.window, self.now, self.covered):
            return title
        return f"{title} from {_minute(self.covered, zone, self.now)}"


def figure_lines(ledger: Ledger, reach: Reach, width: int, zone: tzinfo | None, *, stale: bool) -> list[Line]:
    """Return the two lines of figures over `reach`, with revenue and profit per minute as sparklines.

    `stale` figures have no colour.
    """
    window, now, covered = reach.window, reach.now, reach.covered
    known = kpi.unknown_figures() if ledger.health.fresh_at is None else kpi.figures(ledger, window, now, covered)
    found = {figure.id: figure for figure in known}
    span = reach.words(zone)
    sparks = {name: _spark(ledger, name, now) for name in ("revenue", "profit")}
    if width < _WIDE_FIGURES:
        return [clip(line, width) for line in _narrow(found, sparks, span, stale=stale)]
    title_room = max(_WIDTHS["calls"], len(f"CALLS · {span}") + 2)
    room = width - 1 - sum(_WIDTHS.values()) + _WIDTHS["calls"] - title_room
    sparks = {name: spark[-min(_SPARK_MINUTES, room // 2 - 2) :] for name, spark in sparks.items()}
    heads: list[Span] = []
    values: list[Span] = []
    for figure in found.values():
        title = f"{figure.title} · {span}" if figure.id == "calls" else figure.title
        cell = _figure(figure, stale=stale)
        spark = sparks.get(figure.id, "")
        if spark:
            cell += ((spark, Tone.DIM.value if stale else Tone.GOOD.value),)
        size = max(len(title) + 2, width_of(cell) + 2, _WIDTHS[figure.id] + (len(spark) + 2 if spark else 0))
        heads += [(fit(title, size), "head")]
        values += [*cell, blank(size - width_of(cell))]
    return [clip((blank(1), *heads), width), clip((blank(1), *values), width)]


_WIDTHS = {"live": 10, "calls": 18, "connect": 12, "convert": 12, "revenue": 20, "payout": 20, "profit": 20, "rpc": 14}
"""Cells kept for each figure without its sparkline, so that the strip does not jump when a figure grows."""


def _figure(figure: Figure, *, stale: bool) -> Line:
    value = (f"{figure.value} ", Tone.DIM.value if stale else "strong")
    return (value, (f"{figure.change} ", Tone.DIM.value)) if figure.change else (value,)


def _narrow(found: dict[str, Figure], sparks: dict[str, str], span: str, *, stale: bool) -> list[Line]:
    strong = Tone.DIM.value if stale else "strong"

    def part(name: str, word: str) -> Line:
        figure = found[name]
        return ((figure.value, strong), (f" {word} ", PLAIN), (f"{figure.change}  " if figure.change else " ", "dim"))

    def money(name: str, word: str) -> Line:
        figure = found[name]
        spark = sparks.get(name, "")[-6:]
        look = Tone.DIM.value if stale else Tone.GOOD.value
        return (
            (f"{word} ", PLAIN),
            (f"{figure.value} ", strong),
            (f"{spark}  " if spark else " ", look),
        )

    rates = (*part("connect", "conn"), *part("convert", "conv"))
    amounts = (*money("revenue", "rev"), *money("profit", "profit"), *money("payout", "payout"))
    return [
        (blank(1), *part("live", "live"), *part("calls", "calls"), *rates, (span, "head")),
        (blank(1), *amounts, ("rpc ", PLAIN), (found["rpc"].value, strong)),
    ]
