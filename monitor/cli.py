"""The door: reads the command line, wires the rooms, owns the exit codes. Whatever is heavy is imported late."""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import logging.handlers
import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitor import __version__, paths, settings
from monitor.errors import ExitCode, MonitorError, SettingsError
from monitor.settings import KEY_VARIABLE, Settings
from monitor.text import clean

if TYPE_CHECKING:
    from monitor.api.client import ReadApi
    from monitor.store.history import SqliteHistory

_DEMO_INTERVAL = 1.0
"""Seconds between polls of the simulated account: it costs nobody anything."""
_FASTEST = 3600
_REPLAYED = timedelta(hours=2)
"""How much of the history is replayed where nobody says otherwise."""


def wall() -> datetime:
    """Return the time of day, aware, in UTC."""
    return datetime.now(UTC)


def boot() -> float:
    """Return seconds of a clock that never jumps and goes on while the machine sleeps."""
    number = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if number is None else time.clock_gettime(number)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run callmon and return its exit code."""
    os.umask(0o077)
    try:
        options = _parser().parse_args(arguments)
        run: Callable[[argparse.Namespace], int] = options.run
        return run(options)
    except MonitorError as error:
        print(f"callmon: {error}", file=sys.stderr)  # noqa: T201  # narration goes to stderr
        if error.hint:
            print(error.hint, file=sys.stderr)  # noqa: T201
        return int(error.exit_code)
    except KeyboardInterrupt:
        return int(ExitCode.INTERRUPTED)
    except BrokenPipeError:
        # The reader has enough. Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return int(ExitCode.OK)


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument("--demo", action="store_true", help="show the simulated account: no key, no network")
    common.add_argument("--profile", metavar="NAME", help="use the table [profile.NAME] of the settings file")
    for each in settings.SETTINGS:
        if each.metavar:
            common.add_argument(f"--{each.name.replace('_', '-')}", metavar=each.metavar, help=_described(each))
    parser = argparse.ArgumentParser(
        prog="callmon",
        description="A terminal monitor of live calls for pay-per-call businesses on Retreaver.",
        epilog=f"The API key is given in the environment as {KEY_VARIABLE}, never as an option.",
        parents=[common],
    )
    parser.add_argument("--version", action="version", version=f"callmon {__version__}")
    parser.set_defaults(run=_monitor)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    once = commands.add_parser("once", parents=[common], help="poll once, print calls and targets, exit")
    form = once.add_mutually_exclusive_group()
    for name in ("json", "csv", "table"):
        form.add_argument(f"--{name}", dest="form", action="store_const", const=name, help=f"print {name}")
    once.set_defaults(run=_once, form="table")
    replay = commands.add_parser("replay", parents=[common], help="show what was recorded as if it were now")
    replay.add_argument("--from", dest="begin", metavar="DURATION|TIME", help="where to begin (default: 2h)")
    replay.add_argument("--to", dest="end", metavar="DURATION|TIME", help="where to end (default: the last change)")
    replay.add_argument("--speed", type=_speed, default=1.0, metavar="N", help="how many times as fast (default 1)")
    replay.add_argument("file", type=Path, nargs="?", metavar="FILE", help="another history than this account's")
    replay.set_defaults(run=_replay)
    export = commands.add_parser("export", parents=[common], help="print the calls that were recorded, without a key")
    export.add_argument("--until", dest="end", metavar="DURATION|TIME", help="leave out calls that began from then on")
    export.add_argument("--format", dest="form", choices=("jsonl", "csv"), default="jsonl", help="(default jsonl)")
    export.set_defaults(run=_export)
    simulate = commands.add_parser("simulate", help="serve the simulated account as the Core API on loopback")
    simulate.add_argument(
        "--port", type=_whole(0, 65535), required=True, metavar="N", help="port on 127.0.0.1; 0 takes a free one"
    )
    simulate.add_argument("--seed", type=_whole(0, 2**31), default=1, metavar="S", help="which account (default 1)")
    simulate.add_argument(
        "--rate", type=_rate, default=0.2, metavar="CALLS_PER_SECOND", help="new calls per second (default 0.2)"
    )
    simulate.add_argument(
        "--history",
        type=_whole(0, 1_000_000),
        default=1500,
        metavar="N",
        help="calls that lie before the start (default 1500)",
    )
    simulate.set_defaults(run=_simulate)
    doctor = commands.add_parser("doctor", parents=[common], help="say what is in use and whether the account answers")
    doctor.set_defaults(run=_doctor)
    return parser


def _described(each: settings.Setting) -> str:
    return each.doc if each.default is None else f"{each.doc} (default {each.default})"


def _rate(text: str) -> float:
    with suppress(ValueError):
        if 0 < (rate := float(text)) <= 1000:
            return rate
    raise argparse.ArgumentTypeError("expected more than 0 and at most 1000 calls a second")


def _speed(text: str) -> float:
    with suppress(ValueError):
        if 0 < (speed := float(text)) <= _FASTEST:
            return speed
    raise argparse.ArgumentTypeError(f"expected more than 0 and at most {_FASTEST}")


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        with suppress(ValueError):
            if low <= (count := int(text)) <= high:
                return count
        raise argparse.ArgumentTypeError(f"expected a whole number from {low} to {high}")

    return read


def _settings(options: argparse.Namespace) -> Settings:
    return settings.load(vars(options))


def _demo(options: argparse.Namespace) -> bool:
    return getattr(options, "demo", False)


def _api(chosen: Settings) -> Callable[[], ReadApi]:
    """Return what opens the real account. Raises SettingsError without a key: there is no half-working start."""
    key = chosen.key
    if key is None:
        raise SettingsError(
            f"no API key. Give it in the environment: export {KEY_VARIABLE}=…  (and RETREAVER_COMPANY_ID=…)",
            hint="To look around without a key: callmon --demo",
        )

    def open_api() -> ReadApi:
        from monitor.api.client import ReadApi

        return ReadApi(base_url=chosen.base_url, key=key, company_id=chosen.company_id)

    return open_api


def _demo_api(start: datetime) -> Callable[[], ReadApi]:
    """Return what opens the simulated account within this process."""

    def open_api() -> ReadApi:
        from monitor.api.client import ReadApi, in_process
        from monitor.simulator import COMPANY_ID, DEMO_KEY, World
        from monitor.simulator.web import build_app

        app = build_app(World(start=start), clock=wall, api_key=DEMO_KEY)
        return ReadApi(base_url="http://localhost", key=DEMO_KEY, company_id=str(COMPANY_ID), inner=in_process(app))

    return open_api


def _open(options: argparse.Namespace, chosen: Settings, start: datetime) -> Callable[[], ReadApi]:
    return _demo_api(start) if _demo(options) else _api(chosen)


def _log_to(chosen: Settings) -> None:
    """Send the log to its file: the screen belongs to the monitor."""
    file = paths.log_file(chosen.data_dir)
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(file, maxBytes=2**20, backupCount=2, encoding="utf-8")
    except OSError as error:
        raise SettingsError(
            f"the log cannot be written: {error}", hint="Choose a folder with --data-dir or CALLMON_DATA_DIR."
        ) from None
    logging.basicConfig(handlers=[handler], level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")


def _check_terminal() -> None:
    """Raise SettingsError where a screen could only be garbled."""
    hint = "For scripts there is `callmon once --json`."
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise SettingsError("the monitor needs a terminal", hint=hint)
    if os.environ.get("TERM", "dumb") == "dumb":
        raise SettingsError("the monitor needs a terminal that can move its cursor, and TERM says dumb", hint=hint)
    if not sys.stdout.encoding.lower().startswith("utf"):
        raise SettingsError(
            f"the monitor needs a UTF-8 terminal, and this one says {sys.stdout.encoding}",
            hint="Set LANG=C.UTF-8 (or another UTF-8 locale) if the terminal can show it.",
        )


def _monitor(options: argparse.Namespace) -> int:
    gc.disable()  # until the screen stands: collections would cost the first paint a fifth of its time
    chosen = _settings(options)
    start = wall()
    open_api = _open(options, chosen, start)
    _check_terminal()
    since = settings.since(chosen.since, start)
    _log_to(chosen)
    from monitor.console.app import CallmonApp
    from monitor.feed.collector import Collector

    interval = chosen.interval
    if _demo(options) and chosen.sources["interval"] == "default":
        interval = _DEMO_INTERVAL
    collector = Collector(open_api, interval=interval, since=since, wall=wall, boot=boot)
    app = CallmonApp(
        collector, clock=wall, since=since, held=chosen.calls_held, theme=chosen.theme, demo=_demo(options)
    )
    try:
        code = app.run()
    finally:
        collector.stop()
    return int(code if code is not None else app.return_code or ExitCode.OK)


def _once(options: argparse.Namespace) -> int:
    chosen = _settings(options)
    now = wall()
    open_api = _open(options, chosen, now)
    logging.basicConfig(level=logging.WARNING, format="callmon: %(message)s")
    from monitor.feed.once import Reading, read_once
    from monitor.ledger import Ledger
    from monitor.report import once

    async def read() -> Reading:
        async with open_api() as api:
            return await read_once(api, settings.since(chosen.since, now), now)

    reading = asyncio.run(read())
    ledger = Ledger()
    ledger.apply(reading.batch)
    company = chosen.company_id
    once.write(ledger, reading.as_of, company, sys.stdout, form=options.form, complete=reading.trouble is None)
    sys.stdout.flush()
    if reading.trouble is None:
        return int(ExitCode.OK)
    print(f"callmon: incomplete: {reading.trouble}", file=sys.stderr)  # noqa: T201
    return int(ExitCode.NO_CONNECTION)


def _replay(options: argparse.Namespace) -> int:
    chosen = _settings(options)
    with closing(_history(options, chosen, options.file)) as history:
        first, last = history.recorded
        end = _recorded_time("--to", options.end, last) or last
        start = _recorded_time("--from", options.begin, last) or end - _REPLAYED
        if start >= end or end < first:
            raise SettingsError(
                f"there is nothing to replay from {start.astimezone():%d %b %H:%M} to {end.astimezone():%d %b %H:%M}",
                hint=f"The history reaches from {first.astimezone():%d %b %H:%M} to {last.astimezone():%d %b %H:%M}.",
            )
        start = max(start, first)
        since = settings.since(chosen.since, start)
        _check_terminal()
        _log_to(chosen)
        from monitor.console.app import CallmonApp
        from monitor.feed.replay import Replay
        from monitor.model.company import Company

        company = Company(int(chosen.company_id)) if chosen.company_id and options.file is None else None
        replay = Replay(
            history,
            start=start,
            end=end,
            since=since,
            speed=options.speed,
            boot=time.monotonic,
            company=company,
        )
        app = CallmonApp(replay, clock=replay.clock, since=since, held=chosen.calls_held, theme=chosen.theme)
        try:
            code = app.run()
        finally:
            replay.stop()
    return int(code if code is not None else app.return_code or ExitCode.OK)


def _export(options: argparse.Namespace) -> int:
    chosen = _settings(options)
    logging.basicConfig(level=logging.WARNING, format="callmon: %(message)s")
    with closing(_history(options, chosen, None)) as history:
        from monitor.report import export

        _, last = history.recorded
        since = settings.since(chosen.since, last)
        until = _recorded_time("--until", options.end, last)
        whole = export.write(history, since, until, last, sys.stdout, form=options.form)
        sys.stdout.flush()
        whole = whole and not history.damaged
    if whole:
        return int(ExitCode.OK)
    print("callmon: incomplete: some recorded answers could not be read", file=sys.stderr)  # noqa: T201
    return int(ExitCode.NO_CONNECTION)


def _history(options: argparse.Namespace, chosen: Settings, file: Path | None) -> SqliteHistory:
    """Open a history to be read; this account's own where no other one is named."""
    if _demo(options):
        raise SettingsError("the simulated account keeps no history", hint="Leave out --demo.")
    from monitor.store.history import SqliteHistory

    return SqliteHistory(file or paths.history_file(chosen.data_dir, chosen.base_url, chosen.company_id))


def _recorded_time(option: str, text: str | None, last: datetime) -> datetime | None:
    """Return the moment that an option names, as `--since` does; a duration counts back from the end of the history."""
    try:
        return None if text is None else settings.since(text, last)
    except ValueError as error:
        raise SettingsError(
            f"{option} {clean(text or '', 80)!r}: {error}", hint=f"The history ends {last.astimezone():%d %b %H:%M}."
        ) from None


def _simulate(options: argparse.Namespace) -> int:
    from monitor.simulator.serve import serve

    try:
        serve(port=options.port, seed=options.seed, rate=options.rate, history=options.history)
    except OSError as error:
        raise MonitorError(f"port {options.port} on 127.0.0.1 cannot be used: {error.strerror or error}") from None
    return int(ExitCode.OK)


def _doctor(options: argparse.Namespace) -> int:
    chosen = _settings(options)
    from monitor import doctor

    return doctor.examine(chosen, _open_or_none(options, chosen), sys.stdout, demo=_demo(options))


def _open_or_none(options: argparse.Namespace, chosen: Settings) -> Callable[[], Any] | None:
    try:
        return _open(options, chosen, wall())
    except SettingsError:
        return None
