"""Writing the tables: SQL over one open connection. Raises sqlite3.Error, and nothing is caught here."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime

from monitor.model import feed_state
from monitor.model.call import Call
from monitor.model.feed_state import FeedState
from monitor.model.target import Target
from monitor.store import codec
from monitor.store.codec import DamagedError
from monitor.store.protocol import AuditEvent, Written
from monitor.store.tables import from_ms, to_ms

_FLOW = b'"call_flow_events":'


class Writing:
    """One transaction's worth of news. `seq` counts on with every change."""

    def __init__(self, db: sqlite3.Connection, seq: int, with_state: bool) -> None:
        self._db = db
        self._with_state = with_state
        self.seq = seq

    def keep(self, page: Written) -> None:
        """Keep all of `page`."""
        at = to_ms(page.at)
        for call, raw in page.calls:
            self._keep_call(call, codec.text_of(raw), at, page.horizon)
        for uuid in page.gone:
            self._keep_gone(uuid, at)
        for target, raw in page.targets:
            self._keep_target(target, codec.pack(codec.text_of(raw)), at)
        for campaign, raw in page.campaigns:
            self._keep_campaign(campaign.key, codec.pack(codec.text_of(raw)), at)
        for key in page.unlisted:
            self._keep_unlisted(key, at)
        if page.state is not None and self._with_state:
            self._keep_state(page.state)

    def _keep_call(self, call: Call, text: bytes, at: int, horizon: datetime | None) -> None:
        stamp = _ms(call.updated_at)
        found = self._db.execute("SELECT id, updated, at, gone, answer FROM calls WHERE uuid = ?", (call.uuid,))
        known = found.fetchone()
        if known is None:
            began = min(_ms(call.began) or at, at)
            since = stamp if stamp is not None and began <= stamp <= at else at
            self.seq += 1
            row = (call.uuid, began, _ms(call.created_at), stamp, since, self.seq, codec.pack(text))
            statement = (
                "INSERT INTO calls (uuid, began, created, updated, at, gone, seq, answer)"
                " VALUES (?, ?, ?, ?, ?, 0, ?, ?)"
            )
            self._log(self._db.execute(statement, row).lastrowid, since, False, None)
            return
        identity, updated, last, gone, answer = known
        if call.older_than(Call(call.uuid, updated_at=_moment(updated)), horizon):
            return
        before = _unpacked(answer)
        if not gone and _same(before, text):
            return
        # A new stamp says when it changed; at the same one, something changed without a word about when.
        since = stamp if stamp is not None and stamp != updated and stamp <= at else at
        self._change(identity, text, stamp, max(since, last), before)

    def _keep_gone(self, uuid: str, at: int) -> None:
        found = self._db.execute("SELECT id, updated, at, answer FROM calls WHERE uuid = ? AND gone = 0", (uuid,))
        known = found.fetchone()
        if known is not None:
            identity, updated, last, answer = known
            text = _unpacked(answer)
            if text is not None:
                self._change(identity, text, updated, max(at, last), text, gone=True)

    def _change(
        self, identity: int, text: bytes, stamp: int | None, since: int, before: bytes | None, *, gone: bool = False
    ) -> None:
        self.seq += 1
        self._db.execute(
            "UPDATE calls SET updated = ?, at = ?, gone = ?, seq = ?, answer = ? WHERE id = ?",
            (stamp, since, gone, self.seq, codec.pack(text), identity),
        )
        self._log(identity, since, gone, None if before is None else codec.pack(before, like=text))

    def _log(self, identity: int | None, since: int, gone: bool, older: bytes | None) -> None:
        self._db.execute("INSERT INTO changes VALUES (?, ?, ?, ?, ?)", (self.seq, identity, since, gone, older))

    def _keep_target(self, target: Target, packed: bytes, at: int) -> None:
        load = (target.calls_in_progress, target.concurrency_cap, target.paused)
        found = self._db.execute(
            "SELECT calls_in_progress, concurrency_cap, paused, answer FROM targets WHERE id = ?", (target.id,)
        )
        known = found.fetchone()
        if known is not None and known == (*load, packed):
            return
        self.seq += 1
        self._db.execute("REPLACE INTO targets VALUES (?, ?, ?, ?, ?, ?, ?)", (target.id, at, self.seq, *load, packed))
        if known is None or known[:3] != load:
            self._db.execute("INSERT INTO loads VALUES (?, ?, ?, ?, ?, ?)", (self.seq, target.id, at, *load))

    def _keep_campaign(self, key: str, packed: bytes, at: int) -> None:
        if not key:
            return  # no call could name it
        known = self._db.execute("SELECT gone, answer FROM campaigns WHERE key = ?", (key,)).fetchone()
        if known != (0, packed):
            self.seq += 1
            self._db.execute("REPLACE INTO campaigns VALUES (?, ?, 0, ?, ?)", (key, at, self.seq, packed))

    def _keep_unlisted(self, key: str, at: int) -> None:
        row = (at, self.seq + 1, key)
        gone = self._db.execute("UPDATE campaigns SET at = ?, gone = 1, seq = ? WHERE key = ? AND gone = 0", row)
        self.seq += gone.rowcount

    def _keep_state(self, state: FeedState) -> None:
        self._db.execute("UPDATE feed SET state = ?", (feed_state.to_json(state),))


