"""What an error of the account means for the feed."""

from __future__ import annotations

from monitor.errors import (
    ConfigurationError,
    MalformedError,
    MonitorError,
    NetworkError,
    RefusedError,
    ServerError,
    SettingsError,
    ThrottledError,
)
from monitor.model.health import Outcome

_OUTCOMES: tuple[tuple[type[MonitorError], Outcome], ...] = (
    (RefusedError, Outcome.AUTH),
    (SettingsError, Outcome.AUTH),
    (ConfigurationError, Outcome.MALFORMED),
    (ThrottledError, Outcome.THROTTLED),
    (ServerError, Outcome.SERVER),
    (NetworkError, Outcome.NETWORK),
    (MalformedError, Outcome.MALFORMED),
)


def outcome_of(error: MonitorError) -> Outcome:
    """Return what became of a poll that ended with `error`."""
    return next((outcome for kind, outcome in _OUTCOMES if isinstance(error, kind)), Outcome.MALFORMED)


def wish_of(error: MonitorError) -> float | None:
    """Return the seconds that the server asks to wait; None when it names none."""
    wish: float | None = getattr(error, "retry_after", None)
    return wish


def asks_to_wait(error: MonitorError) -> bool:
    """Return whether the server wants fewer requests, or none for a while: of any kind, whichever it answered so."""
    return isinstance(error, ThrottledError) or wish_of(error) is not None
