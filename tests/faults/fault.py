"""What a named fault is, and how many the layers must have."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.model.health import Outcome
from tests.faults.scene import Scene
from tests.make import NOON


class Layer(StrEnum):
    """Where something goes wrong."""

    WIRE = "HTTP and JSON"
    PAYLOAD = "payload shape"
    CLOCK = "clocks"
    STORAGE = "storage"
    TERMINAL = "signals and terminals"


LEAST = {Layer.WIRE: 40, Layer.PAYLOAD: 12, Layer.CLOCK: 10, Layer.STORAGE: 12, Layer.TERMINAL: 14}
"""How many faults each layer is tried with at the least."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong.

    `befall` brings it about in a scene for as long as its context lasts. `outcome` is what the status line then says,
    in words that hold `says`; None: all goes on, and every call is known as it is. `spoils`: but for some fields.
    `blind`: all is said to be well, but the account's changes cannot be seen meanwhile. `wait`: the seconds that the
    next try is put off, at least and at most. `slow`: only the deadline ends it. `start`: when it happens.
    """

    befall: Callable[[Scene], AbstractContextManager[object]]
    outcome: Outcome | None = None
    says: str = ""
    spoils: bool = False
    blind: bool = False
    wait: tuple[float, float] = (0, 1)
    slow: bool = False
    start: datetime = NOON


Faults = dict[str, Fault]
"""Faults of one layer by name."""
