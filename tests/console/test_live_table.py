"""The live table draws only what changed, so what stands on the screen must be what drawing everything would give."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.console.widgets.live_table import LiveTable
from monitor.insight.call_columns import CALL_COLUMNS
from monitor.model.call import Call
from tests.console.test_monitor import Stage, stage
from tests.make import a_call, a_final_call, at, healthy


def on_screen(on: Stage) -> str:
    return on.text


def drawn_anew(on: Stage) -> None:
    """Forget everything drawn."""
    for table in (on.main.calls, on.main.targets):
        table._redraw_all()


def some_call(rng: random.Random, number: int, second: float) -> Call:
    made = rng.choice([a_call, a_final_call])(f"c{number:03}", float(rng.randint(0, 400)))
    return replace(
        made,
        updated_at=at(second),
        forwarded_time=rng.choice([made.forwarded_time, at(second - 5)]),
        campaign=rng.choice(["Solar", "日本語キャンペーン", "Ωmega", None]),
    )


@pytest.mark.parametrize("seed", range(4))
async def test_drawing_what_changed_equals_drawing_everything(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311  # a repeatable walk, nothing secret
    async with stage(rng.choice([80, 120, 160]), rng.choice([12, 24]), held=25) as on:
        second = 500.0
        for _ in range(30):
            second += 1
            match rng.randrange(10):
                case 0 | 1 | 2:
                    news = [some_call(rng, rng.randrange(60), second) for _ in range(rng.randint(1, 8))]
                    went = rng.sample(sorted(on.app.ledger.calls), k=min(1, len(on.app.ledger.calls)))
                    await on.say(*news, health=healthy(on.now), gone=tuple(went), anew=rng.randrange(9) == 0)
                case 3:
                    await on.wait(1)
                case 4:
                    await on.press(*rng.choices(["up", "down", "pagedown", "pageup", "home", "end"], k=3))
                case 5:
                    on.main.calls.sort_by(rng.choice(CALL_COLUMNS).id)
                case 6:
                    await on.press("space")
                case 7:
                    on.main.calls._scroll(rng.randint(-9, 9))
                case 8:
                    chosen = rng.sample([column.id for column in CALL_COLUMNS], k=rng.randint(1, 15))
                    on.main.calls.show_columns(frozenset(chosen))
                case 9:
                    # Several changes within one frame: nothing is painted between them.
                    for _ in range(3):
                        second += 1
                        on.source.say([some_call(rng, rng.randrange(60), second)], health=healthy(on.now))
                        on.app.on_callmon_app_news()
                        on.now += timedelta(seconds=1)
                        on.app._tick()
            await on.pilot.pause()
            if on.main.frozen_at is None:  # a frozen view drawn anew may show numbers given meanwhile
                before = on_screen(on)
                drawn_anew(on)
                await on.pilot.pause()
                assert on_screen(on) == before
            table: LiveTable[Call] = on.main.calls
            if len(table.view):
                assert table.cursor in table.view.rows
                assert table.cursor in on.shown(), "the cursor is in sight"
                assert on.shown() == [
                    table.view.key(place) for place in range(table.top, min(table.top + table.page, len(table.view)))
                ]


async def test_an_unchanged_answer_draws_nothing() -> None:
    async with stage() as on:
        calls = [a_final_call(f"c{number}", number) for number in range(50)]
        await on.say(*calls)
        drawn: list[int] = []
        plain = on.main.calls.render_line
        on.main.calls.render_line = lambda y: drawn.append(y) or plain(y)  # type: ignore[func-returns-value, method-assign]  # counts what is drawn
        await on.say(*calls)
        await on.wait(1)
        assert drawn == []


async def test_a_changed_call_draws_its_own_line_and_no_other() -> None:
    async with stage() as on:
        calls = [a_final_call(f"c{number:02}", number) for number in range(30)]
        await on.say(*calls)
        drawn: set[int] = set()
        plain = on.main.calls.render_line
        on.main.calls.render_line = lambda y: drawn.add(y) or plain(y)  # type: ignore[func-returns-value, method-assign]  # counts what is drawn
        await on.say(replace(calls[20], updated_at=at(999), repeat=True))
        assert drawn == {1 + 9}


async def test_ages_are_told_by_the_servers_clock() -> None:
    async with stage() as on:
        await on.say(a_call("x", 170), health=healthy(on.now, skew=180.0))
        assert "◔ ringing" in on.text
        assert [cell.text for cell in on.main.calls._lines[0].cells][3] == "10"
        assert "this clock is 3 min behind" in on.line("status")
