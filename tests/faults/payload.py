"""Faults of what is in a good answer: other versions' shapes, missing and foreign values, records that are none."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

from monitor.model.health import Outcome
from tests.faults.bodies import NOT_A_LIST
from tests.faults.clocks import zone
from tests.faults.fault import Fault, Faults
from tests.faults.scene import Scene
from tests.faults.server import Answer, Exchange
from tests.faults.wire import wire

Rows = list[dict[str, Any]]
Row = dict[str, Any]
AGED = re.compile("(_at|_time)$")


def listed(
    change: Callable[[Rows], Any], outcome: Outcome | None = None, says: str = "", *, blind: bool = False
) -> Fault:
    """The account's lists of calls, changed; all else is answered truly."""

    async def act(exchange: Exchange) -> None:
        answer = await exchange.answer()
        if exchange.lists_calls:
            answer = Answer(json.dumps(change(json.loads(answer.body))).encode(), headers=answer.headers)
        await exchange.send(answer)

    return replace(wire(act, outcome, says), blind=blind)


def called(change: Callable[[Row], Row | None], *, blind: bool = False) -> Fault:
    """Each call, changed."""
    return listed(lambda rows: [{"call": change(row["call"])} for row in rows], blind=blind)


def fields(change: Callable[[str, Any], Any]) -> Fault:
    """Each field of each call but what makes it one, changed."""
    return called(lambda call: {name: kept if name == "uuid" else change(name, kept) for name, kept in call.items()})


def version(name: str) -> Fault:
    """The calls in the shape of another version of the API."""

    async def act(exchange: Exchange) -> None:
        await exchange.send(await exchange.answer(exchange.target.replace("/api/v2/", f"/api/{name}/")))

    return wire(act)


def number_as_text(_: str, value: Any) -> Any:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def at_offset(name: str, value: Any) -> Any:
    """Return a time as a server on Chatham Island would write it."""
    if not (AGED.search(name) and value):
        return value
    return datetime.fromisoformat(value).astimezone(timezone(timedelta(hours=12.75))).isoformat()


def naive(name: str, value: Any) -> Any:
    return value.removesuffix("Z") if AGED.search(name) and value else value


def epoch(name: str, value: Any) -> Any:
    return datetime.fromisoformat(value).timestamp() if AGED.search(name) and value else value


def elsewhere(fault: Fault) -> Fault:
    """A fault that befalls a machine in another time zone."""

    @contextmanager
    def befall(scene: Scene) -> Iterator[None]:
        with zone("America/New_York"), fault.befall(scene):
            yield

    return replace(fault, befall=befall)


def without(*names: str) -> Fault:
    """Each call without these fields."""
    return called(lambda call: {name: kept for name, kept in call.items() if name not in names})


def given(**values: Any) -> Fault:
    """Each call with these fields as well, or with other values for them."""
    return called(lambda call: {**call, **values})


def before(row: Row) -> Row:
    """Return an older version of a call."""
    return {"call": {**row["call"], "status": "older", "updated_at": "2001-01-01T00:00:00Z"}}


SPOILING: Faults = {
    "calls of V1": version("v1"),
    "all null but the uuid": fields(lambda name, kept: kept if name == "updated_at" else None),
    "nothing but uuid and stamp": called(lambda call: {name: call[name] for name in ("uuid", "updated_at")}),
    "a status nobody knows": given(status="transmogrified", hung_up_by="fate"),
    "a status that is an object": given(status={"code": 3}, campaign_name=["a"], caller={}),
    "money with signs": given(revenue="$5.00", payout="1,234.50", total_cost="free"),
    "flags in words": given(converted="perhaps", connected="ja"),
    "tags as a list": given(tags=["a", "b"]),
    "pixels as text": given(fired_pixels="none"),
    "pixels of garbage": given(fired_pixels=[None, 7, {"fired_pixel": []}, {"fired_pixel": {"status": 5}}]),
    "text without end": given(campaign_name="x" * 20_000, visitor_url="y" * 20_000),
    "no updated_at": without("updated_at"),
    "no times at all": without("updated_at", "created_at", "start_time", "end_time", "forwarded_time"),
    "updated_at in 9999": given(updated_at="9999-12-31T23:59:59Z"),
    "updated_at in the year 1": given(updated_at="0001-01-01T00:00:00Z"),
    "updated_at beyond the calendar": given(updated_at="9999-12-31T23:59:59-12:00"),
    "updated_at a number": given(updated_at=1_777_896_000),
    "times in seconds": fields(epoch),
}
"""What costs some fields of every call, and no call."""

PAYLOAD: Faults = {
    "calls of V3": version("v3"),
    "calls of V4": version("v4"),
    "bare calls": listed(lambda rows: [row["call"] for row in rows]),
    "calls in a list of their own": listed(lambda rows: {"calls": rows}, Outcome.MALFORMED, NOT_A_LIST),
    "calls keyed by uuid": listed(
        lambda rows: {row["call"]["uuid"]: row for row in rows}, Outcome.MALFORMED, NOT_A_LIST
    ),
    "calls as text": listed(lambda rows: [json.dumps(row) for row in rows], Outcome.MALFORMED, NOT_A_LIST),
    "calls a list deeper": listed(lambda rows: [[row] for row in rows], Outcome.MALFORMED, NOT_A_LIST),
    "no calls at all": listed(lambda _: [], blind=True),
    "calls in two envelopes": listed(lambda rows: [{"data": row} for row in rows], blind=True),
    "calls of null": called(lambda _: None, blind=True),
    "uuid missing": called(lambda call: {name: kept for name, kept in call.items() if name != "uuid"}, blind=True),
    "uuid a number": called(lambda call: {**call, "uuid": 17}, blind=True),
    "one bad call among good ones": listed(lambda rows: [{"call": {"caller": "?"}}, *rows, None, 7]),
    "every call twice": listed(lambda rows: [row for row in rows for _ in (1, 2)]),
    "every call twice, once older": listed(lambda rows: [each for row in rows for each in (row, before(row))]),
    "calls upside down": listed(lambda rows: rows[::-1]),
    "numbers as text": fields(number_as_text),
    "fields nobody knows": given(mood="good", nested={"a": [{"b": None}]}, **{f"field_{n}": n for n in range(200)}),
    "naive times": elsewhere(fields(naive)),
    "times of another zone": fields(at_offset),
    **{name: replace(fault, spoils=True) for name, fault in SPOILING.items()},
}
