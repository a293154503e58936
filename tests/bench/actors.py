"""Who is measured: the program as people start it, the minimal application, the monitor on its stage, the account."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from tests.bench import minimal
from tests.bench.terminal import Terminal

HINTS = b"freeze"
"""A word of the line of keys: it is painted with the first frame that shows the monitor."""
A_CALL = b"ringing|talking|settling|final|abandoned"
"""The state of a call: nothing but a row of the table says one."""


def _environ(folder: Path) -> dict[str, str]:
    """Return the environment without what belongs to this user: no settings, no log among theirs."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RETREAVER_", "CALLMON_"))}
    settings = folder / "config.toml"
    settings.touch()
    return {**kept, "CALLMON_DATA_DIR": str(folder), "CALLMON_CONFIG": str(settings)}


def monitor(folder: Path, *arguments: str, **environ: str) -> Terminal:
    """Start the program."""
    return Terminal(["-m", "monitor", *arguments], {**_environ(folder), **environ})


def minimal_app(folder: Path) -> Terminal:
    """Start the minimal application."""
    return Terminal(["-m", minimal.__name__], _environ(folder))


class Staged(Terminal):
    """The monitor holding many calls, with a wire to its prompter."""

    def __init__(self, folder: Path, calls: int) -> None:
        read, write = os.pipe()
        listen, tell = os.pipe()
        self._commands: TextIO = os.fdopen(write, "w")
        self._answers: TextIO = os.fdopen(listen)
        options = {"calls": calls, "commands": read, "answers": tell}
        try:
            super().__init__(
                ["-m", "tests.bench.stage", *(f"--{name}={value}" for name, value in options.items())],
                _environ(folder),
                (read, tell),
            )
        finally:
            os.close(read)
            os.close(tell)
        try:
            self.until(f"[^0-9,]{calls:,} calls".encode(), 60)
            self.settle()
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *details: object) -> None:
        """End the child, then the wire."""
        super().__exit__(*details)
        self._commands.close()
        self._answers.close()

    def ask(self, command: str) -> dict[str, Any]:
        """Give a command; return what is answered."""
        self._commands.write(command + "\n")
        self._commands.flush()
        answer: dict[str, Any] = json.loads(self._answers.readline())
        return answer


@contextmanager
def account() -> Iterator[dict[str, str]]:
    """Serve the simulated account on loopback; give the environment that leads to it."""
    command = [sys.executable, "-m", "monitor", "simulate", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            line = server.stdout.readline()
            found = re.search(r"http://\S+", line)
            if found is None:
                raise RuntimeError(f"the simulated account does not say where it is: {line!r}")
            yield {
                "RETREAVER_BASE_URL": found[0],
                "RETREAVER_API_KEY": "demo",
                "RETREAVER_COMPANY_ID": "2",
            }
        finally:
            server.terminate()
            try:
                server.wait(5)
            except subprocess.TimeoutExpired:
                server.kill()


def alone(module: str, calls: int) -> dict[str, float]:
    """Return what a module of the bench finds with so many calls, in a process of its own."""
    command = [sys.executable, "-m", f"tests.bench.{module}", str(calls)]
    told = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=120).stdout
    found: dict[str, float] = json.loads(told)
    return found
