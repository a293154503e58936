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
    alarming: bool = False
    """Whether the number of incidents that call for a person stands beside it."""


CALLS = Tab("calls", "1", "Calls", "C", "calls")
TARGETS = Tab("targets", "2", "Targets", "T", "buyers and their headroom")
PIXELS = Tab("pixels", "3", "Pixels", "P", "pixels by webhook: which fail, where, and since when", alarming=True)
ALERTS = Tab("alerts", "6", "Alerts", "", "alerts: when which webhook failed", alarming=True)
TABS = (CALLS, TARGETS, PIXELS, ALERTS)
"""The views, in the order of their keys."""
