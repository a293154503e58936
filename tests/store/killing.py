"""Writers that are killed in the midst of whatever they do, and what is left of what they had been told was safe."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from tests.make import NOON, at
from tests.store.stored import leading, open_store


@dataclass
class Killed:
    """What was found after writers were killed: pages they had been told were safe, and what was wrong, in words."""

    acknowledged: int = 0
    corrupt: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


def start(*arguments: object) -> subprocess.Popen[str]:
    """Start a `child`."""
    command = [sys.executable, "-m", "tests.store.child", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def killed_after(process: subprocess.Popen[str], lines: int) -> int:
    """Kill the writer after so many lines, in the midst of whatever it does; return the last number acknowledged."""
    assert process.stdout is not None
    heard = [process.stdout.readline() for _ in range(lines)]
    process.kill()
    heard += process.stdout.readlines()
    process.wait()
    process.stdout.close()
    return int([line for line in heard if line.endswith("\n")][-1])


def kill_writers(path: Path, times: int) -> Killed:
    """Kill one writer after the other on the history at `path`; look after each at all that any of them wrote."""
    found = Killed()
    first = 0
    for _ in range(times):
        last = killed_after(start("write", path, first), 1 + int.from_bytes(os.urandom(2), "big") % 120)
        found.acknowledged += last + 1 - first
        with closing(sqlite3.connect(path)) as db:
            (verdict,) = db.execute("PRAGMA integrity_check").fetchone()
        store = leading(path)
        found.corrupt.extend(map(str, store.troubles if verdict == "ok" else (verdict,)))
        kept = {call.uuid: call.raw["version"] for call in store.calls(NOON)}
        for number in range(last + 1):
            written = min(number + 9, last) if number % 10 == 0 else number
            if kept.get(f"c{number}", -1) < written:
                found.lost.append(f"c{number}: {kept.get(f'c{number}')} instead of {written}")
        head = store.state().head
        if head is None or head < at(last):
            found.lost.append(f"the watermark is {head}")
        store.close()
        first = max(int(uuid[1:]) for uuid in kept) + 1
    versions = [each for each in open_store(path).changes(NOON, NOON + timedelta(days=9)) if each.seq]
    if len(versions) < first:
        found.lost.append(f"{first - len(versions)} versions")
    return found