def _unpacked(answer: bytes) -> bytes | None:
    """Return what a call's newest answer was; None when that cannot be read any more, and so is best replaced."""
    try:
        return codec.unpack(answer)
    except DamagedError:
        return None


def _same(before: bytes | None, text: bytes) -> bool:
    """Return whether two answers on a call say the same.

    How it was routed tells nothing here: it is told only to who asks for it, so that every other answer lacks it.
    """
    if before is None or before == text:
        return before == text
    if _FLOW not in text and _FLOW not in before:
        return False
    try:
        one, other = codec.raw_of(before), codec.raw_of(text)
    except DamagedError:
        return False
    one.pop("call_flow_events", None)
    other.pop("call_flow_events", None)
    return one == other


def take_over(db: sqlite3.Connection) -> int:
    """Begin a new reign and return its number: who held the one before can write no more."""
    db.execute("UPDATE feed SET epoch = epoch + 1")
    return int(db.execute("SELECT epoch FROM feed").fetchone()[0])


def keep(db: sqlite3.Connection, pages: Iterable[Written], seq: int, *, with_state: bool) -> int:
    """Keep `pages`, their states only `with_state`, within the caller's transaction; return the newest `seq`."""
    writing = Writing(db, seq, with_state)
    for page in pages:
        writing.keep(page)
    if writing.seq != seq:
        db.execute("UPDATE feed SET seq = ?", (writing.seq,))
    return writing.seq


def add_event(db: sqlite3.Connection, event: AuditEvent) -> None:
    """Add one event to the audit."""
    row = (to_ms(event.at), _ascii(event.action), _ascii(codec.text_of(dict(event.detail)).decode()))
    db.execute("INSERT INTO audit (at, action, detail) VALUES (?, ?, ?)", row)


def _ascii(text: str) -> str:
    return text.encode("ascii", "backslashreplace").decode("ascii")


def forget(db: sqlite3.Connection, before: datetime | None, most: int) -> int:
    """Forget at most `most` of the oldest calls, of those that began before `before` if that is given.

    With them go their versions, and the loads of the time before the oldest call that is left. Returns how many.
    """
    limit = to_ms(before) if before is not None else 2**63 - 1
    oldest = db.execute("SELECT id FROM calls WHERE began < ? ORDER BY began, id LIMIT ?", (limit, most)).fetchall()
    db.executemany("DELETE FROM changes WHERE call = ?", oldest)
    db.executemany("DELETE FROM calls WHERE id = ?", oldest)
    (left,) = db.execute("SELECT min(began) FROM calls").fetchone()
    horizon = min(limit, left) if left is not None else limit
    if oldest or before is not None:
        db.execute(
            "DELETE FROM loads WHERE seq IN (SELECT seq FROM loads WHERE at < ? ORDER BY at LIMIT ?)",
            (horizon, 4 * most),
        )
    return len(oldest)


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else to_ms(moment)


def _moment(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else from_ms(milliseconds)
