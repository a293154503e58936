"""The filter language over whatever calls and whatever text."""

from __future__ import annotations

import operator
import random
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.insight.columns import Context, Kind
from monitor.insight.fields import FIELDS, TAG
from monitor.insight.filter import Filter, FilterError, parse
from monitor.insight.filter_terms import MOST, OPERATORS
from monitor.insight.filter_tree import Every, Node, Not, Some, Term, Word, joined
from monitor.ledger import Ledger
from monitor.model.call import Call
from tests.make import a_call, at

FUZZED = 4_000
"""Random texts that are read."""

words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
_OPERANDS: dict[Kind, st.SearchStrategy[str]] = {
    Kind.MONEY: st.decimals(-99, 99, places=2).map(str),
    Kind.COUNT: st.integers(0, 10**6).map(str),
    Kind.SPAN: st.sampled_from(["10", "10s", "1m30s", "1.5h", "0"]),
    Kind.AGE: st.sampled_from(["15m", "2h", "1d12h"]),
}

_PATTERNS = ["a", "a b", "(a b)", "^(a|b)$", "\\)", '"', 'a"', "a,b"]


@st.composite
def terms(draw: st.DrawFn) -> Term:
    """A term of any field with operands that fit."""
    field = draw(st.sampled_from(FIELDS))
    name = TAG + draw(words) if field.name.startswith(TAG) else field.name
    operation = draw(st.sampled_from(sorted(set(OPERATORS[field.kind].values()))))
    if field.kind is Kind.WORD:
        operands = st.lists(st.sampled_from(sorted(field.asked.words)), min_size=1, max_size=3)
    elif operation == "~":
        operands = st.lists(st.sampled_from(_PATTERNS), min_size=1, max_size=1)
    elif field.kind in {Kind.TEXT, Kind.PHONE}:
        operands = st.lists(words, min_size=1, max_size=3)
    else:
        operands = st.lists(_OPERANDS[field.kind], min_size=1, max_size=1)
    return Term(name, operation, tuple(draw(operands)))


trees: st.SearchStrategy[Node] = st.recursive(
    terms() | words.map(Word),
    lambda parts: (
        st.lists(parts, min_size=2, max_size=4).map(lambda found: joined(Every, found))
        | st.lists(parts, min_size=2, max_size=4).map(lambda found: joined(Some, found))
        | parts.map(Not)
    ),
    max_leaves=8,
)


@given(trees)
def test_what_is_printed_is_read_as_what_was_printed(tree: Node) -> None:
    read = parse(str(tree))
    assert read.tree == tree
    assert str(read) == str(tree)


names = st.none() | st.sampled_from(["", "Solar", "solar east", "ROOF", "Straße", "a,b", "x"])
amounts = st.none() | st.sampled_from([Decimal(0), Decimal("0.50"), Decimal(5), Decimal("-1.25")])
flags = st.none() | st.booleans()
calls = st.builds(
    lambda number, given: a_call(f"c{number}", **given),
    st.integers(0, 10**6),
    st.fixed_dictionaries(
        {
            "campaign": names,
            "affiliate": names,
            "caller": names,
            "connected": flags,
            "revenue": amounts,
            "tags": st.dictionaries(st.sampled_from(["a", "b"]), names.filter(lambda name: name is not None)),
            "start_time": st.none() | st.integers(0, 600).map(at),
        }
    ),
)
NOW = Context(at(600), Ledger())
_NUMERIC: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def naive(call: Call, name: str, operation: str, operand: str) -> bool:
    """Say it once more, as plainly as can be."""
    if name == "word":
        texts = [call.caller, call.campaign, call.affiliate, *call.tags.values()]
        return any(operand.casefold() in text.casefold() for text in texts if text is not None)
    if name == "since":
        return call.began is not None and NOW.now - call.began <= timedelta(minutes=int(operand[:-1]))
    value = {
        "campaign": call.campaign,
        "publisher": call.affiliate,
        "tag.a": call.tags.get("a"),
        "connected": call.connected,
        "revenue": call.revenue,
    }[name]
    if value is None:
        return False
    if name == "revenue":
        return _NUMERIC[operation](value, Decimal(operand))
    if name == "connected":
        return (value is (operand == "yes")) != (operation == "!=")
    if operation == ":":
        return operand.casefold() in str(value).casefold()
    return (str(value).casefold() == operand.casefold()) != (operation == "!=")


