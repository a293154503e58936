"""Whatever is pressed, clicked or pasted: the account is asked by GET and by nothing else, and the screen stands."""

from __future__ import annotations

import random
from datetime import UTC, timedelta

import pytest

from monitor.console.app import CallmonApp
from tests.account import Account
from tests.console import throwing

EVENTS = 10_000
NAMED = (
    "up down left right pageup pagedown home end enter escape tab shift+tab space backspace delete f1 f5 ctrl+p ctrl+a "
    "ctrl+s ctrl+d ctrl+o ctrl+x ctrl+l"
).split()
PASTED = ("q", "DELETE /calls", "\x1b[A\x1b]52;c;x\x07", "[@click=app.quit]x[/]", "x" * 5000, "\r\r\r", "")

WALK = ("escape", "escape", "escape", "1", "slash", "escape", "end", "enter", "enter", "o")
"""Out of wherever one is, without a filter, to the addresses of a call: few find them by chance."""


class Staying(CallmonApp):
    """The monitor without its way out, which is found soon enough."""

    async def action_quit(self) -> None:
        """Stay."""


def throw(app: CallmonApp, draw: random.Random) -> None:
    """Throw one event at the application."""
    x, y = draw.randrange(app.size.width), draw.randrange(app.size.height)
    kind = draw.random()
    if kind < 0.45:
        throwing.key(app, draw.choice(NAMED))
    elif kind < 0.75:
        letter = chr(draw.randrange(0x21, 0x7F))
        throwing.key(app, letter if letter.isalnum() else _named(letter), letter)
    elif kind < 0.9:
        throwing.click(app, x, y, draw.choice((1, 1, 1, 2, 3)))
    elif kind < 0.96:
        throwing.wheel(app, x, y, down=draw.random() < 0.5)
    else:
        throwing.paste(app, draw.choice(PASTED))


def _named(letter: str) -> str:
    from textual.keys import _character_to_key

    return _character_to_key(letter)


@pytest.mark.parametrize(("seed", "size"), [(1, (160, 45)), (2, (80, 24))], ids=["wide", "narrow"])
async def test_thousands_of_keys_clicks_and_pastes_only_read(
    seed: int, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_TTY", "a remote machine: no test opens a browser")
    draw = random.Random(seed)  # noqa: S311  # input, not secrets
    account = Account(history=120)
    collector = account.collector(interval=0.2)
    app = Staying(collector, clock=account.wall, since=account.now - timedelta(hours=6), zone=UTC)
    crossed: set[str] = set()
    async with app.run_test(size=size, notifications=True, tooltips=True) as pilot:
        try:
            for number in range(EVENTS // 2):
                throw(app, draw)
                if number % 1000 == 0:
                    for key in WALK:
                        throwing.key(app, key)
                        await pilot.pause()
                        crossed.add(type(app.screen).__name__)
                if number % 40 == 0:
                    await pilot.pause()
                    crossed.add(type(app.screen).__name__)
                    account.pass_time(0.5)
                    assert app.is_running, f"event {number}: {app._exit_renderables}"
            await pilot.pause()
            assert app.is_running
            assert app._exit is False
        finally:
            collector.stop()
    assert {path.partition(" ")[0] for path in account.paths} == {"GET"}
    assert len(account.paths) > 20
    assert {"MainScreen", "HelpScreen", "ChartScreen", "Picker", "Chooser", "Palette"} <= crossed
    assert ("AddressList" if size[0] > 100 else "DetailScreen") in crossed
