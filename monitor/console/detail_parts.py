"""What the pages of a detail share: rules between sections, times, how a pixel looks, JSON. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from monitor import text
from monitor.console.widgets.drawn import PLAIN, Line, blank, broken
from monitor.insight import wording
from monitor.insight.call_columns import as_it_went
from monitor.insight.columns import Context
from monitor.insight.pixels import PixelClass, Seen, look
from monitor.insight.wording import UNKNOWN, Cell, Tone

if TYPE_CHECKING:
    from monitor.model.call import Call

DIM = Tone.DIM.value
_LOOKS = {
    PixelClass.SENT: Cell("✓ sent", Tone.GOOD),
    PixelClass.PENDING: Cell("◌ pending", Tone.WAIT),
    PixelClass.STUCK: Cell("! stuck", Tone.BAD),
    PixelClass.LATE: Cell("◷ late", Tone.WAIT),
    PixelClass.MISSING: Cell("∅ missing", Tone.BAD),
    PixelClass.MACRO: Cell("[ ] macro", Tone.BAD),
}
_LONGEST = 4096
"""Characters of one line of JSON that are shown."""
_MOST = 5000
"""Lines of JSON that are shown."""
_DEEP = 64
"""Levels of it."""


def pixels_of(call: Call, context: Context) -> list[Seen]:
    """Return the pixels of `call` in order of time, those that are missing among them.

    Of a call that the account has no more they are as they were last read, and none is missed.
    """
    gone = as_it_went(call, context)
    found, _ = look(call, context.ledger.campaigns.of(call), (gone or context).now, context.rules)
    return sorted(
        (each for each in found if gone is None or each.pixel is not None), key=lambda each: (each.moment, each.place)
    )


def pixel_look(each: Seen) -> Cell:
    """Return how the class of a pixel looks; a status that is not known is told as it is."""
    if each.kind is PixelClass.UNKNOWN:
        status = None if each.pixel is None else each.pixel.status
        return Cell(f"? {status or 'no status'}", Tone.BAD)
    return _LOOKS[each.kind]


def pixel_age(each: Seen, context: Context, new: str = "new for ") -> str:
    """Return how long a pixel took, or (behind `new`) for how long it has been new; nothing where neither is known."""
    if each.latency is not None:
        return f"{each.latency:.2f} s"
    if each.kind in {PixelClass.PENDING, PixelClass.STUCK}:
        created = None if each.pixel is None else each.pixel.created_at
        return f"{new}{UNKNOWN if created is None else wording.span((context.now - created).total_seconds())}"
    return ""


def rule(title: str, width: int) -> Line:
    """Return the line above a section."""
    return (("── ", DIM), (title, "head"), (" " + "─" * max(0, width - len(title) - 5), DIM))


def after(seconds: float) -> str:
    """Return a distance in time: to a tenth below a minute, as on a stopwatch above."""
    if abs(seconds) < 60:
        return f"{seconds:+.1f} s"
    return f"{'-' if seconds < 0 else '+'}{wording.clock(abs(seconds))}"


def stamp(moment: datetime, context: Context) -> str:
    """Return the time of day to the millisecond, in the zone of the times shown."""
    local = wording.zoned(moment, context.zone)
    return f"{local:%H:%M:%S}.{local.microsecond // 1000:03}"


def raw_lines(answer: Mapping[str, Any] | None, width: int, *, reveal: bool) -> list[Line]:
    """Return the answer as the API sent it (without its secrets), as indented JSON, addresses redacted."""
    if answer is None:
        return [((" reading the complete answer …", DIM),)]
    return list(json_lines(answer, width, reveal=reveal))


def json_lines(value: Any, width: int, *, reveal: bool) -> Iterator[Line]:
    """Yield `value` as indented JSON: addresses redacted, those values of theirs shown with `reveal`; keys never."""
    lines = json.dumps(
        redacted(value, reveal=reveal), indent=2, sort_keys=True, ensure_ascii=False, default=str
    ).splitlines()
    for line in lines[:_MOST]:
        indent = len(line) - len(line.lstrip())
        yield from broken((blank(indent + 1),), text.clean(line.lstrip(), _LONGEST), width, PLAIN)
    if len(lines) > _MOST:
        yield ((f" and {len(lines) - _MOST:,} lines more", DIM),)


def redacted(value: Any, *, reveal: bool, deep: int = _DEEP) -> Any:
    """Return `value` with every address in it redacted, and hidden whatever a key's name stands before."""
    if isinstance(value, Mapping | list) and not deep:
        return "…"
    if isinstance(value, Mapping):
        return {
            key: text.HIDDEN if kept and text.is_secret(str(key)) else redacted(kept, reveal=reveal, deep=deep - 1)
            for key, kept in value.items()
        }
    if isinstance(value, list):
        return [redacted(kept, reveal=reveal, deep=deep - 1) for kept in value]
    return text.redact_addresses(value, reveal=reveal) if isinstance(value, str) else value
