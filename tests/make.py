"""Calls, targets and scripted sources for the tests."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from monitor.feed.mailbox import Mailbox
from monitor.model.batch import Batch
from monitor.model.call import Call
from monitor.model.company import Company
from monitor.model.health import Health, Outcome
from monitor.model.target import Target, TargetGroup

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """Return the moment so many seconds after noon."""
    return NOON + timedelta(seconds=seconds)


def a_call(uuid: str = "c1", started: float = 0, **given: Any) -> Call:
    """Return a call that rings since `started` seconds after noon; `given` overrides its fields."""
    fields: dict[str, Any] = {
        "status": "in_progress",
        "start_time": at(started),
        "created_at": at(started + 0.15),
        "updated_at": at(started + 0.15),
        "caller": "+13015550042",
        "number": "+18885550100",
        "campaign": "Solar",
        "affiliate": "Acme",
    }
    return Call(uuid=uuid, **{**fields, **given})


def a_final_call(uuid: str = "c1", started: float = 0, **given: Any) -> Call:
    """Return a call that talked 60 s, ended 80 s after its start and is settled: 5.00 − 2.00 − 0.08 = 2.92."""
    fields: dict[str, Any] = {
        "status": "finished",
        "forwarded_time": at(started + 20),
        "end_time": at(started + 80),
        "conversions_determined_at": at(started + 101),
        "updated_at": at(started + 102),
        "connected": True,
        "converted": True,
        "ivr": 8,
        "hold": 12,
        "talk": 60,
        "target": "Buyer A",
        "target_id": 7,
        "revenue": Decimal("5.00"),
        "payout": Decimal("2.00"),
        "cost": Decimal("0.08"),
        "profit": Decimal("2.92"),
        "margin": Decimal("3.00"),
        "hung_up_by": "caller",
    }
    return a_call(uuid, started, **{**fields, **given})


def a_target(number: int = 7, **given: Any) -> Target:
    """Return a buyer with room for two of five calls."""
    fields: dict[str, Any] = {
        "name": f"Buyer {number}",
        "concurrency_cap": 5,
        "calls_in_progress": 3,
        "paused": False,
    }
    return Target(id=number, **{**fields, **given})


def a_group(name: str, running: int, cap: int | None) -> TargetGroup:
    """Return a group of buyers."""
    return TargetGroup(id=1, name=name, calls_in_progress=running, concurrency_cap=cap)


def healthy(now: datetime, **given: Any) -> Health:
    """Return the health of a feed that just got fresh data."""
    fields: dict[str, Any] = {
        "outcome": Outcome.FRESH,
        "fresh_at": now,
        "next_at": now + timedelta(seconds=5),
        "interval": 5.0,
        "requests_per_minute": 18,
    }
    return Health(**{**fields, **given})


EXAMPLE_CO = Company(id=2, name="Example Co")


class ScriptedSource:
    """A source that says what the test tells it to, and remembers what the screen asked of it."""

    def __init__(self) -> None:
        self.mailbox = Mailbox()
        self.started = False
        self.retries = 0
        self.watched: list[str | None] = []
        self.pinned: list[int | None] = []
        self.flows: list[bool] = []

    def subscribe(self, poke: Callable[[], None]) -> None:
        self.mailbox.subscribe(poke)

    def take(self) -> Batch | None:
        return self.mailbox.take()

    def start(self) -> None:
        self.started = True

    def retry(self) -> None:
        self.retries += 1

    def watch(self, call: str | None, target: int | None = None, flow: bool = False) -> None:
        self.watched.append(call)
        self.flows.append(flow)
        self.pinned.append(target)

    def say(self, calls: Iterable[Call] = (), **news: Any) -> None:
        """Bring news to the screen."""
        self.mailbox.put(Batch(calls=tuple(calls), **news))
