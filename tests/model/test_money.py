"""Money is exact, and no amount is made up."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model.types import money

MICRO = Decimal("0.000001")
AMOUNTS = st.decimals(min_value=-(10**11), max_value=10**11, places=6)
CENTS = st.decimals(min_value=-(10**9), max_value=10**9, places=2)


@given(AMOUNTS)
def test_an_amount_written_as_text_is_taken_exactly(amount: Decimal) -> None:
    assert money(str(amount)) == amount
    assert money(f" {amount} ") == amount


@given(st.integers(-(10**12) + 1, 10**12 - 1))
def test_a_whole_amount_is_taken_exactly(amount: int) -> None:
    assert money(amount) == amount


@given(CENTS)
def test_cents_sent_as_a_float_are_the_cents_that_were_meant(amount: Decimal) -> None:
    assert money(float(amount)) == amount


@given(st.lists(CENTS, max_size=50))
def test_a_sum_of_amounts_is_exact(amounts: list[Decimal]) -> None:
    parsed = [money(float(amount)) for amount in amounts]
    assert sum(each for each in parsed if each is not None) == sum(amounts)


@given(st.floats(-(10**11), 10**11) | st.integers(-(10**11), 10**11) | AMOUNTS.map(str))
def test_every_amount_is_a_decimal_with_two_to_six_places(sent: float | str) -> None:
    amount = money(sent)
    assert type(amount) is Decimal
    assert amount == amount.quantize(MICRO)
    assert abs(amount - Decimal(str(sent))) <= MICRO / 2


@pytest.mark.parametrize("nothing", [None, ""])
def test_nothing_is_not_zero(nothing: object) -> None:
    assert money(nothing) is None
    assert money(0) == money("0") == money(0.0) == money("-0.00") == Decimal(0)


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        (-0.0, "0.00"),
        ("-0", "0.00"),
        ("-0.0000001", "0.00"),
        (5.0, "5.00"),
        ("-0.07", "-0.07"),
        ("10.0000001", "10.00"),
        (0.1 + 0.2, "0.30"),
        ("0.125", "0.125"),
        ("0.000001", "0.000001"),
        ("1e3", "1000.00"),
    ],
)
def test_an_amount_is_printed_plainly(sent: object, shown: str) -> None:
    assert str(money(sent)) == shown


@pytest.mark.parametrize(
    "sent", [math.inf, math.nan, "inf", "1e12", 10**12, "1E+400", "$5", "1,0", "٣", "5_0", True, []]
)
def test_what_is_no_plausible_amount_is_refused(sent: object) -> None:
    with pytest.raises(ValueError, match="amount"):
        money(sent)
