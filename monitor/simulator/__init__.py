"""A simulated pay-per-call account: seeded, deterministic, and served over HTTP in the shape of the Retreaver
Core API.

A call is a script, and an API answer is a projection of it: everything that will ever happen to a call is
decided when it is born, so what an answer says depends on the seed, the beginning and the moment asked about,
never on who asked before.

The package shares no code with the rest of the program, so that a misreading of the API cannot hide on both
sides of the wire. Only `web`, its resource modules and `serve` know of HTTP; the rest is plain Python.
"""

from monitor.simulator.cast import COMPANY_ID, DEMO_KEY
from monitor.simulator.world import World

__all__ = ["COMPANY_ID", "DEMO_KEY", "World"]
