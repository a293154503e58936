"""A hundred writers of the history, each killed in the midst of whatever it does."""

from __future__ import annotations

import os
from pathlib import Path

from tests.soak.figures import Figure, none_of
from tests.store.killing import kill_writers

KILLS = int(os.environ.get("CALLMON_KILLS", "100"))


def figures(folder: Path) -> list[Figure]:
    """Kill them, and look at what is left."""
    found = kill_writers(folder / "killed.db", KILLS)
    return [
        Figure("writers killed with `kill -9`", f"{KILLS:,}", "100", KILLS >= 100),
        none_of("histories found corrupt after a kill", found.corrupt),
        none_of(f"rows lost of {found.acknowledged:,} acknowledged pages", found.lost),
    ]
