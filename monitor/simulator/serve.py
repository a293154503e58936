"""Serves a simulated account on this machine until it is told to stop."""

import gc
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import uvicorn

from monitor.simulator.cast import COMPANY_ID, DEMO_KEY
from monitor.simulator.web import build_app
from monitor.simulator.world import World

_HOST = "127.0.0.1"
_SECONDS_TO_STOP = 1


def serve(*, port: int, seed: int = 1, rate: float = 0.2, history: int = 1500) -> None:
    """Serve until SIGINT or SIGTERM; port 0 takes a free one. Says on stdout where, once it listens. Never
    reachable from other machines. OSError when the port is taken."""
    with socket.create_server((_HOST, port)) as listener:
        world = World(seed=seed, start=datetime.now(UTC), rate=rate, history=history)
        gc.freeze()  # the history lives as long as the process: a collection that walks it is a pause for nothing
        app = build_app(world, clock=lambda: datetime.now(UTC))
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="none",
            date_header=False,  # the application tells the simulated time
            server_header=False,
            timeout_graceful_shutdown=_SECONDS_TO_STOP,
        )
        with _signals_end_quietly():
            _Server(config).run(sockets=[listener])


class _Server(uvicorn.Server):
    """Says where it is once it listens."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        port = sockets[0].getsockname()[1] if sockets else self.config.port
        print(  # noqa: T201 - the one line of output that callers wait for
            f"serving the simulated account on http://{_HOST}:{port}"
            f"  (RETREAVER_API_KEY={DEMO_KEY} RETREAVER_COMPANY_ID={COMPANY_ID})",
            flush=True,
        )


@contextmanager
def _signals_end_quietly() -> Iterator[None]:
    """uvicorn repeats the signal that stopped it once it is done; here that is the ordinary end, not an
    error."""
    before = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
