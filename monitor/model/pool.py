"""Pools of tracking numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from monitor.model.types import Before, Flag, Name, SystemId, Utc, Whole, Word, unwrapped


@dataclass(frozen=True, slots=True)
class AnalyticsPath:
    """A page path that a pool reports to an analytics service."""

    name: Name = None
    path: Word = None


@dataclass(frozen=True, slots=True)
class NumberPool:
    """A pool of numbers. Its pressure is `numbers_count` / `max_pool_size`."""

    id: SystemId
    numbers_count: Whole = None
    max_pool_size: Whole = None
    reserve_size: Whole = None
    buffer_seconds: Whole = None
    type: Name = None
    country: Name = None
    afid: Name = None
    cid: Name = None
    google_analytics: Flag = None
    hide_embedded_access: Flag = None
    google_analytics_paths: Annotated[tuple[AnalyticsPath, ...], Before(unwrapped("google_analytics_path"))] = ()
    created_at: Utc = None
    updated_at: Utc = None
