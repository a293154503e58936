"""What a filter can ask: the one registry of its fields, for the language, its help and its documentation.

A column that can be asked gives a field of its title, so that what stands above the figures is what is typed. What
has no column is added here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from monitor.insight.call_columns import CALL_COLUMNS
from monitor.insight.columns import Asked, Context, Kind
from monitor.insight.pixels import PixelClass

if TYPE_CHECKING:
    from monitor.insight.pixels import Seen
    from monitor.model.call import Call

TAG = "tag."
"""What stands before the name of a tag."""


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that a filter can ask, of a call or of a pixel."""

    name: str
    help: str
    asked: Asked[Any]
    of_pixels: bool = False

    @property
    def kind(self) -> Kind:
        """What its value is."""
        return self.asked.kind


_YES_NO = {
    "yes": frozenset({True}),
    "no": frozenset({False}),
    "true": frozenset({True}),
    "false": frozenset({False}),
}


def _of_call(attribute: str) -> Callable[[Call, Context], Any]:
    return lambda call, _context: getattr(call, attribute)


def _flag(name: str, words: str) -> Field:
    return Field(name, words, Asked(Kind.WORD, _of_call(name), words=_YES_NO))


def _text(name: str, words: str, attribute: str | None = None, kind: Kind = Kind.TEXT) -> Field:
    return Field(name, words, Asked(kind, _of_call(attribute or name)))


def _tag(name: str) -> Field:
    def value(call: Call, _context: Context) -> str | None:
        return call.tags.get(name)

    return Field(TAG + name, "the call's tag of that name; one with blanks in quotes", Asked(Kind.TEXT, value))


def _of_seen(attribute: str) -> Callable[[Seen, Context], Any]:
    return lambda seen, _context: getattr(seen, attribute)


def _pixel(name: str, words: str, asked: Asked[Seen]) -> Field:
    return Field(name, words, asked, of_pixels=True)


FIELDS: tuple[Field, ...] = (
    *(Field(column.title.casefold(), column.help, column.asked) for column in CALL_COLUMNS if column.asked),
    Field(
        "since",
        "how long ago the call began, at most",
        Asked(Kind.AGE, lambda call, _context: call.began, timely=True),
    ),
    _flag("connected", "whether the call reached a buyer"),
    _flag("converted", "whether the call earned"),
    _flag("duplicate", "whether the account counts the call as a duplicate"),
    _flag("repeat", "whether the caller has called before"),
    _text("tracking", "the tracking number that was called", "number", Kind.PHONE),
    _text("group", "the buyer's group", "target_group"),
    _text("status", "the account's own word for the state"),
    _text("hung_up_by", "who ended the call"),
    _text("uuid", "the call's uuid"),
    _tag("NAME"),
    _pixel(
        "pixel",
        "what became of a pixel",
        Asked(
            Kind.WORD,
            _of_seen("kind"),
            timely=True,
            words={word: frozenset({word}) for word in map(str, PixelClass)},
        ),
    ),
    _pixel("webhook", "the name of a pixel's webhook", Asked(Kind.TEXT, _of_seen("webhook"))),
    # A missing pixel appears as time goes by, and its host with it. It has no webhook: timers alone let expect pixels.
    _pixel("host", "the host that a pixel goes to", Asked(Kind.TEXT, _of_seen("host"), timely=True)),
)

_NAMED = {field.name: field for field in FIELDS}
_ELSEWHERE = {"affiliate": "publisher", "target": "buyer", "number": "tracking", "target_group": "group"}
"""What the API and the JSON call a field, and what it is called here."""
_LONGEST = 40
"""Characters of a word that are compared with the names."""


def named(name: str) -> Field | None:
    """Return the field called `name`; case plays a role in the name of a tag alone. None when there is none."""
    folded = name.casefold()
    if folded.startswith(TAG):
        return _tag(name[len(TAG) :]) if len(name) > len(TAG) else None
    return _NAMED.get(folded)


def nearest(name: str) -> str | None:
    """Return the name of a field that somebody who wrote `name` may have meant."""
    from difflib import get_close_matches  # only a mistake needs it

    folded = name.casefold()[:_LONGEST]
    close = get_close_matches(folded, [*_NAMED, *_ELSEWHERE], n=1)
    return _ELSEWHERE.get(close[0], close[0]) if close else None
