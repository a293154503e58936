"""The call flow: how the account routed a call, as a timeline where its shape is known, else as it came. Pure.

The API reference names the parameter `call_flow_events` and not the shape of what it brings. What its web page shows
suggests events with a time, a level and a message; anything else is shown as JSON.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from monitor import text
from monitor.console.detail_parts import DIM, after, json_lines, stamp
from monitor.console.widgets.drawn import PLAIN, Line, fit, wrapped
from monitor.insight.columns import Context
from monitor.insight.wording import UNKNOWN, Cell, Tone
from monitor.model.types import utc

if TYPE_CHECKING:
    from monitor.model.call import Call

KEY = "call_flow_events"
"""Where the flow stands in the answer on a call."""
_ENVELOPE = "call_flow_event"
_TIMES = ("created_at", "time", "timestamp", "at", "occurred_at")
_LEVELS = ("level", "type", "severity", "kind")
_MESSAGES = ("message", "text", "description")
_LOOKS = {
    "info": Cell("· info", Tone.DIM),
    "connection": Cell("● connection", Tone.GOOD),
    "warning": Cell("▲ warning", Tone.WAIT),
    "problem": Cell("✗ problem", Tone.BAD),
}
_LEVEL = 14
_MOST = 500
"""Events that are shown."""
_MILLISECONDS = 1e11
"""Numbers from which on they count milliseconds since 1970, not seconds."""


class Event(NamedTuple):
    """One event of the flow. The level is as the account calls it, empty where it gives none."""

    moment: datetime
    level: str
    message: str


def flow_lines(
    call: Call, answer: Mapping[str, Any] | None, context: Context, width: int, *, asked: bool, reveal: bool
) -> list[Line]:
    """Return the page of the flow of `call`; `asked` says that the answer is still awaited."""
    flow = None if answer is None else answer.get(KEY)
    if flow is None:
        words = (
            "asking the account how it routed this call …" if asked else "the account gives no call flow for this call"
        )
        return [((f" {words}", DIM),)]
    events = known_events(flow)
    if events is None:
        words = f"The shape of {KEY} is not documented, and this is none that callmon knows; so it is shown as it came."
        return [*wrapped((), words, width, Tone.WAIT.value), *json_lines(flow, width, reveal=reveal)]
    if not events:
        return [((" the account tells of no event in this call", DIM),)]
    return list(_timeline(events, call.began or events[0].moment, context, width, reveal=reveal))


def _timeline(
    events: Sequence[Event], origin: datetime, context: Context, width: int, *, reveal: bool
) -> Iterator[Line]:
    for event in events[:_MOST]:
        distance = after((event.moment - origin).total_seconds())
        look = _LOOKS.get(event.level.lower()) or Cell(text.clean(f"? {event.level}" if event.level else UNKNOWN, 40))
        level = fit(look.text, max(_LEVEL, len(look.text) + 1))
        head = ((f" {stamp(event.moment, context)} {distance:>8} ", DIM), (level, look.tone.value))
        message = text.clean(text.redact_addresses(event.message, reveal=reveal))
        yield from wrapped(head, message, width, DIM if look.tone is Tone.DIM else PLAIN)
    if len(events) > _MOST:
        yield ((f" and {len(events) - _MOST:,} more", DIM),)


def known_events(flow: Any) -> list[Event] | None:
    """Return the events of a flow, oldest first, None when its shape is none that is known.

    Known is a list of objects, each with a time and a message, each in an envelope or not.
    """
    if not isinstance(flow, list):
        return None
    events = [_event(entry) for entry in flow]
    known = [event for event in events if event is not None]
    if len(known) < len(events):
        return None
    if len(known) > 1 and known[0].moment > known[-1].moment:
        known.reverse()  # so that events of one moment stay in the order in which they happened
    return sorted(known, key=lambda event: event.moment)


def _event(entry: Any) -> Event | None:
    if isinstance(entry, Mapping) and isinstance(entry.get(_ENVELOPE), Mapping):
        entry = entry[_ENVELOPE]
    if not isinstance(entry, Mapping):
        return None
    moment = next((found for name in _TIMES if (found := _moment(entry.get(name))) is not None), None)
    message = next((entry[name] for name in _MESSAGES if isinstance(entry.get(name), str)), None)
    level = next((entry[name] for name in _LEVELS if isinstance(entry.get(name), str)), "")
    return None if moment is None or message is None else Event(moment, level, message)


def _moment(value: Any) -> datetime | None:
    """Return a time told as text or as a number since 1970; None when it is neither."""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000 if value >= _MILLISECONDS else value, UTC)
        return utc(value)
    except (ValueError, OverflowError, OSError):
        return None
