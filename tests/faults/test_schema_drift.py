"""Schema drift: each field of a call, its pixels, its tags and of a target is removed, nulled and retyped. No row is
lost, the neighbours stay as they are, and so does every other field of the row."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from monitor.model import wire
from monitor.model.call import Call
from monitor.model.target import Target
from tests.api.served import reference
from tests.faults.payload import listed
from tests.faults.scene import LIVED, WELL, Scene

Row = dict[str, Any]
Record = Call | Target

REMOVED = object()
DRIFTS: dict[str, Any] = {
    "removed": REMOVED,
    "nulled": None,
    "text": "drifted",
    "no text": "",
    "text without end": "x" * 300_000,
    "hostile text": "\x1b[2J[/]\u202e\ud800",
    "an int": 7,
    "an int below zero": -1,
    "an int beyond all": 10**400,
    "a float": 1.5,
    "a float beyond all": 1e308,
    "a flag": True,
    "a list": [],
    "a list of nothing": [None, {}, []],
    "an object": {},
    "an object of objects": {"id": {"name": []}, "name": {"id": 1}},
}

CALL: Row = reference("call_v2")["call"]
PIXEL: Row = CALL["fired_pixels"][1]["fired_pixel"]
TARGET: Row = reference("targets")[0]["target"]
GROUP: Row = TARGET["target_groups"][0]
BEYOND_V2 = ["recording_url", "call_flow_events", "campaign"]
"""Fields that this call has not, and others may have."""


def drifted(row: Row, field: str, drift: Any) -> Row:
    """Return a copy of `row` in which one field is not what it was."""
    changed = copy.deepcopy(row)
    changed.pop(field, None)
    return changed if drift is REMOVED else {**changed, field: drift}


def fed_by(record: type[Record], field: str) -> set[str]:
    """Return what a field of the wire becomes."""
    rename: Callable[[str], str] = getattr(record, "__pydantic_config__", {}).get("alias_generator", str)
    found = {each.name for each in fields(record) if rename(each.name) == field}
    return found | ({"campaign", "campaign_id"} if field == "campaign" else set())


def between_neighbours(reader: wire.Reader[Any], envelope: str, row: Row) -> Any:
    """Return what becomes of `row` between two rows that are as ever, which they have to stay."""
    good = CALL if envelope == "call" else TARGET
    ahead, after = drifted(good, *identity(envelope, 1)), drifted(good, *identity(envelope, 2))
    parsed = reader.many([{envelope: ahead}, {envelope: row}, {envelope: after}])
    alone = reader.many([{envelope: ahead}, {envelope: after}])
    assert (parsed.records[0], parsed.records[-1]) == alone.records
    assert not alone.rejected
    assert len(parsed.raw) == len(parsed.records)
    return parsed


def identity(envelope: str, number: int) -> tuple[str, Any]:
    return ("uuid", f"neighbour-{number}") if envelope == "call" else ("id", number)


def one_of_three(reader: wire.Reader[Any], envelope: str, row: Row, kept: Row, spoiled: set[str]) -> Any:
    """Return the record of `row`, in which nothing but what is `spoiled` differs from that of `kept`."""
    parsed = between_neighbours(reader, envelope, row)
    assert len(parsed.records) == 3, "a row was lost"
    found, known = parsed.records[1], reader.one({envelope: kept}).records[0]
    assert {each.name for each in fields(found) if getattr(found, each.name) != getattr(known, each.name)} <= spoiled
    for rejected in parsed.rejected:
        assert "drifted" not in rejected.reason
        assert rejected.field
    return found


@pytest.mark.parametrize("drift", DRIFTS)
@pytest.mark.parametrize("field", [*sorted(CALL.keys() - {"uuid"}), *BEYOND_V2])
def test_a_field_of_a_call_drifts(field: str, drift: str) -> None:
    row = drifted(CALL, field, DRIFTS[drift])
    one_of_three(wire.calls(), "call", row, CALL, fed_by(Call, field))
    raw = between_neighbours(wire.calls(), "call", row).raw[1]
    if DRIFTS[drift] is not REMOVED:
        assert raw[field] == DRIFTS[drift], "the answer is kept as it was sent"


@pytest.mark.parametrize("drift", DRIFTS)
@pytest.mark.parametrize("field", ["uuid", "id"])
def test_what_a_record_is_known_by_drifts(field: str, drift: str) -> None:
    """A record that cannot be told from others costs itself, and is reported; no other."""
    reader, envelope, row = (wire.calls(), "call", CALL) if field == "uuid" else (wire.targets(), "target", TARGET)
    parsed: Any = between_neighbours(reader, envelope, drifted(row, field, DRIFTS[drift]))
    assert len(parsed.records) + len(parsed.rejected) == 3


@pytest.mark.parametrize("drift", DRIFTS)
@pytest.mark.parametrize("field", PIXEL)
def test_a_field_of_a_pixel_drifts(field: str, drift: str) -> None:
    row = copy.deepcopy(CALL)
    row["fired_pixels"][1]["fired_pixel"] = drifted(PIXEL, field, DRIFTS[drift])
    found = one_of_three(wire.calls(), "call", row, CALL, {"pixels"})
    known = wire.calls().one(CALL).records[0].pixels
    assert [pixel for place, pixel in enumerate(found.pixels) if place != 1] == [known[0], *known[2:]]
    differing = {each for each in PIXEL if getattr(found.pixels[1], each) != getattr(known[1], each)}
    assert differing <= {field}


@pytest.mark.parametrize("drift", DRIFTS)
def test_a_pixel_drifts(drift: str) -> None:
    row = copy.deepcopy(CALL)
    row["fired_pixels"][1] = None if DRIFTS[drift] is REMOVED else DRIFTS[drift]
    found = one_of_three(wire.calls(), "call", row, CALL, {"pixels"})
    known = wire.calls().one(CALL).records[0].pixels
    assert set(found.pixels) >= {known[0], *known[2:]}


@pytest.mark.parametrize("drift", DRIFTS)
@pytest.mark.parametrize("tag", CALL["tags"])
def test_a_tag_drifts(tag: str, drift: str) -> None:
    row = {**CALL, "tags": drifted(CALL["tags"], tag, DRIFTS[drift])}
    found = one_of_three(wire.calls(), "call", row, CALL, {"tags"})
    assert {name: kept for name, kept in found.tags.items() if name != tag} == {
        name: kept for name, kept in CALL["tags"].items() if name != tag
    }


@pytest.mark.parametrize("drift", DRIFTS)
@pytest.mark.parametrize("field", sorted(TARGET.keys() - {"id"}))
def test_a_field_of_a_target_drifts(field: str, drift: str) -> None:
    spoiled = fed_by(Target, field)
    one_of_three(wire.targets(), "target", drifted(TARGET, field, DRIFTS[drift]), TARGET, spoiled)


@pytest.mark.parametrize("drift", DRIFTS)
@pytest.mark.parametrize("field", GROUP)
def test_a_field_of_a_targets_group_drifts(field: str, drift: str) -> None:
    row = copy.deepcopy(TARGET)
    row["target_groups"][0] = drifted(GROUP, field, DRIFTS[drift])
    found = one_of_three(wire.targets(), "target", row, TARGET, {"target_groups"})
    if field != "id":
        assert found.target_groups[1:] == wire.targets().one(TARGET).records[0].target_groups[1:]


@pytest.mark.parametrize("drift", [drift for drift in DRIFTS if drift != "an int beyond all"])
def test_all_fields_drift_at_once_each_in_another_call_of_a_live_feed(drift: str, tmp_path: Path) -> None:
    """Each call on the way through client, collector, ledger and store has one field that drifted; none is missing."""
    names = sorted(CALL.keys() - {"uuid", "updated_at"})

    def drifting(rows: list[Row]) -> list[Row]:
        return [
            {"call": drifted(row["call"], names[place % len(names)], DRIFTS[drift])} for place, row in enumerate(rows)
        ]

    with (
        Scene(history=len(names), begun=False, rate=0.05, store=tmp_path / "history.db") as scene,
        listed(json_safe(drifting)).befall(scene),
    ):
        scene.collector.start()
        keys = scene.truth().keys()
        before = scene.until(lambda told: told.calls.keys() == keys and told.health.outcome in WELL)
        assert before.targets
        truth = scene.truth(LIVED)
        scene.account.pass_time(LIVED)
        scene.until(lambda told: told.calls.keys() == truth.keys() and told.health.outcome in WELL)


def json_safe(change: Callable[[list[Row]], list[Row]]) -> Callable[[list[Row]], Any]:
    """Return the change, of which no text is too long for the answer."""
    return lambda rows: json.loads(json.dumps(change(rows)).replace("x" * 300_000, "x" * 3_000))
