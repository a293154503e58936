"""The world's history is decided by its arguments alone, and the traffic has the promised mean and bursts."""

import random
import subprocess
import sys
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import fmean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.simulator import World
from monitor.simulator.draws import seeded
from monitor.simulator.order import UpdateOrder
from monitor.simulator.stamps import DAY, HOUR, MINUTE, SECOND, to_ms
from monitor.simulator.traffic import BURST_FACTOR, DAY_CURVE, Traffic
from tests.simulator.simulated import START, everything

MIDNIGHT = to_ms(datetime.fromisoformat("2026-05-04T00:00:00-04:00"))


def world_at(moment: datetime, *, seed: int = 1) -> World:
    world = World(seed=seed, start=START, rate=1.0, history=150)
    world.advance(moment)
    return world


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not() -> None:
    later = START + timedelta(minutes=2)
    assert everything(world_at(later)) == everything(world_at(later))
    assert everything(world_at(later)) != everything(world_at(later, seed=2))


@settings(max_examples=12, deadline=None)
@given(st.lists(st.integers(0, 300_000), max_size=30))
def test_how_often_somebody_looks_changes_nothing(looks: list[int]) -> None:
    watched = World(seed=3, start=START, rate=1.0, history=60)
    for look in sorted(looks):
        watched.advance(START + timedelta(milliseconds=look))
        everything(watched)
    unwatched = World(seed=3, start=START, rate=1.0, history=60)
    end = START + timedelta(minutes=5)
    watched.advance(end)
    unwatched.advance(end)
    assert everything(watched) == everything(unwatched)


def test_time_never_goes_back() -> None:
    world = world_at(START + timedelta(minutes=1))
    before = everything(world)
    world.advance(START)
    assert everything(world) == before


def test_a_naive_beginning_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        World(start=START.replace(tzinfo=None))


def test_exactly_the_history_lies_before_the_beginning() -> None:
    world = World(start=START, rate=0.5, history=700)
    assert len(world.calls) == 700
    assert all(script.created < to_ms(START) for script in world.calls)
    assert len({script.uuid for script in world.calls}) == 700
    assert [script.created for script in world.calls] == sorted(script.created for script in world.calls)
    # 700 calls at one in two seconds take some 23 minutes, give or take the hour of day and the bursts.
    assert 10 * MINUTE < to_ms(START) - world.calls[0].created < 40 * MINUTE


def test_a_day_brings_the_promised_number_of_calls() -> None:
    rates = []
    for seed in range(4):
        arrivals = Traffic(seed, 0.5).after(MIDNIGHT)
        count = 0
        while next(arrivals) < MIDNIGHT + DAY:
            count += 1
        rates.append(count / (DAY / SECOND))
    assert fmean(rates) == pytest.approx(0.5, rel=0.02)


def test_the_day_curve_has_mean_one_and_nights_still_move() -> None:
    assert fmean(DAY_CURVE) == pytest.approx(1)
    assert min(DAY_CURVE) == 0.45
    assert max(DAY_CURVE) > 1.5


def test_bursts_come_every_quarter_of_an_hour_or_so_and_treble_the_traffic() -> None:
    traffic = Traffic(1, 5.0)
    windows = [
        traffic.burst_in_slot(slot) for slot in range(MIDNIGHT // (20 * MINUTE), (MIDNIGHT + DAY) // (20 * MINUTE))
    ]
    gaps = [later[0] - earlier[0] for earlier, later in pairwise(windows)]
    assert 15 * MINUTE <= min(gaps) <= max(gaps) <= 25 * MINUTE
    assert all(MINUTE <= end - begin <= 3 * MINUTE for begin, end in windows)

    begin, end = MIDNIGHT + 12 * HOUR, MIDNIGHT + 16 * HOUR
    arrivals = traffic.after(begin)
    inside = outside = 0
    while (arrival := next(arrivals)) < end:
        if any(first <= arrival < last for first, last in windows):
            inside += 1
        else:
            outside += 1
    in_burst = sum(last - first for first, last in windows if begin <= first and last <= end)
    ratio = inside / in_burst / (outside / (end - begin - in_burst))
    assert ratio == pytest.approx(BURST_FACTOR, rel=0.1)


def test_a_slice_of_the_update_order_equals_the_slice_of_the_sorted_whole() -> None:
    world = World(seed=5, start=START, rate=3.0, history=900)
    world.advance(START + timedelta(minutes=1))
    whole = sorted(
        world.calls,
        key=lambda script: (-script.updated(script.stage(world.now)), script.stage(world.now)),
    )
    stamps = [script.updated(script.stage(world.now)) for script in whole]
    chance: random.Random = seeded("slices")
    for _ in range(200):
        offset, limit = chance.randrange(len(whole) + 20), chance.randrange(1, 120)
        rows = world.updates.newest_first(offset, limit)
        assert [script.updated(script.stage(world.now)) for script in rows] == stamps[offset : offset + limit]
    assert set(world.updates.newest_first(0, len(whole))) == set(whole)


def test_an_empty_order_has_no_rows() -> None:
    assert UpdateOrder().newest_first(0, 10) == []


def test_the_pure_parts_load_no_http() -> None:
    code = (
        "import sys, monitor.simulator, monitor.simulator.selection, monitor.simulator.rows;"
        "heavy = ('starlette', 'uvicorn', 'httpx', 'monitor.model', 'monitor.api');"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
