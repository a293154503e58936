"""The monitor itself on a stage: it holds as many calls as asked for, and news come on command. No network.

Run as a module on a terminal, with the numbers of two pipes: commands are read from one, answers written to the
other, each a line of JSON.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from monitor.console.app import CallmonApp
from monitor.model.call import Call
from tests.bench.calls import settled
from tests.make import EXAMPLE_CO, ScriptedSource, a_target, healthy

_LINES = (1, 4, 7, 10, 13)
"""Rows, counted from the top, of which one cell each is changed."""
_NEW = 25
_POLL = 5.0
_LIVE = 0.2


class Clock:
    """The time of day, standing still until it is let go: then what is painted is an answer, never a tick."""

    def __init__(self) -> None:
        self._moment = datetime.now(UTC)
        self.running = False

    def __call__(self) -> datetime:
        return datetime.now(UTC) if self.running else self._moment


class Stage(ScriptedSource):
    """A source that holds calls and does what it is told through a pipe, in a thread like the collector's."""

    def __init__(self, calls: int, clock: Clock, commands: int, answers: int) -> None:
        super().__init__()
        self._clock = clock
        self._commands = os.fdopen(commands)
        self._answers = os.fdopen(answers, "w")
        self._calls = settled(calls, clock())
        self._turn = 0
        self._live = threading.Event()
        self.told = 0.0
        """When the news was handed over."""
        self.taken = 0.0
        """How long the last batch kept the application, in seconds."""
        self.pauses: list[float] = []

    def start(self) -> None:
        super().start()
        self._watch_pauses()
        targets = tuple(a_target(number) for number in range(1, 15))
        self.say(self._calls, complete=True, company=EXAMPLE_CO, targets=targets, health=healthy(self._clock()))
        for work in (self._obey, self._poll, self._live_on):
            threading.Thread(target=work, daemon=True).start()

    def _watch_pauses(self) -> None:
        began = 0.0

        def note(phase: str, _info: dict[str, int]) -> None:
            nonlocal began
            if phase == "start":
                began = time.perf_counter()
            else:
                self.pauses.append(time.perf_counter() - began)

        gc.callbacks.append(note)

    def _obey(self) -> None:
        known: dict[str, Callable[[], dict[str, Any]]] = {
            "cells": self._cells,
            "arrive": self._arrive,
            "same": self._same,
            "clock": self._let_go,
            "live": self._come_alive,
            "pauses": self._tell_pauses,
            "taken": lambda: {"seconds": self.taken},
        }
        for line in self._commands:
            answer = known[line.strip()]()
            self._answers.write(json.dumps(answer) + "\n")
            self._answers.flush()

    def _tell_pauses(self) -> dict[str, Any]:
        """Tell the longest pause of the garbage collector since the last time this was asked."""
        longest = max(self.pauses, default=0.0)
        self.pauses.clear()
        return {"seconds": longest}

    def _told(self, calls: tuple[Call, ...]) -> dict[str, Any]:
        self.told = time.monotonic()
        self.say(calls)
        return {"at": self.told}

    def _cells(self) -> dict[str, Any]:
        """Change one cell in each of five rows."""
        self._turn += 1
        for line in _LINES:
            digits = (self._turn * 31 + line) % 10_000
            self._calls[line] = replace(self._calls[line], caller=f"+1301555{digits:04}")
        return self._told(tuple(self._calls[line] for line in _LINES))

    def _arrive(self) -> dict[str, Any]:
        """Let new calls start, all later than those that are there."""
        self._turn += 1
        later = timedelta(milliseconds=self._turn)
        models = self._calls[50 : 50 + _NEW]
        newest = self._calls[0].start_time or self._clock()
        new = [
            replace(
                call,
                uuid=f"{self._turn:06x}{line:02x}-new",
                start_time=newest + later,
                created_at=newest + later,
                updated_at=newest + later,
            )
            for line, call in enumerate(models)
        ]
        self._calls[:0] = sorted(new, key=lambda call: call.uuid, reverse=True)
        return self._told(tuple(new))

    def _same(self) -> dict[str, Any]:
        """Say again what is known, as a page read anew: equal, not identical."""
        page = tuple(replace(call, tags=dict(call.tags)) for call in self._calls[:_NEW])
        return self._told(page)

    def _let_go(self) -> dict[str, Any]:
        self._clock.running = True
        self.say(health=healthy(self._clock()))
        return {}

    def _come_alive(self) -> dict[str, Any]:
        self._live.set()
        return {}

    def _poll(self) -> None:
        """Every five seconds the account answers, as in life; only the age of the data tells."""
        while True:
            time.sleep(_POLL)
            if self._clock.running:
                self.say(health=healthy(self._clock()))

    def _live_on(self) -> None:
        """Change one call on the screen, five times a second."""
        self._live.wait()
        while True:
            time.sleep(_LIVE)
            self._turn += 1
            line = self._turn % 20
            digits = self._turn % 10_000
            self._calls[line] = replace(self._calls[line], caller=f"+1301555{digits:04}")
            self.say((self._calls[line],))


class StagedApp(CallmonApp):
    """The application, with a stop-watch at the door through which news come in."""

    def on_callmon_app_news(self, message: CallmonApp.News | None = None) -> None:
        """Take the news in, and note how long after it was told that is done."""
        if message is not None:
            message.prevent_default()
        super().on_callmon_app_news()
        if isinstance(self.source, Stage):
            self.source.taken = time.monotonic() - self.source.told


def main() -> None:
    """Run the stage until `q`."""
    parser = argparse.ArgumentParser()
    for name in ("calls", "commands", "answers"):
        parser.add_argument(f"--{name}", type=int, required=True)
    options = parser.parse_args()
    clock = Clock()
    source = Stage(options.calls, clock, options.commands, options.answers)
    StagedApp(source, clock=clock, since=clock() - timedelta(hours=2)).run()


if __name__ == "__main__":
    main()
