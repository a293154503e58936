"""CSV for spreadsheets: a cell is data, whatever it says."""

from __future__ import annotations

import csv
import io
import unicodedata
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.report.cells import csv_cell, csv_row, csv_writer
from monitor.report.records import CALL_FIELDS, call_record
from monitor.text import is_e164
from tests.make import NOON, a_final_call

STARTS = "=+-@＝＋－＠\t\r\n"


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("space", ["", " ", "\u00a0"])
def test_no_text_starts_a_formula(start: str, space: str) -> None:
    assert csv_cell("campaign", f"{space}{start}cmd|' /C calc'!A0").startswith("'")


@pytest.mark.parametrize(
    ("name", "value", "cell"),
    [
        ("caller", "+13015550042", "+13015550042"),
        ("campaign", "+13015550042", "+13015550042"),
        ("caller", "+1301555", "+1301555"),
        ("caller", "+130155", "'+130155"),
        ("caller", "+1 301 555 0042", "'+1 301 555 0042"),
        ("caller", "+13015550042+cmd", "'+13015550042+cmd"),
        ("profit", "-0.08", "-0.08"),
        ("profit", "-0.08+cmd", "'-0.08+cmd"),
        ("campaign", "-0.08", "'-0.08"),
        ("talk", -3, "-3"),
        ("talk", None, ""),
        ("connected", False, "False"),
        ("tags", {"=x": "\x1b"}, '{"=x": "\\u001b"}'),
        ("pixels", [], "[]"),
        ("campaign", "a\x1b]52;c;x\x07\u202e", "a␛]52;c;x␇⟨202E⟩"),
        ("campaign", "Solar = sun", "Solar = sun"),
    ],
)
def test_a_cell(name: str, value: object, cell: str) -> None:
    assert csv_cell(name, value) == cell


@given(st.text(st.characters(codec=None) | st.sampled_from(STARTS + "+1' "), max_size=30))
def test_no_text_at_all_starts_a_formula_or_holds_a_control(value: str) -> None:
    cell = csv_cell("campaign", value)
    assert is_e164(cell) or not cell.lstrip().startswith(tuple(STARTS))
    assert not any(unicodedata.category(char) == "Cc" for char in cell)


def test_a_row_reads_back_as_it_was() -> None:
    call = a_final_call(profit=Decimal("-0.08"), campaign='He said "=1"\r\n', target="=1")
    out = io.StringIO()
    writer = csv_writer(out)
    writer.writerow(CALL_FIELDS)
    writer.writerow(csv_row(call_record(call, NOON)))
    assert out.getvalue().count("\r\n") == 2
    (row,) = csv.DictReader(io.StringIO(out.getvalue()))
    assert tuple(row) == CALL_FIELDS
    assert row["profit"] == "-0.08"
    assert row["caller"] == call.caller
    assert row["campaign"] == 'He said "=1"␍␊'
    assert row["target"] == "'=1"
