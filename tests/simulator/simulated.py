"""What the simulator's tests share: one beginning, and an account's answers without a network."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from monitor.simulator.rows import to_json
from monitor.simulator.selection import Selection
from monitor.simulator.wire import CALL_SHAPES, call_v2
from monitor.simulator.world import World

START = datetime(2026, 5, 4, 15, 0, tzinfo=UTC)

Call = dict[str, Any]


def moments(step: float, count: int) -> Iterator[datetime]:
    """`count` moments from the beginning on, `step` seconds apart."""
    return (START + timedelta(seconds=step * place) for place in range(count))


def everything(world: World) -> str:
    """All calls of the world as they stand, oldest update last, in one text."""
    scripts, _ = Selection(by_update=True).page(world, 0, len(world.calls))
    return to_json([call_v2(script, world.now, world.troubles) for script in scripts])


def calls_of(world: World, version: str = "v2") -> list[Call]:
    """All calls of the world as they stand, in the order of creation."""
    shape = CALL_SHAPES[version]
    return [shape(script, world.now, world.troubles) for script in world.calls]


def at(text: str) -> datetime:
    """The moment of a stamp."""
    return datetime.fromisoformat(text)


def pixels_of(call: Call) -> list[dict[str, Any]]:
    """The pixels of a call without their envelopes."""
    return [row["fired_pixel"] for row in call["fired_pixels"]]


class Hands:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now
