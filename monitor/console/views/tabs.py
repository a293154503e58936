"""The registry of views: one truth behind their keys, the status line and the main screen."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tab:
    """How a view is called: `name` in the program, `key` to press, `title` on a wide status line, `letter` beside the
    key on a narrow one, and `help` what it shows."""

    name: str
    key: str
    title: str
    letter: str
    help: str


CALLS = Tab("calls", "1", "Calls", "C", "calls")
TARGETS = Tab("targets", "2", "Targets", "T", "buyers and their headroom")
TABS = (CALLS, TARGETS)
"""The views, in the order of their keys."""
