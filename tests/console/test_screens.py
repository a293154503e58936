"""The screens as they look. Every picture here was looked at before it was accepted (`make snapshots`)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from textual.pilot import Pilot

from monitor.console.app import CallmonApp
from monitor.model.health import Condition, Gap, Outcome, StoreTrouble
from tests.console.scene import LOOKED, SINCE, scene

Compare = Callable[..., bool]
SIZES = {"80x24": (80, 24), "120x40": (120, 40), "200x60": (200, 60)}


@pytest.fixture(params=SIZES)
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    return SIZES[request.param]


def keys(*pressed: str) -> Callable[[Pilot[int]], Awaitable[None]]:
    """Return what presses keys once the account is on the screen."""

    async def run(pilot: Pilot[int]) -> None:
        await pilot.pause()
        await pilot.press(*pressed)
        await pilot.pause(0.1)

    return run


def test_calls(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(scene(), terminal_size=size, run_before=keys())


def test_detail(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(scene(), terminal_size=size, run_before=keys(*["down"] * 17, "enter"))


def test_targets(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(scene(), terminal_size=size, run_before=keys("2"))


@pytest.fixture(params=["80x24", "160x45"])
def narrow_or_wide(request: pytest.FixtureRequest) -> tuple[int, int]:
    return {"80x24": (80, 24), "160x45": (160, 45)}[request.param]


def test_pixels(snap_compare: Compare, narrow_or_wide: tuple[int, int]) -> None:
    assert snap_compare(scene(), terminal_size=narrow_or_wide, run_before=keys("3"))


def test_pixel_in_full(snap_compare: Compare, narrow_or_wide: tuple[int, int]) -> None:
    pressed = keys("3", "enter", *["down"] * 4, "enter")
    assert snap_compare(scene(), terminal_size=narrow_or_wide, run_before=pressed)


def test_pixel_that_is_missing(snap_compare: Compare, narrow_or_wide: tuple[int, int]) -> None:
    pressed = keys("3", "slash", *"pixel", "colon", *"missing", "enter", "enter", "enter")
    assert snap_compare(scene(), terminal_size=narrow_or_wide, run_before=pressed)


def test_alerts(snap_compare: Compare, narrow_or_wide: tuple[int, int]) -> None:
    assert snap_compare(scene(), terminal_size=narrow_or_wide, run_before=keys("6", "a"))


@pytest.mark.parametrize("wanted", ["campaign:solar and not pixel:sent", "campaign:solar revenue>x"])
def test_filter(snap_compare: Compare, wanted: str) -> None:
    pressed = ["space" if each == " " else "colon" if each == ":" else each for each in wanted]
    named = {">": "greater_than_sign"}
    typed = keys("3", "slash", *(named.get(each, each) for each in pressed))

    async def run(pilot: Pilot[int]) -> None:
        await typed(pilot)
        while getattr(pilot.app.screen, "_filter_timer", None) is not None:  # nobody has typed for a moment
            await pilot.pause(0.05)
        await pilot.pause(0.1)

    assert snap_compare(scene(), terminal_size=(80, 24), run_before=run)


def test_chart(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(scene(), terminal_size=size, run_before=keys("c"))


def test_empty(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(scene(empty=True), terminal_size=size, run_before=keys())


def test_stale(snap_compare: Compare, size: tuple[int, int]) -> None:
    trouble = {
        "outcome": Outcome.NETWORK,
        "message": "no answer within 30 s",
        "next_at": LOOKED + timedelta(seconds=128),
    }
    late = scene(health=trouble, now=LOOKED + timedelta(seconds=120))
    assert snap_compare(late, terminal_size=size, run_before=keys())


def test_wrong_key(snap_compare: Compare, size: tuple[int, int]) -> None:
    refused = {
        "outcome": Outcome.AUTH,
        "message": "api.retreaver.com:443 refuses the key or company 2 (status 403)",
        "hint": "Check RETREAVER_API_KEY and RETREAVER_COMPANY_ID (both are on the account's API page).",
        "next_at": None,
        "fresh_at": None,
    }
    assert snap_compare(scene(health=refused, empty=True), terminal_size=size, run_before=keys())


def at_80(app: CallmonApp, snap_compare: Compare, *pressed: str) -> bool:
    return snap_compare(app, terminal_size=(80, 24), run_before=keys(*pressed))


def test_frozen(snap_compare: Compare) -> None:
    assert at_80(scene(), snap_compare, "down", "down", "space")


def test_gap(snap_compare: Compare) -> None:
    gap = Gap(SINCE, LOOKED - timedelta(minutes=30))
    assert snap_compare(scene(health={"gaps": (gap,)}), terminal_size=(120, 40), run_before=keys())


STORE = "/home/op/.local/share/callmon/history.db"
FULL = StoreTrouble(
    Condition.FULL,
    STORE,
    "the disk is full",
    "kept in memory only; tried again each minute",
    LOOKED,
    memory_only=True,
)
DAMAGED = StoreTrouble(
    Condition.DAMAGED, STORE, "one stored answer cannot be read any more", "left out; the others are whole", LOOKED
)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_troubles(snap_compare: Compare, size: tuple[int, int]) -> None:
    gaps = tuple(Gap(SINCE + timedelta(minutes=30 * at), SINCE + timedelta(minutes=30 * at + 9)) for at in range(3))
    told = {"troubles": (DAMAGED, FULL), "gaps": gaps}
    assert snap_compare(scene(health=told, gone=(3, 9)), terminal_size=size, run_before=keys())


@pytest.mark.parametrize("size", [(80, 24), (160, 40)])
def test_history_before_the_first_answer(snap_compare: Compare, size: tuple[int, int]) -> None:
    told = {
        "outcome": Outcome.CONNECTING,
        "targets_at": LOOKED,
        "since": SINCE - timedelta(days=2),
        "requests_per_minute": 0,
        "next_at": None,
    }
    later = LOOKED + timedelta(hours=8)
    assert snap_compare(scene(health=told, now=later, gone=(3,)), terminal_size=size, run_before=keys("w"))


def test_viewing_some_of_many(snap_compare: Compare) -> None:
    assert at_80(scene(health={"viewing": True}, held=50), snap_compare)


def test_deleted_call(snap_compare: Compare) -> None:
    pressed = keys("down", "down", "down", "enter")
    assert snap_compare(scene(gone=(3,)), terminal_size=(160, 40), run_before=pressed)


@pytest.mark.parametrize("theme", ["callmon-light", "ansi-dark"])
def test_deleted_calls_in_themes(snap_compare: Compare, theme: str) -> None:
    assert at_80(scene(theme=theme, gone=(1, 3, 5)), snap_compare, "down", "down", "down")


def test_raw_answer(snap_compare: Compare) -> None:
    assert at_80(scene(), snap_compare, "enter", "tab")


def test_help(snap_compare: Compare) -> None:
    assert at_80(scene(), snap_compare, "question_mark")


def test_sort_dialog(snap_compare: Compare) -> None:
    assert at_80(scene(), snap_compare, "s")


def test_column_dialog(snap_compare: Compare) -> None:
    assert at_80(scene(), snap_compare, "v")


def test_tiny(snap_compare: Compare) -> None:
    assert snap_compare(scene(), terminal_size=(40, 12), run_before=keys())


@pytest.mark.parametrize("theme", ["callmon-light", "ansi-dark", "ansi-light"])
def test_themes(snap_compare: Compare, theme: str) -> None:
    assert at_80(scene(theme=theme), snap_compare, "down", "down")


def test_without_colour(snap_compare: Compare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert at_80(scene(), snap_compare, "down", "down")
