"""The addresses in a call, and opening one: only what is plainly an address of the web, and only when chosen."""

from __future__ import annotations

import os
import re
import shutil
import subprocess  # see `open_address`: one program, one checked argument, no shell
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from monitor.model.call import Call

_LONGEST = 2048
_ADDRESS = re.compile(r"https?://[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")
"""Characters of RFC 3986 and no others: what had to be cleaned or cut, or could pass for another host, is not one."""

_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Address:
    """One address and what it is: `recording`, or a pixel by its name."""

    what: str
    url: str
    fires: bool = False
    """Whether asking for it makes somebody count the call once more."""


def addresses(call: Call, answer: Mapping[str, Any] | None) -> list[Address]:
    """Return the addresses of `call` and of its complete `answer`, as far as they can be opened."""
    found = [*_of_answer(answer or {}), *_of_pixels(call)]
    return [each for each in found if host(each.url) is not None]


def _of_answer(answer: Mapping[str, Any]) -> Iterator[Address]:
    for what in ("recording", "visitor"):
        url = answer.get(f"{what}_url")
        if isinstance(url, str):
            yield Address(what, url)


def _of_pixels(call: Call) -> Iterator[Address]:
    for pixel in call.pixels:
        yield Address(f"pixel {pixel.webhook_name or 'timer'}", pixel.url, fires=True)


def host(url: str) -> str | None:
    """Return the host of `url`; None when it must not be opened: no http or https, user info, too long, odd."""
    if len(url) > _LONGEST or _ADDRESS.fullmatch(url) is None:
        return None
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises ValueError when it is none
    except ValueError:
        return None
    name = parts.hostname
    return name if name and "@" not in parts.netloc and _HOST.fullmatch(name) else None


def opener(environ: Mapping[str, str] = os.environ) -> str | None:
    """Return the program that opens addresses where the person sits; None on a remote machine or without a display."""
    if environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"):
        return None
    if sys.platform == "darwin":
        return shutil.which("open")
    return shutil.which("xdg-open") if environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY") else None


def open_address(url: str, program: str) -> None:
    """Hand `url` to `program`. Raises ValueError when it must not be opened, OSError when the program cannot be run.

    Not by `webbrowser`, which takes some addresses for options (CVE-2026-4519) and expands others (CVE-2026-4786).
    The key of the account is not handed down to the browser.
    """
    if host(url) is None:
        raise ValueError("not an address that is opened")
    environ = {name: value for name, value in os.environ.items() if not name.startswith("RETREAVER_")}
    quiet = subprocess.DEVNULL
    child = subprocess.Popen(  # noqa: S603  # starts with http:// or https://, so it is no option
        [program, url], stdin=quiet, stdout=quiet, stderr=quiet, env=environ, start_new_session=True
    )
    threading.Thread(target=child.wait, name="opener", daemon=True).start()
