"""How values read: money, spans, shares. One place, so that every screen and print says the same thing alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from enum import StrEnum

UNKNOWN = "–"
"""What is shown for a value that is not known. Never 0."""


class Tone(StrEnum):
    """What a colour means. Nothing is coloured for beauty, and no tone says what glyph and word do not."""

    PLAIN = "plain"
    GOOD = "good"
    """It earns."""
    WAIT = "wait"
    """It is under way or provisional."""
    BAD = "bad"
    """It needs a person."""
    DIM = "dim"
    """It is old or unimportant."""
    GONE = "gone"
    """It is no more; struck out."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One formatted value."""

    text: str
    tone: Tone = Tone.PLAIN


NOTHING = Cell(UNKNOWN, Tone.DIM)


def money(amount: Decimal | None, *, provisional: bool = False, symbol: str = "") -> str:
    """Return an amount with two decimals and thousands separators; `~` marks a provisional one."""
    if amount is None:
        return UNKNOWN
    sign = "-" if amount < 0 else ""
    return f"{'~' if provisional else ''}{sign}{symbol}{abs(amount):,.2f}"


def clock(seconds: float | None) -> str:
    """Return a span as on a stopwatch: `9`, `1:44`, `1:02:03`."""
    if seconds is None:
        return UNKNOWN
    whole = max(0, int(seconds))
    if whole < 60:
        return str(whole)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def span(seconds: float) -> str:
    """Return a span in its largest unit: `2 s`, `14 min`, `3 h`, `2 d`, `8 y`."""
    whole = max(0, int(seconds))
    for size, unit in ((31_536_000, "y"), (86400, "d"), (3600, "h"), (60, "min")):
        if whole >= size * 2 or (whole >= size and unit != "min"):
            return f"{whole // size} {unit}"
    return f"{whole} s"


def percent(part: float, whole: float) -> str:
    """Return `part` of `whole` in percent; unknown when there is no whole."""
    return f"{100 * part / whole:.0f} %" if whole else UNKNOWN


def share(part: float | None) -> str:
    """Return a share in percent with one decimal: what usually fails is below one percent."""
    return UNKNOWN if part is None else f"{100 * part:.1f} %"


def seconds(taken: float | None) -> str:
    """Return seconds in two digits: `0.31`, `1.2`, `14`."""
    if taken is None:
        return UNKNOWN
    return f"{taken:.2f}" if taken < 1 else f"{taken:.1f}" if taken < 10 else f"{taken:,.0f}"


def clock_time(moment: datetime | None, now: datetime, zone: tzinfo | None = None) -> str:
    """Return the local time of day of `moment` to the minute, and its day of the month when that is another one."""
    if moment is None:
        return UNKNOWN
    today = moment.astimezone(zone).date() == now.astimezone(zone).date()
    return local(moment, zone, form="%H:%M" if today else "%d %H:%M")


def local(moment: datetime | None, zone: tzinfo | None = None, *, form: str = "%H:%M:%S") -> str:
    """Return the local time of day of `moment` in `zone`; None is this machine's."""
    return UNKNOWN if moment is None else zoned(moment, zone).strftime(form)


def zoned(moment: datetime, zone: tzinfo | None) -> datetime:
    """Return `moment` in `zone`; as it is where that zone's calendar does not reach (the years 1 and 9999)."""
    try:
        return moment.astimezone(zone)
    except OverflowError:
        return moment


def utc_offset(moment: datetime) -> str:
    """Return the offset of `moment`'s zone as people say it: `UTC`, `UTC-5`, `UTC+5:30`."""
    minutes = int((moment.utcoffset() or timedelta()).total_seconds() // 60)
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}{f':{rest:02}' if rest else ''}"


_SPARKS = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float]) -> str:
    """Return bars of eight heights, the lowest for the lowest value; flat when all are alike, empty when all are 0."""
    low, high = min(values, default=0.0), max(values, default=0.0)
    if high <= low:
        return (_SPARKS[0] if high else " ") * len(values)
    return "".join(_SPARKS[min(7, int((value - low) / (high - low) * 8))] for value in values)


def bar(part: int, whole: int, width: int = 10) -> str:
    """Return a bar of `width` cells showing `part` of `whole`; a part above none shows at least one cell."""
    filled = 0 if not whole else min(width, max(1 if part else 0, part * width // whole))
    return "█" * filled + "░" * (width - filled)
