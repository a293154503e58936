"""What every store promises, whichever engine keeps it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.model import wire
from monitor.model.campaign import Campaign
from monitor.model.feed_state import FeedState
from monitor.store.protocol import AuditEvent, Load, Store, Stored, StoredCall, StoredCampaign, StoredTarget, Written
from monitor.store.sqlite import SqliteStore
from tests.make import NOON, at
from tests.store.stored import MINUTE, Clock, a_listing, a_load, a_page, a_raw, a_state, polled, uuids

Open = Callable[[], Store]

LONG_AGO = NOON - timedelta(days=3650)
FAR_AHEAD = NOON + timedelta(days=3650)


@pytest.fixture(params=["sqlite"])
def open_one(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """A function that opens the same history anew, as another process would."""
    opened: list[Store] = []

    def open_it() -> Store:
        store = SqliteStore(tmp_path / "kept" / "history.db", wall=Clock())
        opened.append(store)
        return store

    yield open_it
    for store in opened:
        store.close()


@pytest.fixture
def store(open_one: Open) -> Store:
    """A history that this process leads."""
    return led(open_one())


def led(store: Store) -> Store:
    assert store.lead()
    store.state()
    return store


def history(store: Store) -> list[StoredCall | Load]:
    return list(store.changes(LONG_AGO, FAR_AHEAD))


def test_what_was_acknowledged_is_there_after_reopening(open_one: Open) -> None:
    store = led(open_one())
    pages = list(polled(0.05))
    assert all(store.write(page) for page in pages)
    store.write(Written(at(60), state=a_state(50)))
    store.close()
    again = open_one()
    newest = {call.uuid: raw for page in pages for call, raw in page.calls}
    assert {call.uuid: call.raw for call in again.calls(LONG_AGO)} == newest
    assert again.state() == a_state(50)


def test_a_new_store_is_empty(store: Store) -> None:
    assert store.state() == FeedState()
    assert list(store.calls(LONG_AGO)) == []
    assert store.answer("c1") is None
    assert store.since(0) == ()
    assert history(store) == []
    assert store.troubles == ()


def test_the_answer_comes_back_as_the_api_sent_it(store: Store) -> None:
    sent = a_raw(odd={"deep": [1, 2.50, None, "\ud800 lone", "é", "\x1b[2J"]}, revenue="5.0", zero=0)
    store.write(a_page(sent))
    kept = store.answer("c1")
    assert kept is not None
    assert kept.raw == sent
    assert list(kept.raw) == list(sent)


def test_a_field_that_no_json_can_tell_costs_that_field(store: Store) -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    page = a_page(a_raw())
    store.write(Written(page.at, calls=((page.calls[0][0], {**page.calls[0][1], "deep": deep}),)))
    kept = store.answer("c1")
    assert kept is not None
    assert kept.raw == {**a_raw(), "deep": None}


def test_what_is_the_same_is_no_change(store: Store) -> None:
    first = store.write(a_page(a_raw()))
    assert store.write(a_page(a_raw(), seconds=65)) == first


def test_an_older_version_changes_nothing(store: Store) -> None:
    seq = store.write(a_page(a_raw(updated=50)))
    assert store.write(a_page(a_raw(updated=20, caller="older"))) == seq


def test_beyond_the_horizon_what_was_read_last_is_newest(store: Store) -> None:
    store.write(a_page(a_raw(updated=9_000_000)))
    store.write(a_page(a_raw(updated=50, caller="newer"), horizon=at(120)))
    kept = store.answer("c1")
    assert kept is not None
    assert kept.raw["caller"] == "newer"


def test_every_version_can_be_replayed(store: Store) -> None:
    sent = [{**a_raw(updated=n, step=n), **({"extra": n} if n % 2 else {})} for n in range(8)]
    for n, raw in enumerate(sent):
        store.write(a_page(raw, a_raw("other", updated=n, step=n), seconds=n + 2))
    versions = [change for change in history(store) if isinstance(change, StoredCall) and change.uuid == "c1"]
    assert [version.raw for version in versions] == sent
    assert [version.at for version in versions] == [at(n) for n in range(8)]


def test_a_change_without_a_new_stamp_happened_when_it_was_seen(store: Store) -> None:
    store.write(a_page(a_raw(updated=10)))
    store.write(a_page(a_raw(updated=10, fired=1), seconds=70))
    store.write(a_page(a_raw(updated=65, fired=2), seconds=75))
    assert [change.at for change in history(store)] == [at(10), at(70), at(70)]


def test_a_stamp_from_the_future_does_not_date_a_version(store: Store) -> None:
    store.write(a_page(a_raw(updated=9_000_000), seconds=60))
    assert [change.at for change in history(store)] == [at(60)]


def test_replay_goes_from_one_moment_to_before_another_in_order_of_time(store: Store) -> None:
    for n in range(20):
        store.write(a_page(a_raw(f"c{n % 3}", updated=40 - n if n < 3 else 40 + n), seconds=100))
    store.write(a_load(2, 45))
    changes = list(store.changes(at(43), at(50)))
    assert [change.at for change in changes] == sorted(change.at for change in changes)
    assert {change.at for change in changes} == {at(second) for second in range(43, 50)}
    assert sum(isinstance(change, Load) for change in changes) == 1


def test_a_call_that_is_gone_stays_marked_and_can_come_back(store: Store) -> None:
    store.write(a_page(a_raw()))
    store.write(Written(at(90), gone=("c1", "never known")))
    kept = store.answer("c1")
    assert kept is not None
    assert kept.gone
    assert kept.raw == a_raw()
    store.write(a_page(a_raw(), seconds=95))
    gone = [change.gone for change in history(store) if isinstance(change, StoredCall)]
    assert gone == [False, True, False]


def test_a_page_is_kept_as_a_whole(store: Store) -> None:
    store.write(Written(at(60), calls=a_page(a_raw()).calls, targets=a_load(3, 0).targets, state=a_state(50)))
    assert store.state() == a_state(50)
    assert uuids(store.calls(LONG_AGO)) == ["c1"]
    assert [target.raw["calls_in_progress"] for target in store.targets()] == [3]


def test_calls_come_newest_first_from_a_moment_on(store: Store) -> None:
    raws = [{**a_raw(f"c{n}"), "created_at": at(n).isoformat()} for n in range(1200)]
    store.write(a_page(*raws, seconds=2000))
    assert uuids(store.calls(at(100))) == [f"c{n}" for n in range(1199, 99, -1)]


def test_concurrency_is_kept_when_it_changed(store: Store) -> None:
    for second, running in enumerate([1, 1, 2, 2, 2, 1]):
        store.write(a_load(running, second))
    assert [(load.at, load.calls_in_progress) for load in store.loads(LONG_AGO, FAR_AHEAD)] == [
        (at(0), 1),
        (at(2), 2),
        (at(5), 1),
    ]


def test_concurrency_begins_with_what_held(store: Store) -> None:
    for second, running in ((0, 1), (10, 2), (20, 3)):
        store.write(a_load(running, second))
    assert [load.calls_in_progress for load in store.loads(at(15), at(20))] == [2]


def test_a_viewer_reads_each_change_once_and_in_order(open_one: Open, store: Store) -> None:
    viewer = open_one()
    viewer.state()
    held: dict[str, object] = {}
    seq = 0
    for page in polled(0.1):
        store.write(page)
        store.write(a_load(len(page.calls) % 3, 0))
        while news := viewer.since(seq, limit=7):
            assert [each.seq for each in news] == sorted({each.seq for each in news})
            assert news[0].seq > seq
            seq = news[-1].seq
            held.update((each.uuid, each.raw) for each in news if isinstance(each, StoredCall))
    assert held == {call.uuid: call.raw for call in store.calls(LONG_AGO)}


def test_a_viewer_is_told_of_targets(open_one: Open, store: Store) -> None:
    store.write(a_load(4, 0))
    (news,) = open_one().since(0)
    assert isinstance(news, StoredTarget)
    assert news.raw["calls_in_progress"] == 4


def test_campaigns_come_back_as_the_api_sent_them_without_their_secrets(open_one: Open) -> None:
    store = led(open_one())
    store.write(a_listing("0044", show_key="secret", odd=[1, None]))
    store.close()
    (kept,) = open_one().campaigns()
    assert kept.key == "0044"
    assert kept.raw["odd"] == [1, None]
    assert "show_key" not in kept.raw
    assert wire.campaigns().one(kept.raw).records == tuple(campaign for campaign, _ in a_listing("0044").campaigns)


def test_a_campaign_without_a_cid_is_known_by_its_id_and_not_kept_without_either(store: Store) -> None:
    seq = store.write(a_page(a_raw()))
    assert store.write(Written(at(60), campaigns=((Campaign(None), {"cid": None}),))) == seq
    assert store.campaigns() == ()
    store.write(Written(at(60), campaigns=((Campaign(None, id=7), {"cid": None, "id": 7}),)))
    assert [campaign.key for campaign in store.campaigns()] == ["#7"]


def test_a_viewer_is_told_of_campaigns_that_come_change_and_go(open_one: Open, store: Store) -> None:
    viewer = open_one()
    seq = 0

    def told() -> list[tuple[str, str, bool]]:
        nonlocal seq
        news = [each for each in viewer.since(seq) if isinstance(each, StoredCampaign)]
        seq = max([seq, *(each.seq for each in news)])
        return [(each.key, each.raw["name"], each.gone) for each in news]

    store.write(a_listing("1", "2"))
    assert told() == [("1", "Campaign 1", False), ("2", "Campaign 2", False)]
    before = store.write(a_listing("1", "2", seconds=70))
    assert told() == []
    store.write(a_listing("2", name="Renamed", seconds=80))
    assert told() == [("2", "Renamed", False)]
    store.write(a_listing(seconds=90, unlisted=("1", "never listed")))
    assert told() == [("1", "Campaign 1", True)]
    assert [each.key for each in viewer.campaigns()] == ["2"]
    assert store.write(a_listing(seconds=95, unlisted=("1",))) == (before or 0) + 2
    store.write(a_listing("1", seconds=99))
    assert told() == [("1", "Campaign 1", False)]
    assert [each.key for each in store.campaigns()] == ["1", "2"]


def test_calls_targets_and_campaigns_are_told_in_the_order_in_which_they_changed(store: Store) -> None:
    for n in range(9):
        store.write(a_page(a_raw(f"c{n}")))
        store.write(a_load(n, n))
        store.write(a_listing(f"{n}"))
    found: list[Stored] = []
    while news := store.since(found[-1].seq if found else 0, limit=4):
        found.extend(news)
    assert [each.seq for each in found] == sorted(each.seq for each in found)
    kinds = [StoredCall, StoredCampaign] * 8 + [StoredCall, StoredTarget, StoredCampaign]
    assert [type(each) for each in found] == kinds


FLOW: list[dict[str, object]] = [{"call_flow_event": {"message": "capped"}}]


def test_how_a_call_was_routed_is_no_change_of_it_whoever_asks(store: Store) -> None:
    seq = store.write(a_page(a_raw()))
    for n in range(3):
        assert store.write(a_page(a_raw(call_flow_events=FLOW), seconds=70 + n)) == seq
        assert store.write(a_page(a_raw(call_flow_events=[]), seconds=80 + n)) == seq
        assert store.write(a_page(a_raw(), seconds=90 + n)) == seq
    seq = store.write(a_page(a_raw(updated=95, call_flow_events=FLOW), seconds=99))
    assert store.write(a_page(a_raw(updated=95), seconds=100)) == seq
    kept = store.answer("c1")
    assert kept is not None
    assert kept.raw["call_flow_events"] == FLOW
    assert store.write(a_page(a_raw(updated=95, more=1), seconds=101)) != seq


def test_a_viewer_notices_that_something_was_written(open_one: Open, store: Store) -> None:
    viewer = open_one()
    viewer.changed()
    assert not viewer.changed()
    store.write(a_page(a_raw()))
    assert viewer.changed()
    assert not viewer.changed()


def test_a_viewer_waits_for_a_store_to_be_made(open_one: Open) -> None:
    viewer = open_one()
    assert not viewer.changed()
    assert viewer.troubles == ()
    led(open_one()).write(a_page(a_raw()))
    assert viewer.changed()
    assert uuids(viewer.calls(LONG_AGO)) == ["c1"]


def test_one_leads_and_the_others_view(open_one: Open, store: Store) -> None:
    viewer = open_one()
    assert store.lead()
    assert not viewer.lead()
    assert (store.leading, viewer.leading) == (True, False)
    assert viewer.write(a_page(a_raw())) is None
    assert list(store.calls(LONG_AGO)) == []


def test_a_viewer_takes_over_what_is_there(open_one: Open, store: Store) -> None:
    viewer = open_one()
    viewer.state()
    store.write(a_page(a_raw(), state=a_state(50)))
    store.release()
    assert viewer.lead()
    assert not store.lead()
    assert viewer.anew
    assert viewer.state() == a_state(50)
    assert viewer.write(a_page(a_raw("c2")))


def test_no_state_is_taken_from_who_has_not_read_the_one_before(open_one: Open) -> None:
    store = open_one()
    store.lead()
    news = [store.anew]
    assert store.write(a_page(a_raw(), state=a_state(50)))
    assert store.state() == FeedState()
    news.append(store.anew)
    assert news == [True, False]
    store.write(a_page(a_raw(), state=a_state(50)))
    assert store.state() == a_state(50)


def test_the_audit_is_kept_by_leader_and_viewer(open_one: Open, store: Store) -> None:
    viewer = open_one()
    first = AuditEvent(at(1), "pause target", {"id": 7, "before": False, "odd": "\ud800"})
    second = AuditEvent(at(2), "resume target", {"id": 7})
    assert store.audit(first)
    assert viewer.audit(second)
    assert store.audits(at(0)) == viewer.audits(at(0)) == (first, second)
    assert store.audits(at(2)) == (second,)


def test_a_closed_store_says_nothing_and_takes_nothing(store: Store) -> None:
    store.write(a_page(a_raw()))
    store.close()
    store.close()
    assert store.write(a_page(a_raw("c2"))) is None
    assert not store.lead()
    assert not store.leading
    assert list(store.calls(LONG_AGO)) == []
    assert not store.audit(AuditEvent(at(0), "x"))


def test_reading_may_stop_anywhere(store: Store) -> None:
    store.write(a_page(*(a_raw(f"c{n}") for n in range(600))))
    next(store.calls(LONG_AGO))
    next(store.changes(LONG_AGO, FAR_AHEAD))
    assert store.write(a_page(a_raw("more")))


VERSIONS = st.lists(
    st.tuples(
        st.sampled_from(["c1", "c2", "c3"]),
        st.integers(0, 30),
        st.dictionaries(st.sampled_from("abcd"), st.one_of(st.none(), st.integers(), st.text(max_size=20)), max_size=4),
        st.booleans(),
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(VERSIONS)
def test_history_and_newest_are_what_was_told_in_any_order(
    tmp_path_factory: pytest.TempPathFactory, told: list[tuple[str, int, dict[str, object], bool]]
) -> None:
    """The same rule told plainly: newer or equal stamps replace, what is equal is nothing, gone is a version."""
    store: Store = led(SqliteStore(tmp_path_factory.mktemp("any") / "h.db", wall=Clock()))
    versions: dict[str, list[tuple[object, bool, int]]] = {}
    for second, (uuid, stamp, fields, goes) in enumerate(told):
        known = versions.setdefault(uuid, [])
        raw = {**fields, **a_raw(uuid, updated=stamp)}
        store.write(a_page(raw, seconds=100 + second))
        if (not known or stamp >= known[-1][2]) and (not known or known[-1][:2] != (raw, False)):
            known.append((raw, False, stamp))
        if goes:
            store.write(Written(at(100 + second), gone=(uuid,)))
            if not known[-1][1]:
                known.append((known[-1][0], True, known[-1][2]))
    found: dict[str, list[tuple[object, bool]]] = {uuid: [] for uuid in versions}
    for change in sorted(history(store), key=lambda change: change.seq):
        assert isinstance(change, StoredCall)
        found[change.uuid].append((change.raw, change.gone))
    assert found == {uuid: [version[:2] for version in known] for uuid, known in versions.items()}
    for uuid, known in versions.items():
        kept = store.answer(uuid)
        assert kept is not None
        assert (kept.raw, kept.gone) == known[-1][:2]
    assert store.troubles == ()
    store.close()


def test_what_is_kept_is_parsed_as_what_was_sent(store: Store) -> None:
    for page in polled(0.1):
        store.write(page)
    sent = {call.uuid: call for page in polled(0.1) for call, _ in page.calls}
    assert {call.uuid: wire.calls().one(call.raw).records[0] for call in store.calls(LONG_AGO)} == sent


def test_retry_says_that_all_is_well(store: Store) -> None:
    assert store.retry(NOON)
    assert store.retry(NOON + MINUTE)


def test_the_calls_of_a_window_are_told_by_their_creation_and_without_those_that_went(store: Store) -> None:
    calls = [a_raw(f"c{number}", created_at=at(10 * number).isoformat()) for number in range(5)]
    store.write(a_page(*calls))
    assert store.created(at(10), at(30)) == {"c1": at(10), "c2": at(20), "c3": at(30)}
    store.write(Written(at(99), gone=("c2",)))
    assert store.created(at(10), at(30)) == {"c1": at(10), "c3": at(30)}


def test_a_state_of_a_form_that_is_not_known_is_no_state_so_that_the_account_is_read_again(tmp_path: Path) -> None:
    store = led(SqliteStore(tmp_path / "history.db", wall=Clock()))
    store.write(Written(at(60), state=a_state(50)))
    store.close()
    with closing(sqlite3.connect(tmp_path / "history.db")) as db, db:
        db.execute("""UPDATE feed SET state = '{"head": "not a time"}'""")
    assert SqliteStore(tmp_path / "history.db", wall=Clock()).state() == FeedState()
