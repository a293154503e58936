"""New files for what people take away: never over another, never through a link, readable by this user alone."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from monitor.errors import MonitorError, SettingsError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*\.[a-z0-9]+", re.ASCII)


def file_name(what: str, moment: datetime, form: str) -> str:
    """Return the name of such a file: `calls-20260504T120000Z.csv`. No text of the account's belongs into it."""
    return f"{what}-{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}.{form}"


def create(folder: Path, name: str) -> TextIO:
    """Create the file `name` in `folder` (made when missing, 0700) and return it open for writing.

    Text is UTF-8 and line ends are left as they are written. Raises SettingsError when the folder cannot be used or
    the name is not a plain one, MonitorError when something stands there already: it is left as it is.
    """
    if _NAME.fullmatch(name) is None:
        raise SettingsError(f"{name!r} cannot be the name of a file", hint="Use letters, digits, - and _ alone.")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise _unusable(folder, error) from None
    try:
        # Relative to the open folder: nobody can put another one in its place meanwhile.
        file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, dir_fd=place)
    except FileExistsError:
        raise MonitorError(
            f"{folder / name} is there already; nothing was written", hint="Move it away, or choose another folder."
        ) from None
    except OSError as error:
        raise _unusable(folder, error) from None
    finally:
        os.close(place)
    return os.fdopen(file, "w", encoding="utf-8", newline="")


def _unusable(folder: Path, error: OSError) -> SettingsError:
    return SettingsError(
        f"nothing can be written to {folder}: {error.strerror or error}", hint="Choose a folder that you may write to."
    )
