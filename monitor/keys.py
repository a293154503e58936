"""Where the API key comes from: `SOURCES` in their order, and last a question at the terminal. Never an option's value.

What a source says is read anew with every call of `find`, so that a key can be changed while callmon runs.
"""

from __future__ import annotations

import errno
import importlib
import logging
import os
import shlex
import stat
import threading
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from monitor.errors import SettingsError
from monitor.secret import Secret
from monitor.text import clean

log = logging.getLogger(__name__)

KEY_VARIABLE = "RETREAVER_API_KEY"
TYPED_TEXT_LOG = "TEXTUAL_LOG"
"""The variable that has Textual log everything typed or pasted, readable by everybody."""
NAME = "retreaver-api-key"
"""The key's name in the credentials directory and, as the user's, in the keyring."""
SERVICE = "callmon"
"""The service's name in the keyring."""

_LONGEST = 4096
_KEYRING_WAIT = 10.0
"""Seconds for the keyring to answer, and for somebody to unlock it. Without a desktop some wait for ever."""
_RECOMMENDED = 1
"""What the keyring library calls a backend's priority when it is fit for use; others fail or ask at the terminal."""


@dataclass(frozen=True, slots=True)
class Key:
    """The key, and in words where it came from."""

    secret: Secret
    source: str

    def __str__(self) -> str:
        return f"{self.source} ({clean(self.secret.shape)})"


def find(file: Path | None, environ: Mapping[str, str] | None = None) -> Key | None:
    """Return the key of the first source that has one; `file` is the key file, where one is named.

    Raises SettingsError for a source that is named and cannot be used: the next one might hold another account's key.
    """
    environ = os.environ if environ is None else environ
    return next((key for source in SOURCES if (key := source(file, environ)) is not None), None)


def ask(environ: Mapping[str, str] | None = None) -> Key | None:
    """Ask for the key at the terminal, unseen. None when nothing is typed. Raises SettingsError where it would show."""
    import getpass

    environ = os.environ if environ is None else environ
    if environ.get(TYPED_TEXT_LOG):
        raise SettingsError(
            f"the API key is not asked for while {TYPED_TEXT_LOG} is set: it logs what is typed",
            hint=f"Unset {TYPED_TEXT_LOG}, or give the key in a file: --key-file FILE.",
        )
    with warnings.catch_warnings():
        warnings.simplefilter("error", getpass.GetPassWarning)
        try:
            typed = Secret(getpass.getpass("Retreaver API key (not shown): ").strip())
        except EOFError:
            return None
        except getpass.GetPassWarning:
            raise SettingsError(
                "the API key is not asked for: this terminal cannot hide what is typed",
                hint="Give it in a file: --key-file FILE.",
            ) from None
    return Key(_checked(typed, "what was typed"), "the prompt") if typed.reveal() else None


def _from_file(file: Path | None, _: Mapping[str, str]) -> Key | None:
    if file is None:
        return None
    place = f"the key file {clean(str(file))}"
    return Key(_read(file, place, owners={os.geteuid()}, forbidden=0o077), place)


def _from_credentials(_: Path | None, environ: Mapping[str, str]) -> Key | None:
    """Read the credential that systemd's `LoadCredential=` hands to the service.

    It may be root's, and its group's rights are the mask of the access list that lets this user in.
    """
    folder = environ.get("CREDENTIALS_DIRECTORY")
    if not folder or not (file := Path(folder) / NAME).exists():
        return None
    place = f"the credential {clean(str(file))}"
    return Key(_read(file, place, owners={0, os.geteuid()}, forbidden=0o037), place)


def _from_keyring(_: Path | None, __: Mapping[str, str]) -> Key | None:
    """Ask the keyring, where the optional library is installed. It never fails callmon, nor holds it up for long."""
    if find_spec("keyring") is None:
        return None
    found: list[Secret] = []

    def look() -> None:
        try:
            keyring = importlib.import_module("keyring")
            if keyring.get_keyring().priority >= _RECOMMENDED:
                found.extend(map(Secret, filter(None, [keyring.get_password(SERVICE, NAME)])))
        except Exception as error:  # noqa: BLE001  # backends raise what their libraries raise; others can have the key
            log.warning("the keyring is left out: %s", type(error).__name__)

    thread = threading.Thread(target=look, name="keyring", daemon=True)
    thread.start()
    thread.join(_KEYRING_WAIT)
    if thread.is_alive():
        log.warning("the keyring is left out: no answer within %g s", _KEYRING_WAIT)
        return None
    place = f"the keyring, {SERVICE} {NAME}"
    return Key(_checked(found[0], place), place) if found else None


def _from_environment(_: Path | None, environ: Mapping[str, str]) -> Key | None:
    if not environ.get(KEY_VARIABLE):
        return None
    place = f"the environment, {KEY_VARIABLE}"
    return Key(_checked(Secret(environ[KEY_VARIABLE]), place), place)


SOURCES: tuple[Callable[[Path | None, Mapping[str, str]], Key | None], ...] = (
    _from_file,
    _from_credentials,
    _from_keyring,
    _from_environment,
)
"""The later a source, the more places its key shows in."""


def _read(file: Path, place: str, *, owners: set[int], forbidden: int) -> Secret:
    """Return what `file` holds. Raises SettingsError for one that others could have read or put there."""
    try:
        # Looked at once it is open: between a look and an opening the file could be changed for another.
        number = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError as error:
        if error.errno == errno.ELOOP:
            hint = "Name the file itself: whoever can change a link chooses what is read."
            raise SettingsError(f"{place} is a symbolic link", hint=hint) from None
        raise SettingsError(f"{place} cannot be read: {error.strerror}") from None
    try:
        found = os.fstat(number)
        if not stat.S_ISREG(found.st_mode):
            raise SettingsError(f"{place} is not a file", hint="Name a file that holds the key and nothing else.")
        if found.st_uid not in owners:
            hint = "Make a copy of your own, with mode 600."
            raise SettingsError(f"{place} belongs to another user (uid {found.st_uid})", hint=hint)
        if found.st_mode & forbidden:
            hint = f"chmod 600 {clean(shlex.quote(str(file)))}"
            raise SettingsError(f"{place} is open to others (mode {stat.S_IMODE(found.st_mode):04o})", hint=hint)
        return _checked(Secret(os.read(number, _LONGEST + 1).decode("utf-8", "replace")), place)
    finally:
        os.close(number)


def _checked(secret: Secret, place: str) -> Secret:
    """Return the key without the line's end. Raises SettingsError for what cannot be a key; it quotes nothing."""
    line = Secret(secret.reveal().rstrip("\r\n"))
    if not line.reveal():
        raise SettingsError(f"{place} is empty", hint="It must hold the API key, on one line.")
    if len(line.reveal()) > _LONGEST or not line.reveal().isprintable() or "\ufffd" in line.reveal():
        raise SettingsError(f"{place} is no API key", hint="It must hold the API key and nothing else, on one line.")
    return line
