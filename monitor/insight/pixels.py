"""What is known of a call's fired pixels. The API gives no response or error: only `new` and `fired`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monitor.model.call import Call, FiredPixel

GRACE = timedelta(seconds=30)
"""How long a new pixel may take before it is called stuck (API reference: fired pixels; observed: 0.3 s)."""


class PixelClass(StrEnum):
    """What became of one pixel, as far as the API tells."""

    SENT = "sent"
    """A request was made. Nothing says that it was accepted, so never 'delivered'."""
    PENDING = "pending"
    """New, and within the grace."""
    STUCK = "stuck"
    """Still new past the grace although the call has ended."""
    UNKNOWN = "unknown"
    """A status the API reference does not know; shown as it is."""


def classify(pixel: FiredPixel, call: Call, now: datetime) -> PixelClass:
    """Return what became of `pixel` of `call` as of `now`."""
    if pixel.status == "fired":
        return PixelClass.SENT
    if pixel.status != "new":
        return PixelClass.UNKNOWN
    overdue = pixel.created_at is not None and now - pixel.created_at >= GRACE
    return PixelClass.STUCK if overdue and call.ended else PixelClass.PENDING


def latency(pixel: FiredPixel) -> float | None:
    """Return the seconds between a pixel's record and its request.

    For a webhook during the call the record is written after the answer, so the difference is negative and its
    size is about the response time; only the size is meaningful.
    """
    if pixel.created_at is None or pixel.fired_at is None:
        return None
    return abs((pixel.fired_at - pixel.created_at).total_seconds())


@dataclass(frozen=True, slots=True)
class PixelCount:
    """How a call's pixels stand."""

    sent: int
    total: int
    stuck: int
    unknown: int


def count(call: Call, now: datetime) -> PixelCount:
    """Return how the pixels of `call` stand as of `now`."""
    classes = [classify(pixel, call, now) for pixel in call.pixels]
    return PixelCount(
        sent=classes.count(PixelClass.SENT),
        total=len(classes),
        stuck=classes.count(PixelClass.STUCK),
        unknown=classes.count(PixelClass.UNKNOWN),
    )
