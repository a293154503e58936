"""Which calls a filter lets through, as time goes by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from monitor.insight.call_columns import unsettled

if TYPE_CHECKING:
    from monitor.insight.columns import Context
    from monitor.insight.filter import Filter
    from monitor.model.call import Call

_ROUND = 10
"""Seconds within which every call is asked again where the answer depends on the moment."""


class Sieve:
    """Asks calls what `wanted` asks. Nothing is held back without a filter."""

    def __init__(self, wanted: Filter, context: Context) -> None:
        self._wanted = wanted
        self._context = context
        self._moving: dict[str, None] = {}
        """Calls that still change, asked again each second."""
        self._others: list[str] = []
        """Calls that are to be asked again in this round."""

    @property
    def holds_back(self) -> bool:
        """Whether there is a filter at all."""
        return bool(self._wanted.text)

    def passes(self, call: Call) -> bool:
        """Whether `call` is let through now."""
        if self._wanted.timely:
            if unsettled(call):
                self._moving[call.uuid] = None
            else:
                self._moving.pop(call.uuid, None)
        return not self.holds_back or self._wanted.call(call, self._context)

    def due(self) -> Iterator[Call]:
        """Yield the calls whose answer may differ from a second ago: all that move, and a part of the others."""
        if not self._wanted.timely:
            return
        calls = self._context.ledger.calls
        if not self._others:
            self._others = list(calls)
        part = -(-len(calls) // _ROUND)
        due = dict.fromkeys((*self._moving, *self._others[-part:])) if part else {}
        del self._others[-part:]
        for uuid in due:
            call = calls.get(uuid)
            if call is None:
                self._moving.pop(uuid, None)
            else:
                yield call
