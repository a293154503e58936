"""The filter language: what it says of calls, and what of a mistake."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from monitor.insight.columns import Context, Kind
from monitor.insight.fields import FIELDS, named
from monitor.insight.filter import FilterError, parse
from monitor.insight.filter_terms import OPERATORS
from monitor.ledger import Ledger
from monitor.model.batch import Batch
from monitor.model.call import Call
from tests.make import a_call, a_final_call, at

SOLAR = a_final_call(
    "11aa",
    target="Buyer A - +12265550199",
    target_group="West",
    duplicate=False,
    repeat=True,
    tags={"geo": "us,us-tn", "my key": "Straße", "Case": "x"},
)
RINGING = a_call("22bb", campaign="Roof (north)", affiliate=None, caller="Anonymous")
TALKING = a_call("33cc", forwarded_time=at(40), target="Zoë", ivr=4, hold=6, tags={"geo": "ca"})
NOTHING = Call(uuid="44dd")
LEDGER = Ledger()
LEDGER.apply(Batch(calls=(SOLAR, RINGING, TALKING, NOTHING), complete=True))
NOW = Context(at(110), LEDGER)


def found(text: str, context: Context = NOW) -> str:
    """Return the first characters of the calls let through."""
    asked = parse(text)
    return "".join(call.uuid[0] for call in (SOLAR, RINGING, TALKING, NOTHING) if asked.call(call, context))


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        ("", "1234"),
        ("  ", "1234"),
        ("campaign:sol", "13"),
        ("Campaign:SOL", "13"),
        ("campaign=sol", ""),
        ("campaign=solar", "13"),
        ("campaign:roof,SOLAR", "123"),
        ("campaign=roof,solar", "13"),
        ("campaign!=solar", "2"),
        ("not campaign=solar", "24"),
        ('campaign:"(north)"', "2"),
        ('campaign="roof (NORTH)"', "2"),
        ("publisher:acme", "13"),
        ("not publisher~.", "24"),
        ("buyer:a", "1"),
        ("buyer:zoë", "3"),
        ("buyer:+1226", "1"),
        ("group:west", "1"),
        ("caller:301-555", "13"),
        ('caller:"+1 301 555 0042"', "13"),
        ('caller:"(301) 555"', "13"),
        ("caller:anonymous", "2"),
        ("tracking:8885550100", "123"),
        ("status:finished", "1"),
        ("hung_up_by:caller", "1"),
        ("uuid:aa", "1"),
        ("revenue>0", "1"),
        ("revenue=5", "1"),
        ("revenue:5.00", "1"),
        ("revenue>=5", "1"),
        ("revenue>5", ""),
        ("revenue<=2.5", ""),
        ("revenue!=4", "1"),
        ("payout<=2.5", "1"),
        ("profit<3 profit>2.9", "1"),
        ("profit>-1", "1"),
        ("profit>.5", "1"),
        ("not revenue>=0", "234"),
        ("#=2", "1"),
        ("#<3", "14"),
        ("talk=60", "1"),
        ("talk=70", "3"),
        ("talk>=1m", "13"),
        ("talk>1m30s", ""),
        ("talk<61s", "1"),
        ("talk<1.5m", "13"),
        ("ivr<=8", "13"),
        ("ivr>1m", "2"),
        ("hold=12s", "1"),
        ("state:final", "1"),
        ("state:live", "234"),
        ("state:ringing,final", "124"),
        ("state=Talking", "3"),
        ("state!=live", "1"),
        ("state:deleted", ""),
        ("connected:yes", "1"),
        ("connected:TRUE", "1"),
        ("connected:no", ""),
        ("not connected:yes", "234"),
        ("connected!=no", "1"),
        ("duplicate:false", "1"),
        ("repeat=yes", "1"),
        ("converted:yes,no", "1"),
        ("tag.geo:us", "1"),
        ("tag.geo=us", ""),
        ("tag.geo~us", "1"),
        ("tag.geo~^(US|CA)$", "3"),
        ("tag.geo~(^|,)us(,|$)", "1"),
        (r"tag.geo~\bTN\b", "1"),
        ('tag.geo~"us, ?us"', "1"),
        ("tag.geo!=us", "13"),
        ("not tag.geo=us", "1234"),
        ('tag."my key":strasse', "1"),
        ("tag.Case:x", "1"),
        ("tag.case:x", ""),
        ("since:2m", "123"),
        ("since:110s", "123"),
        ("since:1m", ""),
        ("since:1h30m", "123"),
        ("solar", "13"),
        ("acme", "13"),
        ('"Buyer A"', "1"),
        ("us-tn", "1"),
        ("strasse", "1"),
        ("301-555-0042", "13"),
        ("5550100", ""),
        ("campaign:solar revenue>0", "1"),
        ("campaign:solar and revenue>0", "1"),
        ("campaign:solar AND NOT revenue>0", "3"),
        ("campaign:roof or revenue>0", "12"),
        ("campaign:roof or campaign:solar revenue>0", "12"),
        ("(campaign:roof or campaign:solar) revenue>0", "1"),
        ("not (campaign:roof or revenue>0)", "34"),
        ("not campaign:roof revenue>0", "1"),
        ("not not campaign:roof", "2"),
        ('"not" or "or"', "2"),
        ("not(campaign:roof)", "134"),
    ],
)
def test_a_filter_lets_through(text: str, calls: str) -> None:
    assert found(text) == calls


@pytest.mark.parametrize(
    ("text", "place", "expected"),
    [
        ("campaign:", (9, 9), "text"),
        ("campaign:a,", (11, 11), "text"),
        ("campaign==solar", (9, 10), "text"),
        ('campaign:""', (9, 11), "text between the quotes"),
        ('x "solar', (2, 8), 'a closing "'),
        ("revenue>", (8, 8), "a number such as 5 or 2.50"),
        ("revenue>1,5", (8, 11), "a number such as 5 or 2.50"),
        ("x revenue>1e5 y", (10, 13), "a number such as 5 or 2.50"),
        ("#=1.5", (2, 5), "a whole number such as 12"),
        ("talk<1h30", (5, 9), "a duration such as 10, 10s or 1m30s"),
        ("since:15", (6, 8), "a duration such as 15m or 2h"),
        ("since:11y", (6, 9), "a duration such as 15m or 2h"),
        ("since>15m", (5, 6), "one of: : ="),
        ("connected:maybe", (10, 15), "one of: yes, no, true, false"),
        ("connected>no", (9, 10), "one of: : = !="),
        ("state:live,liv", (11, 14), "one of: live, ringing, talking, settling, final, abandoned, deleted"),
        ("pixel:sad", (6, 9), "one of: sent, pending, stuck, late, missing, unknown, macro"),
        ("revenue~5", (7, 8), "one of: : = != <= >= < >"),
        ('tag."my key"', (12, 12), "one of: : = != ~"),
        ("campain:x", (0, 7), "a field, perhaps campaign"),
        ("x affiliate:x", (2, 11), "a field, perhaps publisher"),
        ("target:x", (0, 6), "a field, perhaps buyer"),
        ("tag.:x", (0, 4), "a field, perhaps tag.NAME"),
        ("https://x", (0, 5), "a field, or the word in quotes"),
        ("tag.x~(a", (6, 8), "a regular expression (missing ): (a)"),
        ("tag.x~", (6, 6), "a regular expression"),
        ("~x", (0, 1), "a field, a word or ("),
        ("and x", (0, 3), "a field, a word or ("),
        ("x or", (4, 4), "a field, a word or ("),
        ("not", (3, 3), "a field, a word or ("),
        ("()", (1, 2), "a field, a word or ("),
        ("(x", (2, 2), ")"),
        ("x) y", (1, 2), "the end, as no ( is open"),
        ("x(y)", (1, 2), "a blank"),
        ('x"y"', (1, 2), "a blank"),
        ("(x)(y)", (3, 4), "a blank"),
        ("x" * 1001, (1000, 1001), "at most 1,000 characters"),
        ("(" * 51 + "x" + ")" * 51, (50, 51), "at most 50 of ( and not within each other"),
        ("not " * 51 + "x", (200, 201), "at most 50 of ( and not within each other"),
    ],
)
def test_a_mistake_is_told_where_it_is_and_what_was_expected(text: str, place: tuple[int, int], expected: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse(text)
    assert (caught.value.start, caught.value.end) == place
    assert caught.value.expected == expected
    assert str(caught.value) == f"at character {place[0] + 1}: expected {expected}"


def test_what_is_nested_as_deep_as_allowed_and_as_long_as_allowed_is_read() -> None:
    assert found("not " * 50 + "campaign:roof") == "2"
    assert found("(" * 50 + "campaign:roof" + ")" * 50) == "2"
    assert found("x or " * 199 + "acme") == "13"


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("  solar  ", "solar"),
        ("a AND b Or NOT c", "a b or not c"),
        ("(a or b) and (c)", "(a or b) c"),
        ("a (b (c d)) or (e or f)", "a b c d or e or f"),
        ("not (a b)", "not(a b)"),
        ("Revenue:5 STATE=Live", "revenue=5 state:Live"),
        ('campaign:"solar" "x"', "campaign:solar x"),
        ('campaign:"a,b",c "x y" "or" "a:b"', 'campaign:"a,b",c "x y" "or" "a:b"'),
        ('"say ""yes"""', '"say ""yes"""'),
        ('TAG.Geo:x tag."a b"~"^(x)$" tag."c"~"a b"', 'tag.Geo:x tag."a b"~^(x)$ tag.c~"a b"'),
    ],
)
def test_a_filter_is_printed_in_one_way(text: str, printed: str) -> None:
    assert str(parse(text)) == printed
    assert parse(text).text == text.strip()
    assert parse(printed) == parse(text)


