"""Reading the tables: SQL over one open connection. Raises sqlite3.Error, and nothing is caught here."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from monitor.model import feed_state
from monitor.model.feed_state import FeedState
from monitor.store import codec, schema
from monitor.store.codec import DamagedError
from monitor.store.protocol import AuditEvent, Load, Stored, StoredCall, StoredCampaign, StoredTarget

if TYPE_CHECKING:
    from monitor.model.wire import Raw

V = TypeVar("V")
Place = tuple[int, int]
"""Where a reading goes on: a time, and what orders the rows of the same time."""
Part = tuple[list[V], Place | None]
"""Some rows, and the place after which there are more; None at the end."""

Damage = Callable[[], None]
"""Told when something kept cannot be read any more."""

_CALLS = "'call', seq, at, uuid, gone, answer FROM calls"
_TARGETS = "'target', seq, at, id, 0, answer FROM targets"
_CAMPAIGNS = "'campaign', seq, at, key, gone, answer FROM campaigns"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def to_ms(moment: datetime) -> int:
    """Return an aware time as whole milliseconds since 1970, rounded down."""
    return (moment - _EPOCH) // _MILLISECOND


def from_ms(milliseconds: int) -> datetime:
    """Return the aware UTC time."""
    return _EPOCH + milliseconds * _MILLISECOND


def reign(db: sqlite3.Connection) -> tuple[int, int]:
    """Return the number of the reign, and the newest `seq`."""
    epoch, seq = db.execute("SELECT epoch, seq FROM feed").fetchone()
    return int(epoch), int(seq)


def state(db: sqlite3.Connection) -> FeedState:
    """Return how far the account has been read."""
    (text,) = db.execute("SELECT state FROM feed").fetchone()
    try:
        return feed_state.from_json(text)
    except ValueError:
        return FeedState()  # of another form: the account is read again, which loses nothing


@dataclass(slots=True)
class Reader:
    """Turns rows into values. What is damaged is left out, and told."""

    db: sqlite3.Connection
    damage: Damage

    def answer(self, uuid: str) -> StoredCall | None:
        """Return the newest version of one call."""
        rows = self.db.execute("SELECT seq, at, uuid, gone, answer FROM calls WHERE uuid = ?", (uuid,))
        return next(self._calls(rows), None)

    def created(self, start: int, end: int) -> dict[str, datetime]:
        """Return which calls there are, created from `start` to `end`, oldest first."""
        rows = self.db.execute(
            "SELECT uuid, created FROM calls WHERE created BETWEEN ? AND ? AND gone = 0 ORDER BY created", (start, end)
        )
        return {uuid: from_ms(created) for uuid, created in rows}

    def calls(self, since: int, before: Place, limit: int) -> Part[StoredCall]:
        """Return the calls that began from `since` to before the place `before` (time, id), newest first."""
        rows = self.db.execute(
            "SELECT seq, at, uuid, gone, answer, began, id FROM calls"
            " WHERE began >= ? AND (began, id) < (?, ?) ORDER BY began DESC, id DESC LIMIT ?",
            (since, *before, limit),
        ).fetchall()
        return list(self._calls(row[:5] for row in rows)), _place([row[5:] for row in rows], limit)

    def targets(self) -> Iterator[StoredTarget]:
        """Yield all targets."""
        for seq, at, identity, answer in self.db.execute("SELECT seq, at, id, answer FROM targets ORDER BY id"):
            raw = self._raw(answer)
            if raw is not None:
                yield StoredTarget(seq, from_ms(at), identity, raw)

    def campaigns(self) -> Iterator[StoredCampaign]:
        """Yield the campaigns that are listed."""
        if not self._has_campaigns():
            return
        rows = self.db.execute("SELECT seq, at, key, answer FROM campaigns WHERE gone = 0 ORDER BY key")
        for seq, at, key, answer in rows:
            raw = self._raw(answer)
            if raw is not None:
                yield StoredCampaign(seq, from_ms(at), key, raw)

    def _has_campaigns(self) -> bool:
        """Whether the file is of a form with campaigns. Asked each time: another process may bring it up to date."""
        (version,) = self.db.execute("PRAGMA user_version").fetchone()
        return int(version) >= schema.CAMPAIGNS

    def since(self, seq: int, limit: int) -> Iterator[Stored]:
        """Yield the newest versions of what changed after `seq`, in order."""
        tables = (_CALLS, _TARGETS, _CAMPAIGNS) if self._has_campaigns() else (_CALLS, _TARGETS)
        each = (f"SELECT * FROM (SELECT {table} WHERE seq > ?1 ORDER BY seq LIMIT ?2)" for table in tables)  # noqa: S608  # from those three alone
        rows = self.db.execute(f"{' UNION ALL '.join(each)} ORDER BY 2 LIMIT ?2", (seq, limit))
        for kind, number, at, identity, gone, answer in rows:
            raw = self._raw(answer)
            if raw is None:
                continue
            if kind == "call":
                yield StoredCall(number, from_ms(at), identity, raw, bool(gone))
            elif kind == "target":
                yield StoredTarget(number, from_ms(at), identity, raw)
            else:
                yield StoredCampaign(number, from_ms(at), identity, raw, bool(gone))

    def span(self) -> tuple[datetime, datetime] | None:
        """Return when the first and the last of what is kept happened."""
        ends = [
            end
            for table in ("changes", "loads")
            for which in ("min", "max")
            for (end,) in self.db.execute(f"SELECT {which}(at) FROM {table}")  # noqa: S608  # from this list alone
            if end is not None
        ]
        return (from_ms(min(ends)), from_ms(max(ends))) if ends else None

    def as_of(self, moment: int, after: Place, end: int, limit: int) -> Part[StoredCall]:
        """Return as they were at `moment` the calls that began after the place `after` (time, id) to before `end`."""
        rows = self.db.execute(
            "SELECT began, id FROM calls WHERE (began, id) > (?, ?) AND began < ? ORDER BY began, id LIMIT ?",
            (*after, end, limit),
        ).fetchall()
        found = (self._version(call, moment) for _, call in rows)
        return [version for version in found if version is not None], _place(rows, limit)

    def version(self, uuid: str, moment: int) -> StoredCall | None:
        """Return one call as it was at `moment`."""
        known = self.db.execute("SELECT id FROM calls WHERE uuid = ?", (uuid,)).fetchone()
        return None if known is None else self._version(known[0], moment)

    def _version(self, call: int, moment: int) -> StoredCall | None:
        """Return the newest version of a call that held at `moment`. Versions of a call follow each other in time."""
        newest = self.db.execute(
            "SELECT seq, at, gone FROM changes WHERE call = ? AND at <= ? ORDER BY seq DESC LIMIT 1", (call, moment)
        ).fetchone()
        if newest is None:
            return None
        seq, at, gone = newest
        uuid, texts = self._texts(call, seq)
        return StoredCall(seq, from_ms(at), uuid, codec.raw_of(texts[seq]), bool(gone)) if seq in texts else None

    def versions(self, after: Place, end: int, limit: int, began: int) -> Part[StoredCall]:
        """Return the versions of calls after the place `after` (time, seq) to before `end`, in order of time.

        Of calls only those that began at or after `began`.
        """
        rows = self.db.execute(
            "SELECT at, seq, call, gone FROM changes WHERE (at, seq) > (?, ?) AND at < ?"
            " AND (SELECT began FROM calls WHERE id = call) >= ? ORDER BY at, seq LIMIT ?",
            (*after, end, began, limit),
        ).fetchall()
        first: dict[int, int] = {}
        for _, seq, call, _ in rows:
            first[call] = min(seq, first.get(call, seq))
        texts = {call: self._texts(call, seq) for call, seq in first.items()}
        found: list[StoredCall] = []
        for at, seq, call, gone in rows:
            uuid, versions = texts[call]
            if seq in versions:
                found.append(StoredCall(seq, from_ms(at), uuid, codec.raw_of(versions[seq]), bool(gone)))
        return found, _place(rows, limit)

    def loads_from(self, after: Place, end: int, limit: int) -> Part[Load]:
        """Return the targets' loads after the place `after` (time, seq) to before `end`, in order of time."""
        rows = self.db.execute(
            "SELECT seq, at, target, calls_in_progress, concurrency_cap, paused FROM loads"
            " WHERE (at, seq) > (?, ?) AND at < ? ORDER BY at, seq LIMIT ?",
            (*after, end, limit),
        ).fetchall()
        return [_load(row) for row in rows], _place([(row[1], row[0]) for row in rows], limit)

    def loads_before(self, start: int) -> list[Load]:
        """Return the last load of every target before `start`, in order of time."""
        found: list[Load] = []
        for (target,) in self.db.execute("SELECT id FROM targets").fetchall():
            row = self.db.execute(
                "SELECT seq, at, target, calls_in_progress, concurrency_cap, paused FROM loads"
                " WHERE target = ? AND at < ? ORDER BY at DESC, seq DESC LIMIT 1",
                (target, start),
            ).fetchone()
            if row is not None:
                found.append(_load(row))
        return sorted(found, key=lambda load: (load.at, load.seq))

    def events(self, since: int) -> Iterator[AuditEvent]:
        """Yield the audit."""
        for at, action, detail in self.db.execute(
            "SELECT at, action, detail FROM audit WHERE at >= ? ORDER BY id", (since,)
        ):
            yield AuditEvent(from_ms(at), action, json.loads(detail))

    def _calls(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[StoredCall]:
        for seq, at, uuid, gone, answer in rows:
            raw = self._raw(answer)
            if raw is not None:
                yield StoredCall(seq, from_ms(at), uuid, raw, bool(gone))

    def _raw(self, answer: bytes) -> Raw | None:
        try:
            return codec.raw_of(codec.unpack(answer))
        except DamagedError:
            self.damage()
            return None

    def _texts(self, call: int, first: int) -> tuple[str, dict[int, bytes]]:
        """Return a call's uuid and its versions from `first` on, by the `seq` they came with."""
        known = self.db.execute("SELECT uuid, answer FROM calls WHERE id = ?", (call,)).fetchone()
        texts: dict[int, bytes] = {}
        if known is None:
            return "", texts
        uuid, answer = known
        rows = self.db.execute(
            "SELECT seq, older FROM changes WHERE call = ? AND seq >= ? ORDER BY seq DESC", (call, first)
        )
        try:
            text = codec.unpack(answer)
            for seq, older in rows:
                texts[seq] = text
                if older is None:
                    break
                text = codec.unpack(older, text)
        except DamagedError:
            self.damage()
        return uuid, texts


def _place(rows: Sequence[tuple[Any, ...]], limit: int) -> Place | None:
    return (rows[-1][0], rows[-1][1]) if len(rows) == limit else None


def _load(row: tuple[Any, ...]) -> Load:
    seq, at, target, calls_in_progress, cap, paused = row
    return Load(seq, from_ms(at), target, calls_in_progress, cap, None if paused is None else bool(paused))
