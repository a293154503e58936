"""Single rules of the feed, where the account does what the stateful test does not make it do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from monitor.api.pages import Page
from monitor.errors import ApiError, ConfigurationError, GoneError, NetworkError, ServerError
from monitor.feed.asks import Asked, CallsAsked, Job, Steps
from monitor.feed.follower import Follower
from monitor.model.feed_state import FeedState, from_json, to_json
from monitor.model.health import Gap, Health, Outcome
from monitor.model.wire import Parsed
from tests.feed.changing import Changing
from tests.feed.machine import Kept
from tests.make import NOON

Answer = Callable[[Asked], Any]


def driven(steps: Steps[Any], answer: Answer) -> Any:
    """Return what `steps` end with when they are answered so."""
    job = Job(steps)
    while not job.done:
        try:
            answered = answer(job.asked)  # type: ignore[arg-type]  # it asks for something until it is done
        except ApiError as error:
            job.fail(error)
        else:
            job.answer(answered)
    return job.result


class Reading:
    """A follower of an account of `count` calls, one a minute, that has had its first look."""

    def __init__(self, count: int = 30, *, filters: bool = False, look: bool = True) -> None:
        self.account = Changing(1, filters=filters)
        for _ in range(count):
            self.account.create()
            self.pass_time(60)
        self.kept = Kept()
        self.follower = Follower(
            self.kept.keep,
            self.kept.created,
            now=lambda: self.account.now,
            first=lambda: NOON - timedelta(hours=1),
        )
        if look:
            self.do(self.follower.tick(deep=True))

    def pass_time(self, seconds: float) -> None:
        self.account.now += timedelta(seconds=seconds)

    def do(self, steps: Steps[Any], answer: Answer | None = None) -> Any:
        return driven(steps, answer or self.account.answer)

    def filled(self) -> None:
        while self.follower.state.gaps:
            assert self.do(self.follower.fill())


def by_creation(account: Changing) -> Answer:
    """An account that takes `updated_at_start` for a bound of the creation time."""

    def answer(asked: Asked) -> Any:
        found = account.answer(asked)
        if not isinstance(asked, CallsAsked) or asked.query.updated_from is None:
            return found
        assert isinstance(found, Page)
        start: datetime = asked.query.updated_from
        calls = tuple(call for call in found.parsed.records if call.created_at and call.created_at >= start)
        return Page(Parsed(calls, tuple({} for _ in calls)), asked.page, asked.per_page, False, None, found.date, 0, 0)

    return answer


def test_a_filter_that_means_something_else_makes_no_gap_look_filled() -> None:
    reading = Reading()
    reading.filled()
    answer = by_creation(reading.account)
    reading.do(reading.follower.probe(), answer)
    reading.pass_time(600)
    changed = list(reading.account.rows)
    for uuid in changed:  # an outage, in which old calls change and many new ones come
        reading.account.change(uuid, stamp=reading.account.now)
        reading.pass_time(5)
    for _ in range(60):
        reading.account.create()
        reading.pass_time(5)
    reading.do(reading.follower.tick(deep=True), answer)
    assert reading.follower.state.gaps
    while reading.follower.state.gaps:
        assert reading.do(reading.follower.fill(), answer)
    wanted = reading.account.visible()
    assert {uuid: reading.kept.newest[uuid].updated_at for uuid in changed} == {
        uuid: wanted[uuid].updated_at for uuid in changed
    }


@pytest.mark.parametrize("last", [1, 2, 3])
@pytest.mark.parametrize("before", [False, True], ids=["from the first look on", "in the middle of a gap"])
def test_an_account_that_has_no_more_than_some_pages_for_a_while_hides_no_call(last: int, *, before: bool) -> None:
    """Whenever it ends: the page before the next one may not be the one that its number says."""
    for lies in range(1, 40):
        reading = Reading(60, look=before)
        asked = 0

        def answer(wanted: Asked) -> Any:
            nonlocal asked
            asked += 1
            if asked > lies or not isinstance(wanted, CallsAsked):  # noqa: B023  # asked before the loop goes on
                return reading.account.answer(wanted)  # noqa: B023
            found = reading.account.answer(replace(wanted, page=min(wanted.page, last)))  # noqa: B023
            assert isinstance(found, Page)
            return replace(found, number=wanted.page, has_next=True)

        for _ in range(60):
            reading.do(reading.follower.tick(deep=True), answer)
            if reading.follower.state.gaps:
                reading.do(reading.follower.fill(), answer)
        assert asked > lies
        assert not reading.follower.state.gaps
        assert reading.kept.newest.keys() == reading.account.visible().keys(), f"after {lies} lies"


@pytest.mark.parametrize("error", [ConfigurationError("404"), ServerError("500"), GoneError("410")])
def test_an_account_that_fails_over_the_filter_is_asked_without_it(error: ApiError) -> None:
    reading = Reading()
    asked: list[Asked] = []

    def answer(wanted: Asked) -> Any:
        asked.append(wanted)
        raise error

    reading.do(reading.follower.probe(), answer)
    reading.do(reading.follower.probe(), answer)
    assert len(asked) == 1


def test_the_probe_is_made_again_when_there_was_no_answer() -> None:
    reading = Reading(filters=True)

    def answer(_: Asked) -> Any:
        raise NetworkError("no answer")

    with pytest.raises(NetworkError):
        reading.do(reading.follower.probe(), answer)
    before = len(reading.account.asked)
    reading.do(reading.follower.probe())
    assert len(reading.account.asked) == before + 1


def test_a_list_without_a_single_call_fills_no_gap_unless_it_comes_twice() -> None:
    reading = Reading()
    gaps = reading.follower.state.gaps
    assert gaps

    def empty(asked: Asked) -> Any:
        assert isinstance(asked, CallsAsked)
        return Page(Parsed((), ()), asked.page, asked.per_page, False, None, reading.account.now, 0.0, 0)

    assert not reading.do(reading.follower.fill(), empty)
    assert reading.follower.state.gaps == gaps
    assert reading.do(reading.follower.fill())
    reading.filled()
    assert reading.kept.newest.keys() == reading.account.visible().keys()


def test_the_gap_of_an_account_whose_calls_were_all_deleted_ends() -> None:
    reading = Reading()
    for uuid in reading.account.rows:
        reading.account.delete(uuid)
    assert not reading.do(reading.follower.fill())
    assert reading.do(reading.follower.fill())
    assert not reading.follower.state.gaps


def test_a_doubtful_call_that_cannot_be_read_takes_no_others_turn() -> None:
    reading = Reading(3)
    reading.filled()
    reading.pass_time(3600)
    tried = set()

    def failing(_: Asked) -> Any:
        raise ServerError("500")

    for _ in range(3):
        uuid = reading.follower.doubtful()
        assert uuid is not None
        tried.add(uuid)
        with pytest.raises(ServerError):
            reading.do(reading.follower.read(uuid), failing)
    assert len(tried) == 3


def test_a_state_of_odd_values_is_kept_as_it_is() -> None:
    first, last = datetime.min.replace(tzinfo=NOON.tzinfo), datetime.max.replace(tzinfo=NOON.tzinfo)
    state = FeedState(
        start=first,
        head=last,
        gaps=(Gap(first, first), Gap(NOON, last)),
        swept={0: first, 10**9: last},
        health=Health(outcome=Outcome.NETWORK, message='"\u202e\x00\n⟨', interval=1e-9, skew=-1e12),
    )
    assert from_json(to_json(state)) == state


@pytest.mark.parametrize(
    "text", ["", "null", "[]", "{", '{"start": "yesterday"}', '{"gaps": [{}]}', '{"swept": {"x": 1}}']
)
def test_what_is_no_state_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="FeedState"):
        from_json(text)
