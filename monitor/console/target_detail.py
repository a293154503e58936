"""A target (buyer) in full, as lines. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor import text
from monitor.console.widgets.drawn import PLAIN, Line, fit
from monitor.insight import wording
from monitor.insight.call_columns import STATES, talk_seconds
from monitor.insight.wording import UNKNOWN, Tone

if TYPE_CHECKING:
    from monitor.insight.columns import Context
    from monitor.model.target import Target

DIM = Tone.DIM.value


def target_lines(target: Target, context: Context, width: int) -> list[Line]:
    """Return the page of a target: what limits it, its groups, and its calls under way."""
    limit = target.headroom()
    room = "no concurrency cap" if limit is None else f"{limit.room} by {limit.name or 'own cap'}"
    running = [call for call in context.ledger.live.values() if call.target_id == target.id]
    lines: list[Line] = [
        ((target.name or f"{target.id}", "strong"),),
        ((f"id {target.id} · tid {target.tid or UNKNOWN} · {text.phone(target.number or UNKNOWN)}", DIM),),
        (),
        _pair("in progress", f"{_count(target.calls_in_progress)} of {_count(target.concurrency_cap, 'no cap')}"),
        _pair("headroom", room),
        _pair("paused", f"since {wording.local(target.paused_at, context.zone)}" if target.paused else "no"),
        _pair("time zone", target.time_zone or UNKNOWN),
        _pair("rings for", f"{_count(target.timeout_seconds)} s"),
        _pair("priority", f"{_count(target.priority)} · weight {_count(target.weight)}"),
        (),
        ((f"groups {len(target.target_groups)}", "head"),),
    ]
    for group in target.target_groups:
        progress = f"{_count(group.calls_in_progress)} of {_count(group.concurrency_cap, 'no cap')}"
        lines.append(_pair(group.name or str(group.id), f"{progress} · {len(group.target_ids)} members"))
    lines += [(), ((f"calls under way {len(running)}", "head"),)]
    for call in running:
        state = STATES[call.state(context.now)]
        caller = text.phone(call.caller or UNKNOWN)
        number = context.ledger.numbers.get(call.uuid, UNKNOWN)
        talk = wording.clock(talk_seconds(call, context.now))
        lines.append(((f" #{number} ", DIM), (f"{state.text} {talk:>6}", state.tone.value), (f"  {caller}", PLAIN)))
    return lines


def _pair(name: str, value: str) -> Line:
    return ((fit(f" {name}", 18), DIM), (value, PLAIN))


def _count(value: int | None, unknown: str = UNKNOWN) -> str:
    return unknown if value is None else str(value)
