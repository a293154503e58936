"""What is told of incidents when they begin and end: each once."""

from __future__ import annotations

from datetime import UTC

from monitor.console.herald import Herald, opened_words, over_words
from monitor.insight.columns import Context
from monitor.ledger import Ledger
from tests.insight.test_alerts import CRM, LOG, incident
from tests.make import NOON, at


def test_what_was_so_already_is_no_news_and_what_begins_or_ends_is_told_once() -> None:
    herald = Herald()
    old = incident(-500, until=-400)
    assert herald.hear([incident(0), old], at(1010)).opened == ()
    news = herald.hear([incident(0), incident(30, hook=CRM), old], at(1020))
    assert [each.hook for each in news.opened] == [CRM]
    assert news.over == ()
    assert herald.hear([incident(0), incident(30, hook=CRM), old], at(1030)).opened == ()
    news = herald.hear([incident(0, until=60), incident(30, hook=CRM), old], at(1040))
    assert (news.opened, [each.hook for each in news.over]) == ((), [LOG])
    assert herald.hear([incident(0, until=60), incident(30, hook=CRM), old], at(1050)).over == ()


def test_one_that_ended_and_began_anew_between_two_looks_is_told_as_both() -> None:
    herald = Herald()
    herald.hear([incident(0)], at(1010))
    news = herald.hear([incident(90), incident(0, until=60)], at(1020))
    assert [each.since for each in news.opened] == [at(90)]
    assert [each.until for each in news.over] == [at(60)]


def test_one_that_proves_to_be_none_and_one_that_came_and_went_unseen_are_not_told() -> None:
    herald = Herald()
    herald.hear([incident(0)], at(1010))
    news = herald.hear([incident(20, until=50, hook=CRM)], at(1020))
    assert (news.opened, news.over) == ((), ())


def test_after_forgetting_nothing_is_news() -> None:
    herald = Herald()
    herald.hear([], at(1010))
    herald.forget()
    assert herald.hear([incident(0)], at(1020)).opened == ()


def test_several_of_a_moment_are_one_message_that_names_three() -> None:
    context = Context(NOON, Ledger(), UTC)
    one = "Call log · log.example fails since 12:00: 5 of 6 pixels"
    assert opened_words([incident(0)] * 2, context) == f"{one}\n{one}"
    assert opened_words([incident(0)] * 5, context).splitlines() == [one, one, one, "+2 more (6 lists them)"]
    told = over_words([incident(0, until=600)], context)
    assert told == "Call log · log.example is well again since 12:10: 5 of 6 pixels failed from 12:00 on"


def test_nothing_is_told_for_ten_seconds_after_something_was_and_then_what_is_still_true() -> None:
    herald = Herald()
    herald.hear([], at(0))
    assert len(herald.hear([incident(0)], at(1)).opened) == 1
    assert herald.hear([incident(0), incident(5, hook=CRM)], at(10.9)).opened == ()
    assert [each.hook for each in herald.hear([incident(0), incident(5, hook=CRM)], at(11)).opened] == [CRM]
    assert herald.hear([incident(0, until=12), incident(5, hook=CRM)], at(13)).over == ()
    news = herald.hear([incident(0, until=12), incident(5, until=19, hook=CRM)], at(21))
    assert [each.hook for each in news.over] == [LOG, CRM]
