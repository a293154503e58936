"""Draws from seeded generators: spans, and identifiers that look like random version-4 UUIDs, kept as
integers until printed."""

import random

_VERSION_MASK = ~(0xF << 76 | 0x3 << 62)
_VERSION_4 = 0x4 << 76 | 0x2 << 62


def seeded(*parts: object) -> random.Random:
    """A generator of its own for one purpose, the same in every process for the same parts."""
    return random.Random(":".join(map(str, parts)))  # noqa: S311 - a simulation must be repeatable, not secret


def seeded_by(uuid: int) -> random.Random:
    """The generator of one call; an integer seeds faster than text, and a page of calls needs a hundred."""
    return random.Random(uuid)  # noqa: S311 - a simulation must be repeatable, not secret


def between(rng: random.Random, low: int, high: int) -> int:
    """A whole number from `low` to below `high`; several times quicker than randrange, which matters per
    call."""
    return low + int(rng.random() * (high - low))


def draw_uuid(rng: random.Random) -> int:
    """The next version-4 UUID of this generator, as a 128-bit integer."""
    return rng.getrandbits(128) & _VERSION_MASK | _VERSION_4


def show_uuid(value: int) -> str:
    """The usual 8-4-4-4-12 spelling."""
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
