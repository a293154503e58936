"""Settings with their provenance: defaults, `config.toml`, environment, options; the later beats the earlier.

`SETTINGS` is the one registry: the file's keys, the environment's names, the options and `doctor` come from it.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Set
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from monitor import paths
from monitor.errors import SettingsError
from monitor.text import clean

CONFIG_VARIABLE = "CALLMON_CONFIG"

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_LONGEST = 3650 * 86400
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?[smhd])+")
_PART = re.compile(r"(\d+(?:\.\d+)?)([smhd])")


def duration(text: str) -> timedelta:
    """Return the span that `text` names: `90s`, `15m`, `2h`, `1h30m`, `7d`. Raises ValueError."""
    if not _DURATION.fullmatch(text):
        raise ValueError("expected a duration such as 90s, 15m, 2h or 1h30m")
    seconds = sum(float(count) * _UNITS[unit] for count, unit in _PART.findall(text))
    if seconds > _LONGEST:
        raise ValueError("expected at most 10 years")
    return timedelta(seconds=seconds)


def written(span: timedelta) -> str:
    """Return `span` as `duration` reads it, to a millisecond: `2m`, `1h30m`."""
    minutes, seconds = divmod(round(span.total_seconds(), 3), 60)
    hours, minutes = divmod(int(minutes), 60)
    parts = ((hours, "h"), (minutes, "m"), (round(seconds, 3), "s"))
    return "".join(f"{count:g}{unit}" for count, unit in parts if count) or "0s"


def since(text: str, now: datetime) -> datetime:
    """Return the moment that `text` names: a duration before `now`, or a time of day or date in local time.

    A time of day that lies ahead of `now` is yesterday's. Raises ValueError.
    """
    if _DURATION.fullmatch(text):
        return now - duration(text)
    try:
        if re.fullmatch(r"\d{1,2}:\d{2}", text):
            hour, minute = map(int, text.split(":"))
            moment = now.astimezone().replace(hour=hour, minute=minute, second=0, microsecond=0)
            moment = moment if moment <= now else moment - timedelta(days=1)
        else:
            moment = datetime.fromisoformat(text).astimezone()
    except ValueError:
        raise ValueError("expected a duration (2h), a time (14:30) or a date (2026-05-01T14:30)") from None
    if moment > now:
        raise ValueError("lies in the future")
    return moment.astimezone(now.tzinfo)


def _interval(value: Any) -> float:
    with suppress(TypeError, ValueError):
        if 1 <= (seconds := float(value)) <= 3600:
            return seconds
    raise ValueError("expected seconds from 1 to 3600")


def _since(value: Any) -> str:
    since(str(value), datetime.now().astimezone())
    return str(value)


def _base_url(value: Any) -> str:
    url = str(value).rstrip("/")
    parts = urlsplit(url)
    _ = parts.port  # raises for one that is no port
    if parts.scheme not in {"https", "http"} or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise ValueError("expected an address such as https://api.retreaver.com")
    if parts.scheme == "http" and parts.hostname not in {"127.0.0.1", "::1", "localhost"}:
        raise ValueError("plain http would send the API key unencrypted; only loopback may use it")
    return url


def _company(value: Any) -> str:
    company = str(value).strip()
    if not re.fullmatch(r"\d{1,19}", company, re.ASCII):
        raise ValueError("expected the number of a company")
    return company


def _path(value: Any) -> Path:
    return Path(str(value)).expanduser()


def _calls_held(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 1_000 <= value <= 10_000_000:
        return value
    raise ValueError("expected a whole number from 1000 to 10000000")


def _patience(value: Any) -> timedelta:
    with suppress(ValueError):
        if timedelta(seconds=1) <= (span := duration(str(value))) <= timedelta(hours=1):
            return span
    raise ValueError("expected a duration from 1s to 1h, such as 90s or 2m")


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its name in the file, how a value is read, its default and what it means."""

    name: str
    parse: Callable[[Any], Any]
    default: Any
    doc: str
    env: str | None = None
    metavar: str | None = None
    """How the option `--NAME` shows its value; None: there is no option."""


