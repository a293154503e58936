"""`make screenshots`: draws the pictures that the README shows, from the simulated account, seed and clock fixed."""

from __future__ import annotations

import asyncio
from pathlib import Path

from monitor.console.app import CallmonApp
from tests.console.scene import scene

FOLDER = Path(__file__).parents[1] / "screenshots"

PICTURES: dict[str, tuple[tuple[int, int], tuple[str, ...]]] = {
    "calls": ((160, 40), ()),
    "detail": ((160, 40), (*["down"] * 26, "enter")),
    "targets": ((120, 24), ("2",)),
    "pixels": ((160, 40), ("3",)),
    "pixel": ((100, 36), ("3", "enter", *["down"] * 4, "enter")),
    "chart": ((120, 32), ("c",)),
    "narrow": ((80, 24), ("down", "down")),
}
"""Name, size in cells, keys pressed before the picture is taken."""


async def draw(app: CallmonApp, name: str) -> None:
    """Draw one picture."""
    size, keys = PICTURES[name]
    async with app.run_test(size=size, notifications=True, tooltips=True) as pilot:
        await pilot.pause()
        await pilot.press(*keys)
        await pilot.pause(0.2)
        (FOLDER / f"{name}.svg").write_text(app.export_screenshot(title="callmon"), "utf-8")


def main() -> None:
    """Draw all pictures anew."""
    FOLDER.mkdir(exist_ok=True)
    for name in PICTURES:
        asyncio.run(draw(scene(), name))


if __name__ == "__main__":
    main()
