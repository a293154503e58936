"""The board of pixels: kept by difference, it says at any moment what counting everything anew would say."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.insight import board as boards
from monitor.insight.board import PixelBoard
from monitor.insight.pixels import PixelClass, look
from monitor.insight.webhook import RECENT, WebhookRow
from monitor.ledger import Ledger
from monitor.model.batch import Batch
from monitor.model.call import Call, FiredPixel
from tests.insight.pixel_cases import HOOK, RULES, a_campaign, a_first_call, a_pixel, fired_url, new, timer_pixel
from tests.make import at

WINDOWS = (900, 3600, None)


class Told:
    """A ledger and its board, told of news together."""

    def __init__(self, held: int = 1000, **given: Any) -> None:
        self.ledger = Ledger(held)
        self.board = PixelBoard(self.ledger, RULES, **given)

    def say(self, *calls: Call, now: float, **news: Any) -> None:
        self.board.apply(self.ledger.apply(Batch(calls=calls, date=at(now), **news)), at(now))

    def row(self, title: str = "Started", seconds: int | None = None) -> WebhookRow:
        return next(row for row in self.board.rows(seconds) if row.hook.title == title)


def a_numbered_call(number: int, *pixels: FiredPixel, **given: Any) -> Call:
    """Return a call that began `number` × 10 s after noon, with pixels at its end."""
    return a_first_call(60, *pixels, uuid=f"c{number}", **given)


def told(row: WebhookRow) -> dict[PixelClass, int]:
    return {kind: row.counts.of(kind) for kind in PixelClass if row.counts.of(kind)}


def test_a_pixel_moves_from_pending_to_stuck_to_late_as_time_and_answers_go_by() -> None:
    account = Told()
    call = a_numbered_call(1, new(created=102), revenue=Decimal("5.00"))
    account.say(call, now=105)
    assert told(account.row()) == {PixelClass.PENDING: 1}
    account.board.advance(at(131.9))
    assert told(account.row()) == {PixelClass.PENDING: 1}
    account.board.advance(at(132))
    assert told(account.row()) == {PixelClass.STUCK: 1}
    assert account.row().hit == (1, 1, Decimal("5.00"), False)
    account.say(replace(call, pixels=(a_pixel(created=102, fired_at=at(162)),)), now=170)
    assert told(account.row()) == {PixelClass.LATE: 1}
    assert account.row().hit == (0, 0, None, False)


def test_time_that_passed_and_an_answer_that_came_with_it_count_once() -> None:
    account = Told()
    call = a_numbered_call(1, new(created=102))
    account.say(call, now=105)
    account.say(replace(call, pixels=(a_pixel(created=102, fired_at=at(103)),)), now=500)
    assert told(account.row()) == {PixelClass.SENT: 1}
    account.say(now=501, gone=("c1",))
    assert account.board.rows(None) == []
    account.say(call, now=502)
    assert told(account.row()) == {PixelClass.STUCK: 1}


def test_a_call_that_changed_while_its_time_came_counts_once() -> None:
    account = Told()
    call = a_numbered_call(1, new(created=102))
    account.say(call, now=105)
    account.say(replace(call, pixels=(*call.pixels, new(created=103))), now=500)
    assert told(account.row()) == {PixelClass.STUCK: 2}


def test_a_missing_pixel_stands_in_the_row_of_its_timer() -> None:
    account = Told()
    account.say(a_numbered_call(1, timer_pixel(0)), a_numbered_call(2, timer_pixel(30)), now=1000)
    assert told(account.row("timer")) == {PixelClass.SENT: 2}  # which timers they are is not known yet
    account.say(now=1000, campaigns=(a_campaign(0, 30),))
    assert told(account.row("timer 0 s")) == {PixelClass.SENT: 1, PixelClass.MISSING: 1}
    assert told(account.row("timer 30 s")) == {PixelClass.SENT: 1, PixelClass.MISSING: 1}
    assert account.row("timer 30 s").hook.host == "t.example"
    with pytest.raises(StopIteration):
        account.row("timer")
    account.say(now=1000, campaigns=(a_campaign(),))
    assert told(account.row("timer")) == {PixelClass.SENT: 2}


def test_a_webhook_is_told_apart_by_its_name_and_a_timer_by_host_and_seconds() -> None:
    account = Told()
    other = a_pixel("https://other.example/", "Started")
    account.say(a_numbered_call(1, a_pixel(), other, a_pixel(HOOK, "Ended"), a_pixel(HOOK, None)), now=500)
    titles = sorted((row.hook.title, row.hook.host) for row in account.board.rows(None))
    assert titles == [
        ("Ended", "hooks.example"),
        ("Started", "hooks.example"),
        ("Started", "other.example"),
        ("timer", "hooks.example"),
    ]


def test_windows_are_by_the_minute_of_the_pixels_records() -> None:
    account = Told()
    account.say(*(a_numbered_call(n, a_pixel(created=60 * n)) for n in range(100)), now=60 * 99)
    assert [account.row(seconds=seconds).counts.settled for seconds in WINDOWS] == [15, 60, 100]


def test_failures_are_drawn_by_the_minute_they_belong_to() -> None:
    account = Told()
    account.say(*(a_numbered_call(n, new(created=60 * n)) for n in (20, 27, 27, 28)), now=60 * 29)
    assert account.row().failures[-3:] == (1, 1, 0)
    account.say(a_numbered_call(5, new(created=60 * 27)), now=60 * 29)
    assert account.row().failures[-4:] == (0, 2, 1, 0)


def test_latencies_are_told_to_a_tenth() -> None:
    account = Told()
    slow = [0.3] * 90 + [6.0] * 10
    account.say(*(a_numbered_call(n, a_pixel(created=20, fired_at=at(20 - s))) for n, s in enumerate(slow)), now=500)
    row = account.row()
    assert row.p50 == pytest.approx(0.3, rel=0.1)
    assert row.p95 == pytest.approx(6.0, rel=0.1)


def test_the_reference_sample_alone_is_suspicious_and_no_incident() -> None:
    account = Told()
    account.say(a_first_call(60, new(None, 101.4), a_pixel("https://example.com", "Test Webhook")), now=86400)
    assert told(account.row("timer")) == {PixelClass.STUCK: 1}
    assert account.board.incidents() == []


def failing(account: Told, numbers: range, now: float) -> None:
    account.say(*(a_numbered_call(n, new(created=10 * n)) for n in numbers), now=now)


def sending(account: Told, numbers: range, now: float) -> None:
    account.say(*(a_numbered_call(n, a_pixel(created=10 * n)) for n in numbers), now=now)


def test_an_incident_names_its_webhook_its_beginning_and_the_calls_it_hit() -> None:
    account = Told()
    sending(account, range(20), 200)
    failing(account, range(20, 30), 300)
    account.board.advance(at(330))
    (incident,) = account.board.open_incidents()
    assert (incident.hook.title, incident.hook.host) == ("Started", "hooks.example")
    assert (incident.since, incident.until) == (at(200), None)
    assert set(incident.uuids) == {f"c{n}" for n in range(20, 30)}
    assert (incident.failed, incident.settled) == (10, 10)
    assert account.row().incident == incident
    sending(account, range(30, 45), 460)
    assert account.board.open_incidents() == []
    (over,) = account.board.incidents()
    assert (over.since, over.until, over.failed) == (at(200), at(300), 10)


def test_pixels_that_are_answered_after_all_close_the_incident_that_they_had_opened() -> None:
    account = Told()
    calls = [a_numbered_call(n, new(created=10 * n)) for n in range(10)]
    account.say(*calls, now=500)
    assert len(account.board.open_incidents()) == 1
    sent = [replace(call, pixels=(replace(call.pixels[0], status="fired", fired_at=at(400)),)) for call in calls]
    account.say(*sent, now=520)
    assert account.board.incidents() == []


def test_an_incident_keeps_its_beginning_when_more_pixels_came_than_are_kept() -> None:
    account = Told(held=10_000)
    failing(account, range(10, 20), 300)
    account.board.advance(at(400))
    for start in range(20, 2 * RECENT, 100):
        failing(account, range(start, start + 100), 10 * (start + 105))
        assert account.board.open_incidents()
    account.board.advance(at(20 * RECENT + 2000))
    (incident,) = account.board.open_incidents()
    assert incident.since == at(100)
    assert incident.failed == 2 * RECENT - 10 + 20
    assert incident.settled >= incident.failed


def test_one_that_opened_after_another_was_over_keeps_no_beginning_of_that() -> None:
    account = Told(held=10_000)
    failing(account, range(10), 200)
    assert [each.since for each in account.board.open_incidents()] == [at(0)]
    sending(account, range(10, RECENT), 10 * RECENT)
    failing(account, range(RECENT, RECENT + 8), 10 * RECENT + 200)  # the first of the first one are no longer kept
    assert [each.since for each in account.board.open_incidents()] == [at(10 * RECENT)]


def test_an_incident_under_way_is_found_where_nothing_else_is_known() -> None:
    """As after a restart in the middle of a long one: its own hours must not pass for what is usual."""
    account = Told(held=10_000)
    failing(account, range(720), 7300)
    assert [each.since for each in account.board.open_incidents()] == [at(0)]


def test_a_beginning_that_nobody_saw_is_told_to_lie_earlier() -> None:
    account = Told(held=10_000)
    failing(account, range(3 * RECENT), 40 * RECENT)
    (incident,) = account.board.open_incidents()
    assert incident.earlier
    assert not account.board.rows(None)[0].counts.of(PixelClass.PENDING)


def test_what_is_usual_is_learned_from_days_that_are_not_held() -> None:
    account = Told()
    account.say(a_numbered_call(1, a_pixel()), now=500)
    assert account.row().usual is None
    day = 86400
    past = tuple(
        a_numbered_call(n, new(created=-day + n) if n % 10 == 0 else a_pixel(created=-day + n)) for n in range(50)
    )
    account.say(now=500, past=past)
    usual = account.row().usual
    assert usual is not None
    assert usual.share == pytest.approx(0.1)
    assert told(account.row()) == {PixelClass.SENT: 1}  # they are counted nowhere else
    assert "c10" not in account.ledger.calls


def test_a_webhook_that_usually_fails_as_much_has_no_incident() -> None:
    account = Told()
    day = 86400
    account.say(now=500, past=tuple(a_numbered_call(n, new(created=-day + n)) for n in range(50)))
    failing(account, range(20), 500)
    assert account.board.open_incidents() == []
    assert told(account.row()) == {PixelClass.STUCK: 20}


def test_what_is_usual_is_known_as_soon_as_the_hours_before_have_been_told() -> None:
    """A history is told backwards: what was found out at its beginning must not stand."""
    account = Told()
    numbers = range(300)
    pixels = {n: new(created=30 * n) if n % 8 == 0 else a_pixel(created=30 * n) for n in numbers}
    for n in reversed(numbers):
        account.say(a_numbered_call(n, pixels[n]), now=9500)
        account.row()
    usual = account.row().usual
    assert usual is not None
    assert usual.share == pytest.approx(1 / 8, abs=0.02)
    assert account.board.incidents() == []


def test_around_a_pixel_all_that_went_to_its_host_is_counted() -> None:
    account = Told()
    pixels = [
        new("Sale", 102, "https://hooks.example/sale"),
        a_pixel(created=102),
        new("Other", 102, "https://b.example/"),
    ]
    account.say(*(a_numbered_call(n, *pixels) for n in range(4)), now=500)
    assert account.board.around("hooks.example", at(102)) == (4, 8)
    assert account.board.around("b.example", at(220)) == (4, 4)
    assert account.board.around("b.example", at(1000)) is None


def test_addresses_made_of_anything_do_not_make_endless_rows() -> None:
    account = Told(held=10_000)
    many = [a_numbered_call(n, a_pixel(f"https://h{n}.example/")) for n in range(boards.HOOKS + 50)]
    account.say(*many, now=5000)
    rows = account.board.rows(None)
    assert len(rows) == boards.HOOKS + 1
    assert sum(row.counts.settled for row in rows) == len(many)
    failing_ = [a_numbered_call(n, new(url=f"https://g{n}.example/", created=n)) for n in range(100)]
    account.say(*failing_, now=6000)
    assert account.board.incidents() == [], "they have nothing in common that could fail"


def test_the_newest_pixels_of_a_webhook_are_listed_newest_first() -> None:
    account = Told()
    account.say(*(a_numbered_call(n, a_pixel(created=n), new("Other", n)) for n in range(5)), now=500)
    rows = account.board.pixels(account.row().hook)
    assert [row.call.uuid for row in rows] == ["c4", "c3", "c2", "c1", "c0"]
    assert {row.kind for row in rows} == {PixelClass.SENT}
    assert len({row.key for row in rows}) == 5
    assert all(row.pixel is not None and row.pixel.webhook_name == "Started" for row in rows)


def test_a_chosen_part_counts_only_what_was_chosen() -> None:
    account = Told(keep=lambda call, seen, now: call.campaign == "Solar" and seen.kind is PixelClass.STUCK)
    solar, other = a_numbered_call(1, new(created=102), a_pixel()), a_numbered_call(2, new(), campaign="Auto")
    account.say(solar, other, now=110)
    assert account.board.rows(None) == []
    account.board.advance(at(132))
    assert told(account.row()) == {PixelClass.STUCK: 1}
    account.say(replace(solar, campaign="Auto", updated_at=at(200)), now=201)
    assert account.board.rows(None) == []


def test_an_incident_is_of_all_pixels_of_a_webhook_whichever_are_chosen() -> None:
    account = Told()
    stuck = PixelBoard(account.ledger, RULES, lambda _call, seen, _now: seen.failing, whole=account.board)
    for n in range(100):
        account.say(a_numbered_call(n, new(created=10 * n) if n % 20 == 0 else a_pixel(created=10 * n)), now=1000)
    stuck.refill(at(1000))
    assert [(row.share, row.incident) for row in stuck.rows(None)] == [(1.0, None)]
    failing(account, range(100, 110), 2000)
    stuck.refill(at(2000))
    (row,) = stuck.rows(None)
    assert row.incident is not None
    assert row.incident == account.board.open(row.hook)


def test_a_choice_that_depends_on_the_moment_is_made_anew() -> None:
    account = Told(keep=lambda call, seen, now: (now - at(0)).total_seconds() < 300, timely=True)
    account.say(a_numbered_call(1, a_pixel()), now=150)
    assert told(account.row()) == {PixelClass.SENT: 1}
    account.board.advance(at(301))
    assert account.board.rows(None) == []


# Kept by difference

STATUSES = st.sampled_from(["new", "fired", "failed"])
URLS = st.sampled_from([HOOK, f"{HOOK}?x=[caller_id]", fired_url(30), fired_url(0), "https://t.example/x"])


@st.composite
def pixels(draw: st.DrawFn) -> FiredPixel:
    created, status = draw(st.integers(0, 600)), draw(STATUSES)
    fired = at(created + draw(st.integers(-20, 20))) if status == "fired" else None
    name = draw(st.sampled_from([None, "Started", "Sale"]))
    return FiredPixel(draw(URLS), status, name, draw(st.sampled_from([0, 1])), "b", at(created), fired)


@st.composite
def versions(draw: st.DrawFn) -> Call:
    ended = draw(st.booleans())
    return a_first_call(
        draw(st.integers(0, 120)),
        *draw(st.lists(pixels(), max_size=4)),
        uuid=f"c{draw(st.integers(0, 5))}",
        updated_at=at(draw(st.integers(0, 600))),
        status="finished" if ended else "in_progress",
        end_time=at(80) if ended else None,
        repeat=draw(st.booleans()),
        revenue=draw(st.none() | st.integers(0, 5000).map(lambda cents: Decimal(cents) / 100)),
        conversions_determined_at=at(101) if ended else None,
    )


NEWS = st.one_of(
    versions(),
    st.integers(1, 200),  # so many seconds pass; sometimes nobody notices before the next news
    st.sampled_from(["c0", "c1", "c2"]),  # that call goes from the account
    st.sampled_from([(a_campaign(0, 30),), (a_campaign(30, 90, -20),), ()]),  # other campaigns
)


def everything(board: PixelBoard) -> tuple[object, ...]:
    """Return all that a board says."""
    rows = [sorted(board.rows(seconds), key=lambda row: row.hook.key) for seconds in WINDOWS]
    listed = {row.hook.key: [each.key for each in board.pixels(row.hook)] for row in rows[-1]}
    return rows, listed, board.incidents()


@settings(max_examples=150, deadline=None)
@given(st.lists(NEWS, max_size=25), st.sampled_from([1000, 3]), st.booleans())
def test_at_any_moment_it_says_what_counting_anew_would(news: list[Any], held: int, chosen: bool) -> None:
    keep = (lambda call, seen, now: call.repeat is True or seen.kind is PixelClass.STUCK) if chosen else None
    account = Told(held, keep=keep)
    now = 0.0
    for each in news:
        if isinstance(each, Call):
            account.say(each, now=now)
        elif isinstance(each, int):
            now += each
            if each % 3:
                account.board.advance(at(now))
        elif isinstance(each, str):
            account.say(now=now, gone=(each,))
        else:
            account.say(now=now, campaigns=each)
        if account.ledger.left or account.board.now < at(now):
            continue  # those that left stay counted, and would not be anew
        anew = PixelBoard(account.ledger, RULES, keep)
        anew.refill(at(now))
        assert everything(account.board) == everything(anew)
        assert _naive(account, now, keep) == _counted(account.board)


def _counted(board: PixelBoard) -> Counter[tuple[str, str]]:
    rows = board.rows(None)
    return Counter({(row.hook.key, kind.value): row.counts.of(kind) for row in rows for kind in told(row)})


def _naive(account: Told, now: float, keep: Any) -> Counter[tuple[str, str]]:
    """Count all pixels of all calls that the account still has, from nothing."""
    found: Counter[tuple[str, str]] = Counter()
    for call in account.ledger.calls.values():
        if call.uuid not in account.ledger.gone:
            for seen in look(call, account.ledger.campaigns.of(call), account.board.now, RULES)[0]:
                if keep is None or keep(call, seen, account.board.now):
                    found[seen.hook.key, seen.kind.value] += 1
    return found


@settings(max_examples=100, deadline=None)
@given(st.lists(versions(), max_size=12, unique_by=lambda call: (call.uuid, call.updated_at)), st.randoms())
def test_the_order_of_updates_and_of_pixels_changes_nothing(calls: list[Call], chance: random.Random) -> None:
    other = [replace(call, pixels=tuple(chance.sample(call.pixels, len(call.pixels)))) for call in calls]
    chance.shuffle(other)
    one, two = Told(), Told()
    one.say(*calls, now=700, campaigns=(a_campaign(0, 30),))
    for call in other:
        two.say(call, now=700)
    two.say(now=700, campaigns=(a_campaign(0, 30),))
    assert _told_of(one) == _told_of(two)


def _told_of(account: Told) -> tuple[object, ...]:
    rows, listed, incidents = everything(account.board)
    assert isinstance(listed, dict)
    return rows, {key: sorted(found) for key, found in listed.items()}, incidents
