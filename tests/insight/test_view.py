"""A sorted view is what sorting everything again would give, whatever came in and in whatever order."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from monitor.insight.view import SortedView


@dataclass(frozen=True)
class Row:
    key: str
    value: int | None


rows = st.builds(Row, st.integers(0, 12).map(str), st.none() | st.integers(0, 5))


def shown(view: SortedView[Row]) -> list[Row]:
    return [view.row(place) for place in range(len(view))]


def expected(held: dict[str, Row], *, descending: bool) -> list[Row]:
    known = [row for row in held.values() if row.value is not None]
    unknown = [row for row in held.values() if row.value is None]
    known.sort(key=lambda row: (row.value, row.key), reverse=descending)
    unknown.sort(key=lambda row: row.key, reverse=descending)
    return known + unknown


@given(st.lists(st.lists(rows, max_size=5), max_size=8), st.booleans())
def test_updates_keep_the_order_that_sorting_gives(batches: list[list[Row]], descending: bool) -> None:
    view: SortedView[Row] = SortedView(lambda row: row.key, lambda row: row.value, descending=descending)
    held: dict[str, Row] = {}
    for batch in batches:
        view.update(batch)
        held |= {row.key: row for row in batch}
        assert shown(view) == expected(held, descending=descending)
        assert all(view.place(key) == place for place, key in enumerate(view.key(at) for at in range(len(view))))


@given(
    st.lists(rows, max_size=12, unique_by=lambda row: row.key),
    st.frozensets(st.integers(0, 14).map(str)),
    st.integers(0, 11),
    st.booleans(),
)
def test_rows_that_leave_leave_the_others_in_order(
    held: list[Row], leaving: frozenset[str], place: int, descending: bool
) -> None:
    view: SortedView[Row] = SortedView(lambda row: row.key, lambda row: row.value, descending=descending)
    view.update(held)
    before = [view.key(at) for at in range(len(view))]
    place = min(place, max(0, len(before) - 1))
    wanted = [key for key in (*before[place:], *reversed(before[:place])) if key not in leaving]
    assert view.nearest(place, leaving) == (wanted[0] if wanted else None), "below, or else above"
    view.discard(leaving)
    left = {row.key: row for row in held if row.key not in leaving}
    assert shown(view) == expected(left, descending=descending)
    assert view.rows == left
    assert all(view.place(key) is None for key in leaving)


def test_many_rows_leave_at_once_like_a_few() -> None:
    view: SortedView[Row] = SortedView(lambda row: row.key, lambda row: row.value, descending=False)
    view.replace(Row(str(number), number) for number in range(400))
    view.discard(frozenset(str(number) for number in range(300)))
    assert [row.value for row in shown(view)] == list(range(300, 400))


@given(st.lists(rows, unique_by=lambda row: row.key), st.booleans())
def test_unknown_values_are_last_in_either_direction(held: list[Row], descending: bool) -> None:
    view: SortedView[Row] = SortedView(lambda row: row.key, lambda row: 0, descending=False)
    view.replace(held)
    view.sort(lambda row: row.value, descending=descending)
    assert shown(view) == expected({row.key: row for row in held}, descending=descending)


def test_a_value_that_changes_with_the_moment_does_not_unsettle_the_order() -> None:
    moment = [0]
    view: SortedView[Row] = SortedView(
        lambda row: row.key, lambda row: ((row.value or 0) * 7 + moment[0]) % 10, descending=False
    )
    view.replace([Row(str(number), number) for number in range(10)])
    moment[0] = 5
    view.update([Row("3", 3), Row("new", 1)])
    assert sorted(view.key(place) for place in range(len(view))) == sorted([*map(str, range(10)), "new"])
    assert all(view.place(view.key(place)) == place for place in range(len(view)))
