"""The columns of webhooks, pixels and incidents: what they say, and which of them fit."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta
from decimal import Decimal
from typing import Any

import pytest

from monitor.insight.alerts import MUTED_FOR
from monitor.insight.columns import Column, Context, layout
from monitor.insight.incident_columns import INCIDENT_COLUMNS, IncidentRow
from monitor.insight.pixel_columns import PIXEL_COLUMNS
from monitor.insight.pixels import Hook, PixelClass, Seen, look
from monitor.insight.tally import Tally, Usual, mark
from monitor.insight.webhook import Hit, Incident, PixelRow, WebhookRow
from monitor.insight.webhook_columns import WEBHOOK_COLUMNS
from monitor.insight.wording import Tone
from monitor.ledger import Ledger
from monitor.model.batch import Batch
from tests.insight.pixel_cases import LATER, RULES, a_campaign, a_first_call, a_pixel, new
from tests.make import at

LOG = Hook("Call log", None, "log.example")
OPEN = Incident(LOG, at(-300), None, 5, 6, ("c1",), None)


def a_context(*calls: Any, now: float = LATER) -> Context:
    ledger = Ledger()
    ledger.apply(Batch(calls=calls, complete=True))
    return Context(at(now), ledger, UTC)


def a_row(counts: dict[PixelClass, int] | None = None, **given: Any) -> WebhookRow:
    tally = Tally()
    for kind, count in (counts or {}).items():
        for place in range(count):
            tally.add(mark(Seen(kind, LOG, at(0), None, None, place)), 1)
    fields: dict[str, Any] = {
        "usual": None,
        "failures": (0,) * 30,
        "p50": None,
        "p95": None,
        "hit": Hit(0, 0, None, provisional=False),
        "incident": None,
    }
    return WebhookRow(hook=LOG, counts=tally, **{**fields, **given})


def cell(columns: Any, name: str, row: Any, context: Context, width: int = 30) -> Any:
    return next(each for each in columns if each.id == name).cell(row, context, width)


def told(name: str, row: WebhookRow, context: Context | None = None, width: int = 30) -> str:
    return str(cell(WEBHOOK_COLUMNS, name, row, context or a_context(), width).text)


S, K, M, L, U, X, P = (
    PixelClass.SENT,
    PixelClass.STUCK,
    PixelClass.MISSING,
    PixelClass.LATE,
    PixelClass.UNKNOWN,
    PixelClass.MACRO,
    PixelClass.PENDING,
)


@pytest.mark.parametrize(
    ("counts", "usual", "state"),
    [
        ({S: 100}, None, "✓ usual"),
        ({S: 9, K: 1}, None, "· few"),  # single new pixels prove nothing
        ({S: 9, K: 1}, 0.05, "✓ usual"),
        ({S: 90, K: 3}, None, "? stuck"),
        ({S: 90, K: 3}, 0.05, "✓ usual"),
        ({S: 200, K: 4}, None, "✓ usual"),  # two in a hundred
        ({S: 90, M: 3}, None, "? missing"),
        ({S: 90, L: 3}, None, "? late"),
        ({X: 1, S: 99}, None, "? macro"),
        ({U: 1, X: 50, S: 99}, 0.5, "? unknown"),
        ({P: 50}, None, "✓ usual"),
    ],
)
def test_the_state_of_a_webhook_without_an_incident(
    counts: dict[PixelClass, int], usual: float | None, state: str
) -> None:
    assert told("state", a_row(counts, usual=None if usual is None else Usual(usual, 3))) == state


def test_an_incident_is_red_until_somebody_has_seen_to_it() -> None:
    context = a_context()
    row = a_row({S: 1, K: 5}, incident=OPEN)
    first = cell(WEBHOOK_COLUMNS, "state", row, context)
    assert (first.text, first.tone) == ("! failing", Tone.BAD)
    context.alerts.acknowledge(LOG, context.now)
    known = cell(WEBHOOK_COLUMNS, "state", row, context)
    assert (known.text, known.tone) == ("· failing", Tone.WAIT)
    context.alerts.mute(LOG, context.now)
    assert told("state", row, context) == "‖ muted"
    assert told("state", a_row({S: 1}), context) == "‖ muted", "without an incident as well"
    assert told("since", row) == "11:55"
    assert told("since", replace(row, incident=replace(OPEN, since=at(-90_000)))) == "1 d"


def test_sent_are_all_requests_and_unsent_is_of_those_that_are_settled() -> None:
    row = a_row({S: 90, L: 4, X: 2, K: 3, U: 1, P: 7})
    assert [told(name, row) for name in ("sent", "pending", "stuck", "other", "late", "missing")] == [
        "96", "7", "3", "1", "4", "0"
    ]  # fmt: skip
    assert told("unsent", row) == "4.0 %"
    assert told("unsent", a_row({P: 7})) == "–", "null is not 0"
    assert [told(name, row) for name in ("usual", "p50", "p95", "since", "calls", "revenue")] == ["–"] * 6


def test_seconds_have_two_digits_and_money_says_that_it_is_provisional() -> None:
    row = a_row({S: 1}, p50=0.312, p95=14.2, hit=Hit(37, 30, Decimal("412.50"), provisional=True))
    assert [told(name, row) for name in ("p50", "p95", "revenue", "calls")] == ["0.31", "14", "~412.50", "37"]


@pytest.mark.parametrize(("width", "bars"), [(15, 15), (29, 15), (30, 30), (44, 30)])
def test_the_failures_of_half_an_hour_are_drawn_in_whole_steps(width: int, bars: int) -> None:
    row = a_row({K: 9}, failures=(*(0,) * 28, 1, 8))
    drawn = told("spark", row, width=width)
    assert len(drawn) == bars
    assert drawn[-1] == "█"
    assert set(drawn[: bars - 2]) == {"▁"}
    assert told("spark", a_row({S: 9}), width=width).strip() == "", "no failure is no bar"


def test_the_worst_are_first() -> None:
    column = WEBHOOK_COLUMNS[0]
    rows = [a_row({S: 500}), a_row({S: 9, K: 2}), a_row({S: 9, X: 9}), a_row({K: 5}, incident=OPEN), a_row({K: 9})]
    ranked = sorted(rows, key=lambda row: column.sort(row, a_context()))
    assert [rows.index(row) for row in ranked] == [3, 4, 1, 2, 0]


@pytest.mark.parametrize(
    ("width", "wanted"),
    [
        (78, {"state", "webhook", "sent", "stuck", "missing", "unsent", "since"}),
        (158, {column.id for column in WEBHOOK_COLUMNS} - {"other"}),
        (168, {column.id for column in WEBHOOK_COLUMNS}),
    ],
)
def test_what_matters_fits(width: int, wanted: set[str]) -> None:
    assert wanted <= {placed.column.id for placed in layout(WEBHOOK_COLUMNS, width)}


def test_a_title_with_the_mark_of_the_order_fits_its_column() -> None:
    columns: list[Column[Any]] = [*WEBHOOK_COLUMNS, *PIXEL_COLUMNS, *INCIDENT_COLUMNS]
    for column in columns:
        assert len(column.title) + 1 <= column.width or column.id in {"revenue", "pixels"}, column.id


# Pixels


def pixel_rows(call: Any, campaign: Any = None, now: float = LATER) -> list[PixelRow]:
    found, _ = look(call, campaign, at(now), RULES)
    return [PixelRow(call, seen.hook, seen.kind, seen.moment, seen.place) for seen in found]


def pixel(name: str, row: PixelRow, context: Context) -> str:
    return str(cell(PIXEL_COLUMNS, name, row, context).text)


def test_every_class_has_its_glyph_and_word_and_no_latency_is_negative() -> None:
    call = a_first_call(
        60,
        a_pixel(created=1, fired_at=at(0.7)),
        new(created=90),
        a_pixel(created=90, fired_at=at(140)),
        a_pixel(created=91, status="rejected [x]"),
        a_pixel(url="https://t.example/p?b=[sub_id]", created=92),
        uuid="c1",
    )
    context = a_context(call, now=300)
    rows = pixel_rows(call, now=300)
    assert [pixel("state", row, context) for row in rows] == [
        "✓ sent", "! stuck", "◷ late", "? rejected [x]", "[ ] macro sub_id"
    ]  # fmt: skip
    assert [pixel("took", row, context) for row in rows] == ["0.30 s", "3 min", "50 s", "3 min", "0.30 s"]
    assert pixel("took", rows[1], a_context(call, now=80)) == "0 s", "never below 0"


def test_a_missing_pixel_and_a_pending_one() -> None:
    call = a_first_call(60, new(created=102), uuid="c1")
    rows = pixel_rows(call, a_campaign(30))
    assert [pixel("state", row, a_context(call)) for row in rows] == ["! stuck", "∅ missing"]
    assert pixel("state", pixel_rows(call, now=110)[0], a_context(call, now=110)) == "◌ pending"
    assert pixel("address", rows[1], a_context(call)) == "t.example"


def test_a_pixel_is_shown_with_its_call_and_without_the_values_of_its_address() -> None:
    call = a_first_call(60, a_pixel(url="https://u:p@crm.example/in?key=s3cr3t&b=2"), uuid="c1", target="Buyer A")
    context, row = a_context(call), pixel_rows(call)[0]
    assert pixel("address", row, context).startswith("•••@crm.example/in?key=•••&b=•••")
    assert [pixel(name, row, context) for name in ("number", "target", "revenue", "time")] == [
        "1", "Buyer A", "5.00", "12:00:01"
    ]  # fmt: skip


# Incidents


def test_an_incident_says_who_knows_how_long_it_lasts_and_what_it_cost() -> None:
    call = a_first_call(60, uuid="c1")
    context = a_context(call, now=0)
    row = IncidentRow.of(OPEN, context.ledger.calls, context.now)

    def said(name: str, of: IncidentRow = row) -> str:
        return str(cell(INCIDENT_COLUMNS, name, of, context).text)

    assert [said(name) for name in ("state", "webhook", "host", "since", "until", "lasted", "failed", "share")] == [
        "! open", "Call log", "log.example", "11:55", "–", "5 min", "5/6", "83.3 %"
    ]  # fmt: skip
    assert [said(name) for name in ("calls", "revenue", "usual")] == ["1", "5.00", "–"]
    context.alerts.acknowledge(LOG, context.now)
    assert said("state") == "· acknowledged"
    context.alerts.mute(LOG, context.now)
    assert said("state") == f"‖ muted until {context.now + MUTED_FOR:%H:%M}"
    over = IncidentRow.of(replace(OPEN, until=at(-60), earlier=True), {}, context.now)
    assert [said(name, over) for name in ("state", "since", "until", "lasted", "calls", "revenue")] == [
        "✓ over", "≤ 11:55", "11:59", "4 min", "–", "–"
    ]  # fmt: skip
    context.now += timedelta(days=1)
    assert said("since") == "04 11:55"
