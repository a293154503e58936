"""What is told of incidents when they begin and end: each once, several of a moment together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from monitor.insight import wording

if TYPE_CHECKING:
    from monitor.insight.columns import Context
    from monitor.insight.pixels import Hook
    from monitor.insight.webhook import Incident

_TOLD = 3
"""Incidents that are named in one message."""


@dataclass(frozen=True, slots=True)
class News:
    """The incidents that opened, and those that are over now."""

    opened: tuple[Incident, ...]
    over: tuple[Incident, ...]


class Herald:
    """Remembers which incidents were open."""

    def __init__(self) -> None:
        self._open: dict[Hook, Incident] | None = None

    def forget(self) -> None:
        """Let what is heard next be the beginning: nothing of it is news."""
        self._open = None

    def hear(self, incidents: Sequence[Incident]) -> News:
        """Return what began and what ended since `incidents` were heard last."""
        before = self._open or {}
        now = {each.hook: each for each in incidents if each.until is None}
        first, self._open = self._open is None, now
        if first:
            return News((), ())
        over = [each for each in incidents if each.until is not None and _ended(before.get(each.hook), each.until)]
        ended = {each.hook for each in over}
        opened = [each for whose, each in now.items() if whose not in before or whose in ended]
        return News(tuple(opened), tuple(over))


def _ended(known: Incident | None, until: datetime) -> bool:
    """Whether what ended at `until` was open when it was heard of last: it is not one of before that."""
    return known is not None and until > known.since


def opened_words(incidents: Sequence[Incident], context: Context) -> str:
    """Return what to say of incidents that opened."""
    return _listed(
        [
            f"{each.hook.title} · {each.hook.host} fails since {_clock(each.since, context)}: "
            f"{each.failed} of {each.settled} pixels"
            for each in incidents
        ]
    )


def over_words(incidents: Sequence[Incident], context: Context) -> str:
    """Return what to say of incidents that are over."""
    return _listed(
        [
            f"{each.hook.title} · {each.hook.host} is well again since {_clock(each.until, context)}: "
            f"{each.failed} of {each.settled} pixels failed from {_clock(each.since, context)} on"
            for each in incidents
        ]
    )


def _clock(moment: datetime | None, context: Context) -> str:
    return wording.clock_time(moment, context.now, context.zone)


def _listed(words: list[str]) -> str:
    others = len(words) - _TOLD
    return "\n".join([*words[:_TOLD], *([f"+{others} more (6 lists them)"] if others > 0 else [])])
