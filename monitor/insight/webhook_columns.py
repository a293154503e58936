"""The columns of webhooks and campaign timers: which one fails, how much, and since when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from monitor.insight import wording
from monitor.insight.alerts import Standing
from monitor.insight.columns import Column, Context
from monitor.insight.incidents import LEAST_USUAL
from monitor.insight.pixels import PixelClass
from monitor.insight.tally import ENOUGH
from monitor.insight.wording import NOTHING, Cell, Tone

if TYPE_CHECKING:
    from monitor.insight.webhook import Hit, WebhookRow

REQUESTED = (PixelClass.SENT, PixelClass.LATE, PixelClass.MACRO)
"""The classes of which a request was made."""
_DAY = timedelta(days=1)
_BARS = (30, 15, 10)
"""How many bars half an hour can be drawn in."""
_FAILING = {
    Standing.OPEN: Cell("! failing", Tone.BAD),
    Standing.ACKNOWLEDGED: Cell("· failing", Tone.WAIT),
    Standing.MUTED: Cell("‖ muted", Tone.DIM),
}
_AS_USUAL = Cell("✓ usual")
_TOO_FEW = Cell("· few", Tone.DIM)
"""Some failed, of so few that nobody can say what is usual."""
_DOUBTS = {
    PixelClass.UNKNOWN: Cell("? unknown", Tone.WAIT),
    PixelClass.MACRO: Cell("? macro", Tone.WAIT),
    PixelClass.MISSING: Cell("? missing", Tone.WAIT),
    PixelClass.STUCK: Cell("? stuck", Tone.WAIT),
    PixelClass.LATE: Cell("? late", Tone.WAIT),
}
"""What is told of a webhook without an incident, the gravest first."""
_TELLING = frozenset({PixelClass.UNKNOWN, PixelClass.MACRO})
"""Classes of which a single pixel proves that something is wrong."""
_SOME = 3
"""Pixels of the other classes that are worth a look."""


def requested(row: WebhookRow) -> int:
    """Return how many requests were made."""
    return sum(row.counts.of(kind) for kind in REQUESTED)


def doubt(row: WebhookRow) -> PixelClass | None:
    """Return what should be looked at though no incident is open; None when all is as usual.

    A status that is not known and a macro left in an address always; stuck, missing and late pixels when there are some
    and their share of those sent or failed is above what is usual, and above two in a hundred: one proves nothing.
    """
    usual = max(LEAST_USUAL, row.usual.share if row.usual is not None else 0.0)
    settled = row.counts.settled
    for kind in _DOUBTS:
        count = row.counts.of(kind)
        if (count and kind in _TELLING) or (count >= _SOME and count > usual * settled):
            return kind
    return None


def state_of(row: WebhookRow, context: Context) -> Cell:
    """Return how a webhook looks: failing, muted, in doubt or as usual."""
    if row.incident is not None:
        return _FAILING[context.alerts.standing(row.incident, context.now)]
    if context.alerts.muted_until(row.hook, context.now) is not None:
        return _FAILING[Standing.MUTED]
    doubted = doubt(row)
    if doubted is not None:
        return _DOUBTS[doubted]
    return _TOO_FEW if row.counts.failed and row.usual is None and row.counts.settled < ENOUGH else _AS_USUAL


_GRAVITY = {kind: len(_DOUBTS) - place for place, kind in enumerate(_DOUBTS)}


def worst_first(row: WebhookRow) -> tuple[bool, int, int, str]:
    """Order incidents before others, then by how many failed, then by what is in doubt; the name is the last word."""
    doubted = doubt(row)
    gravity = 0 if doubted is None else _GRAVITY[doubted]
    return (row.incident is None, -row.counts.failed, -gravity, name_of(row).casefold())


def name_of(row: WebhookRow) -> str:
    """Return how a webhook is called, and where it is."""
    return f"{row.hook.title} · {row.hook.host}"


def _number(count: Callable[[WebhookRow], int], tone: Tone = Tone.PLAIN) -> Callable[[WebhookRow, Context, int], Cell]:
    """Format a count: none is dim, others in `tone`."""

    def cell(row: WebhookRow, _context: Context, _width: int) -> Cell:
        found = count(row)
        return Cell(f"{found:,}", tone if found else Tone.DIM)

    return cell


def _of(kind: PixelClass) -> Callable[[WebhookRow], int]:
    return lambda row: row.counts.of(kind)


def _unsent(row: WebhookRow, _context: Context, _width: int) -> Cell:
    if row.share is None:
        return NOTHING
    return Cell(wording.share(row.share), Tone.BAD if row.incident is not None else Tone.PLAIN)


def _usual(row: WebhookRow, _context: Context, _width: int) -> Cell:
    return NOTHING if row.usual is None else Cell(wording.share(row.usual.share), Tone.DIM)


def _quantile(name: str) -> Callable[[WebhookRow, Context, int], Cell]:
    def cell(row: WebhookRow, _context: Context, _width: int) -> Cell:
        taken: float | None = getattr(row, name)
        return NOTHING if taken is None else Cell(wording.seconds(taken))

    return cell


def _spark(row: WebhookRow, _context: Context, width: int) -> Cell:
    """One bar a minute, or two or three minutes where there is less room. No failure at all is no bar."""
    bars = next((count for count in _BARS if count <= width), _BARS[-1])
    each = len(row.failures) // bars
    sums = [sum(row.failures[start : start + each]) for start in range(0, bars * each, each)]
    return Cell(wording.sparkline([0, *sums])[1:], Tone.BAD if row.incident is not None else Tone.DIM)


def _since(row: WebhookRow, context: Context, _width: int) -> Cell:
    if row.incident is None:
        return NOTHING
    tone = _FAILING[context.alerts.standing(row.incident, context.now)].tone
    ago = context.now - row.incident.since
    if ago >= _DAY:
        return Cell(wording.span(ago.total_seconds()), tone)
    return Cell(wording.local(row.incident.since, context.zone, form="%H:%M"), tone)


def hit_calls(hit: Hit) -> Cell:
    """Return how many calls were hit."""
    return Cell(f"{hit.calls:,}") if hit.calls else NOTHING


def hit_revenue(hit: Hit) -> Cell:
    """Return the revenue of the calls that were hit."""
    if hit.revenue is None:
        return NOTHING
    return Cell(wording.money(hit.revenue, provisional=hit.provisional), Tone.WAIT if hit.provisional else Tone.PLAIN)


_WINDOW = "of the pixels recorded in the window"

WEBHOOK_COLUMNS: tuple[Column[WebhookRow], ...] = (
    Column(
        "state",
        "STATE",
        "! failing: an incident is open (· acknowledged, ‖ muted); ? worth a look: a status that is not known, a macro "
        "left in an address, or more missing, stuck or late than usual (at least 2 %); ✓ as usual; · too few to say",
        9,
        1,
        lambda row, context, _width: state_of(row, context),
        lambda row, _context: worst_first(row),
        ticks=lambda _row: True,
    ),
    Column(
        "webhook",
        "WEBHOOK · HOST",
        "name of the webhook, or the seconds of the campaign timer, and the host its pixels go to",
        22,
        2,
        lambda row, _context, _width: Cell(name_of(row)),
        lambda row, _context: name_of(row).casefold(),
        widest=60,
    ),
    Column(
        "sent",
        "SENT",
        f"requests made, late ones and those with a macro left in them too, {_WINDOW}; not that they were accepted",
        6,
        3,
        _number(requested),
        lambda row, _context: requested(row),
        right=True,
        descending=True,
    ),
    Column(
        "pending",
        "PENDING",
        f"new and within the grace, or of a call that goes on, {_WINDOW}",
        8,
        9,
        _number(_of(PixelClass.PENDING)),
        lambda row, _context: row.counts.of(PixelClass.PENDING),
        right=True,
        descending=True,
    ),
    Column(
        "stuck",
        "STUCK",
        f"still new past the grace although the call has ended, {_WINDOW}",
        6,
        4,
        _number(_of(PixelClass.STUCK), Tone.BAD),
        lambda row, _context: row.counts.of(PixelClass.STUCK),
        right=True,
        descending=True,
    ),
    Column(
        "missing",
        "MISSING",
        "expected from the campaign's timers and not there, by when conversions were determined, in the window",
        8,
        5,
        _number(_of(PixelClass.MISSING), Tone.BAD),
        lambda row, _context: row.counts.of(PixelClass.MISSING),
        right=True,
        descending=True,
    ),
    Column(
        "late",
        "LATE",
        f"sent, but it took longer than the webhook may, {_WINDOW}",
        5,
        10,
        _number(_of(PixelClass.LATE), Tone.WAIT),
        lambda row, _context: row.counts.of(PixelClass.LATE),
        right=True,
        descending=True,
    ),
    Column(
        "other",
        "OTHER",
        f"of a status that is not known, {_WINDOW}",
        6,
        17,
        _number(_of(PixelClass.UNKNOWN), Tone.BAD),
        lambda row, _context: row.counts.of(PixelClass.UNKNOWN),
        right=True,
        descending=True,
    ),
    Column(
        "unsent",
        "FAILED",
        "failed (stuck, missing, of unknown status) / sent or failed, in the window; pending ones are neither yet",
        7,
        6,
        _unsent,
        lambda row, _context: row.share,
        right=True,
        descending=True,
    ),
    Column(
        "usual",
        "USUAL",
        "the usual share of failures: the median of the days before at this hour and its neighbours, otherwise of the "
        "hours before; at least 20 pixels of each",
        6,
        12,
        _usual,
        lambda row, _context: None if row.usual is None else row.usual.share,
        right=True,
        descending=True,
    ),
    Column(
        "p50",
        "P50",
        "seconds within which half of the requests were made, counted from the pixel's record",
        5,
        15,
        _quantile("p50"),
        lambda row, _context: row.p50,
        right=True,
        descending=True,
    ),
    Column(
        "p95",
        "P95",
        "seconds within which 95 of 100 requests were made, counted from the pixel's record",
        5,
        11,
        _quantile("p95"),
        lambda row, _context: row.p95,
        right=True,
        descending=True,
    ),
    Column(
        "spark",
        "LAST 30 MIN",
        "failed pixels by the minute of their record, whatever the window; by two or three minutes in less room",
        15,
        16,
        _spark,
        lambda row, _context: sum(row.failures),
        widest=30,
        descending=True,
    ),
    Column(
        "since",
        "SINCE",
        "when the open incident began: the first failure of those that led to it; after a day how long ago",
        6,
        7,
        _since,
        lambda row, _context: None if row.incident is None else row.incident.since,
        right=True,
        descending=True,
        ticks=lambda row: row.incident is not None,
    ),
    Column(
        "calls",
        "CALLS",
        "calls held that have a failed pixel of it in the window",
        6,
        8,
        lambda row, _context, _width: hit_calls(row.hit),
        lambda row, _context: row.hit.calls,
        right=True,
        descending=True,
    ),
    Column(
        "revenue",
        "REVENUE",
        "revenue of these calls, as far as it is known; ~ is provisional",
        9,
        13,
        lambda row, _context, _width: hit_revenue(row.hit),
        lambda row, _context: row.hit.revenue,
        right=True,
        descending=True,
    ),
)
