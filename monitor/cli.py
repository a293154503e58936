"""The door: reads the command line, wires the rooms, owns the exit codes. Whatever is heavy is imported late."""

from __future__ import annotations

import argparse
import errno
import gc
import logging
import os
import resource
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from monitor import __version__, accounts, logs, paths, settings
from monitor.errors import ExitCode, MonitorError, SettingsError
from monitor.keys import KEY_VARIABLE, TYPED_TEXT_LOG, Key
from monitor.settings import Settings

log = logging.getLogger(__name__)

_UNWRITTEN = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG, errno.EBADF)
"""How writing to standard output fails; files have their own words for it."""
_DEMO_INTERVAL = 1.0
"""Seconds between polls of the simulated account: it costs nobody anything."""
_FASTEST = 3600
"""How many times as fast a replay may play."""


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
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump holds the key
    logs.to_stderr()
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
        _discard_output()
        return int(ExitCode.OK)  # the reader has enough
    except OSError as error:
        if error.errno not in _UNWRITTEN:
            raise
        _discard_output()
        print(f"callmon: the output cannot be written: {error.strerror}", file=sys.stderr)  # noqa: T201
        return int(ExitCode.FAILURE)


def _discard_output() -> None:
    """Send what is left to nowhere: Python would complain once more when it flushes at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _Parser(argparse.ArgumentParser):
    """Takes no option for a longer one that begins like it: what follows `--key` must not be taken for a file's name,
    and quoted."""

    def __init__(self, **given: Any) -> None:
        super().__init__(allow_abbrev=False, **given)


def _parser() -> argparse.ArgumentParser:
    common = _Parser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument("--demo", action="store_true", help="show the simulated account: no key, no network")
    common.add_argument("--profile", metavar="NAME", help="use the table [profile.NAME] of the settings file")
    for each in settings.SETTINGS:
        if each.metavar:
            common.add_argument(f"--{each.name.replace('_', '-')}", metavar=each.metavar, help=_described(each))
    parser = _Parser(
        prog="callmon",
        description="A terminal monitor of live calls for pay-per-call businesses on Retreaver.",
        epilog=f"The API key itself is never an option: others could read it in the process list. It is looked for in "
        f"the key file, the credentials directory, the keyring and {KEY_VARIABLE}, and then asked for.",
        parents=[common],
    )
    parser.add_argument("--version", action="version", version=f"callmon {__version__}")
    parser.set_defaults(run=_monitor)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    once = commands.add_parser("once", parents=[common], help="poll once, print calls and targets, exit")
    form = once.add_mutually_exclusive_group()
    for name in ("json", "csv", "table"):
        form.add_argument(f"--{name}", dest="form", action="store_const", const=name, help=f"print {name}")
    once.add_argument(
        "--pixels", action="store_true", help="print the pixels that were not sent, and where they failed"
    )
    once.add_argument("--fail", action="store_true", help="with --pixels: exit 1 when an incident is open")
    once.set_defaults(run=_once, form="table")
    replay = commands.add_parser("replay", parents=[common], help="show what was recorded as if it were now")
    replay.add_argument("--from", dest="begin", metavar="DURATION|TIME", help="where to begin (default: 2h)")
    replay.add_argument("--to", dest="end", metavar="DURATION|TIME", help="where to end (default: the last change)")
    replay.add_argument("--speed", type=_speed, default=1.0, metavar="N", help="how many times as fast (default 1)")
    replay.add_argument("file", type=Path, nargs="?", metavar="FILE", help="another history than this account's")
    replay.set_defaults(run=_replay)
    export = commands.add_parser("export", parents=[common], help="print the calls that were recorded, without a key")
    export.add_argument("--until", metavar="DURATION|TIME", help="leave out calls that began from then on")
    export.add_argument("--format", dest="form", choices=("jsonl", "csv"), default="jsonl", help="(default jsonl)")
    export.add_argument(
        "--output",
        dest="folder",
        type=Path,
        metavar="FOLDER",
        help="write into a new file in FOLDER instead, over nothing and through no link",
    )
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


def _log_to(chosen: Settings) -> None:
    """Send the log to its file: the screen belongs to the monitor. It goes on without a log where there can be none."""
    try:
        logs.to_file(paths.log_file(chosen.data_dir))
    except OSError as error:
        logs.to_nowhere()
        print(f"callmon: going on without a log: {error}", file=sys.stderr)  # noqa: T201


def _no_typed_text_log() -> None:
    """Keep Textual from logging what is typed and pasted, for all to read: somebody may paste the key."""
    if os.environ.pop(TYPED_TEXT_LOG, None):
        log.warning("%s is not obeyed with a real account: it logs what is typed", TYPED_TEXT_LOG)


def _can_ask() -> bool:
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))


def _check_terminal() -> None:
    """Raise SettingsError where a screen could only be garbled."""
    hint = "For scripts there is `callmon once --json`."
    for name, stream in (("input", sys.stdin), ("output", sys.stdout), ("error output", sys.stderr)):
        if stream is None or not stream.isatty():
            raise SettingsError(f"the monitor needs a terminal, and its {name} is none", hint=hint)
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
    open_api = accounts.watching(chosen, wall, demo=_demo(options), ask=_can_ask())
    _check_terminal()
    since = settings.since(chosen.since, start)
    _log_to(chosen)
    if not _demo(options):
        _no_typed_text_log()
    from monitor.console import terminal
    from monitor.console.app import CallmonApp
    from monitor.feed.collector import Collector
    from monitor.insight.pixels import PixelRules

    interval = chosen.interval
    if _demo(options) and chosen.sources["interval"] == "default":
        interval = _DEMO_INTERVAL
    with accounts.history(chosen, wall, demo=_demo(options)) as open_store:
        collector = Collector(
            open_api, open_store, interval=interval, since=since, held=chosen.calls_held, wall=wall, boot=boot
        )
        app = CallmonApp(
            collector,
            clock=wall,
            since=since,
            held=chosen.calls_held,
            theme=chosen.theme,
            notes=paths.incidents_dir(chosen.data_dir),
            demo=_demo(options),
            rules=PixelRules.chosen(chosen),
        )
        return terminal.run(app, stop=collector.stop, continued=collector.retry)


def _output() -> TextIO:
    """Return standard output. Raises SettingsError when whoever started this has closed it."""
    out: TextIO | None = sys.stdout
    if out is None:
        raise SettingsError("there is nowhere to print to: standard output is closed")
    return out


def _once(options: argparse.Namespace) -> int:
    if options.fail and not options.pixels:
        hint = "callmon once --pixels --fail"
        raise SettingsError("--fail tells by the exit code whether pixels fail, so it needs --pixels", hint=hint)
    out = _output()
    chosen = _settings(options)
    now = wall()
    open_api = accounts.reading(chosen, wall, demo=_demo(options))
    from monitor import polled

    if options.pixels:
        return polled.pixels(chosen, open_api, now, out, form=options.form, fail=options.fail)
    return polled.calls(chosen, open_api, now, out, form=options.form)


def _replay(options: argparse.Namespace) -> int:
    chosen = _with_history(options)
    from monitor import recorded

    def ready() -> None:
        _check_terminal()
        _log_to(chosen)
        _no_typed_text_log()

    return recorded.replay(
        chosen,
        options.file,
        begin=options.begin,
        end=options.end,
        speed=options.speed,
        clock=time.monotonic,
        ready=ready,
    )


def _export(options: argparse.Namespace) -> int:
    chosen = _with_history(options)
    from monitor import recorded

    return recorded.export(chosen, _output(), until=options.until, form=options.form, folder=options.folder)


def _with_history(options: argparse.Namespace) -> Settings:
    if _demo(options):
        raise SettingsError("the simulated account begins anew each time: it has no history", hint="Leave out --demo.")
    return _settings(options)


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

    key: Key | SettingsError | None
    try:
        key = None if _demo(options) else accounts.find_key(chosen)
    except SettingsError as error:
        key = error
    open_api = accounts.reading(chosen, wall, demo=_demo(options)) if _demo(options) or isinstance(key, Key) else None
    return doctor.examine(chosen, key, open_api, _output())
