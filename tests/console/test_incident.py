"""`i` writes a note of an incident: a new file, for this user alone, and the screen says where."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from monitor.console.incident import write_incident_note
from monitor.insight.pixels import hook
from tests.console.pseudo import terminal
from tests.console.test_detail_pages import LATER, notices
from tests.console.test_monitor import Stage, stage
from tests.insight.pixel_cases import new
from tests.make import a_final_call, at

NAME = "incident-20260504T120640Z.md"
STARTED = hook("Started", None, "hooks.example")


async def failing(on: Stage, folder: Path | None) -> None:
    """Show a webhook that fails, and the page of one of its pixels."""
    on.app.notes = folder
    await on.wait(LATER)
    await on.say(*(a_final_call(f"c{n}", n, pixels=(new(created=n),)) for n in range(12)))
    await on.press("enter", "tab")


@pytest.mark.parametrize("width", [160, 80])
async def test_the_note_is_a_new_file_for_this_user_alone_and_its_whole_path_is_told(
    tmp_path: Path, width: int
) -> None:
    folder = tmp_path / "data" / "incidents"
    before = os.umask(0)
    try:
        async with stage(width) as on:
            await failing(on, folder)
            await on.press("i")
            assert f"incident written to {folder / NAME}" in notices(on)
    finally:
        os.umask(before)
    assert "# `Started` at `hooks.example` failed" in (folder / NAME).read_text()
    assert oct((folder / NAME).stat().st_mode)[-3:] == "600"
    assert oct(folder.stat().st_mode)[-3:] == "700"


async def test_nothing_is_written_over_or_through_a_link(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("kept")
    (tmp_path / NAME).symlink_to(victim)
    async with stage() as on:
        await failing(on, tmp_path)
        await on.press("i")
        assert f"{tmp_path / NAME} is there already; nothing was written" in notices(on)
    assert victim.read_text() == "kept"


async def test_a_folder_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    async with stage() as on:
        await failing(on, tmp_path / "file")
        await on.press("i")
        assert f"nothing can be written to {tmp_path / 'file'}" in notices(on)


async def test_without_a_folder_or_an_incident_or_a_pixel_it_says_so(tmp_path: Path) -> None:
    async with stage() as on:
        await failing(on, None)
        await on.press("i")
        assert "there is no folder for notes: nothing was written" in notices(on)
        on.app.notes = tmp_path
        write_incident_note(on.app, hook("Other", None, "[b]x.example"), at(0))
        await on.press("tab", "i")
        assert "no incident with Other at [b]x.example" in notices(on)
        assert "open the page of a pixel first" in notices(on)
    assert os.listdir(tmp_path) == []  # noqa: PTH208  # as quick as anything in a test


def test_the_program_writes_it_into_its_data_folder(tmp_path: Path) -> None:
    """The simulated account has an outage on from the first minute, and its webhook stands on top."""
    folder = tmp_path / "incidents"
    with terminal(tmp_path, "--demo", size=(160, 45)) as child:
        child.until(r"● live")
        child.type("3")
        child.until("! failing")
        child.type("\r")
        child.until(r"\d pixels · ↓ RECORD")
        child.type("\r")
        child.until("An incident is open")
        child.type("i")
        child.until("incident written to")
        child.type("q")
        assert child.wait() == 0
    (written,) = folder.iterdir()
    assert "goes on, as of" in written.read_text()