def test_a_call_that_the_account_has_no_more_is_deleted_and_stands_still() -> None:
    ledger = Ledger()
    ledger.apply(Batch(calls=(TALKING,)))
    ledger.apply(Batch(gone=(TALKING.uuid,), date=at(70)))
    later = Context(at(500), ledger)
    assert parse("state:deleted talk=30").call(TALKING, later)
    assert not parse("state:talking").call(TALKING, later)


def test_only_what_time_can_change_is_timely() -> None:
    timely = {field.name for field in FIELDS if field.asked.timely}
    assert timely == {"state", "ivr", "hold", "talk", "since", "pixel", "host"}
    assert parse("campaign:x (not talk<10 or y)").timely
    assert not parse("campaign:x revenue>0 connected:no tag.a~b word webhook:x").timely
    assert not parse("").timely


def test_talk_and_since_change_as_time_goes_by() -> None:
    assert [found("talk<10", Context(at(seconds), LEDGER)) for seconds in (49, 50)] == ["3", ""]
    assert [found("since:2m", Context(at(seconds), LEDGER)) for seconds in (119, 121)] == ["123", ""]


def test_a_null_amount_is_not_zero() -> None:
    unknown, zero = replace(SOLAR, revenue=None), replace(SOLAR, revenue=Decimal(0))
    for text in ("revenue=0", "revenue<1", "revenue>=0", "revenue!=1"):
        assert not parse(text).call(unknown, NOW)
        assert parse(f"not {text}").call(unknown, NOW)
        assert parse(text).call(zero, NOW)


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "(a|aa)+$", "(a|a?)+b", "(.*a){30}$", "(.*)*=(.*)*$", "((a*)*)*b", "(a?){90}a{90}c"]
)
def test_no_regular_expression_takes_for_ever(pattern: str) -> None:
    """Each of these, asked of this tag, outlasts the universe in an engine that goes back."""
    call = replace(SOLAR, tags={"x": "a" * 511 + "!"})
    assert not parse(f"tag.x~{pattern}").call(call, NOW)


@pytest.mark.parametrize("pattern", ["(a)\\1", "a(?=b)", "(a{1000}){1000}", "\\pL{1000}", "[", "a{2,1}", "*", "\\"])
def test_a_regular_expression_that_cannot_be_had_is_a_mistake(pattern: str) -> None:
    with pytest.raises(FilterError, match="expected a regular expression"):
        parse(f"tag.x~{pattern}")


def test_text_is_sought_as_it_is_shown() -> None:
    call = replace(SOLAR, campaign="Café ␛", tags={})
    assert parse("campaign:cafe\u0301").call(call, NOW), "composed as the account's text is"
    assert parse('campaign:"\x1b"').call(call, NOW), "visible as the account's text is"
    assert not parse('"solar\nacme"').call(SOLAR, NOW), "nothing is found across two names"


def test_every_field_explains_itself_and_can_be_asked() -> None:
    assert len({field.name for field in FIELDS}) == len(FIELDS)
    for field in FIELDS:
        assert field.help
        assert named(field.name.upper() if field.name != "tag.NAME" else field.name) is not None
        assert bool(field.asked.words) == (field.kind is Kind.WORD)
        assert OPERATORS[field.kind]
