"""Targets and target groups as the API prints them (API reference: targets and target groups).

Lists stamp with the account's offset; only one target asked for alone shows its calendar caps and business
hours.
"""

from bisect import bisect_left

from monitor.simulator.cast import TARGET_GROUPS, TARGETS, ZONE_HOURS, Target, TargetGroup
from monitor.simulator.draws import seeded
from monitor.simulator.stamps import DAY, HOUR, MINUTE, local, to_datetime
from monitor.simulator.wire import Json
from monitor.simulator.world import World

_CREATED = 1_408_063_561_158  # August 2014, the first target; the others follow at odd intervals
_FIRST_CAP_ID = 707_898
_FIRST_HOURS_ID = 51_200
_CAP_TYPES = ("Daily", "Hard", "Hourly", "Monthly")
_OBJECT_KEYS = {target: f"{seeded('object key', target.id).getrandbits(256):064x}" for target in TARGETS}


def target_row(world: World, target: Target) -> Json:
    """A target as lists show it, secrets included, as the real answer does."""
    created = _CREATED + TARGETS.index(target) * (73 * DAY + 5 * HOUR + 7 * MINUTE + 213)
    changed = created + 412 * DAY + 3 * HOUR
    return {
        "id": target.id,
        "number": target.number,
        "sip_username": target.sip_username,
        "sip_password": target.sip_password,
        "cid_number_id": 10 if target.sip_username is None else None,
        "obfuscate_cid": False,
        "created_at": local(created),
        "updated_at": local(changed),
        "object_key": _OBJECT_KEYS[target],
        "tid": target.tid,
        "priority": target.priority,
        "weight": target.weight,
        "timeout_seconds": 20,
        "timer_offset": 0,
        "send_digits": None,
        "concurrency_cap": target.concurrency_cap,
        "calls_in_progress": world.talking(target),
        "inband_signals": False,
        "time_zone": target.time_zone,
        "paused": target.paused,
        "paused_at": local(changed) if target.paused else None,
        "name": target.name,
        "target_group_ids": [group.id for group in target.groups],
        "target_groups": [_group(world, group) for group in target.groups],
    }


def target_detail(world: World, target: Target) -> Json:
    """A target asked for alone: also its caps and business hours."""
    first = _FIRST_CAP_ID + len(_CAP_TYPES) * TARGETS.index(target)
    limits = {"Daily": target.daily_cap, "Hard": target.hard_cap}
    caps = [
        {"id": first + place, "filled": _filled(world, target, kind), "cap": limits.get(kind), "type": kind}
        for place, kind in enumerate(_CAP_TYPES)
    ]
    return target_row(world, target) | {"caps": caps, "business_hours": _business_hours(target)}


def group_row(world: World, group: TargetGroup) -> Json:
    """A group with its members; its calendar caps are the sums of theirs, and unlimited."""
    members = _members(group)
    first = _FIRST_CAP_ID + len(_CAP_TYPES) * (len(TARGETS) + TARGET_GROUPS.index(group))
    caps = [
        {
            "id": first + place,
            "filled": sum(_filled(world, target, kind) for target in members),
            "cap": None,
            "type": kind,
        }
        for place, kind in enumerate(_CAP_TYPES)
    ]
    targets = [
        {
            "id": target.id,
            "number": target.number,
            "name": target.name,
            "priority": target.priority,
            "weight": target.weight,
        }
        for target in members
    ]
    return _group(world, group) | {"targets": targets, "caps": caps}


def _members(group: TargetGroup) -> list[Target]:
    return [target for target in TARGETS if group in target.groups]


def _group(world: World, group: TargetGroup) -> Json:
    return {
        "id": group.id,
        "name": group.name,
        "target_ids": [target.id for target in _members(group)],
        "concurrency_cap": group.concurrency_cap,
        "calls_in_progress": world.talking_in(group),
        "behavior": group.behavior,
        "priority": group.priority,
        "weight": group.weight,
    }


def _filled(world: World, target: Target, kind: str) -> int:
    """Connections since the cap's period began in the target's own zone; a hard cap counts from the
    beginning."""
    connections = world.connections(target)
    if kind == "Hard":
        return len(connections)
    offset = ZONE_HOURS[target.time_zone] * HOUR
    there = world.now + offset
    if kind == "Hourly":
        begin = there - there % HOUR
    else:
        begin = there - there % DAY
        if kind == "Monthly":
            begin -= (to_datetime(there).day - 1) * DAY
    return len(connections) - bisect_left(connections, begin - offset)


def _business_hours(target: Target) -> list[Json]:
    """Desks open on weekdays (the API counts days from Sunday); lines without a person behind them never
    close."""
    if target.sip_username is not None:
        return []
    return [
        {
            "id": _FIRST_HOURS_ID + 7 * TARGETS.index(target) + day,
            "target_id": target.id,
            "work_day": 1 <= day <= 5,
            "time_open": 800,
            "time_close": 2000,
            "day_of_week": day,
            "invert": False,
        }
        for day in range(7)
    ]
