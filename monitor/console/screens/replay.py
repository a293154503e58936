"""The monitor over what was recorded, with a time bar to wind it by."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from monitor.console.bindings import MAIN_KEYS, REPLAY_KEYS, Key, textual_bindings
from monitor.console.screens.main import MainScreen
from monitor.console.widgets.drawn import Line
from monitor.console.widgets.time_bar import TimeBar
from monitor.insight.wording import Tone

if TYPE_CHECKING:
    from monitor.console.source import Player
    from monitor.model.position import Position

_SMOOTH = 0.25
"""Seconds between two looks at the clock: it may run much faster than ours."""


class ReplayScreen(MainScreen):
    """The main screen of a replay. Its source is a `Player`."""

    KEYS: ClassVar[tuple[Key, ...]] = (*REPLAY_KEYS, *(key for key in MAIN_KEYS if key.id != "retry"))
    BINDINGS: ClassVar[list[BindingType]] = textual_bindings(REPLAY_KEYS)
    _shown: Position | None = None

    def compose(self) -> ComposeResult:
        """Lay out the monitor, and the time bar above it."""
        yield TimeBar(id="time")
        yield from super().compose()

    def on_mount(self) -> None:
        """Begin to watch the clock."""
        self.set_interval(_SMOOTH, self._look)

    @property
    def player(self) -> Player:
        """The source, which plays."""
        return cast("Player", self.source)

    def _look(self) -> None:
        """Show what changed with the clock, if that did not stand still."""
        if self.player.position != self._shown:
            self.tick()

    def draw_surroundings(self) -> None:
        """Draw the time bar, and what stands around the table."""
        self._shown = self.player.position
        self.query_one(TimeBar).show_position(self._shown, self.context.zone)
        super().draw_surroundings()

    def _unready(self) -> list[Line]:
        return [(("reading the history …", Tone.DIM.value),)] if self.player.position.reading else []

    def action_play_or_pause(self) -> None:
        """Play on, or stand still."""
        self.player.play_or_pause()
        self.tick()

    def action_step(self) -> None:
        """Stand still at the next change."""
        self.player.step()

    def action_shift(self, gears: int) -> None:
        """Play faster, or slower."""
        self.player.shift(gears)
        self.tick()

    def action_jump(self) -> None:
        """Ask for a time and go there."""
        from monitor.console.screens.jump import JumpDialog

        def chosen(moment: datetime | None) -> None:
            if moment is not None:
                self._wind(moment)

        self.app.push_screen(JumpDialog(self.player.position, self.context.zone), chosen)

    def action_jump_to_begin(self) -> None:
        """Go to the beginning."""
        self._wind(self.player.position.start)

    def action_jump_to_end(self) -> None:
        """Go to the end."""
        self._wind(self.player.position.end)

    @on(TimeBar.Wound)
    def wind_to(self, event: TimeBar.Wound) -> None:
        """Go to the place of the bar that was clicked on."""
        self._wind(event.moment)

    def _wind(self, moment: datetime) -> None:
        self.player.jump(moment)
        self.tick()
