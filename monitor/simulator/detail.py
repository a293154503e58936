"""What only the printed row shows of a call: tags, visitor page, keys pressed. All of it follows from the
call's uuid.

`details` draws from a generator seeded with the uuid, always in the same order, so the same row is printed at
any moment without keeping any of it in memory.
"""

import random
from dataclasses import dataclass

from monitor.simulator.callers import area_code, place_of
from monitor.simulator.draws import draw_uuid, show_uuid
from monitor.simulator.script import Script

_SUB_IDS = (None, None, None, "fb-07", "0091", "native_3", "goog-brand")
_SOURCES = ("google", "facebook", "bing", "native", "newsletter")
_MEDIA = ("cpc", "display", "email")


def sub_id(script: Script) -> str | None:
    """The publisher's own sub id; most calls have none, and none without a publisher."""
    return _SUB_IDS[script.uuid % len(_SUB_IDS)] if script.number.affiliate else None


def recording_url(script: Script) -> str:
    """Where the recording of a connected call lies."""
    return f"https://recordings.example.com/{show_uuid(script.uuid)}.mp3"


@dataclass(frozen=True, slots=True)
class Details:
    """The incidental part of a row."""

    tags: dict[str, str]
    keys_pressed: list[str] | None
    visitor_url: str | None
    seconds_from_visit: int | float | None
    """From the visit of the page to the call: an integer, but negative or fractional in old records."""
    number_sent: bool
    """Whether the caller's number was passed on to the buyer."""


def details(script: Script, rng: random.Random) -> Details:
    """The incidental part of this call's row; draws from the call's own generator."""
    chance = rng.random()
    tags = {"geo": _geo(script)}
    tags["request_id"] = f"{show_uuid(draw_uuid(rng))},{show_uuid(draw_uuid(rng))}"
    tags["robodial_blacklist"] = "1" if chance < 0.02 else "0"
    visited = rng.random() < 0.55
    if visited:
        tags["utm_campaign"] = script.number.campaign.name.lower().replace(" ", "-")
        tags["utm_medium"] = _MEDIA[int(rng.random() * len(_MEDIA))]
        tags["utm_source"] = _SOURCES[int(rng.random() * len(_SOURCES))]
    return Details(
        tags=tags,
        keys_pressed=_keys(chance),
        visitor_url=f"https://www.offers.example/{script.number.campaign.cid}/start" if visited else None,
        seconds_from_visit=_visit(rng) if visited else None,
        number_sent=chance > 0.85,
    )


def _geo(script: Script) -> str:
    place = place_of(script.caller)
    country = (place.country or "").lower()
    parts = (
        area_code(script.caller),
        country,
        place.zip and f"{country}-{place.zip}",
        place.state and f"{country}-{place.state.lower()}",
    )
    return ",".join(part for part in parts if part)


def _keys(chance: float) -> list[str] | None:
    if chance < 0.05:
        return None
    if chance < 0.30:
        return []
    return ["1"] if chance < 0.85 else ["2", "1"]


def _visit(rng: random.Random) -> int | float:
    seconds = rng.lognormvariate(5, 1.6)
    chance = rng.random()
    if chance < 0.03:
        return -round(seconds, 3)
    return round(seconds, 3) if chance < 0.06 else int(seconds)
