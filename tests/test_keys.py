"""Where the key comes from, in which order, and what is refused before it is sent anywhere."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import keys
from monitor.api.client import ReadApi
from monitor.errors import SettingsError
from monitor.keys import Key
from monitor.model.health import Outcome
from tests.account import Account, Listener
from tests.canary import CANARY
from tests.test_cli import callmon

KEY = "0123456789abcdef-wxyz"
ANY_KEY = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=80).filter(
    lambda key: key.isprintable() and "\ufffd" not in key
)


def key_file(folder: Path, text: str = f"{KEY}\n", mode: int = 0o600) -> Path:
    """Write a file of that mode, whatever the umask."""
    file = folder / "key"
    file.write_text(text, "utf-8", newline="")
    file.chmod(mode)
    return file


def revealed(key: Key | None) -> str:
    assert key is not None
    return key.secret.reveal()


@pytest.fixture
def keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A keyring library in the library's own words, to be written by the test; none is installed."""
    file = tmp_path / "library" / "keyring.py"
    file.parent.mkdir()
    monkeypatch.syspath_prepend(file.parent)
    yield file
    sys.modules.pop("keyring", None)


ANSWERING = """
class Backend:
    priority = 5

def get_keyring():
    return Backend

def get_password(service, user):
    return {("callmon", "retreaver-api-key"): "key of the keyring"}.get((service, user))
"""


def test_the_sources_are_asked_in_their_order(tmp_path: Path, keyring: Path) -> None:
    keyring.write_text(ANSWERING)
    file = key_file(tmp_path, "key of the file")
    credential = tmp_path / keys.NAME
    credential.write_text("key of the service")
    credential.chmod(0o400)
    environ = {"CREDENTIALS_DIRECTORY": str(tmp_path), "RETREAVER_API_KEY": "key of the environment"}
    assert revealed(keys.find(file, environ)) == "key of the file"
    assert revealed(keys.find(None, environ)) == "key of the service"
    credential.unlink()
    assert revealed(keys.find(None, environ)) == "key of the keyring"
    keyring.write_text(ANSWERING.replace("callmon", "another"))
    sys.modules.pop("keyring")
    assert revealed(keys.find(None, environ)) == "key of the environment"
    assert keys.find(None, {"RETREAVER_API_KEY": ""}) is None


@given(ANY_KEY, st.sampled_from(["", "\n", "\r\n"]))
def test_any_key_comes_out_of_a_file_as_it_went_in(
    tmp_path_factory: pytest.TempPathFactory, key: str, end: str
) -> None:
    file = key_file(tmp_path_factory.getbasetemp(), key + end)
    assert revealed(keys.find(file, {})) == key


def test_a_key_file_is_read_anew_each_time(tmp_path: Path) -> None:
    assert revealed(keys.find(key_file(tmp_path), {})) == KEY
    assert revealed(keys.find(key_file(tmp_path, "another"), {})) == "another"


@pytest.mark.parametrize("mode", [0o640, 0o620, 0o610, 0o604, 0o602, 0o601, 0o644, 0o660, 0o777])
def test_a_key_file_that_others_can_open_is_refused(tmp_path: Path, mode: int) -> None:
    file = key_file(tmp_path, mode=mode)
    with pytest.raises(SettingsError, match=f"mode 0{mode:o}") as caught:
        keys.find(file, {"RETREAVER_API_KEY": "another account's"})
    assert caught.value.hint == f"chmod 600 {file}"
    file.chmod(0o400)
    assert revealed(keys.find(file, {})) == KEY


def test_a_key_file_that_is_not_one_is_refused(tmp_path: Path) -> None:
    link, folder, pipe = (tmp_path / name for name in ("link", "folder", "pipe"))
    link.symlink_to(key_file(tmp_path))
    folder.mkdir(mode=0o700)
    os.mkfifo(pipe, 0o600)
    said = {link: "symbolic link", folder: "not a file", pipe: "not a file", tmp_path / "no": "cannot be read"}
    for file, says in said.items():
        with pytest.raises(SettingsError, match=says) as caught:
            keys.find(file, {"RETREAVER_API_KEY": "another account's"})
        assert str(file) in str(caught.value)


