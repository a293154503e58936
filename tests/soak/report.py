"""What a simulation found, and the requests that it took."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from monitor.feed.asks import Steps

KINDS = ("tick", "fill", "sweep", "read", "probe")
"""What the follower does."""


@dataclass
class Tally:
    """Requests by what they were for."""

    requests: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    begun: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))

    def counting(self, kind: str, work: Callable[..., Steps[Any]]) -> Callable[..., Steps[Any]]:
        """Return `work`, with every request of it counted."""

        def counted(*given: Any, **named: Any) -> Steps[Any]:
            self.begun[kind] += 1
            steps = work(*given, **named)
            error: Exception | None = None
            answer: Any = None
            while True:
                try:
                    asked = steps.send(answer) if error is None else steps.throw(error)
                except StopIteration as stop:
                    return stop.value
                self.requests[kind] += 1
                answer = error = None
                try:
                    answer = yield asked
                except Exception as thrown:  # noqa: BLE001  # handed on, whatever it is
                    error = thrown

        return counted


@dataclass
class CaughtUp:
    """What it took to know all again after an outage: pages, and seconds since its end."""

    pages: int
    seconds: float


@dataclass
class Report:
    """What a simulation found."""

    hours: int = 0
    calls: int = 0
    updates: int = 0
    pixels: int = 0
    deleted: int = 0
    late: int = 0
    compared: int = 0
    looked_at: int = 0
    behind: list[str] = field(default_factory=list)
    """Changes that were not known when they had to be."""
    lost: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    standing: list[str] = field(default_factory=list)
    """Calls that the account has no more, and the history still has."""
    held: int = 0
    shown_wrong: list[str] = field(default_factory=list)
    """Calls that the ledger holds in another version than the account."""
    tally: Tally = field(default_factory=Tally)
    caught_up: list[CaughtUp] = field(default_factory=list)
    memory: dict[int, float] = field(default_factory=dict)
    """Resident MB by the hour."""
    largest: int = 0
    """Bytes of the history at its largest."""

    @property
    def per_tick(self) -> float:
        """Requests of the live feed for each of its polls."""
        return self.tally.requests["tick"] / self.tally.begun["tick"]

    @property
    def swept(self) -> float:
        """Requests of the sweeps, for each of the live feed's."""
        return self.tally.requests["sweep"] / self.tally.requests["tick"]
