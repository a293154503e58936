"""What the history holds of this hour on the days before is told once, a little at a time, and shown nowhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import Response

from monitor.feed import past
from monitor.feed.mailbox import Mailbox
from monitor.feed.past import CHUNK, DAYS, Past
from monitor.model.batch import Batch
from monitor.model.feed_state import FeedState
from monitor.model.health import Health, Outcome
from monitor.store.protocol import StoredCall, Written
from monitor.store.sqlite import SqliteStore
from tests.account import Account, Listener
from tests.feed.played import played
from tests.feed.test_campaigns import told
from tests.feed.test_looks import a_raw, answering
from tests.make import NOON, a_call, a_final_call, at
from tests.store.stored import a_page, leading

HOUR = timedelta(hours=1)
NOW = NOON + timedelta(minutes=20)
SINCE = NOON - 2 * HOUR


def began(moment: datetime, uuid: str | None = None, *, ended: bool = True) -> dict[str, object]:
    stamp = moment.isoformat()
    end = {"end_time": (moment + timedelta(minutes=2)).isoformat()} if ended else {}
    return {"uuid": uuid or stamp, "start_time": stamp, "created_at": stamp, "updated_at": stamp, **end}


def days_before(*days: float, hours: float = 0, minutes: float = 30) -> list[datetime]:
    return [NOON - timedelta(days=day) + timedelta(hours=hours, minutes=minutes) for day in days]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = leading(tmp_path / "history.db")
    yield store
    store.close()


def keep(store: SqliteStore, *raws: dict[str, object]) -> None:
    assert store.write(a_page(*raws, seconds=1000)) is not None


class Heard:
    """A teller of the past, and what it tells a screen that takes all at once."""

    def __init__(self, store: SqliteStore) -> None:
        self.mailbox = Mailbox()
        self._past = Past(self.mailbox)
        self._store = store
        self.shown = self._past.shown

    def tell(self, now: datetime = NOW, since: datetime | None = SINCE) -> bool:
        return self._past.tell(self._store, now, since)

    def all(self, now: datetime = NOW, since: datetime = SINCE) -> list[str]:
        found: list[str] = []
        more = True
        while more:
            more = self.tell(now, since)
            batch = self.mailbox.take() or Batch()
            assert len(batch.past) <= CHUNK
            assert batch == Batch(past=batch.past), "and nothing else"
            found.extend(call.uuid for call in batch.past)
        return found


def test_it_is_this_hour_the_one_before_and_the_one_after_on_each_of_seven_days(store: SqliteStore) -> None:
    wanted = [moment for hours in (-1, 0, 1) for moment in days_before(*range(1, DAYS + 1), hours=hours)]
    edges = [*days_before(3, hours=-1, minutes=0), *days_before(3, hours=1, minutes=59.999)]
    others = [
        *days_before(8),
        *days_before(4, hours=2, minutes=0),
        *days_before(4, hours=-2, minutes=59),
        *days_before(0),
    ]
    keep(store, *(began(moment) for moment in (*wanted, *edges, *others)))
    found = Heard(store).all()
    assert sorted(found) == sorted(moment.isoformat() for moment in (*wanted, *edges))
    assert found[0] == days_before(1)[0].isoformat(), "this hour of yesterday tells most"


def test_each_hour_is_told_once_and_the_next_one_when_its_time_comes(store: SqliteStore) -> None:
    keep(store, *(began(days_before(2, hours=hours)[0], f"{hours}") for hours in range(-3, 5)))
    heard = Heard(store)
    assert sorted(heard.all()) == ["-1", "0", "1"]
    assert heard.all() == []
    assert heard.all(NOW + HOUR / 2) == []
    assert heard.all(NOW + HOUR) == ["2"]
    assert heard.all(NOW + 3 * HOUR) == ["3", "4"]
    assert heard.all(NOW) == []


def test_only_what_began_before_what_is_shown_and_has_ended_is_told(store: SqliteStore) -> None:
    (moment,) = days_before(1)
    keep(
        store,
        began(moment, "before"),
        began(moment + timedelta(minutes=5), "shown"),
        began(moment - timedelta(minutes=5), "open", ended=False),
        began(moment - timedelta(minutes=6), "gone"),
    )
    store.write(Written(at(1100), gone=("gone",)))
    assert Heard(store).all(since=moment + timedelta(minutes=5)) == ["before"]
    assert Heard(store).all(since=NOON - timedelta(days=30)) == []


def test_nothing_piles_up_while_the_screen_takes_nothing(store: SqliteStore) -> None:
    (moment,) = days_before(1)
    keep(store, *(began(moment + timedelta(seconds=n), f"{n}") for n in range(250)))
    heard = Heard(store)
    for _ in range(5):
        assert heard.tell()
        heard.mailbox.put(Batch(complete=True))
    taken = heard.mailbox.take()
    assert taken is not None
    assert [call.uuid for call in taken.past] == [f"{n}" for n in range(100)], "oldest first"
    assert heard.all() == [f"{n}" for n in range(100, 250)]


def test_without_a_history_nothing_is_told_and_hardly_anything_asked(store: SqliteStore) -> None:
    asked: list[datetime] = []
    as_of = store.as_of

    def counted(moment: datetime, start: datetime, end: datetime) -> Iterator[StoredCall]:
        asked.append(start)
        return as_of(moment, start, end)

    store.as_of = counted  # type: ignore[method-assign]  # as it is, but counted
    heard = Heard(store)
    assert not heard.tell(since=None), "nothing is known yet"
    for _ in range(100):
        assert heard.all() == []
    assert len(asked) == 3 * DAYS


def test_what_was_told_as_a_call_is_not_told_as_the_past(store: SqliteStore) -> None:
    first, second = days_before(1, 2)
    keep(store, began(first, "swept"), began(second, "other"))
    heard = Heard(store)
    swept = a_final_call("swept", (first - NOON).total_seconds())
    assert heard.shown([swept], SINCE) == (swept,)
    assert heard.all() == ["other"]
    assert heard.shown([swept], SINCE) == (swept,), "and is told as a call again when it changes"


def test_what_was_told_as_the_past_is_not_told_as_a_call(store: SqliteStore) -> None:
    (moment,) = days_before(1)
    seconds = (moment - NOON).total_seconds()
    keep(store, began(moment, "past"))
    heard = Heard(store)
    assert heard.all() == ["past"]
    live, now = a_call("live", seconds), a_final_call("now", -60)
    assert heard.shown([a_final_call("past", seconds), live, now], SINCE) == (live, now)


# Told by those who read and those who view


def recorded(account: Account, *raws: dict[str, object]) -> None:
    """Leave a history that was fresh at noon, with these calls in it besides what `account` has."""
    store = account.open_store()
    assert store.lead()
    store.state()
    state = FeedState(NOON - timedelta(days=9), NOON, NOON, health=Health(Outcome.FRESH, fresh_at=NOON))
    store.write(a_page(*raws, seconds=0))
    store.write(Written(NOON, state=state))
    store.close()


@pytest.mark.parametrize("role", ["leader", "viewer", "leader without an account"])
def test_leaders_and_viewers_tell_it_once_and_none_of_it_is_held(role: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past, "BREATH", 0.01)
    monkeypatch.setattr("monitor.feed.leader.BREATH", 0.01)
    monkeypatch.setattr("monitor.feed.viewer.LOOK", 0.01)
    account = answering(a_raw("now", "fired"))
    moments = [moment + timedelta(seconds=n) for moment in days_before(1, 2) for n in range(120)]
    recorded(account, *(began(moment) for moment in moments), began(NOON - HOUR, "shown"))
    if role == "leader without an account":
        account.fault = Response(status_code=401)
    collector = account.collector_over(None, hours=2) if role == "viewer" else account.collector(hours=2)
    news = told(collector)
    with Listener(collector) as listener:
        listener.until(lambda _: sum(len(batch.past) for batch in news) >= len(moments))
        ledger = listener.until(lambda ledger: "shown" in ledger.calls)
        assert ledger.health.since == SINCE
    chunks = [batch.past for batch in news if batch.past]
    found = [call.uuid for chunk in chunks for call in chunk]
    assert sorted(found) == sorted(moment.isoformat() for moment in moments)
    assert max(map(len, chunks)) <= CHUNK
    assert set(found).isdisjoint(call.uuid for batch in news for call in batch.calls)
    assert set(found).isdisjoint(ledger.calls)
    first = next(index for index, batch in enumerate(news) if batch.past)
    assert "shown" in {call.uuid for batch in news[:first] for call in batch.calls}, "what is shown comes first"


def test_it_is_not_told_once_more_after_a_fault_of_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.feed.collector._AGAIN", 0.01)
    monkeypatch.setattr("monitor.feed.viewer.LOOK", 0.01)
    account = answering(a_raw("now", "fired"))
    recorded(account, *(began(moment) for moment in days_before(1, 2)))
    collector = account.collector_over(None, hours=2)
    news = told(collector)
    with Listener(collector) as listener:
        listener.until(lambda _: sum(len(batch.past) for batch in news) == 2)
        with monkeypatch.context() as patch:
            patch.setattr(SqliteStore, "changed", lambda _: 1 / 0)
            listener.until(lambda ledger: "ZeroDivisionError" in ledger.health.message)
        listener.until(lambda ledger: "ZeroDivisionError" not in ledger.health.message)
        looks: list[bool] = []
        tell = Past.tell

        def counted(past: Past, *given: Any) -> bool:
            looks.append(tell(past, *given))
            return looks[-1]

        monkeypatch.setattr(Past, "tell", counted)
        deadline = time.monotonic() + 10
        while len(looks) < 5:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert not any(looks), "there is nothing more to be told"
    assert sum(len(batch.past) for batch in news) == 2


def test_a_replay_does_not_tell_it(tmp_path: Path) -> None:
    store = leading(tmp_path / "history.db")
    keep(store, *(began(moment) for moment in days_before(1)), began(NOON, "now"))
    store.close()
    with played(tmp_path / "history.db", end=at(2000)) as viewer:
        news = told(viewer.replay)
        viewer.at(at(1000))
        assert set(viewer.ledger.calls) == {"now"}
    assert not any(batch.past for batch in news)
