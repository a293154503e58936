"""The key that the accounts of the tests answer to. It is found in nothing that a test leaves behind: see conftest."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

CANARY = "canary-of-the-whole-suite-&=%+# /7Qz"
LETTERS = "canary-of-the-whole-suite"
"""What any form of the key, however encoded, would show."""


def files_holding(letters: str, folder: Path) -> Iterator[Path]:
    """Yield the files below `folder` that hold `letters`."""
    for file in folder.rglob("*"):
        if file.is_file() and not file.is_symlink() and letters.encode() in file.read_bytes():
            yield file
