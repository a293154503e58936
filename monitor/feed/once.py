"""One complete reading of the account: calls since a moment, and targets and campaigns where they are wanted."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from monitor.errors import ApiError, RefusedError
from monitor.model.batch import Batch

if TYPE_CHECKING:
    from monitor.api.client import ReadApi
    from monitor.model.call import Call

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reading:
    """What one reading brought. `as_of` is the server's time at its start; `trouble` is what kept it from being
    complete, None when nothing did."""

    batch: Batch
    as_of: datetime
    trouble: ApiError | None


async def read_once(
    api: ReadApi, since: datetime, now: datetime, *, targets: bool = True, campaigns: bool = False
) -> Reading:
    """Read all calls created from `since` on, oldest first, and, where they are wanted, all targets and all campaigns.

    `since` and `now` are by this machine's clock; the server's, known from its first answer, corrects both. New calls
    come in at the end of the list, so its pages do not drift. Raises RefusedError when the calls are refused; any
    other failure is handed back with what was read.
    """
    from monitor.api.pages import CallQuery

    calls: list[Call] = []
    company = buyers = listed = trouble = None
    try:
        answer = await api.company()
        company = answer.record
        now, since = _by_the_server(answer.date, now, since)
    except ApiError as error:
        trouble = error
    try:
        async for page in api.walk_calls(CallQuery(sort_by="created_at", order="asc", created_from=since)):
            calls.extend(page.parsed.records)
            for each in page.parsed.rejected:
                log.warning("unreadable: %s %s: %s", each.record, each.field or "", each.reason)
        if targets:
            buyers = await api.all_targets()
    except ApiError as error:
        if isinstance(error, RefusedError) and not calls:
            raise
        trouble = error
    if campaigns:
        try:
            listed = await api.all_campaigns()
        except ApiError as error:
            trouble = trouble or error
    batch = Batch(calls=tuple(calls), targets=buyers, company=company, complete=True, campaigns=listed)
    return Reading(batch, now, trouble)


_TOLERATED = 2.0
"""Seconds by which the clocks may differ: the server's stamp of an answer is in whole seconds."""


def _by_the_server(date: datetime | None, now: datetime, since: datetime) -> tuple[datetime, datetime]:
    if date is None or abs((date - now).total_seconds()) <= _TOLERATED:
        return now, since
    return date, since + (date - now)
