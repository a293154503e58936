"""Input thrown at the application as its driver hands it over: far faster than a pilot, which waits after each."""

from __future__ import annotations

from textual import events
from textual.app import App
from textual.message import Message


def _hand_over(app: App[int], message: Message) -> None:
    driver = app._driver
    assert driver is not None
    driver.process_message(message)


def key(app: App[int], name: str, character: str | None = None) -> None:
    """Press a key."""
    _hand_over(app, events.Key(name, character))


def click(app: App[int], x: int, y: int, button: int = 1) -> None:
    """Click on a cell."""
    for kind in (events.MouseMove, events.MouseDown, events.MouseUp):
        pressed = 0 if kind is events.MouseMove else button
        _hand_over(app, kind(None, x, y, 0, 0, pressed, False, False, False, x, y))


def wheel(app: App[int], x: int, y: int, *, down: bool) -> None:
    """Turn the wheel over a cell."""
    kind = events.MouseScrollDown if down else events.MouseScrollUp
    _hand_over(app, kind(None, x, y, 0, 1 if down else -1, 0, False, False, False, x, y))


def paste(app: App[int], words: str) -> None:
    """Paste."""
    _hand_over(app, events.Paste(words))
