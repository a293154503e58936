"""Settings: the later source beats the earlier, and a mistake is named with its place."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import settings
from monitor.errors import ExitCode, SettingsError
from monitor.insight.pixels import Patience, PixelRules

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "config.toml"
    file.write_text('interval = 7\nsince = "30m"\n[profile.night]\ninterval = 30\ncompany_id = 4\n')
    return file


def test_defaults_need_no_file(tmp_path: Path) -> None:
    chosen = settings.load({}, {"XDG_CONFIG_HOME": str(tmp_path)})
    assert chosen.interval == 5
    assert chosen.since == "2h"
    assert chosen.base_url == "https://api.retreaver.com"
    assert chosen.calls_held == 100_000
    assert chosen.key_file is None
    assert set(chosen.sources.values()) == {"default"}


def test_file_profile_environment_and_options_beat_each_other_in_this_order(config: Path) -> None:
    environ = {"CALLMON_CONFIG": str(config)}
    assert settings.load({}, environ).interval == 7
    assert settings.load({"profile": "night"}, environ).interval == 30
    assert settings.load({"profile": "night"}, environ).since == "30m"
    assert settings.load({"profile": "night"}, {**environ, "RETREAVER_COMPANY_ID": "9"}).company_id == "9"
    chosen = settings.load({"profile": "night", "interval": "3"}, environ)
    assert chosen.interval == 3
    assert chosen.sources["interval"] == "option --interval"
    assert chosen.sources["company_id"] == f"{config} [profile.night]"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("interval = 0\n", "interval"),
        ("intervall = 5\n", "intervall"),
        ("interval = [\n", "cannot be read"),
        ('base_url = "http://api.retreaver.com"\n', "unencrypted"),
        ('base_url = "ftp://x"\n', "base_url"),
        ('company_id = "two"\n', "company_id"),
        ("calls_held = 999\n", "calls_held"),
        ('calls_held = "many"\n', "calls_held"),
        ("calls_held = true\n", "calls_held"),
        ('pixel_grace = "0.5s"\n', "pixel_grace = '0.5s'"),
        ('pixel_late = "61m"\n', "from 1s to 1h"),
        ("pixel_grace = 30\n", "expected a duration"),
        ('webhook = "Everflow"\n', "a table for each webhook"),
        ('[webhook]\ngrace = "2m"\n', "a table for each webhook"),
        ('[webhook.Everflow]\nslow = "2m"\n', "[webhook.Everflow]: there is no setting 'slow'"),
        ('[webhook.Everflow]\ngrace = "2h"\n', "grace = '2h'"),
        ('[webhook.Everflow]\nlate = "0s"\n', "[webhook.Everflow]): expected a duration from 1s to 1h"),
        ('[webhook."Call ended"]\nlate = 5\n', '[webhook."Call ended"]'),
        ('[webhook.a.b]\nlate = "5s"\n', "[webhook.a]: there is no setting 'b'"),
    ],
)
def test_a_mistake_in_the_file_is_named_with_its_place(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(text)
    with pytest.raises(SettingsError) as caught:
        settings.load({}, {"CALLMON_CONFIG": str(file)})
    assert says in str(caught.value)
    assert str(file) in str(caught.value)
    assert caught.value.exit_code is ExitCode.USAGE


def test_a_mistake_in_a_profile_is_named_with_the_profile_too(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[profile.night.webhook."Call ended"]\ngrace = "1d"\n')
    assert settings.load({}, {"CALLMON_CONFIG": str(file)}).webhooks == {}
    with pytest.raises(SettingsError) as caught:
        settings.load({"profile": "night"}, {"CALLMON_CONFIG": str(file)})
    place = f'{file} [profile.night.webhook."Call ended"]'
    assert str(caught.value) == f"grace = '1d' ({place}): expected a duration from 1s to 1h, such as 90s or 2m"


def test_the_patience_with_pixels_has_its_layers(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    environ = {"CALLMON_CONFIG": str(file)}
    file.write_text("")
    assert PixelRules.chosen(settings.load({}, environ)) == PixelRules()
    file.write_text("""
        pixel_late = "5s"
        [webhook."Everflow"]
        grace = "2m"
        late = "20s"
        [webhook."Call ended"]
        late = "1h"
        [profile.night]
        pixel_grace = "1m30s"
        [profile.night.webhook."Everflow"]
        grace = "3m"
        [profile.night.webhook."New"]
        grace = "1s"
    """)
    day = PixelRules.chosen(settings.load({}, environ))
    assert day.general == patience(30, 5)
    assert day.webhooks == {"Everflow": patience(120, 20), "Call ended": patience(30, 3600)}
    chosen = settings.load({"profile": "night"}, environ)
    night = PixelRules.chosen(chosen)
    assert night.of(None) == night.of("everflow") == patience(90, 5), "names are taken exactly"
    assert night.webhooks == {
        "Everflow": patience(180, 20),
        "Call ended": patience(90, 3600),
        "New": patience(1, 5),
    }
    assert chosen.sources[settings.webhook_setting("Everflow", "grace")] == f"{file} [profile.night.webhook.Everflow]"
    assert chosen.sources[settings.webhook_setting("Everflow", "late")] == f"{file} [webhook.Everflow]"


def test_a_webhook_may_be_named_as_the_screen_shows_it(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[webhook."Sale\\u202e"]\nlate = "2s"\n[webhook."Sold⟨202E⟩"]\nlate = "2s"\n')
    assert set(settings.load({}, {"CALLMON_CONFIG": str(file)}).webhooks) == {"Sale⟨202E⟩", "Sold⟨202E⟩"}


def patience(grace: float, late: float) -> Patience:
    return Patience(timedelta(seconds=grace), timedelta(seconds=late))


@given(st.integers(1000, 3_600_000))
def test_a_duration_is_written_as_it_is_read(milliseconds: int) -> None:
    span = timedelta(milliseconds=milliseconds)
    assert settings.duration(settings.written(span)) == span


def test_a_file_or_profile_that_was_asked_for_must_be_there(config: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="does not exist"):
        settings.load({}, {"CALLMON_CONFIG": str(tmp_path / "nowhere.toml")})
    with pytest.raises(SettingsError, match=r"profile\.day"):
        settings.load({"profile": "day"}, {"CALLMON_CONFIG": str(config)})


def test_plain_http_is_for_this_machine_alone() -> None:
    loopback = {"RETREAVER_BASE_URL": "http://127.0.0.1:8080/"}
    assert settings.load({}, loopback).base_url == "http://127.0.0.1:8080"
    with pytest.raises(SettingsError, match="unencrypted"):
        settings.load({}, {"RETREAVER_BASE_URL": "http://192.0.2.1"})


def test_no_setting_holds_the_key(config: Path) -> None:
    chosen = settings.load({}, {"CALLMON_CONFIG": str(config), "RETREAVER_API_KEY": "canary-key"})
    assert "canary-key" not in repr(chosen)
    config.write_text('api_key = "canary-key"\n')
    with pytest.raises(SettingsError) as caught:
        settings.load({}, {"CALLMON_CONFIG": str(config)})
    assert "canary-key" not in f"{caught.value} {caught.value.hint}"


@given(st.integers(0, 400), st.integers(0, 23), st.integers(0, 59), st.integers(1, 59))
def test_durations_add_up(days: int, hours: int, minutes: int, seconds: int) -> None:
    written = f"{days}d{hours}h{minutes}m{seconds}s"
    assert settings.duration(written) == timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


@pytest.mark.parametrize("text", ["", "2", "h", "2 h", "2h30", "-2h", "2w", "tomorrow", "25:99", "2999-01-01"])
def test_what_is_no_moment_before_now_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected|future"):
        settings.since(text, NOW)


def test_since_takes_a_span_a_time_of_day_and_a_date() -> None:
    assert settings.since("1h30m", NOW) == NOW - timedelta(minutes=90)
    earlier = (NOW - timedelta(hours=2)).astimezone()
    assert settings.since(f"{earlier:%H:%M}", NOW) == NOW - timedelta(hours=2)
    ahead = (NOW + timedelta(hours=2)).astimezone()
    assert settings.since(f"{ahead:%H:%M}", NOW) == NOW - timedelta(hours=22)
    assert settings.since("2026-05-04T10:00:00+00:00", NOW) == NOW - timedelta(hours=2)
