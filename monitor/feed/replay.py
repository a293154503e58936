"""The replay: plays recorded history as if it came from the account now, in its own thread, on a clock of its own.

A version of a call holds from the moment on at which the account says that it changed, so a replay shows the account
as it was, not when it was polled. The order of the history is the order that counts: it was settled when the history
was written.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from monitor.errors import MonitorError
from monitor.feed.mailbox import Mailbox
from monitor.feed.playhead import Playhead
from monitor.model.batch import Batch
from monitor.model.health import Health, Outcome
from monitor.model.position import Position
from monitor.store.protocol import Load, StoredCall

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monitor.model.call import Call
    from monitor.model.campaign import Campaign
    from monitor.model.company import Company
    from monitor.model.target import Target
    from monitor.store.protocol import History

log = logging.getLogger(__name__)

_TICK = timedelta(milliseconds=1)
"""The unit of recorded time."""
_AT_ONCE = 2000
"""Changes handed over at once: what plays fast is cut into pieces that the screen can take."""
_BREATH = 0.1
"""Seconds between two deliveries while it plays: the eye follows no more."""


class Replay:
    """Plays `history` from `start` to `end`, with the calls that began at or after `since`, and then stands.

    `speed` is how many seconds of the past go by in one, `boot` tells seconds of a clock that never jumps. All but
    `start` and `stop` only leave a note for the thread, so no call waits; any thread may call.
    """

    def __init__(
        self,
        history: History,
        *,
        start: datetime,
        end: datetime,
        since: datetime,
        speed: float,
        boot: Callable[[], float],
        company: Company | None = None,
    ) -> None:
        self._history = history
        self._since = since
        self._boot = boot
        self._company = company
        self._mailbox = Mailbox()
        self._health = Health(Outcome.REPLAY, fresh_at=end, targets_at=end)
        self._head = Playhead(start, end, speed)
        self._head.held = True
        self._head.playing = True
        self._noted = threading.Condition()
        """Guards all that follows, and the playhead."""
        self._jump: datetime | None = start
        self._steps = 0
        self._watched: str | None = None
        self._look = False
        """Whether the answer on `_watched` is to be handed over."""
        self._next: StoredCall | Load | None = None
        self._stopped = False
        self._thread: threading.Thread | None = None
        # What only the thread touches:
        self._coming: Iterator[StoredCall | Load] = iter(())
        self._targets: tuple[Target, ...] = ()
        self._campaigns: tuple[Campaign, ...] = ()
        self._loads: dict[int, Load] = {}

    # From any thread

    def clock(self) -> datetime:
        """Return the moment that is shown."""
        with self._noted:
            return self._head.now(self._boot())

    @property
    def position(self) -> Position:
        """Where the replay stands."""
        with self._noted:
            head = self._head
            now = head.now(self._boot())
            next_at = None if self._next is None else self._next.at
            playing = head.playing and (head.held or now < head.end)
            return Position(now, head.start, head.end, playing, head.speed, next_at, head.held)

    def play_or_pause(self) -> None:
        """Play on, or stand still; from the end, begin again."""
        with self._noted:
            at = self._boot()
            ended = self._head.now(at) >= self._head.end and not self._head.held
            if ended:
                self._jump_to(self._head.start)
            self._head.play(ended or not self._head.playing, at)
            self._noted.notify()

    def step(self) -> None:
        """Stand still at the next moment at which something changed."""
        with self._noted:
            self._head.play(False, self._boot())
            self._steps += 1
            self._noted.notify()

    def shift(self, gears: int) -> None:
        """Play faster, or slower, by so many steps of `SPEEDS`."""
        with self._noted:
            self._head.shift(gears, self._boot())
            self._noted.notify()

    def jump(self, moment: datetime) -> None:
        """Show the account as it was at `moment`, and go on from there; beyond an end, at that end."""
        with self._noted:
            self._jump_to(moment)
            self._noted.notify()

    def _jump_to(self, moment: datetime) -> None:
        at = self._boot()
        self._head.hold(True, at)
        self._head.put(moment, at)
        self._jump = self._head.now(at)
        self._steps = 0
        self._next = None

    def subscribe(self, poke: Callable[[], None]) -> None:
        """See `console.source.Source`."""
        self._mailbox.subscribe(poke)

    def take(self) -> Batch | None:
        """See `console.source.Source`."""
        return self._mailbox.take()

    def start(self) -> None:
        """Begin to play."""
        self._thread = threading.Thread(target=self._run, name="replay", daemon=True)
        self._thread.start()

    def stop(self, timeout: float = 2.0) -> None:
        """End. Returns when done, or after `timeout` seconds."""
        with self._noted:
            self._stopped = True
            self._noted.notify()
        if self._thread is not None:
            self._thread.join(timeout)

    def retry(self) -> None:
        """There is no account to ask."""

    def watch(self, call: str | None, target: int | None = None, flow: bool = False) -> None:
        """Show the whole answer on `call`, as it was at the time, with how it was routed if that was recorded.

        What is known of `target` is shown anyway.
        """
        with self._noted:
            self._watched, self._look = call, True
            self._noted.notify()

    # The thread

    def _run(self) -> None:
        try:
            self._prepare()
            while self._turn():
                pass
        except MonitorError as error:
            log.error("%s", error)
            self._mailbox.put(Batch(health=replace(self._health, message=str(error))))

    def _turn(self) -> bool:
        """Do what was noted, or what is due, or wait for either. Returns whether to go on."""
        with self._noted:
            if self._stopped:
                return False
            jump, self._jump = self._jump, None
            look, self._look = self._look and jump is None, jump is not None
            watched, now = self._watched, self._head.now(self._boot())
        if jump is not None:
            self._show(jump)
        elif look:
            self._answer(watched, now)
        else:
            self._play_on()
        return True

    def _play_on(self) -> None:
        """Deliver what is due; when nothing is, wait until something is or somebody wants something."""
        with self._noted:
            at = self._boot()
            if self._steps:
                self._steps -= 1
                self._head.put(self._head.end if self._next is None else self._next.at, at)
            now = self._head.now(at)
            due = self._next is not None and self._next.at <= now
            if not due and not self._steps:
                if now >= self._head.end:
                    self._head.play(False, at)
                self._wait(now, at)
        if due:
            self._deliver(now)

    def _wait(self, now: datetime, at: float) -> None:
        """Wait for the next change to be due."""
        if self._stopped or self._jump is not None or self._look:
            return
        coming = self._head.end if self._next is None else self._next.at
        until = self._head.seconds_until(coming, at)
        self._noted.wait(max(_BREATH, until) if self._head.playing else None)

    def _deliver(self, now: datetime) -> None:
        """Hand over what changed up to `now`, and only then look forward: who sees that sees all before it."""
        found: list[StoredCall | Load] = []
        upcoming = self._next
        while upcoming is not None and upcoming.at <= now and len(found) < _AT_ONCE:
            found.append(upcoming)
            upcoming = next(self._coming, None)
        self._mailbox.put(self._batch(found))
        self._look_forward_to(upcoming)

    def _look_forward_to(self, change: StoredCall | Load | None) -> bool:
        """Note what comes next, unless somebody wants to be elsewhere by now."""
        with self._noted:
            if self._jump is None:
                self._next = change
            return self._jump is None

    def _batch(self, changes: Iterable[StoredCall | Load]) -> Batch:
        """Return `changes` as news. Of the versions of a call the last one counts, whatever their stamps say."""
        versions: dict[str, StoredCall] = {}
        first: datetime | None = None
        busy = False
        for change in changes:
            first = first or change.at
            if isinstance(change, Load):
                self._loads[change.target_id] = change
                busy = True
            else:
                versions[change.uuid] = change
        watched = versions.get(self._watched or "")
        return Batch(
            calls=_calls(versions.values()),
            gone=tuple(version.uuid for version in versions.values() if version.gone),
            targets=self._targets_now() if busy else None,
            answers={} if watched is None else {watched.uuid: watched.raw},
            date=first,
            complete=True,
        )

    def _show(self, moment: datetime) -> None:
        """Hand over the account as it was at `moment`, and be ready to go on from there."""
        self._loads = {load.target_id: load for load in self._history.loads(moment + _TICK, moment + _TICK)}
        versions = self._history.as_of(moment, self._since, moment + _TICK)
        anew = Batch(
            targets=self._targets_now(),
            campaigns=self._campaigns,
            company=self._company,
            health=self._health,
            anew=True,
            date=moment,
        )
        part = list(islice(versions, _AT_ONCE))
        while part or anew.anew:
            if self._interrupted():
                return
            calls, gone = _calls(part), tuple(version.uuid for version in part if version.gone)
            part = list(islice(versions, _AT_ONCE))
            self._mailbox.put(replace(anew, calls=calls, gone=gone, complete=not part))
            anew = Batch(date=moment)
        self._coming = self._history.changes(moment + _TICK, self._head.end + _TICK, self._since)
        upcoming = next(self._coming, None)
        with self._noted:
            if self._look_forward_to(upcoming):
                self._head.hold(False, self._boot())

    def _interrupted(self) -> bool:
        """Whether somebody wants to be elsewhere by now."""
        with self._noted:
            return self._stopped or self._jump is not None

    def _answer(self, uuid: str | None, moment: datetime) -> None:
        version = None if uuid is None else self._history.version(uuid, moment)
        if version is not None:
            self._mailbox.put(Batch(answers={version.uuid: version.raw}))

    def _prepare(self) -> None:
        from monitor.model import wire

        span = self._history.span()
        # What began before anything was recorded is not known in full, however far back somebody wants to look.
        self._health = replace(self._health, since=max(self._since, span[0]) if span else self._since)
        self._targets = wire.targets().many([target.raw for target in self._history.targets()]).records
        self._campaigns = wire.campaigns().many([each.raw for each in self._history.campaigns()]).records

    def _targets_now(self) -> tuple[Target, ...]:
        """Return the targets known by now, as busy as they were. What was not recorded of them is not known."""
        return tuple(
            replace(
                target,
                calls_in_progress=load.calls_in_progress,
                concurrency_cap=load.concurrency_cap,
                paused=load.paused,
                paused_at=target.paused_at if load.paused and _was(target.paused_at, load.at) else None,
                target_groups=tuple(replace(group, calls_in_progress=None) for group in target.target_groups),
                caps=(),
            )
            for target in self._targets
            if (load := self._loads.get(target.id)) is not None
        )


def _was(moment: datetime | None, by: datetime) -> bool:
    return moment is not None and moment <= by


def _calls(versions: Iterable[StoredCall]) -> tuple[Call, ...]:
    from monitor.model import wire

    raw: list[Mapping[str, Any]] = [version.raw for version in versions]
    parsed = wire.calls().many(raw)
    for each in parsed.rejected:
        log.warning("unreadable: %s %s: %s", each.record, each.field or "", each.reason)
    return parsed.records
