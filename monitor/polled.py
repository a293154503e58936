"""`callmon once`: the commands over one reading of the account."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, TextIO

from monitor import settings
from monitor.errors import ExitCode
from monitor.insight.columns import Context
from monitor.insight.pixels import PixelRules
from monitor.ledger import Ledger

if TYPE_CHECKING:
    from monitor.api.client import ReadApi
    from monitor.feed.once import Reading
    from monitor.settings import Settings

Open = Callable[[], "ReadApi"]


def calls(chosen: Settings, open_api: Open, now: datetime, out: TextIO, *, form: str) -> int:
    """Print calls and targets as `form` says; return the exit code. `now` is by this machine's clock.

    Raises SettingsError, RefusedError.
    """
    from monitor.report import once

    reading, ledger = _read(chosen, open_api, now, targets=True)
    context = Context(reading.as_of, ledger, rules=PixelRules.chosen(chosen))
    once.write(context, chosen.company_id, out, form=form, complete=reading.trouble is None)
    out.flush()
    return _told(reading)


def pixels(chosen: Settings, open_api: Open, now: datetime, out: TextIO, *, form: str, fail: bool) -> int:
    """Print what became of the pixels as `form` says; return the exit code. `now` is by this machine's clock.

    With `fail` it is 1 when an incident is open, even where the reading is incomplete: so much is known then. Raises
    SettingsError, RefusedError.
    """
    from monitor.report import pixels

    reading, ledger = _read(chosen, open_api, now, campaigns=True)
    rules, complete = PixelRules.chosen(chosen), reading.trouble is None
    found = pixels.report(ledger, reading.as_of, rules, chosen.company_id, complete=complete)
    pixels.write(found, out, form=form)
    out.flush()
    code = _told(reading)
    if fail and found.open:
        for incident in found.open:
            print(f"callmon: {pixels.in_words(incident)}", file=sys.stderr)  # noqa: T201  # narration
        return int(ExitCode.FAILURE)
    return code


def _read(
    chosen: Settings, open_api: Open, now: datetime, *, targets: bool = False, campaigns: bool = False
) -> tuple[Reading, Ledger]:
    from monitor.feed.once import read_once

    async def read() -> Reading:
        async with open_api() as api:
            since = settings.since(chosen.since, now)
            return await read_once(api, since, now, targets=targets, campaigns=campaigns)

    reading = asyncio.run(read())
    ledger = Ledger(max(1, len(reading.batch.calls)))  # what was read is told, however much it is
    ledger.apply(reading.batch)
    return reading, ledger


def _told(reading: Reading) -> int:
    """Say what kept the reading from being complete, and return the exit code for it."""
    if reading.trouble is None:
        return int(ExitCode.OK)
    print(f"callmon: incomplete: {reading.trouble}", file=sys.stderr)  # noqa: T201  # narration
    return int(ExitCode.NO_CONNECTION)
