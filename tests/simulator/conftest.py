"""A small account, served in the process, and the clock that it goes by."""

from collections.abc import AsyncIterator

import httpx
import pytest

from monitor.simulator.web import build_app
from monitor.simulator.world import World
from tests.simulator.simulated import START, Hands


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
async def client(clock: Hands) -> AsyncIterator[httpx.AsyncClient]:
    app = build_app(World(seed=1, start=START, rate=0.5, history=260), clock=clock)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="https://simulated.example") as client:
        yield client
