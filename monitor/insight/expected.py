"""Which pixels a campaign's timers let expect of a call, and what explains that one is not there.

The rules are the API reference's (campaigns: timers): a 0-second timer fires when the call starts; of the sale timers
only the highest that the talk reached fires, counted from the answer; `dedupe_seconds` suppresses both for a caller
who called before, and a duplicate conversion fires none.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING

from monitor.model.call import SETTLES_WITHIN

if TYPE_CHECKING:
    from monitor.model.call import Call, FiredPixel
    from monitor.model.campaign import Campaign, CampaignTimer

ABSENT_AFTER = timedelta(seconds=150)
"""How long after conversions were determined a pixel that is not there is called missing.

The record appears within half a second (observed). By then the feed has surely read the call again: a walk that looks
back two minutes comes every minute. Integrators wait two to five minutes before they trust an absence.
"""


class Fate(Enum):
    """What became of one timer in a call, and why. The value is how it reads."""

    FIRED = "fired"
    MISSING = "expected, and not there"
    AWAITED = "not decided yet"
    NOT_REACHED = "the talk did not reach it"
    NOT_HIGHEST = "only the highest timer reached fires"
    DEDUPED = "explained: this caller called before, within the campaign's dedupe window as far as is known"
    DUPLICATE = "explained: a duplicate conversion fires no timer"
    UNTOLD = "when such a timer fires is not documented"
    UNREADABLE = "a timer of this campaign cannot be read, so nobody can say which is the highest"
    NO_ADDRESS = "it has no address"
    UNLISTED = "the account does not list all pixels of this call"
    CHANGED = "the campaign was changed since the call began"
    FOREIGN = "this call fired timers that are not the campaign's: its number has its own"


@dataclass(frozen=True, slots=True)
class Expectation:
    """One timer of a call's campaign: what became of it, and from when on it counts as missing if it is not there."""

    timer: CampaignTimer
    fate: Fate
    due: datetime | None = None


def expectations(call: Call, campaign: Campaign, now: datetime, grace: timedelta) -> list[Expectation]:
    """Return what became of each timer of `campaign` in `call` as of `now`; `grace` is how long its pixels may take.

    A negative timer fires whatever the dedupe window says. The reference does not tell when; so its absence counts
    only where the talk lasted as long as the number without its sign, which every reading of it agrees on.
    """
    fired, foreign = _fired(call, campaign)
    fates = {id(timer): _fate(timer, call, campaign) for timer in campaign.timers}
    due = _due(call, grace)
    excuse = Fate.FOREIGN if foreign else Fate.CHANGED if _changed_since(campaign, call) else None
    if not _listed(call):
        excuse = Fate.UNLISTED
    found = []
    for timer in campaign.timers:
        if id(timer) in fired:
            fate = Fate.FIRED
        else:
            fate = fates[id(timer)]
            if fate is Fate.MISSING:
                fate = excuse or (Fate.MISSING if due is not None and now >= due else Fate.AWAITED)
        found.append(Expectation(timer, fate, due if fate in {Fate.MISSING, Fate.AWAITED} else None))
    return found


def _fate(timer: CampaignTimer, call: Call, campaign: Campaign) -> Fate:
    """Return what the rules say of a timer that did not fire; MISSING where they say it should have."""
    seconds = timer.seconds
    if seconds is None:
        return Fate.UNREADABLE
    if not timer.url:
        return Fate.NO_ADDRESS
    if seconds >= 0 and campaign.dedupe_seconds != 0:
        # Whether a dedupe window is set, and whether the caller is new, must be known to miss anything.
        if call.duplicate:
            return Fate.DUPLICATE
        if call.repeat is not False:
            return Fate.DEDUPED
    if seconds == 0:
        return Fate.MISSING
    talk = call.talk if call.connected else None
    if talk is None or talk < abs(seconds):
        return Fate.UNTOLD if seconds < 0 else Fate.NOT_REACHED
    if any(each.seconds is None for each in campaign.timers):
        return Fate.UNREADABLE
    rivals = (each.seconds for each in campaign.timers if each.seconds and (each.seconds < 0) == (seconds < 0))
    highest = max(abs(each) for each in rivals if abs(each) <= talk)
    return Fate.MISSING if abs(seconds) == highest else Fate.NOT_HIGHEST


