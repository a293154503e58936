"""The call flow: what `call_flow_events=true` adds to the answer for one call.

The reference names the parameter and not the shape of its answer. So half of the calls answer in the shape that
the vendor's page suggests, newest first, of the levels info, connection, warning and problem; the other half
in one that nobody can have foreseen.
"""

import random

from monitor.simulator.draws import between, seeded
from monitor.simulator.script import Script
from monitor.simulator.stamps import SECOND, zulu
from monitor.simulator.wire import Json

_REFUSALS = ("closed", "capped", "tag mismatch")

_Event = tuple[int, str, str]
"""When, at which level, and what."""


def call_flow(script: Script, now: int) -> list[Json] | Json:
    """What had happened to the call by that moment; which of the two shapes follows from its uuid."""
    # Of a generator of its own, so that what the row draws stays as it is without the flag.
    rng = seeded("flow", script.uuid)
    documented = rng.random() < 0.5
    events = [event for event in _events(script, rng) if event[0] <= now]
    if documented:
        return [
            {"call_flow_event": {"created_at": zulu(at), "level": level, "message": message}}
            for at, level, message in reversed(events)
        ]
    return {"version": 3, "legs": [{"at": at, "trace": [[level, [message]]]} for at, level, message in events]}


def _events(script: Script, rng: random.Random) -> list[_Event]:
    """The call from its start to its end, oldest first."""
    begun = script.start
    answered = begun + script.ivr
    events: list[_Event] = [(begun, "info", f"Call started on {script.number.name}")]
    if script.selected is not None or script.ended_by == "system":
        for offer in script.number.campaign.offers:
            buyer = offer.target
            if buyer is script.selected:
                continue
            why = "closed" if buyer.paused else _REFUSALS[between(rng, 0, len(_REFUSALS))]
            events.append((answered, "warning", f"{buyer.name} considered: {why}"))
    if script.selected is not None:
        events.append((answered, "info", f"{script.selected.name} selected, dialling {script.selected.number}"))
        if script.connected:
            events.append((script.forwarded, "connection", f"Connected to {script.selected.name}"))
    elif script.ended_by == "system":
        events.append((answered, "problem", "No buyer could take the call"))
    by = f"by {script.ended_by} after {script.talk // SECOND} s of talk"
    return [*events, (script.ended, "info" if script.connected else "warning", f"Call ended {by}")]
