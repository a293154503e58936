"""Each named fault: it is told for what it is, nothing known is lost or turns to zero meanwhile, and the monitor is
live again within two ticks."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from monitor.model.call import Call
from monitor.model.health import Outcome
from tests.canary import CANARY
from tests.console.test_signals import CASES
from tests.faults.bodies import BODIES
from tests.faults.clocks import CLOCKS, RARE
from tests.faults.fault import LEAST, Fault, Faults, Layer
from tests.faults.payload import PAYLOAD
from tests.faults.scene import LIVED, TICKS, WELL, Scene, Told
from tests.faults.storage import AT_START, IN_USE
from tests.faults.wire import WIRE

TABLE: dict[Layer, Mapping[str, object]] = {
    Layer.WIRE: WIRE | BODIES,
    Layer.PAYLOAD: PAYLOAD,
    Layer.CLOCK: CLOCKS,
    Layer.STORAGE: AT_START | IN_USE,
    Layer.TERMINAL: CASES,
}
"""All faults by layer and name; those of signals and terminals are tried in `tests.console.test_signals`."""
ENDING = {Outcome.AUTH, Outcome.MALFORMED}
"""After these, polling may wait for somebody to act."""
ANSWERS: Faults = WIRE | BODIES | PAYLOAD


@pytest.mark.parametrize("layer", TABLE)
def test_the_table_is_as_long_as_it_has_to_be(layer: Layer) -> None:
    assert len(TABLE[layer]) >= LEAST[layer]


@pytest.mark.parametrize("name", ANSWERS)
def test_a_fault_of_an_answer(name: str) -> None:
    fault = ANSWERS[name]
    with Scene(deadline=0.3 if fault.slow else 5) as scene:
        before = scene.well(scene.truth())
        with fault.befall(scene):
            if fault.outcome is not None:
                last = tells(scene, fault, before)
            else:
                last = sees_nothing(scene, before) if fault.blind else lives_on(scene, fault, before)
                assert scene.server.misdeeds
            truth = scene.truth(LIVED)
            scene.account.pass_time(LIVED)
        live_again(scene, truth, last)
        assert not scene.trap.reached


@pytest.mark.parametrize("name", [name for name, fault in ANSWERS.items() if not fault.slow])
def test_a_start_under_a_fault_of_an_answer(name: str) -> None:
    """A monitor that is started meanwhile shows no call that is not there, and all of them within two ticks after."""
    fault = ANSWERS[name]
    with Scene(begun=False) as scene:
        with fault.befall(scene):
            scene.collector.start()
            if fault.outcome is None:
                last = scene.until(lambda told: told.health.outcome in WELL)
            else:
                last = scene.until(lambda told: told.health.outcome is fault.outcome)
                assert last.health.fresh_at is None
                assert not last.calls
            assert last.calls.keys() <= scene.truth().keys()
            truth = scene.truth(LIVED)
            scene.account.pass_time(LIVED)
        live_again(scene, truth, last)
        assert not scene.trap.reached


@pytest.mark.parametrize("name", CLOCKS)
def test_a_fault_of_clocks(name: str) -> None:
    """Time goes wrong: the account's changes come as ever, within two ticks, and so they do when it is right again."""
    fault = CLOCKS[name]
    with Scene(start=fault.start, rate=RARE) as scene:
        scene.well(scene.truth())
        with fault.befall(scene):
            scene.account.pass_time(LIVED)
            polls = scene.server.polls
            now = scene.well(scene.truth())
            assert now.polls - polls <= TICKS
            scene.account.pass_time(LIVED)
            truth = scene.truth()
        live_again(scene, truth, now)


def tells(scene: Scene, fault: Fault, before: Told) -> Told:
    """The status line names the fault, and what was known stays; so it is again with the next try."""
    assert fault.outcome is not None
    first = scene.until(lambda told: told.health.outcome is fault.outcome)
    least, most = fault.wait
    assert first.wait is None or least <= first.wait.total_seconds() <= most
    assert first.wait is None or fault.outcome is not Outcome.AUTH
    assert first.wait is not None or fault.outcome in ENDING
    scene.account.pass_time(LIVED)
    second = scene.heard_again(fault.outcome, first)
    for told in (first, second):
        health = told.health
        assert fault.says in health.message
        assert health.hint
        assert CANARY not in health.message
        assert health.fresh_at == before.health.fresh_at, "the age of the data goes on, it is not made up"
        assert (told.calls, told.targets, told.total) == (before.calls, before.targets, before.total)
    return second


def lives_on(scene: Scene, fault: Fault, before: Told) -> Told:
    """Nothing is wrong, or nothing but some fields: the account's changes come as ever."""
    truth = scene.truth(LIVED)
    scene.account.pass_time(LIVED)
    told = scene.until(
        lambda told: (
            told.health.outcome in WELL and told.calls.keys() == truth.keys() and (fault.spoils or told.calls == truth)
        )
    )
    assert told.calls.keys() > before.calls.keys()
    return told


def sees_nothing(scene: Scene, before: Told) -> Told:
    """Nothing of an answer can be used: what was known stays."""
    scene.account.pass_time(LIVED)
    misdeeds = scene.server.misdeeds
    told = scene.until(lambda _: scene.server.misdeeds >= misdeeds + 3)
    assert (told.calls, told.targets, told.total) == (before.calls, before.targets, before.total)
    return told


def live_again(scene: Scene, truth: dict[str, Call], last: Told) -> None:
    """The fault is over: within two ticks all is well and known."""
    polls = scene.server.polls
    scene.hurry(last)
    assert scene.well(truth).polls - polls <= TICKS
