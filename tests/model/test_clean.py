"""Text from the account: nothing in it can move a cursor, hide, or pass for something else."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.text import SHOWN, clean, redact_url

FORBIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
ANY = st.characters(codec=None, exclude_categories=())
HARD = st.text(ANY | st.sampled_from("\x1b\x07\x9b\x8e\x7f\u202e\u200d\u0301\u0307\u0338\ud800e\u00a0"), max_size=40)


def is_visible(shown: str) -> bool:
    return not any(unicodedata.category(char) in FORBIDDEN for char in shown)


def test_no_character_of_all_passes_unseen_and_cleaning_twice_changes_nothing() -> None:
    for code in range(sys.maxunicode + 1):
        shown = clean(chr(code))
        assert shown
        assert is_visible(shown), hex(code)
        assert clean(shown) == shown, hex(code)


@given(HARD)
def test_no_text_passes_unseen(value: str) -> None:
    assert is_visible(clean(value))


@given(HARD)
@example("\x8e\u0301")
def test_cleaning_twice_changes_nothing(value: str) -> None:
    once = clean(value)
    assert clean(once) == once


@given(HARD)
def test_cleaned_text_is_composed_and_of_a_run_of_marks_four_stay(value: str) -> None:
    shown = clean(value)
    assert unicodedata.is_normalized("NFC", shown)
    runs = "".join("m" if unicodedata.category(char).startswith("M") else "." for char in shown)
    assert "m" * 5 not in runs


def test_each_category_is_shown_by_its_rule() -> None:
    """The rules for the whole of Unicode, one character after the other."""
    for code in range(sys.maxunicode + 1):
        char, category = chr(code), unicodedata.category(chr(code))
        if category == "Cc":
            picture = "␡" if code == 0x7F else chr(0x2400 + code) if code < 0x20 else f"\\x{code:02x}"
            assert clean(char) == picture
        elif category in FORBIDDEN:
            assert clean(char) == f"⟨{code:04X}⟩"
        elif category == "Zs":
            assert clean(char) == " "
        else:
            assert clean(char) == unicodedata.normalize("NFC", char)


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=SHOWN))
def test_plain_text_stays_as_it_is(value: str) -> None:
    assert clean(value) == value


@given(st.text(ANY, max_size=60), st.integers(2, 20))
def test_no_text_is_longer_than_asked_for(value: str, limit: int) -> None:
    assert len(clean(value, limit)) <= limit


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("\x1b]52;c;cm0=\x07", "␛]52;c;cm0=␇"),
        ("a\x9b31m", "a\\x9b31m"),
        ("\x7f", "␡"),
        ("1\u202e2", "1⟨202E⟩2"),
        ("a\u200db", "a⟨200D⟩b"),
        ("\ud800", "⟨D800⟩"),
        ("\ue000", "⟨E000⟩"),
        ("line\u2028break\n", "line⟨2028⟩break␊"),
        ("a\u00a0b", "a b"),
        ("e" + "\u0301" * 9, "é" + "\u0301" * 4),
        ("Ünï — ✓", "Ünï — ✓"),
    ],
)
def test_what_is_invisible_is_shown(value: str, shown: str) -> None:
    assert clean(value) == shown


def test_a_long_text_ends_in_an_ellipsis() -> None:
    assert clean("x" * 600) == "x" * (SHOWN - 1) + "…"
    assert clean("x" * SHOWN) == "x" * SHOWN


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://h.example/p?a=1&b=&c#d=2", "https://h.example/p?a=•••&b=&•••#d=•••"),
        ("https://h.example/p?a=b=c?d", "https://h.example/p?a=•••"),
        ("https://h.example/p#token", "https://h.example/p#•••"),
        ("https://u:p@ss@h.example/@me", "https://•••@h.example/@me"),
        ("https:/u:p@h.example", "https:/•••@h.example"),
        ("//u@h.example", "//•••@h.example"),
        ("u:p@h.example//x", "•••@h.example//x"),
        ("https://h.example/p?", "https://h.example/p?"),
    ],
)
def test_an_address_is_shown_without_its_secrets(url: str, shown: str) -> None:
    assert redact_url(url) == shown
    assert redact_url(shown) == shown
