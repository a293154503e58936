"""`callmon doctor`: what is in use, where it came from, what the terminal can do, and whether the account answers."""

from __future__ import annotations

import asyncio
import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from monitor import __version__, paths
from monitor.errors import ApiError, ExitCode, MonitorError, SettingsError
from monitor.keys import KEY_VARIABLE, Key
from monitor.settings import SETTINGS, WEBHOOK, webhook_setting, written

if TYPE_CHECKING:
    from monitor.settings import Settings

_NAME = 12


def examine(chosen: Settings, key: Key | SettingsError | None, open_api: Callable[[], Any] | None, out: TextIO) -> int:
    """Print everything and return the exit code that fits the worst answer.

    Of the key no more is printed than its length and its last characters; of one that cannot be used, why. Without a
    key `open_api` opens the simulated account; None: there is no account to ask.
    """
    _section(out, "callmon", [("version", __version__), ("python", f"{platform.python_version()} on {sys.platform}")])
    _section(out, "settings", list(_settings(chosen)))
    _section(
        out,
        "paths",
        [
            ("config", f"{chosen.config}{'' if chosen.config.exists() else '  (not there)'}"),
            ("data", f"{chosen.data_dir}{'' if chosen.data_dir.exists() else '  (not there yet)'}"),
            ("history", _history(paths.history_file(chosen.data_dir, chosen.base_url, chosen.company_id))),
            ("log", str(paths.log_file(chosen.data_dir))),
            ("styles", str(paths.styles_dir())),
        ],
    )
    _section(out, "terminal", list(_terminal()))
    out.write("account\n")
    if isinstance(key, SettingsError):
        return _failed(out, key)
    if open_api is None:
        _row(out, "key", f"none; name a file with --key-file, set {KEY_VARIABLE}, or use --demo")
        return int(ExitCode.USAGE)
    _row(out, "host", "the simulated account" if key is None else chosen.base_url)
    _row(out, "key", "needs none" if key is None else str(key))
    return asyncio.run(_account(open_api, out))


def _history(file: Path) -> str:
    try:
        return f"{file}  ({file.stat().st_size / 1e6:.1f} MB)"
    except FileNotFoundError:
        return f"{file}  (not there yet)"
    except OSError as error:
        return f"{file}  ({error.strerror})"


def _section(out: TextIO, title: str, rows: list[tuple[str, str]]) -> None:
    out.write(f"{title}\n")
    for name, value in rows:
        _row(out, name, value)
    out.write("\n")


def _row(out: TextIO, name: str, value: str) -> None:
    out.write(f"  {name:<{_NAME}}{value}\n")
    out.flush()


def _settings(chosen: Settings) -> Iterator[tuple[str, str]]:
    for each in SETTINGS:
        yield (each.name, f"{_shown(getattr(chosen, each.name))}  ({chosen.sources[each.name]})")
    for webhook, given in chosen.webhooks.items():
        for key, span in given.items():
            yield (WEBHOOK, f"{webhook} {key} {written(span)}  ({chosen.sources[webhook_setting(webhook, key)]})")
    yield ("profile", chosen.profile or "–")


def _shown(value: Any) -> str:
    return "–" if value is None else written(value) if isinstance(value, timedelta) else str(value)


def _terminal() -> Iterator[tuple[str, str]]:
    size = shutil.get_terminal_size()
    yield ("size", f"{size.columns}×{size.lines}")
    yield ("stdout", "a terminal" if sys.stdout.isatty() else "not a terminal")
    for name in ("TERM", "COLORTERM", "NO_COLOR", "LANG", "LC_ALL", "TMUX", "SSH_CONNECTION"):
        if name in os.environ:
            yield (name, os.environ[name] if name not in {"TMUX", "SSH_CONNECTION"} else "set")
    yield ("encoding", sys.stdout.encoding)


async def _account(open_api: Callable[[], Any], out: TextIO) -> int:
    from monitor.api.pages import CallQuery

    async with open_api() as api:
        try:
            company = await api.company()
            _row(out, "company", f"{company.record.name} · {company.record.id}  ({company.latency:.2f} s)")
            page = await api.calls(CallQuery(sort_by="updated_at"), page=1, per_page=1)
            newest = page.parsed.records[0].updated_at if page.parsed.records else None
            changed = "never" if newest is None else f"{newest.astimezone():%Y-%m-%d %H:%M:%S}"
            _row(out, "calls", f"readable  ({page.latency:.2f} s), newest change {changed}")
            targets = await api.targets(page=1, per_page=1)
            _row(out, "targets", f"readable  ({targets.latency:.2f} s)")
        except ApiError as error:
            return _failed(out, error)
    return int(ExitCode.OK)


def _failed(out: TextIO, error: MonitorError) -> int:
    _row(out, "failed", str(error))
    _row(out, "", error.hint)
    return int(error.exit_code)