SETTINGS = (
    Setting("interval", _interval, 5.0, "seconds from one poll to the next", metavar="SECONDS"),
    Setting("since", _since, "2h", "how far back calls are read at the start", metavar="DURATION|TIME"),
    Setting("company_id", _company, None, "the company whose calls are shown", env="RETREAVER_COMPANY_ID"),
    Setting("base_url", _base_url, "https://api.retreaver.com", "the API's address", env="RETREAVER_BASE_URL"),
    Setting(
        "calls_held",
        _calls_held,
        100_000,
        "calls held in memory at most; the oldest that have ended leave first, and the sums go on counting them",
    ),
    Setting("data_dir", _path, None, "folder for the log and what is kept", env="CALLMON_DATA_DIR", metavar="FOLDER"),
    Setting(
        "key_file",
        _path,
        None,
        "file that holds the API key, for you alone (mode 600)",
        env="RETREAVER_API_KEY_FILE",
        metavar="FILE",
    ),
    Setting(
        "pixel_grace",
        _patience,
        "30s",
        "how long a pixel may stay new after its record was written; then, the call having ended, it is stuck",
    ),
    Setting(
        "pixel_late",
        _patience,
        "10s",
        "how long may lie between a pixel's record and its request; beyond that it is late",
    ),
    Setting("theme", str, "callmon-dark", "colours: callmon-dark, callmon-light, ansi-dark, ansi-light, …"),
)
_BY_NAME = {each.name: each for each in SETTINGS}

WEBHOOK = "webhook"
"""The table of the file that holds a table of its own for each webhook that is given another patience."""
WEBHOOK_SETTINGS = {"grace": _BY_NAME["pixel_grace"], "late": _BY_NAME["pixel_late"]}
"""What can be given for one webhook, and instead of which setting."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings in force. `sources` says for each name where its value came from.

    `webhooks` holds, by the name that the account gives a webhook, its own `grace` and `late`, either alone or both.
    """

    interval: float
    since: str
    company_id: str | None
    base_url: str
    data_dir: Path
    calls_held: int
    pixel_grace: timedelta
    pixel_late: timedelta
    theme: str
    key_file: Path | None
    webhooks: Mapping[str, Mapping[str, timedelta]]
    profile: str | None
    config: Path
    sources: Mapping[str, str]


