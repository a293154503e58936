"""Whose turn it is among the pages of targets, and which targets are known."""

from __future__ import annotations

from collections.abc import Iterable

from monitor.api.pages import Page
from monitor.feed.buyers import OFTEN, SLOWLY, Buyers
from monitor.model.target import Target
from monitor.model.wire import Parsed


def a_page(number: int, ids: Iterable[int], *, more: bool = False, busy: Iterable[int] = ()) -> Page[Target]:
    """Return a page of targets; those `busy` have a call."""
    targets = tuple(Target(id=each, calls_in_progress=int(each in set(busy))) for each in ids)
    return Page(Parsed(targets, tuple({} for _ in targets)), number, 100, more, None, None, 0.0, 0)


def ids(buyers: Buyers) -> set[int]:
    return {target.id for target in buyers.all}


def two_pages(at: float = 0.0, *, busy: Iterable[int] = ()) -> Buyers:
    buyers = Buyers()
    buyers.took(a_page(1, [1, 2], more=True, busy=busy), at)
    buyers.took(a_page(2, [3, 4], busy=busy), at)
    return buyers


def test_all_pages_are_read_before_any_is_read_again() -> None:
    buyers = Buyers()
    assert buyers.due(0) == 1
    buyers.took(a_page(1, [1], more=True), 0)
    assert buyers.due(0) == 2
    buyers.took(a_page(2, [2]), 0)
    assert buyers.due(0) is None
    assert ids(buyers) == {1, 2}


def test_a_busy_page_is_read_often_the_rest_slowly() -> None:
    buyers = two_pages(busy=[3])
    assert buyers.due(OFTEN - 1) is None
    assert buyers.due(OFTEN) == 2
    buyers.took(a_page(2, [3, 4], busy=[3]), SLOWLY - 1)
    assert buyers.due(SLOWLY) == 1


def test_a_target_that_somebody_looks_at_is_read_often_wherever_it_moves() -> None:
    buyers = two_pages()
    buyers.pinned = frozenset({4})
    assert buyers.due(OFTEN) == 2
    buyers.took(a_page(2, [3]), OFTEN)
    buyers.took(a_page(1, [1, 2, 4], more=True), OFTEN)
    assert buyers.due(2 * OFTEN) == 1


def test_a_busy_page_does_not_take_the_others_turns() -> None:
    buyers = two_pages(busy=[3])
    turns = []
    for second in range(0, 200, 10):
        number = buyers.due(second)
        if number is not None:
            turns.append(number)
            buyers.took(a_page(number, [3, 4] if number == 2 else [1, 2], more=number == 1, busy=[3]), second)
    assert turns.count(1) >= 2
    assert turns.count(2) > turns.count(1)


def test_a_page_that_cannot_be_read_waits_until_no_other_is_due() -> None:
    buyers = Buyers()
    buyers.took(a_page(1, [1], more=True, busy=[1]), 0)
    assert buyers.due(OFTEN) == 2, "it was never read"
    buyers.failed(2)
    assert buyers.due(OFTEN) == 1, "the one that fails does not keep the other from its turn"
    buyers.took(a_page(1, [1], more=True, busy=[1]), OFTEN)
    assert buyers.due(OFTEN) == 2, "and it is tried again when there is nothing else to read"
    buyers.took(a_page(2, [2], busy=[2]), OFTEN)
    buyers.took(a_page(1, [1], more=True, busy=[1]), OFTEN + 1)
    assert buyers.due(2 * OFTEN) == 2, "what failed once is forgotten with the first success"


def test_a_target_that_moves_onto_a_page_just_read_stays_known() -> None:
    buyers = two_pages()
    buyers.took(a_page(1, [1, 2], more=True), 60)
    buyers.took(a_page(2, [4]), 61)  # 3 has moved to page 1 meanwhile
    assert ids(buyers) == {1, 2, 3, 4}
    buyers.took(a_page(1, [1, 2, 3], more=True), 120)
    buyers.took(a_page(2, [4]), 121)
    assert ids(buyers) == {1, 2, 3, 4}


def test_a_target_that_is_on_no_page_any_more_is_gone() -> None:
    buyers = two_pages()
    for round_ in (60, 120, 180):
        buyers.took(a_page(1, [1, 2], more=True), round_)
        buyers.took(a_page(2, [4]), round_ + 1)
    assert ids(buyers) == {1, 2, 4}


def test_pages_that_are_no_more_are_not_waited_for() -> None:
    buyers = two_pages()
    for second in (60, 120, 180):
        buyers.took(a_page(1, [1, 3]), second)
    assert ids(buyers) == {1, 3}
    assert buyers.due(190) is None


def test_a_list_that_tells_of_one_more_page_for_ever_ends_where_it_repeats_itself() -> None:
    buyers = Buyers()
    buyers.took(a_page(1, [1, 2], more=True), 0)
    buyers.took(a_page(2, [3, 4], more=True), 0)
    buyers.took(a_page(3, [3, 4], more=True, busy=[3]), 0)
    assert buyers.due(1) is None
    assert ids(buyers) == {1, 2, 3, 4}


def test_all_are_read_again_when_what_is_known_is_old() -> None:
    buyers = two_pages()
    buyers.again()
    assert {buyers.due(1), _after(buyers, 1)} == {1, 2}
    assert ids(buyers) == {1, 2, 3, 4}


def _after(buyers: Buyers, now: float) -> int | None:
    number = buyers.due(now)
    assert number is not None
    buyers.took(a_page(number, [1, 2] if number == 1 else [3, 4], more=number == 1), now)
    return buyers.due(now)


def test_targets_known_before_stay_until_every_page_was_read() -> None:
    buyers = Buyers([Target(id=3), Target(id=9)])
    buyers.took(a_page(1, [1, 2], more=True), 0)
    assert ids(buyers) == {1, 2, 3, 9}
    buyers.took(a_page(2, [3]), 1)
    buyers.took(a_page(1, [1, 2], more=True), 60)
    buyers.took(a_page(2, [3]), 61)
    assert ids(buyers) == {1, 2, 3}, "9 was on no page"
