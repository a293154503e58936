"""The chart: what is drawn, which amounts and times it names, and when it is drawn again."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, ClassVar

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App

from monitor import paths
from monitor.console.chart import GRID, Series, draw, round_amounts
from monitor.console.screens import chart
from monitor.console.screens.chart import ChartScreen, Plot, takings, time_labels
from monitor.console.widgets.drawn import Line, Lines
from monitor.insight.kpi import Window
from monitor.ledger import Ledger
from monitor.model.batch import Batch
from monitor.model.call import Call
from tests.make import NOON

NOW = NOON + timedelta(minutes=31, seconds=40)
EASTERN = timezone(timedelta(hours=-5))


def ended(name: str, ago: float, revenue: str | None, profit: str | None = None) -> Call:
    """Return a call that ended `ago` minutes before NOW."""
    end = NOW - timedelta(minutes=ago)
    return Call(
        uuid=name,
        status="finished",
        start_time=end - timedelta(minutes=2),
        end_time=end,
        revenue=None if revenue is None else Decimal(revenue),
        profit=None if profit is None else Decimal(profit),
    )


@pytest.mark.parametrize("days", [0, 2, 40])
@pytest.mark.parametrize("zone", [UTC, EASTERN, timezone(timedelta(hours=5, minutes=45))])
def test_points_are_right_however_coarse_the_steps_of_old_calls_are(days: int, zone: timezone) -> None:
    calls = [ended(f"c{n}", 1 + n * 7 % (24 * 60 * days or 170), f"{n}.01") for n in range(400)]
    fine, coarse = ledger_of(*calls), ledger_of(*calls)
    coarse.apply(Batch(date=NOW))
    assert days == 0 or len(coarse.ended.steps) < len(fine.ended.steps)
    told = takings(coarse.ended, Window.START, NOW, zone, 400)
    of_revenue = {at: amount for at, amount in enumerate(told.revenue) if amount is not None}
    assert sum(of_revenue.values()) == fine.total.revenue.value
    for at, amount in of_revenue.items():
        if days < 40 or not zone.utcoffset(None) % timedelta(hours=1):  # hours begin elsewhere in other zones
            first = told.start + at * told.minutes
            within = range(first, first + told.minutes)
            assert amount == sum(
                call.revenue or 0 for call in calls if call.end_time and call.end_time.timestamp() // 60 in within
            )
    hour = [takings(ledger.ended, Window.HOUR, NOW, zone, 400) for ledger in (fine, coarse)]
    assert hour[0] == hour[1]


def ledger_of(*calls: Call) -> Ledger:
    ledger = Ledger()
    ledger.apply(Batch(calls=calls, complete=True))
    return ledger


def two(revenue: Sequence[float], profit: Sequence[float]) -> list[Series]:
    return [Series("revenue", "hd", "○", revenue), Series("profit", "braille", "◇", profit)]


def words(lines: Sequence[Line]) -> list[str]:
    return ["".join(text for text, _ in line) for line in lines]


def in_look(lines: Sequence[Line], look: str) -> str:
    return "".join(text for line in lines for text, here in line if here == look)


# Drawing


def test_every_curve_is_drawn_in_its_look_and_with_a_line_of_its_own_kind() -> None:
    lines = draw(two([10, 80, 30, 50], [4, 30, 10, 20]), ["", "", "", ""], 60, 16)
    revenue, profit = in_look(lines, "revenue"), in_look(lines, "profit")
    assert any("\u2580" <= character <= "\u259f" for character in revenue), "blocks"
    assert any("\u2800" <= character <= "\u28ff" for character in profit), "dots"
    assert not set(revenue) & set(profit), "told apart without colour"
    assert revenue.count("○") == 1
    assert profit.count("◇") == 1


def test_the_value_under_way_is_a_point_beside_the_line() -> None:
    lines = draw([Series("revenue", "hd", "○", [50, 50, 50, 0])], ["a", "b", "c", "d"], 60, 16)
    assert "○" in words(lines)[-3], "at the bottom"
    assert len([line for line in lines if in_look([line], "revenue").strip("○")]) == 1, "the line does not fall to it"


def test_axes_name_round_amounts_and_the_given_times() -> None:
    lines = words(draw(two([0, 140, 60], [0, 50, 20]), ["12:00", "", "12:02"], 60, 16))
    assert [line.split("┼")[0].strip() for line in lines if "┼" in line] == ["$150", "$100", "$50", "$0"]
    assert lines[-1].split() == ["12:00", "12:02"]


def test_small_amounts_are_named_with_cents_and_losses_with_a_sign() -> None:
    assert "$0.20" in words(draw([Series("profit", "hd", "○", [0.0, 0.2, 0.1])], [""] * 3, 40, 10))[0]
    assert "-$10 ┼" in "\n".join(words(draw([Series("profit", "hd", "○", [-10.0, 12.0, 0.0])], [""] * 3, 40, 16)))


def test_a_loss_of_cents_costs_no_height() -> None:
    assert round_amounts(-0.08, 157, 10) == [0, 20, 40, 60, 80, 100, 120, 140, 160]
    assert round_amounts(-15, 157, 10)[0] == -20


@given(st.floats(-1e12, 0), st.floats(0, 1e12), st.integers(0, 20))
@example(-201.0, 5e-324, 0)
def test_round_amounts_reach_over_all_values_but_small_losses(low: float, high: float, most: int) -> None:
    amounts = round_amounts(low, high, most)
    step = amounts[1] - amounts[0]
    assert 0 in amounts
    assert amounts[-1] >= high * (1 - 1e-9) - 1e-9
    assert amounts[0] <= low * (1 - 1e-9) or -low <= step * 0.51
    assert len(amounts) <= most + 4


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.floats(), st.floats()), max_size=70),
    st.integers(0, 90),
    st.integers(0, 30),
)
def test_no_value_and_no_size_breaks_the_drawing(pairs: list[tuple[float, float]], width: int, height: int) -> None:
    curves = two([one for one, _ in pairs], [other for _, other in pairs])
    lines = draw(curves, ["12:00"] * len(pairs), width, height)
    if width < 20 or height < 6:
        assert words(lines) == ["no room for a chart"]
    else:
        assert [cell_len(line) for line in words(lines)] == [width] * height


def test_a_value_that_is_no_number_is_a_gap() -> None:
    values = [50.0] * 20
    whole = in_look(draw([Series("revenue", "hd", "○", values)], [""] * 20, 60, 10), "revenue")
    for broken in (math.nan, math.inf, -math.inf):
        values[9] = broken
        gap = in_look(draw([Series("revenue", "hd", "○", values)], [""] * 20, 60, 10), "revenue")
        assert 3 <= len(whole) - len(gap) <= 7


def test_the_same_values_are_drawn_the_same_whatever_was_drawn_before() -> None:
    curves = two([10, 80, 30], [4, 30, 10])
    first = draw(curves, ["a", "b", "c"], 60, 16)
    draw(two([1, 2, 3, 4, 5], [-1, -2, -3, -4, -5]), ["x"] * 5, 100, 30)
    assert draw(curves, ["a", "b", "c"], 60, 16) == first


def test_a_drawing_may_be_larger_than_the_terminal_that_plotext_found() -> None:
    lines = words(draw(two([1, 2], [1, 2]), ["", ""], 300, 90))
    assert (len(lines), len(lines[0])) == (90, 300)


def test_lines_behind_the_curves_have_a_look_of_their_own() -> None:
    assert set(in_look(draw(two([1, 2], [1, 2]), ["", ""], 60, 16), GRID)) == {"┈"}


def test_plotext_is_loaded_by_the_first_drawing_and_not_before() -> None:
    program = """
