"""What the feed's rules ask for. They do no I/O: they yield one of these and are sent the answer, or the error."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from monitor.api.pages import CallQuery

T = TypeVar("T")

FULL = 100
"""Calls of a full page: the most that the API is known to give."""


@dataclass(frozen=True, slots=True)
class CallsAsked:
    """A page of calls is wanted; the answer is a `Page[Call]`."""

    query: CallQuery
    page: int
    per_page: int = FULL


@dataclass(frozen=True, slots=True)
class CallAsked:
    """One call is wanted; the answer is an `Answer[Call]`, the error a GoneError when the account has none.

    With `flow`, also how it was routed.
    """

    uuid: str
    flow: bool = False


@dataclass(frozen=True, slots=True)
class Watched:
    """What somebody looks at: a call, with `flow` also how it was routed, and a target."""

    call: str | None = None
    target: int | None = None
    flow: bool = False


Asked = CallsAsked | CallAsked
Steps = Generator[Asked, Any, T]
"""One piece of reading, which ends with a T. What it is sent depends on what it asked for."""


class Job(Generic[T]):
    """A piece of reading under way: what it asks for next, until it is `done` and has its `result`."""

    def __init__(self, steps: Steps[T]) -> None:
        self._steps = steps
        self.asked: Asked | None = None
        self.result: T | None = None
        self._go_on(lambda: next(steps))

    @property
    def done(self) -> bool:
        """Whether it asks for nothing more."""
        return self.asked is None

    def answer(self, answer: Any) -> None:
        """Give it what it asked for."""
        self._go_on(lambda: self._steps.send(answer))

    def fail(self, error: Exception) -> None:
        """Tell it that it cannot have that. Raises `error` if it cannot do without."""
        self._go_on(lambda: self._steps.throw(error))

    def _go_on(self, step: Callable[[], Asked]) -> None:
        self.asked = None
        try:
            self.asked = step()
        except StopIteration as stop:
            self.result = stop.value