def _due(call: Call, grace: timedelta) -> datetime | None:
    """Return from when on an absence counts: some time after all has been decided. None while the call goes on.

    Also for a pixel of the start: a call may have been read before it was there, and not again before its end.
    """
    if not call.ended:
        return None
    decided = call.conversions_determined_at
    if decided is None:
        ended = call.end_time or call.updated_at
        decided = None if ended is None else ended + SETTLES_WITHIN
    return None if decided is None else decided + max(ABSENT_AFTER, grace)


def _listed(call: Call) -> bool:
    """Return whether the pixels of `call` are all there are: their number, where it is told, is that of those listed
    (API reference: call object; another one is truncated or late data)."""
    return bool(call.pixels) if call.pixel_count is None else call.pixel_count == len(call.pixels)


def _changed_since(campaign: Campaign, call: Call) -> bool:
    return campaign.updated_at is not None and (call.began is None or campaign.updated_at > call.began)


def _fired(call: Call, campaign: Campaign) -> tuple[set[int], bool]:
    """Return the timers that fired, by identity, and whether a pixel without a name is none of this campaign's."""
    fired: set[int] = set()
    foreign = False
    for pixel in call.pixels:
        if pixel.webhook_name is None:
            timer = timer_of(pixel, call, campaign)
            foreign = foreign or timer is None
            fired.add(id(timer))
    return fired, foreign


def timer_of(pixel: FiredPixel, call: Call, campaign: Campaign) -> CampaignTimer | None:
    """Return the timer that fired `pixel`, which has no webhook's name; None when it is none of `campaign`'s.

    Where several have the same address, one that fits the moment is chosen (`fire_order` 0 is during the call), and
    of those the highest that the talk reached.
    """
    found = [timer for timer in campaign.timers if timer.url and matches(timer.url, pixel.url)]
    if len(found) > 1:
        found.sort(key=lambda timer: _likelihood(timer, pixel, call), reverse=True)
    return found[0] if found else None


def _likelihood(timer: CampaignTimer, pixel: FiredPixel, call: Call) -> tuple[int, bool, bool, int]:
    seconds = timer.seconds or 0
    in_time = (pixel.fire_order == 0) == (seconds == 0)
    literal = sum(map(len, _literals(timer.url)))
    return literal, in_time, abs(seconds) <= (call.talk or 0), abs(seconds)


def matches(template: str, url: str) -> bool:
    """Return whether `url` can be what `template` became, each `[macro]` standing for any text."""
    first, *others = _literals(template)
    if not url.startswith(first):
        return False
    if not others:
        return len(url) == len(first)
    place = len(first)
    for literal in others[:-1]:
        place = url.find(literal, place)
        if place < 0:
            return False
        place += len(literal)
    return url.endswith(others[-1]) and len(url) - len(others[-1]) >= place


@lru_cache(maxsize=4096)
def _literals(template: str) -> tuple[str, ...]:
    """Return what stands before, between and behind the macros of `template`."""
    found = []
    start = place = 0
    while (opened := template.find("[", place)) >= 0:
        closed = template.find("]", opened)
        if closed < 0:
            break
        if is_macro(template[opened + 1 : closed]):
            found.append(template[start:opened])
            start = place = closed + 1
        else:
            place = opened + 1
    return (*found, template[start:])


def is_macro(name: str) -> bool:
    """Return whether what stands in brackets is a macro's name, and not an index or a host's address."""
    return 2 <= len(name) <= 64 and name[0].isalpha() and all(each.isalnum() or each in "_:.-" for each in name)


def unexpanded(url: str) -> tuple[str, ...]:
    """Return the macros left in a fired address: the account knew no value for them (API reference: macros).

    They are looked for in the path and in the values of the query. Names of parameters may have brackets of their
    own (`filter[name]=…`), and so has a host's numeric address.
    """
    if "[" not in url and "%5b" not in url.lower():
        return ()
    _, _, rest = url.partition("://")
    path, _, query = rest.partition("?")
    _, _, path = path.partition("/")
    texts = [path, *(part.partition("=")[2] for part in query.partition("#")[0].split("&"))]
    return tuple(dict.fromkeys(name for text in texts for name in _macros(text)))


def _macros(text: str) -> Iterable[str]:
    text = text.replace("%5B", "[").replace("%5b", "[").replace("%5D", "]").replace("%5d", "]")
    for part in text.split("[")[1:]:
        name, closed, _ = part.partition("]")
        if closed and is_macro(name):
            yield name
