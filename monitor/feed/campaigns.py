"""Which page of the campaigns is to be read next: all of them at the start, then slowly. Their timers seldom change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.feed.listed import Listed, Turn
from monitor.model.campaign import Campaign

if TYPE_CHECKING:
    from monitor.api.pages import Page

SLOWLY = 600.0
"""Seconds between two readings of a page, and until a list that is refused is asked for again."""
_NOW = float("-inf")


class CampaignList(Listed[str, Campaign]):
    """The campaigns as they were read last, a page at a time."""

    refused: str | None = None
    """Why the list cannot be had, while it is not even asked for."""
    _until = _NOW

    def _key(self, record: Campaign) -> str:
        return record.key

    def _wait(self, page: Turn[Campaign]) -> float:
        return SLOWLY

    def due(self, now: float) -> int | None:
        """Return the number of the page to read now; none for a while after the list was refused."""
        return super().due(now) if now >= self._until else None

    def again(self) -> None:
        """Read all of them as soon as may be."""
        super().again()
        self._until = _NOW

    def refuse(self, why: str, now: float) -> None:
        """Note that the key is not given the list, or that there is none: asking at every poll would change nothing."""
        self.refused, self._until = why, now + SLOWLY

    def took(self, page: Page[Campaign], now: float) -> tuple[str, ...]:
        """See `Listed.took`."""
        self.refused = None
        return super().took(page, now)
