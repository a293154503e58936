"""The columns of calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from monitor import text
from monitor.insight import pixels, wording
from monitor.insight.columns import Asked, Column, Context, Kind
from monitor.insight.wording import NOTHING, Cell, Tone
from monitor.model.call import State

if TYPE_CHECKING:
    from monitor.model.call import Call

STATES: dict[State, Cell] = {
    State.RINGING: Cell("◔ ringing", Tone.WAIT),
    State.TALKING: Cell("● talking", Tone.GOOD),
    State.SETTLING: Cell("◌ settling", Tone.WAIT),
    State.FINAL: Cell("✓ final", Tone.PLAIN),
    State.ABANDONED: Cell("✗ abandoned", Tone.DIM),
}
"""How each state looks: glyph, word and tone, in this order of trust."""
DELETED = Cell("⌫ deleted", Tone.GONE)
"""How a call looks that the account has no more, whatever its state was."""


def as_it_went(call: Call, context: Context) -> Context | None:
    """Return the context to show a call in that the account has no more: nothing of it goes on. None for any other."""
    if call.uuid not in context.ledger.gone:
        return None
    return replace(context, now=context.ledger.gone[call.uuid] or context.now)


def waits(call: Call) -> bool:
    """Whether `call` has not reached a buyer yet."""
    return not call.ended and call.forwarded_time is None


def talks(call: Call) -> bool:
    """Whether caller and buyer are talking."""
    return not call.ended and call.forwarded_time is not None


def unsettled(call: Call) -> bool:
    """Whether state, money or pixels of `call` may still look different as time goes by."""
    return not call.ended or call.conversions_determined_at is None


def seconds_since(moment: datetime | None, now: datetime) -> float | None:
    """Return the seconds from `moment` to `now`; None without a moment, 0 when it lies ahead (another clock)."""
    return None if moment is None else max(0.0, (now - moment).total_seconds())


def menu_seconds(call: Call, now: datetime) -> float | None:
    """Return the seconds in the menu; for a call that waits, and is not known to be on hold, until `now`."""
    return seconds_since(call.began, now) if waits(call) and not call.hold else call.ivr


def hold_seconds(call: Call, now: datetime) -> float | None:
    """Return the seconds on hold; for a call known to be on hold, until `now`."""
    if not waits(call):
        return call.hold
    waited = seconds_since(call.began, now)
    return waited - (call.ivr or 0) if call.hold and waited is not None else None


def answered_at(call: Call) -> datetime | None:
    """Return when the talk of a forwarded call began.

    The API reference's samples disagree on whether hold lies before `forwarded_time` or after it, so the later of
    `forwarded_time` and start + menu + hold is taken: right either way, to a second.
    """
    if call.forwarded_time is None or call.began is None:
        return call.forwarded_time
    waited = call.began + timedelta(seconds=(call.ivr or 0) + (call.hold or 0))
    return max(call.forwarded_time, waited)


def talk_seconds(call: Call, now: datetime) -> float | None:
    """Return the seconds of talk; while talking, until `now`. None when there was none."""
    if talks(call):
        return seconds_since(answered_at(call), now)
    return call.talk if call.connected else None


def _state(call: Call, context: Context, _width: int) -> Cell:
    return state_of(call, context)


def state_of(call: Call, context: Context) -> Cell:
    """Return how the state of `call` looks."""
    return DELETED if call.uuid in context.ledger.gone else STATES[call.state(context.now)]


_DELETED = "deleted"
_STATE_WORDS = {
    "live": frozenset({State.RINGING, State.TALKING}),
    **{word: frozenset({word}) for word in (*map(str, State), _DELETED)},
}


def _asked_state(call: Call, context: Context) -> str:
    return _DELETED if call.uuid in context.ledger.gone else call.state(context.now)


def _asked_span(seconds: Callable[[Call, datetime], float | None]) -> Asked[Call]:
    """Ask for the whole seconds that the column shows."""

    def value(call: Call, context: Context) -> int | None:
        found = seconds(call, (as_it_went(call, context) or context).now)
        return None if found is None else int(found)

    return Asked(Kind.SPAN, value, timely=True)


_STATE_ORDER = {cell: place for place, cell in enumerate((*STATES.values(), DELETED))}


def _span(seconds: Callable[[Call, datetime], float | None]) -> Callable[[Call, Context, int], Cell]:
    def cell(call: Call, context: Context, _width: int) -> Cell:
        found = seconds(call, context.now)
        return NOTHING if found is None else Cell(wording.clock(found))

    return cell


def _span_order(ticks: Callable[[Call], bool], known: str) -> Callable[[Call, Context], Any]:
    """Order running spans above finished ones, the longest first: they grow, so the order stands still."""

    def order(call: Call, _context: Context) -> Any:
        began = call.forwarded_time or call.began
        if ticks(call) and began is not None:
            return (1, -began.timestamp())
        value = getattr(call, known)
        return None if value is None else (0, value)

    return order


def _name(attribute: str) -> Callable[[Call, Context, int], Cell]:
    def cell(call: Call, _context: Context, _width: int) -> Cell:
        value = getattr(call, attribute)
        return Cell(value) if value else NOTHING

    return cell


def _amount(attribute: str, *, earns: bool = False) -> Callable[[Call, Context, int], Cell]:
    """Format an amount; one that `earns` is good above zero. A few cents lost on a call are no alarm."""

    def cell(call: Call, context: Context, _width: int) -> Cell:
        amount: Decimal | None = getattr(call, attribute)
        if amount is None:
            return NOTHING
        provisional = call.provisional(context.now)
        settled = Tone.GOOD if earns and amount > 0 else Tone.PLAIN
        return Cell(wording.money(amount, provisional=provisional), Tone.WAIT if provisional else settled)

    return cell


def _buyer(call: Call, _context: Context, _width: int) -> Cell:
    return Cell(text.without_line(call.target)) if call.target else NOTHING


def _value(attribute: str) -> Callable[[Call, Context], Any]:
    return lambda call, _context: getattr(call, attribute)


def _folded(attribute: str) -> Callable[[Call, Context], Any]:
    def order(call: Call, _context: Context) -> Any:
        value = getattr(call, attribute)
        return value.casefold() if value else None

    return order


def _caller(call: Call, _context: Context, width: int) -> Cell:
    if not call.caller:
        return NOTHING
    spaced = text.phone(call.caller)
    return Cell(spaced if len(spaced) <= width else call.caller)


def _flags(call: Call, _context: Context, _width: int) -> Cell:
    flags = (("C", call.converted), ("D", call.duplicate), ("R", call.repeat))
    return Cell(" ".join(letter for letter, given in flags if given), Tone.GOOD if call.converted else Tone.PLAIN)


def _flag_order(call: Call, _context: Context) -> Any:
    return (bool(call.converted), bool(call.duplicate), bool(call.repeat))


def _pixels(call: Call, context: Context, _width: int) -> Cell:
    found = pixels.count(call, context)
    if not found.total and not found.wrong:
        return NOTHING
    return Cell(f"{found.sent}/{found.total} {'!' if found.wrong else ' '}", Tone.BAD if found.wrong else Tone.PLAIN)


def _pixel_order(call: Call, context: Context) -> Any:
    found = pixels.count(call, context)
    return (found.wrong, found.total - found.sent, found.total)


def _number(call: Call, context: Context, _width: int) -> Cell:
    number = context.ledger.numbers.get(call.uuid)
    return NOTHING if number is None else Cell(str(number), Tone.DIM)


def _started(call: Call, context: Context, _width: int) -> Cell:
    """The time of day; the day of the month and a shorter time for a call of another day."""
    began = call.began
    if began is None:
        return NOTHING
    today = began.astimezone(context.zone).date() == context.now.astimezone(context.zone).date()
    return Cell(wording.local(began, context.zone, form="%H:%M:%S" if today else "%d %H:%M"))


CALL_COLUMNS: tuple[Column[Call], ...] = (
    Column(
        "number",
        "#",
        "a number for talking about the call; given once, never changed",
        5,
        3,
        _number,
        lambda call, context: context.ledger.numbers.get(call.uuid),
        right=True,
        descending=True,
        asked=Asked(Kind.COUNT, lambda call, context: context.ledger.numbers.get(call.uuid)),
    ),
    Column(
        "state",
        "STATE",
        "ringing, talking, settling (ended, money not determined), final, abandoned (never connected), deleted",
        11,
        1,
        _state,
        lambda call, context: _STATE_ORDER[state_of(call, context)],
        ticks=unsettled,
        asked=Asked(Kind.WORD, _asked_state, timely=True, words=_STATE_WORDS),
    ),
    Column(
        "start",
        "START",
        "when the caller called, local time; before today with the day of the month",
        8,
        9,
        _started,
        lambda call, _context: call.began,
        descending=True,
    ),
    Column(
        "ivr",
        "IVR",
        "time in the menu",
        5,
        13,
        _span(menu_seconds),
        _span_order(waits, "ivr"),
        right=True,
        descending=True,
        ticks=waits,
        asked=_asked_span(menu_seconds),
    ),
    Column(
        "hold",
        "HOLD",
        "time on hold",
        5,
        12,
        _span(hold_seconds),
        _span_order(waits, "hold"),
        right=True,
        descending=True,
        ticks=waits,
        asked=_asked_span(hold_seconds),
    ),
    Column(
        "talk",
        "TALK",
        "time talking with the buyer, until now while the call runs",
        7,
        2,
        _span(talk_seconds),
        _span_order(talks, "talk"),
        right=True,
        descending=True,
        ticks=talks,
        asked=_asked_span(talk_seconds),
    ),
    Column(
        "caller",
        "CALLER",
        "the caller's number",
        12,
        4,
        _caller,
        _value("caller"),
        widest=15,
        asked=Asked(Kind.PHONE, _value("caller")),
    ),
    Column(
        "campaign",
        "CAMPAIGN",
        "campaign",
        12,
        10,
        _name("campaign"),
        _folded("campaign"),
        widest=24,
        asked=Asked(Kind.TEXT, _value("campaign")),
    ),
    Column(
        "affiliate",
        "PUBLISHER",
        "publisher (affiliate)",
        10,
        11,
        _name("affiliate"),
        _folded("affiliate"),
        widest=18,
        asked=Asked(Kind.TEXT, _value("affiliate")),
    ),
    Column(
        "target",
        "BUYER",
        "buyer (target) the call was sent to",
        10,
        5,
        _buyer,
        _folded("target"),
        widest=24,
        asked=Asked(Kind.TEXT, _value("target")),
    ),
    Column(
        "revenue",
        "REVENUE",
        "what the buyer owes; ~ is provisional",
        8,
        6,
        _amount("revenue"),
        _value("revenue"),
        right=True,
        descending=True,
        ticks=unsettled,
        asked=Asked(Kind.MONEY, _value("revenue")),
    ),
    Column(
        "payout",
        "PAYOUT",
        "what the publisher is owed; ~ is provisional",
        8,
        14,
        _amount("payout"),
        _value("payout"),
        right=True,
        descending=True,
        ticks=unsettled,
        asked=Asked(Kind.MONEY, _value("payout")),
    ),
    Column(
        "profit",
        "PROFIT",
        "revenue − payout − call cost; ~ is provisional",
        8,
        7,
        _amount("profit", earns=True),
        _value("profit"),
        right=True,
        descending=True,
        ticks=unsettled,
        asked=Asked(Kind.MONEY, _value("profit")),
    ),
    Column("flags", "FLAGS", "C converted, D duplicate, R repeat caller", 6, 15, _flags, _flag_order, descending=True),
    Column(
        "pixels",
        "PIXELS",
        "pixels sent / fired in all; ! one is stuck, missing, of unknown status, or has a macro left in it",
        7,
        8,
        _pixels,
        _pixel_order,
        right=True,
        descending=True,
        ticks=lambda call: unsettled(call) or any(pixel.status == "new" for pixel in call.pixels),
    ),
)
