"""What is asked of the API, and what its answers are handed on as."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, Literal, TypeVar

from monitor.model.wire import Parsed, Raw, Rejected

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CallQuery:
    """Which calls, in which order (API reference: list parameters).

    `sort_by="updated_at"` is always newest first, whatever `order` says. `created_from` and `created_to` are aware
    times, both included, of which milliseconds count. `updated_from` is not documented: an answer may ignore it. Raises
    ValueError for a naive time.
    """

    sort_by: Literal["created_at", "updated_at"] = "created_at"
    order: Literal["asc", "desc"] = "desc"
    created_from: datetime | None = None
    created_to: datetime | None = None
    updated_from: datetime | None = None

    def parameters(self) -> dict[str, str]:
        """Return the query as the API's parameters."""
        asked: dict[str, str] = {"sort_by": self.sort_by, "order": self.order}
        if self.created_from is not None:
            asked["created_at_start"] = _rfc3339(self.created_from)
        if self.created_to is not None:
            asked["created_at_end"] = _rfc3339(self.created_to)
        if self.updated_from is not None:
            asked["updated_at_start"] = _rfc3339(self.updated_from)
        return asked


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list. `number` counts from 1.

    `has_next` says whether it is worth asking for the page after it, `last` the number of the last page where the
    answer tells. `date` is the server's clock, aware UTC. `latency` is in seconds, from asking to the last byte;
    `size` in bytes, decompressed.
    """

    parsed: Parsed[T]
    number: int
    per_page: int
    has_next: bool
    last: int | None
    date: datetime | None
    latency: float
    size: int


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """One record, with the answer it came from (without its secrets). The rest as in `Page`."""

    record: T
    raw: Raw
    date: datetime | None
    latency: float
    size: int
    rejected: tuple[Rejected, ...]


def _rfc3339(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise ValueError("a time without its zone names no moment")
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
