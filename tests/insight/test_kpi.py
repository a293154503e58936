"""The figures, against a second, naive computation."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from monitor.insight.kpi import KPIS, Window, figures, is_covered, per_minute
from monitor.insight.wording import UNKNOWN
from monitor.ledger import STEP, Ledger
from monitor.model.batch import Batch
from monitor.model.call import Call
from tests.ledger.test_ledger import calls
from tests.make import a_call, a_final_call, at

LONG_AGO = at(-86400)


def ledger_of(*held: Call) -> Ledger:
    ledger = Ledger()
    ledger.apply(Batch(calls=held))
    return ledger


def figure(ledger: Ledger, name: str, window: Window, now: datetime) -> tuple[str, str]:
    found = {each.id: each for each in figures(ledger, window, now, LONG_AGO)}
    return found[name].value, found[name].change


@given(st.lists(calls(), max_size=15, unique_by=lambda call: call.uuid), st.integers(0, 2000))
def test_figures_of_a_window_are_over_the_calls_that_started_in_it(held: list[Call], second: int) -> None:
    now = at(second)
    end = (int(now.timestamp()) // STEP + 1) * STEP
    inside = [call for call in held if call.began and end - 900 <= call.began.timestamp() < end]
    ledger = ledger_of(*held)
    ended = [call for call in inside if call.ended]
    connected = [call for call in ended if call.connected]
    revenue = [call.revenue for call in inside if call.revenue is not None]
    assert figure(ledger, "calls", Window.QUARTER, now)[0] == str(len(inside))
    assert figure(ledger, "connect", Window.QUARTER, now)[0] == (
        f"{100 * len(connected) / len(ended):.0f} %" if ended else UNKNOWN
    )
    sums = ledger.started.between(end // STEP - 90, end // STEP)
    assert sums.revenue.value == (sum(revenue, Decimal(0)) if revenue else None)


def test_without_calls_rates_and_amounts_are_unknown_not_zero() -> None:
    found = {each.id: each.value for each in figures(Ledger(), Window.HOUR, at(0), LONG_AGO)}
    assert found == {
        "live": "0",
        "calls": "0",
        **dict.fromkeys(("connect", "convert", "revenue", "payout", "profit", "rpc"), UNKNOWN),
    }


def test_each_figure_stands_beside_its_change_against_the_window_before() -> None:
    before = [a_final_call(f"b{number}", -1000 + number) for number in range(4)]
    now = [a_final_call(f"n{number}", -100 + number, connected=number == 0) for number in range(2)]
    ledger = ledger_of(*before, *now)
    assert figure(ledger, "calls", Window.QUARTER, at(0)) == ("2", "▼ 50 %")
    assert figure(ledger, "connect", Window.QUARTER, at(0)) == ("50 %", "▼ 50")
    assert figure(ledger, "rpc", Window.QUARTER, at(0)) == ("$5.00", "=")
    assert figure(ledger, "calls", Window.START, at(0)) == ("6", "")


def test_live_calls_count_in_no_rate() -> None:
    ledger = ledger_of(a_final_call("a"), a_call("b"), a_call("c", forwarded_time=at(1), connected=True))
    assert figure(ledger, "live", Window.START, at(90))[0] == "2"
    assert figure(ledger, "connect", Window.START, at(90))[0] == "100 %"


def test_revenue_per_minute_is_told_by_the_minute_in_which_calls_ended() -> None:
    ledger = ledger_of(a_final_call("a", 0), a_final_call("b", 5), a_final_call("c", 120))
    assert per_minute(ledger.ended, lambda sums: sums.revenue.value, at(200), 4) == [0.0, 10.0, 0.0, 5.0]


def test_what_is_only_partly_known_is_not_compared() -> None:
    ledger = ledger_of(a_final_call("before", -1000), a_final_call("now", -100))
    half = {each.id: each for each in figures(ledger, Window.QUARTER, at(0), at(-1200))}
    assert (half["calls"].value, half["calls"].change) == ("1", "")
    assert is_covered(Window.QUARTER, at(0), at(-1200))
    assert not is_covered(Window.QUARTER, at(0), at(-300))
    assert figures(ledger, Window.QUARTER, at(0), at(-50))[1].value == "0", "what began before it is in no figure"


def test_the_account_counts_connected_live_calls_and_the_rate_does_not() -> None:
    ledger = ledger_of(a_final_call("a", connected=False), a_call("b", connected=True, forwarded_time=at(1)))
    assert ledger.total.connected == 1
    assert figure(ledger, "connect", Window.START, at(90))[0] == "0 %"


def test_windows_come_round() -> None:
    assert Window.QUARTER.following.following.following is Window.QUARTER


def test_every_figure_names_its_denominator() -> None:
    assert all("started in the window" in kpi.help for kpi in KPIS)
