"""Who calls: numbers from the range reserved for fiction (+1 NPA 555 01XX), and the places they call from."""

from dataclasses import dataclass

_NOT_GEOGRAPHIC = {555, 700, 710, 800, 822, 833, 844, 855, 866, 877, 888, 900}
_AREAS = tuple(
    area for area in range(200, 990) if area % 100 != 11 and area // 10 % 10 != 9 and area not in _NOT_GEOGRAPHIC
)
_LINES = 100  # 555-0100 to 555-0199
POOL = len(_AREAS) * _LINES

ANONYMOUS = ("+266696687", "anonymous")
"""What carriers hand over when the caller's number is withheld: the letters of the word on a keypad, or the
word."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a number is registered; zip, state and city can be unknown, and the case of cities is mixed."""

    zip: str | None
    state: str | None
    city: str | None
    country: str | None


PLACES = (
    Place("28379", "NC", "Rockingham", "US"),
    Place("80920", "CO", "COLORADO SPRINGS", "US"),
    Place("75201", "TX", "Dallas", "US"),
    Place("33101", "FL", "MIAMI", "US"),
    Place("85001", "AZ", "Phoenix", "US"),
    Place("97201", "OR", "PORTLAND", "US"),
    Place("60601", "IL", "Chicago", "US"),
    Place("43004", "OH", "BLACKLICK", "US"),
    Place("14201", "NY", "Buffalo", "US"),
    Place("37201", "TN", "Nashville", "US"),
    Place("98101", "WA", "SEATTLE", "US"),
    Place("89101", "NV", "Las Vegas", "US"),
    Place("30301", "GA", "ATLANTA", "US"),
    Place(None, "ON", "TORONTO", "CA"),
    Place(None, "BC", "Vancouver", "CA"),
    Place("55401", "MN", "Minneapolis", "US"),
    Place("64101", "MO", "KANSAS CITY", "US"),
    Place(None, None, None, "US"),
)
_NOWHERE = Place(None, None, None, None)


def caller_number(caller: int) -> str:
    """The number of a caller of the pool, or what stands for it when `caller` is negative (withheld)."""
    if caller < 0:
        return ANONYMOUS[caller]
    area, line = divmod(caller, _LINES)
    return f"+1{_AREAS[area]}55501{line:02}"


def area_code(caller: int) -> str:
    """The three digits that the `geo` tag begins with; empty for a withheld number."""
    return "" if caller < 0 else str(_AREAS[caller // _LINES])


def place_of(caller: int) -> Place:
    """Where that number is registered."""
    return _NOWHERE if caller < 0 else PLACES[caller // _LINES % len(PLACES)]
