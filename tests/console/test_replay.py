"""The screen of a replay: the time bar, its keys, and what the clock shows."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, timedelta, timezone, tzinfo
from functools import partial

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Label

from monitor.console.app import CallmonApp
from monitor.console.screens.jump import JumpDialog, moment_of
from monitor.console.screens.replay import ReplayScreen
from monitor.console.widgets.drawn import Lines
from monitor.console.widgets.hints import Hints
from monitor.console.widgets.time_bar import TimeBar, draw
from monitor.feed.replay import Replay
from monitor.ledger import Ledger
from monitor.model.company import Company
from monitor.model.position import Position
from monitor.store.history import SqliteHistory
from tests.feed.played import SINCE, Recording, record
from tests.make import NOON, at

STARTED, ENDED = NOON, at(3.5 * 3600)


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    return record(tmp_path_factory.mktemp("history") / "recorded.db")


@pytest.fixture
def replay(recording: Recording) -> Iterator[Replay]:
    """A replay of the first ten minutes, which stands at noon."""
    history = SqliteHistory(recording.path)
    replay = Replay(
        history, start=NOON, end=at(600), since=SINCE, speed=10, boot=time.monotonic, company=Company(2, "Example Co")
    )
    replay.play_or_pause()
    yield replay
    replay.stop()
    history.close()


@asynccontextmanager
async def shown(replay: Replay, size: tuple[int, int] = (120, 30)) -> AsyncIterator[Pilot[int]]:
    app = CallmonApp(replay, clock=replay.clock, since=SINCE, zone=UTC)
    async with app.run_test(size=size, notifications=True, tooltips=True) as pilot:
        await until(pilot, lambda: not replay.position.reading and len(app.ledger.calls) > 0)
        yield pilot


async def until(pilot: Pilot[int], expected: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not expected():
        assert time.monotonic() < deadline, bar(pilot)
        await pilot.pause(0.01)


async def press(pilot: Pilot[int], *keys: str, wait: Callable[[], object] = lambda: True) -> None:
    await pilot.press(*keys)
    await until(pilot, wait)


def text(pilot: Pilot[int], which: str) -> str:
    return "\n".join("".join(piece for piece, _ in line) for line in pilot.app.query_one(which, Lines).lines)


def bar(pilot: Pilot[int]) -> str:
    return text(pilot, "#time")


def held(pilot: Pilot[int]) -> int:
    app = pilot.app
    assert isinstance(app, CallmonApp)
    return len(app.ledger.calls)


def shows(screen: ReplayScreen, ledger: Ledger) -> bool:
    return screen.calls.view.rows == ledger.calls


async def test_it_says_replay_and_tells_the_time_of_then(replay: Replay) -> None:
    async with shown(replay) as pilot:
        await until(pilot, lambda: "‖ Mon 04 May 12:00:00" in bar(pilot))
        status = text(pilot, "#status")
        assert "Example Co · 2   REPLAY" in status
        assert "12:00:00 UTC" in status
        assert not any(word in status for word in ("live", "stale", "late", "offline", "req/min"))
        replay.jump(at(300))
        await until(pilot, lambda: "12:05:00 UTC" in text(pilot, "#status"))
        await until(pilot, lambda: "‖ Mon 04 May 12:05:00" in bar(pilot))


async def test_it_plays_and_stands_still(replay: Replay) -> None:
    async with shown(replay) as pilot:
        before = held(pilot)
        await press(pilot, "p", wait=lambda: "▶" in bar(pilot))
        await until(pilot, lambda: held(pilot) > before)
        await press(pilot, "p", wait=lambda: "‖" in bar(pilot))
        stood = replay.clock()
        await pilot.pause(0.05)
        assert NOON < replay.clock() == stood < at(600)


async def test_n_goes_to_the_next_change_and_shows_it(replay: Replay) -> None:
    async with shown(replay) as pilot:
        coming = replay.position.next_at
        assert coming is not None
        await press(pilot, "n", wait=lambda: replay.clock() == coming)
        await until(pilot, lambda: f"{coming:%H:%M:%S}" in text(pilot, "#status"))


async def test_plus_and_minus_change_the_speed(replay: Replay) -> None:
    async with shown(replay) as pilot:
        for key, speed in (("plus", "60×"), ("equals_sign", "600×"), ("minus", "60×")):
            await press(pilot, key)
            assert f"  {speed}" in bar(pilot)


async def test_back_and_forth_the_table_shows_the_calls_of_the_time(replay: Replay, recording: Recording) -> None:
    async with shown(replay) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, ReplayScreen)
        for key, moment in ((">", at(600)), ("<", NOON), (">", at(600))):
            await press(pilot, {"<": "less_than_sign", ">": "greater_than_sign"}[key])
            await until(pilot, partial(shows, screen, recording.live(moment)))
            assert replay.clock() == moment
        await until(pilot, lambda: "the end" in bar(pilot))


async def test_a_frozen_view_stands_while_the_replay_goes_on(replay: Replay, recording: Recording) -> None:
    async with shown(replay) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, ReplayScreen)
        rows = dict(screen.calls.view.rows)
        await press(pilot, "space", "greater_than_sign", wait=lambda: held(pilot) == len(recording.live(at(600)).calls))
        assert screen.calls.view.rows == rows
        await press(pilot, "space")
        assert screen.calls.view.rows == recording.live(at(600)).calls


async def test_the_detail_shows_the_answer_of_the_time(replay: Replay) -> None:
    async with shown(replay, (160, 40)) as pilot:
        await press(pilot, "enter", "shift+tab", wait=lambda: '"uuid"' in text(pilot, "#detail"))
        assert '"status"' in text(pilot, "#detail")


async def test_a_time_to_jump_to_is_asked_for(replay: Replay) -> None:
    async with shown(replay) as pilot:
        await press(pilot, "J", wait=lambda: isinstance(pilot.app.focused, Input))
        await press(pilot, *"26:30", "enter")
        assert isinstance(pilot.app.screen, JumpDialog)
        assert "expected a time (14:30)" in str(pilot.app.screen.query_one("#wrong", Label).content)
        await press(pilot, *["backspace"] * 5, *"12:05", "enter")
        await until(pilot, lambda: replay.clock() == at(300))
        assert isinstance(pilot.app.screen, ReplayScreen)
        await press(pilot, "J", wait=lambda: isinstance(pilot.app.focused, Input))
        await press(pilot, *"-2m", "enter", wait=lambda: replay.clock() == at(180))
        await press(pilot, "J", wait=lambda: isinstance(pilot.app.focused, Input))
        await press(pilot, *"99", "escape", wait=lambda: isinstance(pilot.app.screen, ReplayScreen))
        assert replay.clock() == at(180)


async def test_a_click_on_the_bar_goes_there(replay: Replay) -> None:
    async with shown(replay) as pilot:
        place = bar(pilot).index("▕") + 2  # one for the padding, one for the edge
        await pilot.click(TimeBar, offset=(place, 0))
        assert replay.clock() == NOON
        cells = bar(pilot).index("▏") - bar(pilot).index("▕") - 1
        await pilot.click(TimeBar, offset=(place + cells - 1, 0))
        await until(pilot, lambda: replay.clock() == at(600))
        await pilot.click(TimeBar, offset=(2, 0))
        assert replay.clock() == at(600)


async def test_the_hints_and_the_palette_offer_the_keys_of_a_replay(replay: Replay) -> None:
    async with shown(replay) as pilot:
        assert {"play", "step", "jump"} <= {key.id for key in pilot.app.query_one(Hints).keys}
        titles = {command.title for command in pilot.app.get_system_commands(pilot.app.screen)}
        assert {"Play", "Step", "Jump", "Freeze"} <= titles
        assert "Retry" not in titles


# The bar and the dialog alone

PLAYING = Position(at(7392), STARTED, ENDED, playing=True, speed=10, next_at=at(7396))


def drawn(position: Position, width: int, zone: tzinfo = UTC) -> str:
    return "".join(piece for piece, _ in draw(position, width, zone).line)


def test_the_bar_tells_all_there_is_room_for() -> None:
    assert drawn(PLAYING, 78) == "▶ 14:03:12 ▕████████████░░░░░░░░░░▏ 12:00–15:30  10×  ·  next change in 4 s   "
    assert drawn(PLAYING, 46) == "▶ 14:03:12 ▕█████████░░░░░░░▏ 12:00–15:30  10×"
    assert drawn(PLAYING, 30) == "▶ 14:03:12  12:00–15:30  10×"
    assert "▶ Mon 04 May 14:03:12" in drawn(PLAYING, 140)


def test_the_bar_fits() -> None:
    for width in range(1, 200):
        drawing = draw(PLAYING, width, UTC)
        line = "".join(piece for piece, _ in drawing.line)
        assert len(line) <= width
        assert set(line[drawing.bar.start : drawing.bar.stop]) <= {"█", "░"}


def test_the_bar_runs_from_end_to_end() -> None:
    def full(position: Position) -> float:
        line = drawn(position, 78)
        return line.count("█") / (line.count("█") + line.count("░"))

    shares = [full(Position(at(s), STARTED, ENDED, playing=False, speed=1)) for s in range(0, 12601, 600)]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0, 1)


def test_over_midnight_the_ends_have_a_date() -> None:
    assert "04 May 22:00–05 May 01:30" in drawn(PLAYING, 100, timezone(timedelta(hours=10)))


def test_what_it_waits_for_is_said() -> None:
    assert "reading …" in drawn(Position(NOON, STARTED, ENDED, playing=True, speed=1, reading=True), 100)
    assert "nothing more changes" in drawn(Position(NOON, STARTED, ENDED, playing=True, speed=1), 100)
    assert "the end" in drawn(Position(ENDED, STARTED, ENDED, playing=False, speed=1), 100)


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("14:30", 2.5 * 3600),
        ("14:30:05", 2.5 * 3600 + 5),
        (" 9:00", 21 * 3600),
        ("2026-05-04T14:30", 2.5 * 3600),
        ("2026-05-04T16:30+02:00", 2.5 * 3600),
        ("2026-05-05", 12 * 3600),
        ("-10m", 3000),
        ("+1h30m", 9000),
        ("-5h", 0),
        ("+7d", 24 * 3600),
    ],
)
def test_words_for_a_time(words: str, seconds: float) -> None:
    position = Position(at(3600), NOON, at(24 * 3600), playing=False, speed=1)
    assert moment_of(words, position, UTC) == at(seconds)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("11:59", "lies outside of what is replayed: 04 May 12:00 to 04 May 15:30"),
        ("2020-01-01T10:00", "lies outside"),
        ("", "expected a time"),
        ("soon", "expected a time"),
        ("+soon", "expected a duration"),
        ("9:99", "expected a time"),
        ("١٤:٣٠", "expected a time"),
    ],
)
def test_words_that_are_no_time(words: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        moment_of(words, Position(NOON, STARTED, ENDED, playing=False, speed=1), UTC)


Compare = Callable[..., bool]


@pytest.mark.parametrize("size", [(80, 24), (160, 45)], ids=["80x24", "160x45"])
def test_screen(snap_compare: Compare, replay: Replay, size: tuple[int, int]) -> None:
    replay.jump(at(400))

    async def run(pilot: Pilot[int]) -> None:
        await until(pilot, lambda: not replay.position.reading and held(pilot) > 0)
        await press(pilot, "n", wait=lambda: replay.clock() > at(400))
        await pilot.pause(0.3)

    app = CallmonApp(replay, clock=replay.clock, since=SINCE, zone=UTC)
    assert snap_compare(app, terminal_size=size, run_before=run)
