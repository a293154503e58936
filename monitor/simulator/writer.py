"""Writes the scripts: one call's whole life from the generator, in order of birth.

Only what other calls depend on, or what decides when a record changes, is drawn here; tags, URLs and pixels
follow from the call's uuid when a row is printed (see `detail` and `pixels`).
"""

import math
from dataclasses import dataclass
from itertools import accumulate

from monitor.simulator.callers import ANONYMOUS, POOL
from monitor.simulator.cast import AFFILIATES, TARGETS, TRACKING_NUMBERS, Offer, Target, TrackingNumber
from monitor.simulator.draws import between, draw_uuid, seeded
from monitor.simulator.script import Script
from monitor.simulator.stamps import SECOND
from monitor.simulator.switchboard import Switchboard

_WITHHELD_SHARE = 0.02
_REPEAT_SHARE = 0.25
_SAME_NUMBER_SHARE = 0.7
_ABANDON_SHARE = 0.22
_AGENT_SHARE = 0.35
_SHORT_TALK_SHARE = 0.06
_MEDIAN_TALK = 80  # seconds, of the long majority; the short talks pull the median of all to about 75 s
_TALK_SPREAD = 0.95
_LONGEST_TALK = 15 * 60
_REMEMBERED_CALLERS = 4000
_CALLER_STEP = 7919  # prime to the size of the pool, so that stepping by it visits every number once a round

_WEIGHTS = tuple(accumulate(number.weight for number in TRACKING_NUMBERS))
_AFFILIATE_BIT = {affiliate: 1 << place for place, affiliate in enumerate(AFFILIATES)}
_NUMBER_BIT = {number: 1 << len(AFFILIATES) + number.index for number in TRACKING_NUMBERS}
_TARGET_BIT = {target: 1 << len(AFFILIATES) + len(TRACKING_NUMBERS) + place for place, target in enumerate(TARGETS)}


@dataclass(slots=True)
class _Past:
    """What is remembered of a caller: the number last dialled, when that call ends, and a bit for each
    affiliate, number and target ever met."""

    number: TrackingNumber
    until: int
    met: int = 0


class ScriptWriter:
    """Writes calls one after the other; the same seed writes the same calls."""

    def __init__(self, seed: int) -> None:
        self._rng = seeded(seed, "calls")
        self._switchboard = Switchboard()
        self._past: dict[int, _Past] = {}
        self._recent: list[int] = []  # a ring of callers that may call again
        self._fresh = self._rng.randrange(POOL)
        self._sold: dict[tuple[int, int], int] = {}  # caller and dedupe group, to the end of the last sold call

    def write(self, index: int, created: int) -> Script:
        """The script of the next call. `created` must not lie before that of the call before."""
        rng = self._rng
        start = created - between(rng, 140, 171)
        caller, number = self._caller_and_number(start)
        ivr = between(rng, 2, 13) * SECOND + between(rng, 0, 200)
        hold = between(rng, 2, 21) * SECOND + between(rng, 0, 200)
        talk = self._draw_talk()
        written_after = between(rng, 40, 960)
        selected, offer, ended_by = self._route(number, start + ivr + hold, talk + written_after, created)
        if offer is None:
            talk = 0
            if ended_by == "caller":
                ivr, hold, selected = self._abandon(ivr, hold, selected)
        ended = start + ivr + hold + talk
        determined = ended + between(rng, 20_700, 23_201)
        past = self._past.get(caller)
        met = past.met if past else 0
        affiliate_bit = _AFFILIATE_BIT[number.affiliate] if number.affiliate else 0
        target_bit = _TARGET_BIT[offer.target] if offer else 0
        sold_key = (caller, number.campaign.dedupe_group)
        dedupe = number.campaign.dedupe_seconds * SECOND
        script = Script(
            index=index,
            uuid=draw_uuid(rng),
            number=number,
            caller=caller,
            created=created,
            start=start,
            ivr=ivr,
            hold=hold,
            talk=talk,
            selected=selected,
            offer=offer,
            ended_by=ended_by,
            ended_written=ended + written_after,
            determined=determined,
            settled=determined + between(rng, 200, 4_701),
            repeat=past is not None,
            affiliate_repeat=bool(met & affiliate_bit),
            number_repeat=bool(met & _NUMBER_BIT[number]),
            target_repeat=bool(met & target_bit),
            deduped=past is not None and past.until + dedupe > start,
            duplicate=self._sold.get(sold_key, 0) + dedupe > start,
        )
        if caller >= 0:
            self._remember(script, met | affiliate_bit | _NUMBER_BIT[number] | target_bit)
            if script.converted:
                self._sold[sold_key] = ended
        return script

    def _caller_and_number(self, start: int) -> tuple[int, TrackingNumber]:
        rng = self._rng
        number = rng.choices(TRACKING_NUMBERS, cum_weights=_WEIGHTS)[0]
        chance = rng.random()
        if chance < _WITHHELD_SHARE:
            return -between(rng, 1, len(ANONYMOUS) + 1), number
        if chance < _WITHHELD_SHARE + _REPEAT_SHARE and self._recent:
            caller = self._recent[between(rng, 0, len(self._recent))]
            past = self._past[caller]
            if past.until < start:  # nobody makes two calls at once
                return caller, past.number if rng.random() < _SAME_NUMBER_SHARE else number
        self._fresh = (self._fresh + _CALLER_STEP) % POOL
        return self._fresh, number

    def _draw_talk(self) -> int:
        rng = self._rng
        if rng.random() < _SHORT_TALK_SHARE:
            seconds = between(rng, 0, 6)
        else:
            seconds = int(min(rng.lognormvariate(math.log(_MEDIAN_TALK), _TALK_SPREAD), _LONGEST_TALK))
        return seconds * SECOND + between(rng, 0, 900)

    def _route(
        self, number: TrackingNumber, begin: int, busy: int, now: int
    ) -> tuple[Target | None, Offer | None, str]:
        """The buyer dialled, the offer if they came to talk, and who ended the call."""
        offer = self._switchboard.route(self._rng, number.campaign, now, begin, begin + busy)
        chance = self._rng.random()
        if chance < _ABANDON_SHARE:
            return (offer.target if offer else None), None, "caller"
        if offer is None:
            return None, None, "system"
        self._switchboard.book(offer.target, begin, begin + busy)
        return offer.target, offer, "agent" if chance > 1 - _AGENT_SHARE else "caller"

    def _abandon(self, ivr: int, hold: int, selected: Target | None) -> tuple[int, int, Target | None]:
        """The caller leaves somewhere on the way: in the IVR, before a buyer was dialled, or on hold."""
        left = between(self._rng, SECOND, ivr + hold)
        return (left, 0, None) if left <= ivr else (ivr, left - ivr, selected)

    def _remember(self, script: Script, met: int) -> None:
        past = self._past.get(script.caller)
        if past is not None:
            past.number, past.until, past.met = script.number, script.ended, met
            return
        self._past[script.caller] = _Past(script.number, script.ended, met)
        if len(self._recent) < _REMEMBERED_CALLERS:
            self._recent.append(script.caller)
        else:
            self._recent[len(self._past) % _REMEMBERED_CALLERS] = script.caller
