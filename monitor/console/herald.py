"""What is told of incidents when they begin and end: each once, several of a moment together, and not too often."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from monitor.insight import wording

if TYPE_CHECKING:
    from monitor.insight.columns import Context
    from monitor.insight.pixels import Hook
    from monitor.insight.webhook import Incident

_TOLD = 3
"""Incidents that are named in one message."""
_QUIET = timedelta(seconds=10)
"""How long nothing is told after something was: longer than a message stands."""


@dataclass(frozen=True, slots=True)
class News:
    """The incidents that opened, and those that are over now."""

    opened: tuple[Incident, ...]
    over: tuple[Incident, ...]


_NOTHING = News((), ())


class Herald:
    """Remembers which incidents were open when something was told last."""

    def __init__(self) -> None:
        self._open: dict[Hook, Incident] | None = None
        self._told_at: datetime | None = None

    def forget(self) -> None:
        """Let what is heard next be the beginning: nothing of it is news."""
        self._open = self._told_at = None

    def hear(self, incidents: Sequence[Incident], now: datetime) -> News:
        """Return what began and what ended since something was told last.

        For a few seconds after that nothing is told: then all that is still true comes together.
        """
        if self._told_at is not None and now < self._told_at + _QUIET:
            return _NOTHING
        before, self._open = self._open, {each.hook: each for each in incidents if each.until is None}
        if before is None:
            return _NOTHING
        over = [each for each in incidents if each.until is not None and _ended(before.get(each.hook), each.until)]
        ended = {each.hook for each in over}
        opened = [each for whose, each in self._open.items() if whose not in before or whose in ended]
        if opened or over:
            self._told_at = now
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