simple = st.one_of(
    st.tuples(
        st.sampled_from(["campaign", "publisher", "tag.a"]),
        st.sampled_from([":", "=", "!="]),
        st.sampled_from(["solar", "SOLAR", "s", "strasse", '"a,b"', "east"]),
    ),
    st.tuples(st.just("revenue"), st.sampled_from(sorted(_NUMERIC)), st.sampled_from(["0", "0.5", "5.00", "-1.25"])),
    st.tuples(st.just("connected"), st.sampled_from([":", "!="]), st.sampled_from(["yes", "no"])),
    st.tuples(st.just("since"), st.just(":"), st.sampled_from(["1m", "5m", "10m"])),
    st.tuples(st.just("word"), st.just(""), st.sampled_from(["solar", "east", "x", '"a,b"', "roof"])),
)


def said(term: tuple[str, str, str]) -> str:
    name, operation, operand = term
    return operand if name == "word" else f"{name}{operation}{operand}"


@given(st.lists(calls, max_size=12), simple, simple)
def test_a_filter_says_what_saying_it_once_more_says(
    held: list[Call], one: tuple[str, str, str], other: tuple[str, str, str]
) -> None:
    def holds(call: Call, term: tuple[str, str, str]) -> bool:
        name, operation, operand = term
        return naive(call, name, operation, operand.strip('"'))

    for call in held:
        first, second = holds(call, one), holds(call, other)
        for text, expected in (
            (said(one), first),
            (f"not {said(one)}", not first),
            (f"{said(one)} {said(other)}", first and second),
            (f"{said(one)} or {said(other)}", first or second),
            (f"not ({said(one)} or {said(other)})", not (first or second)),
        ):
            assert parse(text).call(call, NOW) == expected, text


@given(st.lists(calls, max_size=20), trees, st.integers(0, 20))
def test_filtering_the_whole_is_filtering_its_parts(held: list[Call], tree: Node, cut: int) -> None:
    asked = parse(str(tree))
    whole = [call for call in held if asked.call(call, NOW)]
    parts = [call for part in (held[:cut], held[cut:]) for call in part if parse(str(tree)).call(call, NOW)]
    assert whole == parts
    assert [call for call in held if not asked.call(call, NOW)] == [
        call for call in held if parse(f"not({tree})").call(call, NOW)
    ]


_PIECES = (
    *(field.name for field in FIELDS),
    *(":", "=", "!=", "<", "<=", ">", ">=", "~", ",", '"', '""', "(", ")", " ", " ", "\t", "\n", "!", "\\", "."),
    *("and", "or", "not", "AND", "tag.", "tag.geo", 'tag."a b"', "solar", "yes", "no", "live", "stuck", "5", "2.50"),
    *("-1", "10s", "1m30s", "15m", "٣s", "é", "e\u0301", "ß", "\x00", "\x1b", "\u202e", "\ud800", "𝒳", "[a", "a{9,}"),
    *("(a+)+$", "{1000}", "\\pL", "+1 (301)", "9" * 30),
)


def parsed(text: str) -> tuple[Filter | None, FilterError | None]:
    try:
        return parse(text), None
    except FilterError as error:
        return None, error


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_typed_is_a_filter_or_a_mistake(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  # it draws texts, no secrets
    call = a_call(tags={"geo": "us"})
    read = 0
    for _ in range(FUZZED // 4):
        text = "".join(chance.choices(_PIECES, k=chance.choice((2, 5, 12, 200))))
        asked, mistake = parsed(text)
        if asked is None:
            assert mistake is not None
            assert 0 <= mistake.start <= mistake.end <= len(text)
            assert mistake.expected
            continue
        read += 1
        assert len(text) <= MOST
        assert parse(str(asked)) == asked, text
        assert asked.call(call, NOW) in {True, False}
    assert read > FUZZED // 400, "some of it says something"
