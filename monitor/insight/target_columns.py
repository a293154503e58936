"""The columns of targets (the screen says buyers)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from monitor import text
from monitor.insight import wording
from monitor.insight.call_columns import seconds_since
from monitor.insight.columns import Column, Context
from monitor.insight.wording import NOTHING, Cell, Tone

if TYPE_CHECKING:
    from monitor.ledger import Sums
    from monitor.model.target import Target

_TIGHT = 0.85
"""Share of a concurrency cap from which a buyer is nearly full (bands: 70, 85, 95 %)."""


def _name(target: Target, _context: Context, _width: int) -> Cell:
    return Cell(text.without_line(target.name) if target.name else str(target.id))


def _fill(target: Target) -> float | None:
    if not target.concurrency_cap or target.calls_in_progress is None:
        return None
    return target.calls_in_progress / target.concurrency_cap


def _progress(target: Target, _context: Context, _width: int) -> Cell:
    running = wording.UNKNOWN if target.calls_in_progress is None else str(target.calls_in_progress)
    if target.concurrency_cap is None:
        return Cell(running)
    fill = _fill(target) or 0.0
    tone = Tone.BAD if fill >= 1 else Tone.WAIT if fill >= _TIGHT else Tone.PLAIN
    return Cell(f"{running}/{target.concurrency_cap}", tone)


def _bar(target: Target, _context: Context, width: int) -> Cell:
    if not target.concurrency_cap or target.calls_in_progress is None:
        return Cell("")
    fill = _fill(target) or 0.0
    tone = Tone.BAD if fill >= 1 else Tone.WAIT if fill >= _TIGHT else Tone.GOOD
    return Cell(wording.bar(target.calls_in_progress, target.concurrency_cap, width), tone)


def _headroom(target: Target, _context: Context, _width: int) -> Cell:
    limit = target.headroom()
    if limit is None:
        return NOTHING
    return Cell(str(limit.room), Tone.BAD if limit.room <= 0 else Tone.PLAIN)


def _bound_by(target: Target, _context: Context, _width: int) -> Cell:
    limit = target.headroom()
    if limit is None:
        return Cell("no cap", Tone.DIM)
    return Cell("own cap" if limit.name is None else f"group {limit.name}")


def _room(target: Target, _context: Context) -> Any:
    limit = target.headroom()
    return None if limit is None else limit.room


def _state(target: Target, context: Context, _width: int) -> Cell:
    if target.paused:
        paused = seconds_since(target.paused_at, context.now)
        return Cell("‖ paused" if paused is None else f"‖ paused {wording.span(paused)}", Tone.WAIT)
    limit = target.headroom()
    return Cell("! full", Tone.BAD) if limit is not None and limit.room <= 0 else Cell("✓ open")


def _state_order(target: Target, _context: Context) -> Any:
    limit = target.headroom()
    return (bool(target.paused), not (limit is not None and limit.room <= 0))


def _sums(target: Target, context: Context) -> Sums | None:
    sums = context.ledger.by_target.get(target.id)
    return sums if sums is not None and sums.calls else None


def _answered(target: Target, context: Context, _width: int) -> Cell:
    sums = _sums(target, context)
    return NOTHING if sums is None else Cell(f"{sums.answered}/{sums.ended}")


def _answer_rate(target: Target, context: Context) -> float | None:
    sums = _sums(target, context)
    return sums.answered / sums.ended if sums and sums.ended else None


def _rate(target: Target, context: Context, _width: int) -> Cell:
    sums = _sums(target, context)
    return NOTHING if sums is None else Cell(wording.percent(sums.answered, sums.ended))


def _average_talk(target: Target, context: Context) -> float | None:
    sums = _sums(target, context)
    return sums.talk / sums.talked if sums and sums.talked else None


def _talk(target: Target, context: Context, _width: int) -> Cell:
    average = _average_talk(target, context)
    return NOTHING if average is None else Cell(wording.clock(average))


def _revenue(target: Target, context: Context, _width: int) -> Cell:
    sums = _sums(target, context)
    return NOTHING if sums is None or sums.revenue.value is None else Cell(wording.money(sums.revenue.value))


TARGET_COLUMNS: tuple[Column[Target], ...] = (
    Column(
        "buyer",
        "BUYER",
        "name of the buyer (target)",
        14,
        1,
        _name,
        lambda target, _context: (target.name or str(target.id)).casefold(),
        widest=30,
    ),
    Column(
        "progress",
        "LIVE",
        "calls in progress / concurrency cap, as the account counts them",
        6,
        2,
        _progress,
        lambda target, _context: target.calls_in_progress,
        right=True,
        descending=True,
    ),
    Column(
        "bar",
        "IN PROGRESS",
        "calls in progress as a share of the concurrency cap",
        12,
        7,
        _bar,
        lambda target, _context: _fill(target),
        descending=True,
    ),
    Column(
        "headroom",
        "ROOM",
        "how many more calls fit now: the tightest of the own and the groups' concurrency caps",
        5,
        3,
        _headroom,
        _room,
        right=True,
    ),
    Column(
        "bound",
        "BOUND BY",
        "which concurrency cap is the tightest",
        12,
        6,
        _bound_by,
        lambda target, context: _bound_by(target, context, 0).text,
        widest=24,
    ),
    Column("state", "STATE", "open, full (no headroom) or paused, since when", 14, 4, _state, _state_order),
    Column(
        "answered",
        "ANSWERED",
        "calls of the feed that reached this buyer / calls sent to it that are over",
        9,
        8,
        _answered,
        lambda target, context: (sums := _sums(target, context)) and sums.answered,
        right=True,
        descending=True,
    ),
    Column(
        "answer",
        "ANSWER",
        "answer rate: answered / calls sent to this buyer that are over",
        7,
        9,
        _rate,
        _answer_rate,
        right=True,
        descending=True,
    ),
    Column(
        "talk",
        "AVG TALK",
        "average talk: talk time / answered calls that are over",
        9,
        5,
        _talk,
        _average_talk,
        right=True,
        descending=True,
    ),
    Column(
        "revenue",
        "REVENUE",
        "revenue of the feed's calls of this buyer",
        10,
        10,
        _revenue,
        lambda target, context: (sums := _sums(target, context)) and sums.revenue.value,
        right=True,
        descending=True,
    ),
)
