"""Where the screen's news comes from. The collector is one; a replay, or a test's script, is another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from monitor.model.batch import Batch
    from monitor.model.position import Position


class Source(Protocol):
    """What the screen asks of whoever brings the news. No call waits for anything."""

    def subscribe(self, poke: Callable[[], None]) -> None:
        """Call `poke`, from any thread, when there is something to take."""

    def take(self) -> Batch | None:
        """Return all news since the last call, as one batch."""

    def start(self) -> None:
        """Begin."""

    def retry(self) -> None:
        """Ask the account now, also after a refused key."""

    def watch(self, call: str | None, target: int | None = None, flow: bool = False) -> None:
        """Read `call` in full with every poll, and `target` often: they are looked at. None: nobody does any more.

        With `flow`, how the call was routed is asked for as well, where somebody can be asked.
        """


@runtime_checkable
class Player(Source, Protocol):
    """A source that plays the past, and can be told how."""

    @property
    def position(self) -> Position:
        """Where it stands."""

    def play_or_pause(self) -> None:
        """Play on, or stand still; from the end, begin again."""

    def step(self) -> None:
        """Stand still at the next moment at which something changed."""

    def shift(self, gears: int) -> None:
        """Play faster, or slower, by so many speeds."""

    def jump(self, moment: datetime) -> None:
        """Go to `moment`."""
