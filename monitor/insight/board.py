"""The pixels of the whole account by webhook, kept by difference: a change costs what changed, not what is held.

Nothing is kept for a call, unless only some pixels are chosen. What a call put in is taken out by looking at it once
more as it was: that is the same as long as no moment has passed at which it would look different, and those moments
stand in line.
"""

from __future__ import annotations

from collections.abc import Callable, Set
from datetime import UTC, datetime, timedelta
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

from monitor.insight.pixels import PixelRules, hook, look
from monitor.insight.webhook import Incident, PixelRow, Webhook, WebhookRow
from monitor.model.campaign import Campaigns

if TYPE_CHECKING:
    from monitor.insight.pixels import Hook, Seen
    from monitor.ledger import Change, Ledger
    from monitor.model.call import Call

HOOKS = 500
"""Webhooks and hosts that have a row of their own at the most: addresses can be made of anything."""
_OTHERS = hook("other webhooks", None, "many hosts")
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_AGAIN = timedelta(seconds=10)
"""How often a choice that depends on the moment is made anew."""

Keep = Callable[["Call", "Seen", datetime], bool]
"""Whether a pixel of a call is to be counted, as of a moment."""


class PixelBoard:
    """Counts the pixels of the calls in `ledger`. Its time is the account's, as of the last good answer, and only goes
    forward: what is not known must not look like failing.

    `keep` chooses which pixels are counted (None: all); `timely` says that its choice depends on the moment. Incidents
    are of all pixels of a webhook, whichever were chosen: `whole` is the board that has them all.
    """

    def __init__(
        self,
        ledger: Ledger,
        rules: PixelRules,
        keep: Keep | None = None,
        *,
        timely: bool = False,
        whole: PixelBoard | None = None,
    ) -> None:
        self._ledger = ledger
        self._rules = rules
        self._keep = keep
        self._timely = timely
        self._whole = whole or self
        self._webhooks: dict[Hook, Webhook] = {}
        self._forget(_LONG_AGO)

    def _forget(self, now: datetime) -> None:
        self.now = now
        known, self._webhooks = self._webhooks, {}
        for whose, webhook in known.items():
            self._webhook(whose).inherit(webhook)
        self._campaigns = Campaigns()
        self._gone: set[str] = set()
        """The calls that are not counted because the account has them no more."""
        self._chosen: dict[str, list[Seen]] = {}
        """What was counted of which call, where only some pixels are."""
        self._line: list[tuple[datetime, str]] = []
        """When which calls will look different though nothing of them changed."""
        self._again = now

    # What comes in

    def apply(self, change: Change, now: datetime) -> None:
        """Take in what the ledger took in, as of `now`."""
        if change.anew:
            self.refill(now)
        else:
            # What was counted of those that changed is found out first, as of the time at which it was.
            was: dict[str, list[Seen]] = {call.uuid: [] for call in change.added}
            for before, _ in change.updated:
                if before.uuid not in was:
                    was[before.uuid] = self._counted(before)
            self._pass(now, was.keys())
            if change.campaigns:
                self._take_campaigns(was.keys())
            for uuid, found in was.items():
                self._exchange(self._ledger.calls[uuid], found)
        for uuid in change.removed:
            self._gone.discard(uuid)
            self._chosen.pop(uuid, None)
        for call in change.past:
            for seen in self._choice(call, self._look(call)[0]):
                self._webhook(seen.hook).learn(seen)

    def refill(self, now: datetime) -> None:
        """Begin anew with all calls held, as of `now`; what is usual stays known."""
        self._forget(now)
        self._campaigns = self._ledger.campaigns
        for call in self._ledger.calls.values():
            self._exchange(call, [])

    def advance(self, now: datetime) -> None:
        """Let time pass until `now`: pixels get stuck, absences are noticed."""
        self._pass(now, frozenset())

    def _pass(self, now: datetime, without: Set[str]) -> None:
        if now <= self.now:
            return
        due: dict[str, None] = {}
        while self._line and self._line[0][0] <= now:
            due[heappop(self._line)[1]] = None
        if self._timely and now >= self._again:
            self._again = now + _AGAIN
            due.update(dict.fromkeys((*self._chosen, *self._ledger.live)))
        calls = [call for uuid in due if uuid not in without and (call := self._ledger.calls.get(uuid)) is not None]
        before = [self._counted(call) for call in calls]
        self.now = now
        for call, was in zip(calls, before, strict=True):
            self._exchange(call, was)

    def _take_campaigns(self, without: Set[str]) -> None:
        """Look again at the calls whose campaign changed: other pixels are expected of them."""
        old, new = self._campaigns, self._ledger.campaigns
        held = self._ledger.calls.values()
        calls = [call for call in held if call.uuid not in without and old.of(call) != new.of(call)]
        before = [self._counted(call) for call in calls]
        self._campaigns = new
        for call, was in zip(calls, before, strict=True):
            self._exchange(call, was)

    def _counted(self, call: Call) -> list[Seen]:
        """Return what is counted of `call`, as it was when it was."""
        if self._keep is not None:
            return self._chosen.get(call.uuid, [])
        return [] if call.uuid in self._gone else self._look(call)[0]

    def _exchange(self, call: Call, was: list[Seen]) -> None:
        """Count `call` as it is now instead of what `was` counted of it."""
        if call.uuid in self._ledger.gone:
            self._gone.add(call.uuid)
            found: list[Seen] = []
            again: datetime | None = None
        else:
            self._gone.discard(call.uuid)
            found, again = self._look(call)
            found = self._choice(call, found)
        if found != was:
            for seen in was:
                self._webhook(seen.hook).count(call, seen, -1)
            for seen in found:
                self._webhook(seen.hook).count(call, seen, 1)
        else:
            for seen in found:
                if seen.failing:
                    self._webhook(seen.hook).touch()
        if self._keep is not None:
            self._chosen[call.uuid] = found
            if not found:
                del self._chosen[call.uuid]
        if again is not None:
            self._line_up(again, call.uuid)

    def _look(self, call: Call) -> tuple[list[Seen], datetime | None]:
        return look(call, self._campaigns.of(call), self.now, self._rules)

    def _choice(self, call: Call, found: list[Seen]) -> list[Seen]:
        keep = self._keep
        return found if keep is None else [seen for seen in found if keep(call, seen, self.now)]

    def _line_up(self, again: datetime, uuid: str) -> None:
        heappush(self._line, (again, uuid))
        if len(self._line) > 2 * len(self._ledger.calls) + HOOKS:
            self._line = list(set(self._line))  # calls that changed meanwhile stand in line more than once
            heapify(self._line)

    def _webhook(self, whose: Hook) -> Webhook:
        known = self._webhooks.get(whose)
        if known is None and len(self._webhooks) >= HOOKS:
            whose = _OTHERS
            known = self._webhooks.get(whose)
        if known is None:
            known = self._webhooks[whose] = Webhook(whose)
        return known

    # What follows from it

    def rows(self, seconds: int | None) -> list[WebhookRow]:
        """Return the webhooks over the last so many seconds, by their pixels' records (None: all that is known).

        Those without a pixel in that time are left out, unless they have an open incident.
        """
        calls, now = self._ledger.calls, self.now
        rows = [webhook.row(calls, now, seconds, self._whole.open(whose)) for whose, webhook in self._webhooks.items()]
        return [row for row in rows if row.counts or row.incident is not None]

    def open(self, whose: Hook) -> Incident | None:
        """Return the incident of a webhook that goes on; None when there is none."""
        known = self._webhooks.get(whose)
        found = () if known is None or whose is _OTHERS else known.incidents(self.now)
        return found[-1] if found and found[-1].until is None else None

    def pixels(self, whose: Hook) -> list[PixelRow]:
        """Return the newest pixels of a webhook, at most a thousand, the newest first."""
        known = self._webhooks.get(whose)
        return [] if known is None else list(known.pixels(self._ledger.calls))

    def incidents(self) -> list[Incident]:
        """Return the times in which webhooks failed, the newest first; those that go on are among them."""
        # Hosts that share a row have nothing in common that could fail.
        named = [webhook for whose, webhook in self._webhooks.items() if whose is not _OTHERS]
        found = [each for webhook in named for each in webhook.incidents(self.now)]
        return sorted(found, key=lambda each: (each.since, each.hook.key), reverse=True)

    def open_incidents(self) -> list[Incident]:
        """Return the incidents that go on, the newest first."""
        return [each for each in self.incidents() if each.until is None]

    def around(self, host: str, moment: datetime, minutes: int = 2) -> tuple[int, int] | None:
        """Return how many pixels to `host`, in the minute of `moment` and so many on either side, failed of how many.

        Those that are pending are neither. None when these minutes are not known, or not kept any more.
        """
        at = int(moment.timestamp()) // 60
        webhooks = [webhook for whose, webhook in self._webhooks.items() if whose.host == host]
        tallies = [webhook.minutes.between(at - minutes, at + minutes + 1) for webhook in webhooks]
        settled = sum(tally.settled for tally in tallies)
        return (sum(tally.failed for tally in tallies), settled) if settled else None
