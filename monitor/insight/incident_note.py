"""An incident of a webhook as a Markdown note, to be handed to whoever runs that host. Pure.

It holds no address and no caller. What the account says stands between backticks, where nothing is read as Markdown.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING

from monitor.insight import wording
from monitor.insight.pixels import FAILING
from monitor.insight.webhook import RECENT, hit
from monitor.text import clean

if TYPE_CHECKING:
    from monitor.insight.board import PixelBoard
    from monitor.insight.pixels import Hook
    from monitor.insight.webhook import Incident, PixelRow
    from monitor.ledger import Ledger

EXAMPLES = 10
"""Calls that are named."""
_FORM = "%Y-%m-%d %H:%M:%S"
_LIMITS = (
    "The account tells only whether a request was made. It gives no status, no error and no answer of the host, so:\n\n"
    "- *sent* means that a request was made, not that it was accepted;\n"
    "- *stuck* and *missing* are inferred from time and from the campaign's timers;\n"
    "- nothing says whether the account tries again."
)


def incident_of(board: PixelBoard, hook: Hook, moment: datetime) -> Incident | None:
    """Return the incident of `hook` that is open, else the newest that `moment` lies in, else None."""
    found = [each for each in board.incidents() if each.hook == hook]
    for each in found:
        if each.until is None:
            return each
    return next((each for each in found if each.until is not None and each.since <= moment < each.until), None)


def note(incident: Incident, board: PixelBoard, ledger: Ledger, zone: tzinfo | None) -> str:
    """Return the note of `incident` as of the board's time; times are told in UTC and in `zone`."""
    hook = incident.hook
    kind = "webhook" if hook.webhook is not None else "campaign timer"
    facts = [
        ("since", f"{_when(incident.since, zone)}{' or earlier' if incident.earlier else ''}"),
        ("until", _when(incident.until, zone) if incident.until else f"goes on, as of {_when(board.now, zone)}"),
        ("host", literal(hook.host)),
        (kind, literal(hook.title)),
        ("failed", f"{incident.failed:,} of {incident.settled:,} pixels{_share(incident)}"),
        ("usual", _usual(incident)),
        ("calls hit", f"{len(incident.uuids):,}"),
        ("revenue of those held", _revenue(incident, board, ledger)),
        *_pixels(incident, board, zone),
    ]
    lines = [f"# {literal(hook.title)} at {literal(hook.host)} failed", ""]
    lines += [f"- {name}: {words}" for name, words in facts]
    lines += ["", f"## Calls, {min(EXAMPLES, len(incident.uuids))} of {len(incident.uuids):,}", ""]
    lines += [f"- {literal(uuid)}" for uuid in incident.uuids[-EXAMPLES:]]
    lines += ["", "## What this cannot tell", "", _LIMITS]
    return "\n".join(lines) + "\n"


def literal(words: str) -> str:
    """Return text of the account's as Markdown that shows it as it is: a code span that it cannot end."""
    words = clean(words)
    ticks = "`" * (1 + max((len(run) for run in re.findall("`+", words)), default=0))
    room = " " if words.strip("` ") != words else ""  # Markdown takes one away on either side
    return f"{ticks}{room}{words}{room}{ticks}" if words.strip() else "–"


def _when(moment: datetime, zone: tzinfo | None) -> str:
    local = wording.zoned(moment, zone)
    there = f" ({local.strftime(_FORM)} {wording.utc_offset(local)})" if local.utcoffset() else ""
    return f"{moment.astimezone(UTC).strftime(_FORM)} UTC{there}"


def _share(incident: Incident) -> str:
    return f" ({100 * incident.failed / incident.settled:.1f} %)" if incident.settled else ""


def _usual(incident: Incident) -> str:
    usual = incident.usual
    return "not known yet" if usual is None else f"{100 * usual.share:.1f} % fail ({usual.of})"


def _revenue(incident: Incident, board: PixelBoard, ledger: Ledger) -> str:
    found = hit(incident.uuids, ledger.calls, board.now)
    told = "not known" if found.revenue is None else wording.money(found.revenue)
    return f"{told}{', provisional' if found.provisional else ''}, known of {found.known:,} of {found.calls:,} calls"


def _pixels(incident: Incident, board: PixelBoard, zone: tzinfo | None) -> Iterator[tuple[str, str]]:
    """Yield what the newest pixels tell: the first and the last failure, and how many there are of each class."""
    newest = board.pixels(incident.hook)
    rows = [row for row in newest if _within(row, incident)]
    failed = sorted(row.moment for row in rows if row.kind in FAILING)
    if failed:
        cut = len(newest) >= RECENT and newest[-1].moment > incident.since
        yield "first failure", _when(incident.since if cut else failed[0], zone)
        yield "last failure", _when(failed[-1], zone)
        counted = ", ".join(f"{count:,} {kind}" for kind, count in Counter(row.kind for row in rows).most_common())
        yield "classes", f"{counted}{f' of the newest {RECENT:,} pixels' if cut else ''} of calls held"


def _within(row: PixelRow, incident: Incident) -> bool:
    return incident.since <= row.moment and (incident.until is None or row.moment < incident.until)