import sys
from monitor.console.screens.chart import ChartScreen
from monitor.console.chart import Series, draw
assert not any(name.startswith("plotext") for name in sys.modules)
draw([Series("revenue", "hd", "o", [1, 2])], ["", ""], 40, 10)
assert "plotext" in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True)


# What is drawn


def test_takings_of_a_window_are_summed_by_the_minute_in_which_calls_ended() -> None:
    timeline = ledger_of(
        ended("a", 0, "5", "2"), ended("b", 0.5, "7", "3"), ended("c", 3, "11", "4"), ended("d", 20, "100", "50")
    ).ended
    taken = takings(timeline, Window.QUARTER, NOW, UTC, 70)
    assert (taken.minutes, len(taken.revenue), len(taken.profit)) == (1, 15, 15)
    assert taken.revenue[-4:] == (Decimal(11), None, None, Decimal(12))
    assert taken.profit[-4:] == (Decimal(4), None, None, Decimal(5))
    assert sum(amount or 0 for amount in taken.revenue) == 23


def test_everything_since_the_start_is_told_in_as_many_points_as_there_is_room_for() -> None:
    timeline = ledger_of(ended("first", 299, "1", "1"), ended("now", 0, "2", "1")).ended
    assert takings(timeline, Window.START, NOW, UTC, 400).minutes == 1
    taken = takings(timeline, Window.START, NOW, UTC, 70)
    assert taken.minutes == 5
    assert 60 <= len(taken.revenue) <= 61
    assert [taken.revenue[0], taken.revenue[-1]] == [Decimal(1), Decimal(2)]
    assert taken.start % 5 == 0


def test_points_of_hours_begin_at_round_local_times() -> None:
    odd = timezone(timedelta(hours=5, minutes=30))
    taken = takings(ledger_of(ended("first", 60 * 24 * 3, "1")).ended, Window.START, NOW, odd, 30)
    assert taken.minutes == 180
    start = datetime.fromtimestamp(taken.start * 60, odd)
    assert (start.hour % 3, start.minute) == (0, 0)


def test_months_are_told_in_days() -> None:
    taken = takings(ledger_of(ended("first", 60 * 24 * 100, "1")).ended, Window.START, NOW, UTC, 40)
    assert taken.minutes == 3 * 24 * 60


def test_times_are_local_and_round() -> None:
    taken = takings(Ledger().ended, Window.HOUR, NOW, EASTERN, 70)
    assert [label for label in time_labels(taken, EASTERN, 70) if label] == ["06:45", "07:00", "07:15", "07:30"]


