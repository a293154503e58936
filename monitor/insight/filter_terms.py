"""What one term or word of a filter asks, as a function made once and called for every row.

A value that is not known answers no question with yes: null is not 0, and nothing is neither equal nor unequal to it.
So `not` of a term holds of it: `not tag.geo=us` has the calls without that tag, `tag.geo!=us` has not.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from monitor import settings, text
from monitor.insight.columns import Context, Kind

if TYPE_CHECKING:
    from monitor.insight.fields import Field
    from monitor.model.call import Call

Ask = Callable[[Any, Context], bool]
"""Whether a row has what is asked."""

MOST = 1_000
"""Characters of a filter."""
_MEMORY = 1 << 20
"""Bytes that a regular expression may use; one that needs more is refused. With less, expressions that people may
well write are searched without an automaton, which costs ten times as much; with more, some take 30 ms to be read."""

_EQUALS = {":": "=", "=": "=", "!=": "!="}
_ORDERS = {operation: operation for operation in ("<=", ">=", "<", ">")}
_TEXTS = {operation: operation for operation in (":", "=", "!=", "~")}
OPERATORS: dict[Kind, dict[str, str]] = {
    Kind.TEXT: _TEXTS,
    Kind.PHONE: _TEXTS,
    Kind.WORD: {":": ":", "=": ":", "!=": "!="},
    Kind.MONEY: _EQUALS | _ORDERS,
    Kind.COUNT: _EQUALS | _ORDERS,
    Kind.SPAN: _EQUALS | _ORDERS,
    Kind.AGE: {":": ":", "=": ":"},
}
"""What can be asked of each kind, and the one of several equal ways that is printed."""

LISTED = frozenset({Kind.TEXT, Kind.PHONE, Kind.WORD})
"""Kinds that can be asked for any of several values."""

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_AMOUNT = re.compile(r"-?(?:\d+(?:\.\d+)?|\.\d+)", re.ASCII)
_WHOLE = re.compile(r"\d{1,18}", re.ASCII)
_SECONDS = re.compile(r"\d+(?:\.\d+)?", re.ASCII)
_DIALLED = re.compile(r"[+(]?\d[\d\s()-]*")
_BETWEEN_DIGITS = re.compile(r"[\s()-]")


def expected(field: Field, operation: str) -> str:
    """Return, in words, what can stand behind `operation`."""
    match field.kind:
        case Kind.WORD:
            return f"one of: {', '.join(field.asked.words)}"
        case Kind.MONEY:
            return "a number such as 5 or 2.50"
        case Kind.COUNT:
            return "a whole number such as 12"
        case Kind.SPAN:
            return "a duration such as 10, 10s or 1m30s"
        case Kind.AGE:
            return "a duration such as 15m or 2h"
        case Kind.TEXT | Kind.PHONE:
            return "a regular expression" if operation == "~" else "text"


def read(field: Field, operation: str, operand: str) -> Any:
    """Return what `operand` stands for behind `operation`. Raises ValueError, which says what was expected."""
    match field.kind:
        case Kind.TEXT | Kind.PHONE:
            return _expression(operand) if operation == "~" else _needle(operand, phone=field.kind is Kind.PHONE)
        case Kind.WORD if (values := field.asked.words.get(operand.casefold())) is not None:
            return values
        case Kind.MONEY if _AMOUNT.fullmatch(operand):
            return Decimal(operand)
        case Kind.COUNT if _WHOLE.fullmatch(operand):
            return int(operand)
        case Kind.SPAN | Kind.AGE:
            bare = field.kind is Kind.SPAN and _SECONDS.fullmatch(operand)
            try:
                span = settings.duration(f"{operand}s" if bare else operand.casefold())
            except ValueError:
                raise ValueError(expected(field, operation)) from None
            return span.total_seconds() if field.kind is Kind.SPAN else span
    raise ValueError(expected(field, operation))


def _needle(operand: str, *, phone: bool) -> str:
    """Return what to look for: as the account's text is cleaned, so is what is sought in it."""
    sought = text.clean(operand, MOST).casefold()
    return _BETWEEN_DIGITS.sub("", sought) if phone and _DIALLED.fullmatch(sought) else sought