def load(options: Mapping[str, Any], environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings in force. `options` holds what was typed, by setting name (None: not typed).

    Raises SettingsError naming the place of the value that cannot be used.
    """
    environ = os.environ if environ is None else environ
    config, named = _config_path(environ)
    profile = options.get("profile")
    tables = _tables(config, named, profile)
    layers = [(table.values, table.place()) for table in tables]
    given = {each.name: environ[each.env] for each in SETTINGS if each.env and environ.get(each.env)}
    typed = {each.name: options[each.name] for each in SETTINGS if options.get(each.name) is not None}
    values: dict[str, Any] = {
        each.name: each.default if each.default is None else each.parse(each.default) for each in SETTINGS
    }
    sources = dict.fromkeys(values, "default")
    for layer, origin in [*layers, (given, "env"), (typed, "option")]:
        for each in SETTINGS:
            if each.name in layer:
                where = _place(each, origin)
                values[each.name] = _parse(each, each.name, layer[each.name], where)
                sources[each.name] = where
    webhooks: dict[str, dict[str, timedelta]] = {}
    for table in tables:
        for webhook, key, value, where in _of_webhooks(table):
            webhooks.setdefault(webhook, {})[key] = value
            sources[webhook_setting(webhook, key)] = where
    if values["data_dir"] is None:
        values["data_dir"] = paths.data_dir()
    return Settings(**values, webhooks=webhooks, profile=profile, config=config, sources=sources)


def webhook_setting(webhook: str, key: str) -> str:
    """Return what `sources` calls a setting of one webhook."""
    return f"{WEBHOOK} {webhook} {key}"


def _place(setting: Setting, origin: str) -> str:
    if origin == "env":
        return f"environment {setting.env}"
    if origin == "option":
        return f"option --{setting.name.replace('_', '-')}"
    return origin


def _parse(setting: Setting, name: str, value: Any, where: str) -> Any:
    try:
        return setting.parse(value)
    except (ValueError, TypeError) as error:
        raise SettingsError(f"{name} = {clean(str(value), 80)!r} ({where}): {error}") from None


def _config_path(environ: Mapping[str, str]) -> tuple[Path, bool]:
    """Return the settings file's place and whether somebody named it (then it must be there)."""
    named = environ.get(CONFIG_VARIABLE)
    return (Path(named).expanduser(), True) if named else (paths.config_file(), False)


@dataclass(frozen=True, slots=True)
class _Table:
    """A table of the settings file: the file itself, or that of a profile (`path`)."""

    values: Mapping[str, Any]
    file: Path
    path: tuple[str, ...] = ()

    def place(self, *names: str) -> str:
        """Return where it stands, or the table within it that `names` lead to."""
        path = (*self.path, *names)
        return f"{self.file} [{'.'.join(map(_key, path))}]" if path else str(self.file)


def _key(name: str) -> str:
    """Return a key of the file as it is written there."""
    name = clean(name, 80)
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name, ensure_ascii=False)


def _tables(config: Path, named: bool, profile: str | None) -> list[_Table]:
    """Return what the settings file says, the later beating the earlier. Raises SettingsError."""
    try:
        values = tomllib.loads(config.read_text("utf-8"))
    except FileNotFoundError:
        if named or profile:
            raise SettingsError(f"the settings file {config} does not exist", hint=_config_hint(named)) from None
        return []
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"the settings file {config} cannot be read: {error}") from None
    profiles = values.pop("profile", {})
    tables = [_Table(values, config)]
    if profile is not None:
        chosen = profiles.get(profile) if isinstance(profiles, dict) else None
        if not isinstance(chosen, dict):
            raise SettingsError(f"{config} has no table [profile.{clean(profile, 40)}]")
        tables.append(_Table(chosen, config, ("profile", profile)))
    hint = f"Settings: {', '.join(sorted(_BY_NAME))}."
    for table in tables:
        _check_names(table.values, table.place(), {*_BY_NAME, WEBHOOK}, hint)
    return tables


def _of_webhooks(table: _Table) -> Iterator[tuple[str, str, timedelta, str]]:
    """Yield webhook, key, value and place of what is given for single webhooks. Raises SettingsError."""
    webhooks = table.values.get(WEBHOOK, {})
    if not isinstance(webhooks, dict) or not all(isinstance(given, dict) for given in webhooks.values()):
        raise SettingsError(
            f"{table.place()}: {WEBHOOK} is to hold a table for each webhook and nothing else",
            hint=f'Write [{".".join((*table.path, WEBHOOK))}."NAME"], and under it grace = "2m" or late = "20s".',
        )
    for name, given in webhooks.items():
        where = table.place(WEBHOOK, name)
        hint = f"Settings: {', '.join(WEBHOOK_SETTINGS)}. A name with dots or spaces is put in quotes."
        _check_names(given, where, set(WEBHOOK_SETTINGS), hint)
        for key, value in given.items():
            yield clean(name), key, _parse(WEBHOOK_SETTINGS[key], key, value, where), where


def _config_hint(named: bool) -> str:
    return f"{CONFIG_VARIABLE} names it." if named else "--profile needs a settings file with that profile."


def _check_names(given: Mapping[str, Any], where: str, names: Set[str], hint: str) -> None:
    for name in given:
        if name not in names:
            raise SettingsError(f"{where}: there is no setting {clean(name, 40)!r}", hint=hint)
