"""How far an account has been read: what the feed needs in order to go on after a restart as if there had been none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from monitor.model.company import Company
from monitor.model.health import Gap, Health

if TYPE_CHECKING:
    from pydantic import TypeAdapter


@dataclass(frozen=True, slots=True)
class FeedState:
    """How far the account has been read. Times are aware UTC.

    `start` is the moment from which on the account is read at all. `head` is the newest stamp that a plain walk has
    proven, `deep` the newest that a walk with lookback has. `gaps` are spans of `updated_at` below `head` that have not
    been read yet. `swept` tells for each age in seconds up to which creation time the calls of that age have been read
    again. `health` is what was told last, `company` whose account it is.
    """

    start: datetime | None = None
    head: datetime | None = None
    deep: datetime | None = None
    gaps: tuple[Gap, ...] = ()
    swept: Mapping[int, datetime] = field(default_factory=dict)
    health: Health = field(default_factory=Health)
    company: Company | None = None


@cache
def _adapter() -> TypeAdapter[FeedState]:
    from pydantic import TypeAdapter

    return TypeAdapter(FeedState)


def to_json(state: FeedState) -> str:
    """Return `state` as text to be kept."""
    return _adapter().dump_json(state, ensure_ascii=True).decode("ascii")


def from_json(text: str) -> FeedState:
    """Return the state that was kept. Raises ValueError when the text is not one."""
    return _adapter().validate_json(text)
