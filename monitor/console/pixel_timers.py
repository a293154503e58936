"""The timers of a call's campaign, as lines: what became of each in the call, and why. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from monitor.console.detail_parts import DIM, rule
from monitor.console.pixel_address import template
from monitor.console.widgets.drawn import Line, blank, broken, fit, wrapped
from monitor.insight import wording
from monitor.insight.columns import Context
from monitor.insight.expected import Expectation, Fate, expectations
from monitor.insight.pixels import Seen
from monitor.insight.wording import UNKNOWN, Tone

if TYPE_CHECKING:
    from monitor.model.call import Call
    from monitor.model.campaign import Campaign

_LOOKS = {Fate.FIRED: Tone.GOOD, Fate.MISSING: Tone.BAD, Fate.AWAITED: Tone.WAIT}
_SECONDS = 9


def timer_lines(call: Call, context: Context, width: int, *, reveal: bool) -> list[Line]:
    """Return what became of each timer of the campaign of `call`; `reveal` shows values in their addresses."""
    campaign = context.ledger.campaigns.of(call)
    if campaign is None:
        words = "not known: the account's campaigns were not read, or this is none of them"
        return [rule("The campaign's timers", width), *wrapped((blank(1),), words, width, DIM)]
    fates = expectations(call, campaign, context.now, context.rules.general.grace)
    lines: list[Line] = [rule(f"The campaign's timers {len(fates)}", width)]
    for each in fates:
        seconds = UNKNOWN if each.timer.seconds is None else f"{each.timer.seconds} s"
        look = _LOOKS.get(each.fate, Tone.PLAIN).value
        lines += wrapped((blank(1), (fit(seconds, _SECONDS), "strong")), each.fate.value, width, look)
        lines += broken((blank(1 + _SECONDS),), template(each.timer.url, reveal=reveal), width, DIM)
    return lines


def why_expected(each: Seen, call: Call, context: Context) -> str:
    """Say why the pixel of a timer was expected, which is missing."""
    campaign = context.ledger.campaigns.of(call)
    fates = () if campaign is None else expectations(call, campaign, context.now, context.rules.general.grace)
    missing = [one for one in fates if one.fate is Fate.MISSING and one.timer.seconds == each.timer]
    if campaign is None or not missing:
        return ""
    return f"It was expected: {', '.join(_reasons(missing[0], call, campaign))}. {_since(missing[0], context)}"


def _reasons(expected: Expectation, call: Call, campaign: Campaign) -> Iterator[str]:
    seconds = expected.timer.seconds or 0
    if seconds == 0:
        yield "a timer of 0 s fires when the call starts"
    else:
        yield f"answered, talk {wording.clock(call.talk)} ≥ {abs(seconds)} s"
        yield "no higher timer was reached"
    if seconds < 0:
        yield "and a negative timer fires whatever the dedupe window says"
    elif campaign.dedupe_seconds == 0:
        yield "and the campaign has no dedupe window"
    else:
        yield "and no dedupe: this caller never called before"


def _since(expected: Expectation, context: Context) -> str:
    due = expected.due
    return "" if due is None else f"It counts as missing since {wording.local(due, context.zone)}."
