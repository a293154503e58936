"""Targets (buyers), their groups and caps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from monitor.model.types import Before, Flag, Name, Numbers, SystemId, Utc, Whole, Word, unwrapped


@dataclass(frozen=True, slots=True)
class Cap:
    """How many calls a target or group may get in a span. `cap` None is unlimited; `filled` may exceed it."""

    type: Name = None
    filled: Whole = None
    cap: Whole = None
    id: Whole = None


@dataclass(frozen=True, slots=True)
class TargetGroup:
    """A group of targets with a common concurrency cap."""

    id: SystemId
    name: Name = None
    target_ids: Numbers = ()
    concurrency_cap: Whole = None
    calls_in_progress: Whole = None
    behavior: Whole = None
    priority: Whole = None
    weight: Whole = None
    caps: Annotated[tuple[Cap, ...], Before(unwrapped("cap"))] = ()


@dataclass(frozen=True, slots=True)
class Constraint:
    """What limits a target now: `room` more calls, by the concurrency cap of `name` (None: the target's own)."""

    room: int
    name: str | None


@dataclass(frozen=True, slots=True)
class Target:
    """A buyer's line. `caps` is empty where the answer does not tell them, as the list's does not."""

    id: SystemId
    name: Name = None
    number: Word = None
    tid: Name = None
    concurrency_cap: Whole = None
    calls_in_progress: Whole = None
    paused: Flag = None
    paused_at: Utc = None
    priority: Whole = None
    weight: Whole = None
    timeout_seconds: Whole = None
    time_zone: Name = None
    updated_at: Utc = None
    target_groups: Annotated[tuple[TargetGroup, ...], Before(unwrapped("target_group"))] = ()
    caps: Annotated[tuple[Cap, ...], Before(unwrapped("cap"))] = ()

    def headroom(self) -> Constraint | None:
        """Return the tightest of the own and the groups' concurrency caps; None when nothing limits it.

        Negative room is shown as it is: the account can be over a cap that was lowered meanwhile.
        """
        return min(self._constraints(), key=lambda each: each.room, default=None)

    def _constraints(self) -> Iterator[Constraint]:
        if self.concurrency_cap is not None and self.calls_in_progress is not None:
            yield Constraint(self.concurrency_cap - self.calls_in_progress, None)
        for group in self.target_groups:
            if group.concurrency_cap is not None and group.calls_in_progress is not None:
                yield Constraint(group.concurrency_cap - group.calls_in_progress, group.name or f"{group.id}")
