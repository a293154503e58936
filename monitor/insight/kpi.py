"""The figures of the strip above the tables: each over a window, beside what it was in the window before.

Definitions follow the trade's (connect rate is the telecom ASR; RPC divides by incoming calls), each with its
denominator in `help`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING

from monitor.insight import wording
from monitor.ledger.sums import STEP, Sums, step_of

if TYPE_CHECKING:
    from monitor.ledger import Ledger
    from monitor.ledger.sums import Timeline


class Window(Enum):
    """The span of the figures. `seconds` None is everything since the start."""

    QUARTER = ("15 min", 900)
    HOUR = ("1 h", 3600)
    START = ("since start", None)

    def __init__(self, title: str, seconds: int | None) -> None:
        self.title = title
        self.seconds = seconds

    @property
    def following(self) -> Window:
        """The window that comes next when one key walks through them."""
        windows = list(Window)
        return windows[(windows.index(self) + 1) % len(windows)]


@dataclass(frozen=True, slots=True)
class Figure:
    """One KPI as shown: `change` against the window before is empty when that is unknown."""

    id: str
    title: str
    value: str
    change: str = ""


@dataclass(frozen=True, slots=True)
class Kpi:
    """One KPI: how its value is made from sums, how it reads, and over which denominator (`help`)."""

    id: str
    title: str
    help: str
    value: Callable[[Sums], Decimal | float | None]
    form: Callable[[Decimal | float | None], str]
    points: bool = False
    """Whether the change is told in percentage points instead of percent."""


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _per_call(sums: Sums) -> Decimal | None:
    return sums.revenue.value / sums.calls if sums.revenue.value is not None and sums.calls else None


def _money(value: Decimal | float | None) -> str:
    return wording.money(None if value is None else Decimal(value), symbol="$")


def _percent(value: Decimal | float | None) -> str:
    return wording.UNKNOWN if value is None else f"{100 * value:.0f} %"


def _count(value: Decimal | float | None) -> str:
    return wording.UNKNOWN if value is None else f"{value:,.0f}"


KPIS: tuple[Kpi, ...] = (
    Kpi("calls", "CALLS", "calls that started in the window", lambda sums: sums.calls, _count),
    Kpi(
        "connect",
        "CONNECT",
        "connect rate: connected / ended calls that started in the window",
        lambda sums: _share(sums.answered, sums.ended),
        _percent,
        points=True,
    ),
    Kpi(
        "convert",
        "CONVERT",
        "conversion rate: converted / connected calls, both ended, that started in the window",
        lambda sums: _share(sums.sold, sums.answered),
        _percent,
        points=True,
    ),
    Kpi(
        "revenue", "REVENUE", "revenue of the calls that started in the window", lambda sums: sums.revenue.value, _money
    ),
    Kpi("payout", "PAYOUT", "payout of the calls that started in the window", lambda sums: sums.payout.value, _money),
    Kpi(
        "profit",
        "PROFIT",
        "revenue − payout − call cost of the calls that started in the window",
        lambda sums: sums.profit.value,
        _money,
    ),
    Kpi("rpc", "RPC", "revenue per call: revenue / all calls that started in the window", _per_call, _money),
)


def figures(ledger: Ledger, window: Window, now: datetime, covered: datetime) -> list[Figure]:
    """Return the KPIs over `window` ending at `now`, with their change against the window before.

    `covered` is the moment from which all calls are known. A window that reaches back beyond it is not compared, and
    neither is one whose predecessor does; calls that began before it are in no figure.
    """
    end, first = step_of(now) + 1, step_of(covered)
    steps = end - first if window.seconds is None else window.seconds // STEP
    sums = ledger.started.between(max(first, end - steps), end)
    comparable = window.seconds is not None and end - 2 * steps >= first
    before = ledger.started.between(end - 2 * steps, end - steps) if comparable else None
    live = Figure("live", "LIVE NOW", f"{len(ledger.live):,}")
    return [live, *(_figure(kpi, sums, before) for kpi in KPIS)]


def unknown_figures() -> list[Figure]:
    """Return the KPIs before anything is known of the account."""
    return [Figure("live", "LIVE NOW", wording.UNKNOWN), *(_figure(kpi, None, None) for kpi in KPIS)]


def is_covered(window: Window, now: datetime, covered: datetime) -> bool:
    """Return whether all calls of `window` ending at `now` are known."""
    return window.seconds is None or step_of(now) + 1 - window.seconds // STEP >= step_of(covered)


def _figure(kpi: Kpi, sums: Sums | None, before: Sums | None) -> Figure:
    value = None if sums is None else kpi.value(sums)
    change = ""
    if before is not None and before.calls:
        change = _change(value, kpi.value(before), points=kpi.points)
    return Figure(kpi.id, kpi.title, kpi.form(value), change)


def _change(value: Decimal | float | None, before: Decimal | float | None, *, points: bool) -> str:
    """Return the change as an arrow and percent, or percentage points for a rate."""
    if value is None or before is None:
        return ""
    new, old = float(value), float(before)
    if points:
        moved, unit = round(100 * (new - old)), ""
    elif old:
        moved, unit = round(100 * (new - old) / abs(old)), " %"
    else:
        return ""
    arrow = "▲" if moved > 0 else "▼" if moved < 0 else "="
    return f"{arrow} {abs(moved)}{unit}" if moved else "="


def per_minute(
    timeline: Timeline, amount: Callable[[Sums], Decimal | None], now: datetime, minutes: int
) -> list[float]:
    """Return `amount` for each of the last `minutes` minutes, oldest first; the last one is under way.

    Floats, because these are heights of a drawing, never sums to be read.
    """
    per = 60 // STEP
    end = step_of(now) // per * per + per
    return [float(amount(timeline.between(start, start + per)) or 0) for start in range(end - minutes * per, end, per)]