def _expression(operand: str) -> Any:
    """Return the regular expression, which takes time linear in the text whatever it is (RE2)."""
    import re2  # by whoever uses one: it is no part of the first paint

    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.never_capture = True
    options.max_mem = _MEMORY
    try:
        return re2.compile(text.clean(operand, MOST), options)
    except re2.error as error:
        reason = error.args[0] if error.args else ""
        words = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        raise ValueError(f"a regular expression ({text.clean(words, 80)})") from None


def ask(field: Field, operation: str, operands: tuple[str, ...]) -> Ask:
    """Return the function that asks `field` of a row. The operands are valid: each has been `read`."""
    value = field.asked.value
    given = [read(field, operation, operand) for operand in operands]
    match field.kind:
        case Kind.WORD:
            return _among(value, frozenset().union(*given), operation)
        case Kind.TEXT | Kind.PHONE if operation == "~":
            return _found(value, given[0].search)
        case Kind.TEXT | Kind.PHONE if operation == ":":
            return _containing(value, given)
        case Kind.TEXT | Kind.PHONE:
            return _among(lambda row, context: _folded(value(row, context)), frozenset(given), operation)
        case Kind.AGE:
            return _within(value, given[0])
    return _compared(value, _COMPARE[operation], given[0])


def _folded(found: str | None) -> str | None:
    return None if found is None else found.casefold()


def _among(value: Callable[[Any, Context], Any], wanted: frozenset[Any], operation: str) -> Ask:
    if operation == "!=":
        unwanted = wanted | {None}
        return lambda row, context: value(row, context) not in unwanted
    return lambda row, context: value(row, context) in wanted


def _found(value: Callable[[Any, Context], str | None], search: Callable[[str], Any]) -> Ask:
    def asks(row: Any, context: Context) -> bool:
        found = value(row, context)
        return found is not None and search(found) is not None

    return asks


def _containing(value: Callable[[Any, Context], str | None], needles: list[str]) -> Ask:
    first, *others = needles

    def contains(row: Any, context: Context) -> bool:
        found = value(row, context)
        return found is not None and first in found.casefold()

    def contains_any(row: Any, context: Context) -> bool:
        found = _folded(value(row, context))
        return found is not None and any(needle in found for needle in needles)

    return contains_any if others else contains


def _within(value: Callable[[Any, Context], Any], span: Any) -> Ask:
    def asks(row: Any, context: Context) -> bool:
        moment = value(row, context)
        return moment is not None and context.now - moment <= span

    return asks


def _compared(value: Callable[[Any, Context], Any], compare: Callable[[Any, Any], bool], wanted: Any) -> Ask:
    def asks(row: Any, context: Context) -> bool:
        found = value(row, context)
        return found is not None and compare(found, wanted)

    return asks


def word_of_call(word: str) -> Ask:
    """Return the function that looks for `word` in what a call is called, its tags, and the webhooks that it fired."""
    return _word(word, lambda call: call, lambda call: [pixel.webhook_name for pixel in call.pixels])


def word_of_pixel(word: str) -> Ask:
    """Return the function that looks for `word` in what a call is called, its tags, and the webhook of the one pixel.

    The rows are pairs of a call and a pixel seen.
    """
    return _word(word, operator.itemgetter(0), lambda pair: [pair[1].webhook])


def _word(word: str, call_of: Callable[[Any], Call], webhooks: Callable[[Any], list[str | None]]) -> Ask:
    sought = _needle(word, phone=False)
    dialled = _needle(word, phone=True)

    def asks(row: Any, _context: Context) -> bool:
        call = call_of(row)
        if call.caller is not None and dialled in call.caller.casefold():
            return True
        names = (call.campaign, call.affiliate, call.target, *call.tags.values(), *webhooks(row))
        # No text of the account holds the end of a line, and no word does: nothing is found across two names.
        return sought in "\n".join(filter(None, names)).casefold()

    return asks
