"""Each thing that can befall the history, under a monitor that runs: it is told, the screen goes on living, and within
two ticks after it is over the history is what the account is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from monitor.model.call import Call
from tests.faults.scene import LIVED, TICKS, WELL, Scene, Told, stamps, stamps_of
from tests.faults.storage import AT_START, IN_USE, StorageFault
from tests.store.stored import open_store, small_disk

A_MINUTE = 61.0
"""Seconds after which a store tries again what failed."""


class Place:
    """Where the histories of a test lie."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder = folder
        self._stack = stack

    def of(self, fault: StorageFault) -> Path:
        """Return the file for a fault."""
        if fault.disk:
            return self._stack.enter_context(small_disk(self._folder / "disk", "4m")) / "history.db"
        return self._folder / "state" / "history.db"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with ExitStack() as stack:
        yield Place(tmp_path, stack)


@pytest.mark.parametrize("name", AT_START)
def test_a_fault_that_is_found_at_the_start(name: str, place: Place) -> None:
    fault = AT_START[name]
    path = place.of(fault)
    with watched(path) as scene:
        scene.well(scene.truth())
    with ExitStack() as befallen:
        befallen.enter_context(fault.befall(path))
        found = path.read_bytes() if fault.left else b""
        with watched(path) as scene:
            is_told(scene, fault)
            befallen.close()
            if not fault.left:
                is_kept(scene)
    if fault.left:
        assert path.read_bytes() == found
    else:
        assert_kept(path, scene.truth())


@pytest.mark.parametrize("name", IN_USE)
def test_a_fault_that_happens_in_use(name: str, place: Place) -> None:
    fault = IN_USE[name]
    path = place.of(fault)
    with watched(path) as scene:
        scene.well(scene.truth())
        with fault.befall(path):
            is_told(scene, fault)
        is_kept(scene)
    assert_kept(path, scene.truth())


def watched(path: Path) -> Scene:
    """Return a scene with a history, of an account where little happens: one small page holds what comes."""
    return Scene(store=path, rate=0.05)


def is_told(scene: Scene, fault: StorageFault) -> None:
    """The store says what happened, to which file and what was done, and the screen shows what the account is."""
    truth = scene.truth(LIVED)
    scene.account.pass_time(LIVED)

    def is_known(told: Told) -> bool:
        met = {trouble.condition for trouble in scene.troubles}
        as_said = fault.condition in met if fault.condition else not met
        return told.health.outcome in WELL and told.calls == truth and as_said

    scene.until(is_known)
    for trouble in scene.troubles:
        assert trouble.file.endswith("history.db")
        assert trouble.happened
        assert trouble.done


def is_kept(scene: Scene) -> None:
    """It is over: within two ticks of the next try all that the account has is in the history."""
    truth = scene.truth(A_MINUTE)
    scene.account.pass_time(A_MINUTE)
    polls = scene.server.polls
    told = scene.until(lambda told: told.calls == truth and scene.stored() == stamps_of(truth) and not waits(scene))
    assert told.polls - polls <= TICKS


def assert_kept(path: Path, truth: dict[str, Call]) -> None:
    """What was kept is there for the next process."""
    viewer = open_store(path)
    assert stamps(viewer) == stamps_of(truth)
    viewer.close()


def waits(scene: Scene) -> bool:
    """Return whether anything lies in memory only."""
    return any(trouble.memory_only for trouble in scene.troubles)
