"""The tolerant types of the wire. Each turns whatever the API is known to send into one exact Python type.

The API sends money as string, int, float or null within one record, times with `Z` or an offset, identifiers as
numbers or strings (API reference: inconsistencies). The tolerance lives here, once. A value that cannot be
understood raises ValueError; `monitor.model.wire` then drops that field and keeps the record.

pydantic is imported only when a schema is built, so the models can be imported before the first paint.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any

from monitor import text

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema


@dataclass(frozen=True, slots=True)
class Parse:
    """Marks a type whose value `function` makes from the wire's."""

    function: Callable[[Any], Any]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic_core import core_schema

        return core_schema.no_info_plain_validator_function(self.function)


@dataclass(frozen=True, slots=True)
class Before:
    """Marks a type whose wire value `function` prepares for pydantic."""

    function: Callable[[Any], Any]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic_core import core_schema

        return core_schema.no_info_before_validator_function(self.function, handler(source))


_CENT = Decimal("0.01")
_MICRO = Decimal("0.000001")
_MOST = Decimal(10) ** 12


@lru_cache(maxsize=16384)
def _money(value: str | int | float) -> Decimal:
    digits = value.strip() if isinstance(value, str) else str(value)
    if not digits.isascii() or "_" in digits:
        raise ValueError("not an amount")
    try:
        amount = Decimal(digits)
    except InvalidOperation:
        raise ValueError("not an amount") from None
    if not amount.is_finite() or abs(amount) >= _MOST:
        raise ValueError("not a plausible amount")
    exact = amount.quantize(_MICRO) + 0  # a sum has no negative zero
    cents = exact.quantize(_CENT)
    return cents if cents == exact else exact.normalize()


def money(value: Any) -> Decimal | None:
    """Return an amount in the account's currency, exact; None stays None, which is not zero."""
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("not an amount")
    return _money(value)


def utc(value: Any) -> datetime | None:
    """Return an aware UTC time from ISO 8601 with `Z`, an offset or neither (then it is UTC)."""
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise ValueError("not a time")
    try:
        stamp = datetime.fromisoformat(value)
    except ValueError:  # its text quotes the value, which no report may hold
        raise ValueError("not a time") from None
    if stamp.tzinfo is UTC:
        return stamp
    try:
        return stamp.replace(tzinfo=UTC) if stamp.tzinfo is None else stamp.astimezone(UTC)
    except OverflowError:
        raise ValueError("not a plausible time") from None


def whole(value: Any) -> int | None:
    """Return a whole number (seconds, counts, system ids) from int, float or digits; floats are floored."""
    if type(value) is int:
        if abs(value) >= 2**63:
            raise ValueError("not a plausible number")
        return value
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("not a number")
    if isinstance(value, str) and (not value.isascii() or "_" in value):
        raise ValueError("not a number")
    try:
        number = float(value)
    except ValueError:
        raise ValueError("not a number") from None
    if not math.isfinite(number) or abs(number) >= 2**63:
        raise ValueError("not a plausible number")
    return math.floor(number)


def system_id(value: Any) -> int:
    """Return a record's system id, which it cannot do without."""
    found = whole(value)
    if found is None:
        raise ValueError("no id")
    return found


_FLAGS: dict[str, bool | None] = {"true": True, "false": False, "1": True, "0": False, "": None}


def flag(value: Any) -> bool | None:
    """Return true, false or None from a boolean, 0/1 or their words."""
    if value is None or value is True or value is False:
        return value
    if isinstance(value, str | int):
        word = str(value).lower()
        if word in _FLAGS:
            return _FLAGS[word]
    raise ValueError("not a flag")


def word(value: Any) -> str | None:
    """Return cleaned text that seldom repeats; numbers are taken as their digits (customer ids)."""
    if value is None:
        return None
    if isinstance(value, str):
        return text.clean(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise ValueError("not text")


def uuid(value: Any) -> str:
    """Return a record's uuid; it is the one thing a call cannot do without."""
    if not isinstance(value, str) or not value:
        raise ValueError("no uuid")
    return text.clean(value, 64)


def address(value: Any) -> str:
    """Return a URL as text: cleaned, at most 2 048 characters."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError("not an address")
    return text.clean(value, 2048)


def repeated(value: Any) -> str | None:
    """Return cleaned, interned text: for names that many records share."""
    kept = word(value)
    return None if kept is None else text.name(kept)


def name_of(value: Any) -> str | None:
    """Return the name in `{id, name}`; None for `{}`, which is how the API says 'no group'."""
    if isinstance(value, Mapping):
        return repeated(value.get("name"))
    return repeated(value)


def number_of(value: Any) -> str | None:
    """Return a telephone number given plainly (V1, V2) or as `{number, name}` (V3 and later)."""
    return repeated(value.get("number") if isinstance(value, Mapping) else value)


def tags(value: Any) -> dict[str, str]:
    """Return a call's tags: keys and values cleaned; values that repeat share their text."""
    if not value:
        return {}
    if not isinstance(value, Mapping):
        raise ValueError("not tags")
    return {text.name(str(key)): text.name("" if kept is None else str(kept)) for key, kept in value.items()}


def texts(value: Any) -> tuple[str, ...]:
    """Return a list of words, None being an empty one."""
    if value is None:
        return ()
    if not isinstance(value, list):
        raise ValueError("not a list")
    return tuple(text.name(str(item)) for item in value)


def numbers(value: Any) -> tuple[int, ...]:
    """Return a list of whole numbers, None being an empty one."""
    if value is None:
        return ()
    if not isinstance(value, list):
        raise ValueError("not a list")
    return tuple(found for item in value if (found := whole(item)) is not None)


def unwrapped(key: str) -> Callable[[Any], Any]:
    """Return a function that takes the records of a list out of their `{key: …}` envelopes, if they have any."""

    def unwrap(value: Any) -> Any:
        if value is None:
            return ()
        if not isinstance(value, list):
            raise ValueError("not a list")
        # Only an object is an envelope: a bare cap has a field `cap` of its own.
        return [row[key] if isinstance(row, dict) and isinstance(row.get(key), dict) else row for row in value]

    return unwrap


SystemId = Annotated[int, Parse(system_id)]
Uuid = Annotated[str, Parse(uuid)]
Address = Annotated[str, Parse(address)]
Money = Annotated[Decimal | None, Parse(money)]
Utc = Annotated[datetime | None, Parse(utc)]
Whole = Annotated[int | None, Parse(whole)]
Flag = Annotated[bool | None, Parse(flag)]
Word = Annotated[str | None, Parse(word)]
Name = Annotated[str | None, Parse(repeated)]
NameOf = Annotated[str | None, Parse(name_of)]
NumberOf = Annotated[str | None, Parse(number_of)]
Tags = Annotated[dict[str, str], Parse(tags)]
Texts = Annotated[tuple[str, ...], Parse(texts)]
Numbers = Annotated[tuple[int, ...], Parse(numbers)]
