"""Faults of clocks: this machine's two, the server's, and the calendar."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest

from tests.faults.fault import Fault, Faults
from tests.faults.scene import Scene
from tests.faults.server import Exchange

HOUR = 3600.0
DAY = 24 * HOUR
YEAR = 365 * DAY
RARE = 0.02
"""Calls a second of an account that hours pass on."""


def jumping(seconds: float) -> Fault:
    """This machine's wall clock is so far ahead of the true time, and then right again."""

    @contextmanager
    def befall(scene: Scene) -> Iterator[None]:
        scene.ahead += seconds
        yield
        scene.ahead -= seconds

    return Fault(befall)


def asleep(seconds: float, *, wall: bool = True, boot: bool = True) -> Fault:
    """This machine sleeps: to it, the time is suddenly later, by both clocks or by one of them."""

    @contextmanager
    def befall(scene: Scene) -> Iterator[None]:
        if wall:
            scene.account.pass_time(seconds)
        if boot:
            scene.slept += seconds
        yield

    return Fault(befall)


def server_off(seconds: float) -> Fault:
    """The server's clock, as its answers tell it, is so far ahead of the true time."""

    @contextmanager
    def befall(scene: Scene) -> Iterator[None]:
        async def act(exchange: Exchange) -> None:
            now = datetime.fromtimestamp(scene.account.now.timestamp() + seconds, UTC)
            answer = (await exchange.answer()).without("date")
            await exchange.send(answer.plus(f"Date: {format_datetime(now, usegmt=True)}"))

        scene.told_ahead = seconds
        with scene.server.misbehaving(act):
            yield
        scene.told_ahead = 0

    return Fault(befall)


def account_off(seconds: float) -> Fault:
    """The server's clock is so far ahead, and its records with it."""

    @contextmanager
    def befall(scene: Scene) -> Iterator[None]:
        scene.account.skew += seconds
        yield

    return Fault(befall)


@contextmanager
def zone(name: str) -> Iterator[None]:
    """Live in another time zone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", name)
        time.tzset()
        try:
            yield
        finally:
            patch.undo()
            time.tzset()


def living_through(name: str, start: datetime) -> Fault:
    """This machine lives in a zone, ten seconds before something happens to its calendar."""
    return Fault(lambda _: zone(name), start=start)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


CLOCKS: Faults = {
    "an hour ahead": jumping(HOUR),
    "an hour behind": jumping(-HOUR),
    "a day ahead": jumping(DAY),
    "a day behind": jumping(-DAY),
    "forty years ahead": jumping(40 * YEAR),
    "in 1970": jumping(-56 * YEAR),
    "a second back": jumping(-1),
    "eight hours asleep": asleep(8 * HOUR),
    "eight hours by the wall clock alone": asleep(8 * HOUR, boot=False),
    "a month by the boot clock alone": asleep(30 * DAY, wall=False),
    "server an hour ahead": server_off(HOUR),
    "server an hour behind": server_off(-HOUR),
    "server ten years ahead": server_off(10 * YEAR),
    "server ten years behind": server_off(-10 * YEAR),
    "server and records an hour ahead": account_off(HOUR),
    "clocks put forward": living_through("America/New_York", moment("2026-03-08T06:59:50Z")),
    "clocks put back": living_through("America/New_York", moment("2026-11-01T05:59:50Z")),
    "half an hour put back": living_through("Australia/Lord_Howe", moment("2026-04-04T14:59:50Z")),
    "a day left out": living_through("Pacific/Apia", moment("2011-12-30T09:59:50Z")),
    "a leap day": living_through("UTC", moment("2028-02-28T23:59:50Z")),
    "a new year": living_through("Asia/Kathmandu", moment("2026-12-31T18:14:50Z")),
    "the end of 32 bits": living_through("UTC", moment("2038-01-19T03:14:00Z")),
}
