"""Opening an address: listed first, chosen by a person, and never able to be anything but an address."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import OptionList

from monitor.console import addresses
from monitor.console.addresses import Address, host, open_address, opener
from monitor.console.screens.addresses import AddressList
from monitor.model.call import FiredPixel
from tests.console.test_monitor import stage
from tests.make import a_final_call

PIXEL = "https://pixel.example/fire?call_key=c4n4ry&x=1"


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://Example.com/a?b=c#d", "example.com"),
        ("http://127.0.0.1:8080/", "127.0.0.1"),
        ("https://xn--bcher-kva.example/", "xn--bcher-kva.example"),
    ],
)
def test_an_address_of_the_web_is_told_by_its_host(url: str, name: str) -> None:
    assert host(url) == name


@pytest.mark.parametrize(
    "url",
    [
        "",
        "-https://example.com",
        "--help",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "ftp://example.com/",
        "HTTPS:example.com",
        "https://",
        "https:///path",
        "https://user@example.com/",
        "https://user:pass@example.com/",
        "https://example.com@evil.example/",
        "https://example.com:port/",
        "https://example.com:99999/",
        "https://[::1",
        "https://exam%2eple.com/",
        "https://-x.example/",
        "https://example.com/a b",
        " https://example.com/",
        "https://example.com/\n",
        "https://example.com/\x1b]52;c;x\x07",
        "https://example.com/␛",
        "https://example.com\\@evil.example/",
        'https://example.com/"',
        "https://example.com/%action`id`",
        "https://еxample.com/",
        "https://example.com/" + "x" * 2048,
        "https://example.com/" + "x" * 400 + "…",
    ],
)
def test_what_is_not_plainly_an_address_is_not_opened(url: str, tmp_path: Path) -> None:
    assert host(url) is None
    with pytest.raises(ValueError, match="not an address"):
        open_address(url, str(tmp_path / "none"))


@pytest.mark.parametrize(
    ("environ", "opens"),
    [
        ({}, False),
        ({"DISPLAY": ":0"}, True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, True),
        ({"DISPLAY": ":0", "SSH_CONNECTION": "1.2.3.4 5 6.7.8.9 22"}, False),
        ({"DISPLAY": "localhost:10.0", "SSH_TTY": "/dev/pts/1"}, False),
    ],
)
def test_nothing_is_opened_where_nobody_sits(
    environ: dict[str, str], opens: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    program(tmp_path, monkeypatch)
    assert opener(environ) == (str(tmp_path / "xdg-open") if opens else None)


def program(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a program in the path that notes its arguments and environment instead of opening anything."""
    told = folder / "told"
    path = folder / "xdg-open"
    path.write_text(f'#!/bin/sh\nprintf "%s\\n" "$#" "$@" > {told}.part\nenv >> {told}.part\nmv {told}.part {told}\n')
    path.chmod(0o700)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    return told


def wait_for(file: Path) -> list[str]:
    deadline = time.monotonic() + 10
    while not file.exists():
        assert time.monotonic() < deadline, "nothing was run"
        time.sleep(0.01)
    return file.read_text().splitlines()


def test_the_opener_gets_one_argument_and_not_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = program(tmp_path, monkeypatch)
    monkeypatch.setenv("RETREAVER_API_KEY", "c4n4ry")
    hard = "https://example.com/$(id);'&x=--help"
    open_address(hard, str(tmp_path / "xdg-open"))
    lines = wait_for(told)
    assert lines[:2] == ["1", hard]
    assert not any("c4n4ry" in line or "RETREAVER" in line for line in lines)


CALL = a_final_call(
    "c1",
    pixels=(
        FiredPixel(url=PIXEL, webhook_name="[@click=app.quit]Ring"),
        FiredPixel(url="javascript:alert(1)", webhook_name="bad"),
    ),
)
ANSWER: dict[str, Any] = {"uuid": "c1", "recording_url": "https://recordings.example/c1.mp3", "visitor_url": None}


def test_a_call_lists_its_recording_and_its_pixels_and_nothing_that_cannot_be_opened() -> None:
    assert addresses.addresses(CALL, ANSWER) == [
        Address("recording", "https://recordings.example/c1.mp3"),
        Address("pixel [@click=app.quit]Ring", PIXEL, fires=True),
    ]


@pytest.mark.parametrize("width", [160, 80])
@pytest.mark.parametrize("display", [True, False])
async def test_the_list_opens_what_is_chosen_and_shows_no_hidden_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, width: int, display: bool
) -> None:
    told = program(tmp_path, monkeypatch)
    monkeypatch.setattr("sys.platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SSH_CONNECTION", "SSH_TTY"):
        monkeypatch.delenv(name, raising=False)
    if display:
        monkeypatch.setenv("DISPLAY", ":0")
    async with stage(width) as on:
        await on.say(CALL, answers={"c1": ANSWER})
        await on.press("enter", "o")
        listed = on.app.screen
        assert isinstance(listed, AddressList)
        options = listed.query_one(OptionList)

        def prompts() -> list[str]:
            return [str(option.prompt) for option in options.options]

        assert [prompt.partition(" · ")[0] for prompt in prompts()] == [
            "open nothing",
            "recordings.example",
            "pixel.example",
        ]
        assert "opening it fires it once more" in prompts()[2]
        assert "c4n4ry" not in "".join(prompts())
        assert "call_key=•••" in prompts()[2]
        await on.press("enter")
        assert not isinstance(on.app.screen, AddressList), "the first choice opens nothing"
        assert not told.exists()
        await on.press("o", "r")
        listed = on.app.screen
        options = listed.query_one(OptionList)
        assert "call_key=•••&x=1" in prompts()[2], "a key is shown to nobody"
        await on.press("down", "enter")
        assert isinstance(on.app.screen, AddressList) is not display
        if display:
            assert wait_for(told)[:2] == ["1", "https://recordings.example/c1.mp3"]
        notices = [notice.message for notice in on.app._notifications]
        assert ("opened in the browser: recordings.example" in notices) is display
    assert told.exists() is display


async def test_a_buyer_has_no_addresses() -> None:
    async with stage() as on:
        await on.say(CALL)
        await on.press("2", "enter", "o")
        assert not isinstance(on.app.screen, AddressList)