def test_midnight_is_told_by_its_date() -> None:
    midnight = timezone(timedelta(hours=12))
    taken = takings(Ledger().ended, Window.HOUR, NOW, midnight, 70)
    labels = [label for label in time_labels(taken, midnight, 70) if label]
    local = NOW.astimezone(midnight)
    assert labels == ["23:45", f"{local:%d %b}", "00:15", "00:30"]


# The screen


class Monitor(App[None]):
    """An app with nothing but the chart."""

    CSS_PATH: ClassVar[list[Any]] = [paths.styles_dir() / name for name in ("base.tcss", "main.tcss", "chart.tcss")]

    def __init__(self, ledger: Ledger, window: Window = Window.HOUR) -> None:
        super().__init__()
        self.now = NOW
        self.chart = ChartScreen(ledger, lambda: self.now, window, EASTERN, lambda _: ())

    def on_mount(self) -> None:
        self.push_screen(self.chart)

    def text(self, name: str) -> str:
        return "\n".join(words(self.chart.query_one(name, Lines).lines))


SOME = (ended("a", 0, "12", "5"), ended("b", 10, "80", "31.5"), ended("c", 40, "40", "-2"), ended("d", 200, "9", "1"))


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_the_screen_shows_totals_the_minute_under_way_and_the_curves(size: tuple[int, int]) -> None:
    app = Monitor(ledger_of(*SOME))
    async with app.run_test(size=size, notifications=True, tooltips=True) as pilot:
        await pilot.pause()
        title, plot = app.text("#title"), app.text("#plot")
        for piece in ("1 h", "revenue $132.00", "profit $34.50", "○ $12.00", "◇ $5.00"):
            assert piece in title
        for piece in ("$0 ┼", "07:00", "07:30", "○", "◇"):
            assert piece in plot
        drawn = app.chart.query_one("#plot", Plot)
        assert len(drawn.lines) == drawn.size.height
        assert drawn.look("revenue").color != drawn.look("profit").color
        background = drawn.look("revenue").bgcolor
        assert background == drawn.look("plain").bgcolor, "the canvas is the theme's"


async def test_w_takes_the_next_window_and_long_points_are_said() -> None:
    app = Monitor(ledger_of(*SOME))
    async with app.run_test(size=(80, 24), notifications=True, tooltips=True) as pilot:
        await pilot.press("w")
        assert "since start per 5 min" in app.text("#title")
        assert "revenue $141.00" in app.text("#title")
        await pilot.press("w")
        assert "15 min" in app.text("#title")
        assert "revenue $92.00" in app.text("#title")


@pytest.mark.parametrize("key", ["escape", "c", "q"])
async def test_closing(key: str) -> None:
    app = Monitor(ledger_of(*SOME))
    async with app.run_test(size=(80, 24), notifications=True, tooltips=True) as pilot:
        await pilot.press(key)
        assert app.screen is not app.chart


async def test_it_is_drawn_again_only_when_something_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    drawings = 0

    def counted(*given: Any) -> list[Line]:
        nonlocal drawings
        drawings += 1
        return draw(*given)

    monkeypatch.setattr(chart, "draw", counted)
    ledger = ledger_of(*SOME)
    app = Monitor(ledger)
    async with app.run_test(size=(80, 24), notifications=True, tooltips=True) as pilot:
        await pilot.pause()
        before = drawings
        app.now += timedelta(seconds=5)
        app.chart.refresh_data()
        assert drawings == before, "nothing changed"
        ledger.apply(Batch(calls=(ended("new", 0, "20", "8"),)))
        app.chart.refresh_data()
        assert drawings == before + 1, "values"
        assert "○ $32.00" in app.text("#title")
        app.now += timedelta(seconds=60)
        app.chart.refresh_data()
        assert drawings == before + 2, "a minute later"
        await pilot.resize_terminal(100, 30)
        await pilot.pause()
        assert drawings == before + 3, "size"


async def test_without_money_it_says_so_instead_of_drawing_zeros() -> None:
    app = Monitor(ledger_of(ended("a", 1, None)))
    async with app.run_test(size=(80, 24), notifications=True, tooltips=True) as pilot:
        await pilot.pause()
        assert "revenue –" in app.text("#title")
        assert "no call with a known revenue ended in this window" in app.text("#plot")


async def test_no_colour_leaves_the_curves_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = Monitor(ledger_of(*SOME))
    async with app.run_test(size=(80, 24), notifications=True, tooltips=True) as pilot:
        await pilot.pause()
        assert app.no_color
        title, plot = app.text("#title"), app.text("#plot")
        assert title.index("▞ revenue") < title.index("⠔ profit")
        assert any("\u2596" <= character <= "\u259f" for character in plot)
        assert any("\u2800" < character <= "\u28ff" for character in plot)


async def test_a_terminal_that_is_too_small_is_told_so() -> None:
    app = Monitor(ledger_of(*SOME))
    async with app.run_test(size=(18, 8), notifications=True, tooltips=True) as pilot:
        await pilot.pause()
        assert "no room for a chart" in app.text("#plot")
