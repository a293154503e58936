"""The dialog that asks for a time of a replay."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, tzinfo
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Label

from monitor import settings
from monitor.console.screens.once import Once
from monitor.insight import wording
from monitor.model.position import Position

_LONGEST = 32
"""Characters of a time."""


def moment_of(words: str, position: Position, zone: tzinfo | None) -> datetime:
    """Return the moment that `words` name: `14:30`, `2026-05-01T14:30`, `-10m`, `+10m`, in the zone of the screen.

    A time of day is that of the day shown, or of another one that is replayed. Raises ValueError, which says what can
    be said, or where the replay ends.
    """
    words = words.strip()
    if words[:1] in {"-", "+"}:
        span = settings.duration(words[1:])
        return max(position.start, min(position.now + (span if words[0] == "+" else -span), position.end))
    for moment in _candidates(words, position.now, zone):
        if position.start <= moment <= position.end:
            return moment
    ends = [wording.local(each, zone, form="%d %b %H:%M") for each in (position.start, position.end)]
    raise ValueError(f"lies outside of what is replayed: {ends[0]} to {ends[1]}")


def _candidates(words: str, now: datetime, zone: tzinfo | None) -> list[datetime]:
    shown = now.astimezone(zone)
    try:
        if found := re.fullmatch(r"(\d{1,2}):(\d{2})(?::(\d{2}))?", words, re.ASCII):
            hour, minute, second = (int(part or 0) for part in found.groups())
            today = shown.replace(hour=hour, minute=minute, second=second, microsecond=0)
            return [today, *(today + timedelta(days=days) for days in (-1, 1))]
        moment = datetime.fromisoformat(words)
        return [moment if moment.tzinfo else moment.replace(tzinfo=shown.tzinfo)]
    except ValueError:
        raise ValueError("expected a time (14:30), a date (2026-05-01T14:30) or a step (-10m, +10m)") from None


class JumpDialog(Once, ModalScreen[datetime | None]):
    """Ask where to go within what is replayed; escape goes nowhere."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "cancel")]

    def __init__(self, position: Position, zone: tzinfo | None) -> None:
        super().__init__()
        self._position = position
        self._zone = zone

    def compose(self) -> ComposeResult:
        """Lay out the question, the place for the answer, and what is wrong with it."""
        with Vertical():
            yield Label(Content("Jump to · 14:30, 2026-05-01T14:30, -10m, +10m"))
            yield Input(max_length=_LONGEST, compact=True)
            yield Label(id="wrong")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Give the answer, or say what is wrong with it."""
        try:
            self.dismiss(moment_of(event.value, self._position, self._zone))
        except ValueError as error:
            self.query_one("#wrong", Label).update(Content(str(error)))
