"""Exports and notes: a new file each time, in its folder, for this user alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from monitor.errors import MonitorError, SettingsError
from monitor.files import create, file_name
from tests.make import NOON

NAME = file_name("calls", NOON, "csv")


def test_the_name_is_made_of_the_time_alone() -> None:
    assert NAME == "calls-20260504T120000Z.csv"


def test_file_and_folder_are_for_this_user_alone(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "exports"
    before = os.umask(0)
    try:
        with create(folder, NAME) as out:
            out.write("ü\r\n")
    finally:
        os.umask(before)
    assert (folder / NAME).read_bytes() == b"\xc3\xbc\r\n"
    assert oct((folder / NAME).stat().st_mode)[-3:] == "600"
    assert oct(folder.stat().st_mode)[-3:] == "700"


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("kept")
    with pytest.raises(MonitorError, match="is there already; nothing was written") as caught:
        create(tmp_path, NAME)
    assert caught.value.hint
    assert (tmp_path / NAME).read_text() == "kept"


@pytest.mark.parametrize("there", [True, False])
def test_no_link_is_followed(tmp_path: Path, *, there: bool) -> None:
    victim = tmp_path / "victim"
    if there:
        victim.write_text("kept")
    folder = tmp_path / "exports"
    folder.mkdir()
    (folder / NAME).symlink_to(victim)
    with pytest.raises(MonitorError, match="is there already"):
        create(folder, NAME)
    assert victim.exists() is there
    assert not there or victim.read_text() == "kept"


@pytest.mark.parametrize("name", ["../evil.csv", "/etc/evil.csv", "a/b.csv", "", "..", ".hidden", "-x.csv", "a\n.csv"])
def test_no_name_leaves_the_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "exports"
    with pytest.raises(SettingsError, match="cannot be the name of a file"):
        create(folder, name)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match=r"nothing can be written to .*file") as caught:
        create(tmp_path / "file", NAME)
    assert caught.value.hint
