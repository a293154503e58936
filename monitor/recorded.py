"""`callmon replay` and `callmon export`: the commands over what was recorded. They need neither a key nor a network."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from monitor import files, paths, settings
from monitor.errors import ExitCode, SettingsError
from monitor.text import clean

if TYPE_CHECKING:
    from monitor.settings import Settings
    from monitor.store.history import SqliteHistory

_REPLAYED = timedelta(hours=2)
"""How much of the history is replayed where nobody says otherwise."""


def replay(
    chosen: Settings,
    file: Path | None,
    *,
    begin: str | None,
    end: str | None,
    speed: float,
    clock: Callable[[], float],
    ready: Callable[[], None],
) -> int:
    """Show what was recorded from `begin` to `end`, as typed, of this account or in `file`; return the exit code.

    `clock` tells seconds and never jumps; `ready` prepares for the screen, once it is known that there is something to
    be shown. Raises SettingsError.
    """
    with closing(_open(chosen, file)) as history:
        start, finish = _span(history, begin, end)
        since = _moment("--since", chosen.since, start)
        ready()
        from monitor.console import terminal
        from monitor.console.app import CallmonApp
        from monitor.feed.replay import Replay
        from monitor.insight.pixels import PixelRules

        company = history.state().company
        played = Replay(history, start=start, end=finish, since=since, speed=speed, boot=clock, company=company)
        app = CallmonApp(
            played,
            clock=played.clock,
            since=since,
            held=chosen.calls_held,
            theme=chosen.theme,
            notes=paths.incidents_dir(chosen.data_dir),
            rules=PixelRules.chosen(chosen),
        )
        return terminal.run(app, stop=played.stop, continued=played.retry)


def export(chosen: Settings, out: TextIO, *, until: str | None, form: str, folder: Path | None) -> int:
    """Print the calls of the history to `out`, or into a new file in `folder`, as `jsonl` or `csv`; return the exit
    code. Raises SettingsError, and MonitorError when the history cannot be read to its end."""
    with closing(_open(chosen, None)) as history:
        from monitor.report import export

        _, last = history.recorded
        since = _moment("--since", chosen.since, last)
        before = None if until is None else _moment("--until", until, last)
        with _new_file(folder, last, form) if folder else nullcontext(out) as file:
            whole = export.write(history, since, before, last, file, form=form)
            file.flush()
        if whole and not history.damaged:
            return int(ExitCode.OK)
    print("callmon: incomplete: some recorded answers could not be read", file=sys.stderr)  # noqa: T201  # narration
    return int(ExitCode.NO_CONNECTION)


@contextmanager
def _new_file(folder: Path, moment: datetime, form: str) -> Iterator[TextIO]:
    """Yield a new file in `folder`, and say where it is. Raises SettingsError, MonitorError."""
    name = files.file_name("calls", moment, form)
    with files.create(folder, name) as file:
        yield file
    print(f"callmon: written to {folder / name}", file=sys.stderr)  # noqa: T201  # narration


def _open(chosen: Settings, file: Path | None) -> SqliteHistory:
    from monitor.store.history import SqliteHistory

    return SqliteHistory(file or paths.history_file(chosen.data_dir, chosen.base_url, chosen.company_id))


def _span(history: SqliteHistory, begin: str | None, end: str | None) -> tuple[datetime, datetime]:
    """Return what is to be replayed. Raises SettingsError when nothing of it was recorded."""
    first, last = history.recorded
    finish = last if end is None else _moment("--to", end, last)
    start = finish - _REPLAYED if begin is None else _moment("--from", begin, last)
    if start >= finish or finish <= first:
        raise SettingsError(
            f"there is nothing to replay from {_local(start)} to {_local(finish)}",
            hint=f"The history reaches from {_local(first)} to {_local(last)}.",
        )
    return max(start, first), finish


def _moment(option: str, text: str, end: datetime) -> datetime:
    """Return the moment that an option names. What is told as a duration is counted back from `end`.

    Raises SettingsError.
    """
    try:
        return settings.since(text, end)
    except ValueError as error:
        raise SettingsError(
            f"{option} {clean(text, 80)!r}: {error}", hint=f"Times are counted back from {_local(end)} here."
        ) from None


def _local(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"
