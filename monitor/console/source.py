"""Where the screen's news comes from. The collector is one; a replay, or a test's script, is another."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from monitor.model.batch import Batch


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

    def watch(self, uuid: str | None) -> None:
        """Read the call `uuid` in full with every poll: somebody looks at it. None: nobody does any more."""
