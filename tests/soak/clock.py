"""An event loop whose clock passes only while nobody has anything to do: a week of waiting takes no time."""

from __future__ import annotations

import asyncio
import selectors


class _Skipping(selectors.SelectSelector):
    """Waits for nothing: the time that would be waited has passed at once."""

    def __init__(self) -> None:
        super().__init__()
        self.passed = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("everybody waits, and nobody will ever wake them")
        self.passed += max(0.0, timeout)
        return []


class SimulatedLoop(asyncio.SelectorEventLoop):
    """Runs coroutines by a clock that begins at 0 and jumps to whatever is due next. Files and sockets never wake."""

    def __init__(self) -> None:
        self._skipping = _Skipping()
        super().__init__(self._skipping)

    def time(self) -> float:
        return self._skipping.passed
