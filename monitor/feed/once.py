"""One complete reading of the account: calls since a moment, and targets."""

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
    """What one reading brought. `trouble` is what kept it from being complete, None when nothing did."""

    batch: Batch
    trouble: ApiError | None


async def read_once(api: ReadApi, since: datetime, until: datetime) -> Reading:
    """Read all calls created from `since` to `until`, oldest first, and all targets.

    The window is closed and `created_at` never changes, so the pages do not drift. Raises RefusedError; any other
    failure ends the reading early and is handed back with what was read before it.
    """
    from monitor.api.pages import CallQuery

    calls: list[Call] = []
    targets = None
    company = None
    trouble: ApiError | None = None
    query = CallQuery(sort_by="created_at", order="asc", created_from=since, created_to=until)
    try:
        async for page in api.walk_calls(query):
            calls.extend(page.parsed.records)
            for each in page.parsed.rejected:
                log.warning("unreadable: %s %s: %s", each.record, each.field or "", each.reason)
        targets = tuple(await api.all_targets())
        company = (await api.company()).record
    except RefusedError:
        raise
    except ApiError as error:
        trouble = error
    return Reading(Batch(calls=tuple(calls), targets=targets, company=company, complete=True), trouble)