def test_a_key_file_of_another_user_is_refused(tmp_path: Path) -> None:
    file = key_file(tmp_path)
    if os.geteuid() == 0:
        os.chown(file, 12345, -1)
    else:
        file = Path("/etc/passwd")
    with pytest.raises(SettingsError, match="another user"):
        keys.find(file, {})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("", "empty", id="nothing"),
        pytest.param("\n", "empty", id="an empty line"),
        pytest.param(f"{KEY}\n{KEY}\n", "no API key", id="two lines"),
        pytest.param(f"{KEY}\x1b[31m", "no API key", id="control characters"),
        pytest.param("\x00" * 36, "no API key", id="zeros"),
        pytest.param("k" * 5000, "no API key", id="far too long"),
    ],
)
def test_what_cannot_be_a_key_is_refused_and_not_quoted(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says) as caught:
        keys.find(key_file(tmp_path, text), {})
    assert "0123456789" not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize(("mode", "usable"), [(0o400, True), (0o440, True), (0o444, False), (0o460, False)])
def test_a_credential_may_show_the_mask_of_its_access_list(tmp_path: Path, mode: int, usable: bool) -> None:
    credential = tmp_path / keys.NAME
    credential.write_text(KEY)
    credential.chmod(mode)
    environ = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    if usable:
        assert revealed(keys.find(None, environ)) == KEY
    else:
        with pytest.raises(SettingsError, match="open to others"):
            keys.find(None, environ)


@pytest.mark.parametrize(
    "library",
    [
        pytest.param("raise RuntimeError('no bus')", id="the library fails"),
        pytest.param(ANSWERING + "def get_password(*_): raise OSError('locked')", id="the backend fails"),
        pytest.param(ANSWERING + "def get_password(*_): return None", id="it holds no key"),
        pytest.param(ANSWERING.replace("= 5", "= 0.6"), id="it would ask here"),
        pytest.param(ANSWERING + "import threading\ndef get_password(*_): threading.Event().wait(5)", id="it hangs"),
    ],
)
def test_a_keyring_that_has_no_key_to_give_is_passed_over(
    keyring: Path, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "_KEYRING_WAIT", 0.2)
    keyring.write_text(library)
    assert revealed(keys.find(None, {"RETREAVER_API_KEY": KEY})) == KEY


def test_without_the_optional_library_there_is_no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert revealed(keys.find(None, {"RETREAVER_API_KEY": KEY})) == KEY


def test_of_a_key_only_its_length_and_last_characters_are_told() -> None:
    place = "the environment, RETREAVER_API_KEY"
    assert str(keys.find(None, {"RETREAVER_API_KEY": KEY})) == f"{place} (21 characters, ends in …wxyz)"
    assert str(keys.find(None, {"RETREAVER_API_KEY": "demo"})) == f"{place} (4 characters)"


def test_the_key_is_not_asked_for_where_typed_text_is_logged() -> None:
    with pytest.raises(SettingsError, match="TEXTUAL_LOG"):
        keys.ask({"TEXTUAL_LOG": "/tmp/log"})  # noqa: S108  # the variable's value; nothing is written


def test_the_key_is_not_asked_for_where_it_would_show(monkeypatch: pytest.MonkeyPatch) -> None:
    with warnings.catch_warnings(), open(os.devnull) as nowhere:  # noqa: PTH123  # not a path of anybody's
        monkeypatch.setattr(sys, "stdin", nowhere)
        monkeypatch.setattr(os, "open", _no_terminal)
        with pytest.raises(SettingsError, match="hide"):
            keys.ask({})


def _no_terminal(*_: object) -> int:
    raise OSError("no controlling terminal")


def test_a_key_file_open_to_others_says_what_to_do(tmp_path: Path) -> None:
    file = key_file(tmp_path, mode=0o644)
    for command in ("once", "doctor"):
        done = callmon(tmp_path, command, "--key-file", str(file), RETREAVER_API_KEY="demo")
        assert done.returncode == 2
        assert f"chmod 600 {file}" in done.stdout + done.stderr
        assert "0123456789" not in done.stdout + done.stderr


def test_after_a_refusal_the_key_is_read_anew(tmp_path: Path) -> None:
    account = Account(history=10)
    file = key_file(tmp_path, "an old key")

    def open_api() -> ReadApi:
        return account.open_api(revealed(keys.find(file, {})))

    collector = account.collector_over(open_api)
    with Listener(collector) as listener:
        listener.until(lambda ledger: ledger.health.outcome is Outcome.AUTH)
        key_file(tmp_path, CANARY)
        collector.retry()
        listener.until(lambda ledger: ledger.health.outcome in {Outcome.FRESH, Outcome.UNCHANGED})
    file.unlink()
