"""One pixel in full, as lines: what became of it and what that means, its address, its times, and its company. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from monitor.console.detail_parts import DIM, pixel_age, pixel_look, rule, stamp
from monitor.console.pixel_address import address_lines
from monitor.console.pixel_timers import timer_lines, why_expected
from monitor.console.widgets.drawn import PLAIN, Line, blank, fit, wrapped
from monitor.insight import wording
from monitor.insight.call_columns import as_it_went
from monitor.insight.columns import Context
from monitor.insight.expected import unexpanded
from monitor.insight.pixels import PixelClass, Seen
from monitor.insight.wording import Tone

if TYPE_CHECKING:
    from monitor.model.call import Call, FiredPixel

_NAME = 16
"""Cells of the names on the left."""
_ORDERS = {0: "0 · during the call", 1: "1 · in the batch at its end"}
_FEW = 5
"""Pixels from which those to one host tell something of it."""
_AROUND = timedelta(minutes=2)
"""As far as `PixelBoard.around` looks to either side, besides the minute itself."""


def pixel_lines(
    call: Call, found: Sequence[Seen], place: int, context: Context, width: int, *, reveal: bool
) -> list[Line]:
    """Return the page of the pixel at `place` among those `found` of `call`; `reveal` shows the values in addresses."""
    context = as_it_went(call, context) or context
    each = found[place]
    look = pixel_look(each)
    lines: list[Line] = [
        ((f"Pixel {place + 1} of {len(found)}", "strong"), blank(2), (look.text, look.tone.value)),
        *wrapped((), f"{each.hook.title} · {each.host}", width, "strong"),
        *wrapped((), _meaning(each, call, context), width, PLAIN),
    ]
    if each.pixel is None:
        lines += wrapped((), why_expected(each, call, context), width, PLAIN)
    lines += [rule("Host or call", width), *_company(each, found, context, width)]
    if each.pixel is not None:
        lines += [rule("Request", width), *_request(each, each.pixel, call, context, width)]
        lines += [rule("Address", width), *address_lines(each.pixel.url, width, reveal=reveal)]
    batch = None if each.pixel is None else each.pixel.batch_uuid
    if batch is not None:
        siblings = [other for at, other in enumerate(found) if at != place and _in_batch(other, batch)]
        lines += [rule(f"In the same batch {len(siblings)}", width), *_siblings(siblings, context, width)]
    if each.webhook is None and call.uuid not in context.ledger.gone:
        lines += timer_lines(call, context, width, reveal=reveal)
    return lines


def _pair(name: str, words: str, width: int, look: str = PLAIN) -> Iterator[Line]:
    yield from wrapped(((fit(f" {name}", _NAME), DIM),), words, width, look)


def _meaning(each: Seen, call: Call, context: Context) -> str:
    """Say what the class of a pixel means, and what the API cannot tell."""
    pixel = each.pixel
    made = "at a time that the account does not tell"
    if pixel is not None and pixel.fired_at is not None:
        made = f"at {wording.local(pixel.fired_at, context.zone)}"
    asked = f"A request was made {made}; the account does not say whether it was accepted."
    patience = context.rules.of(each.webhook)
    match each.kind:
        case PixelClass.SENT:
            return asked
        case PixelClass.LATE:
            return f"{asked} It was late: more than {patience.late.total_seconds():g} s lie between record and request."
        case PixelClass.MACRO:
            left = ", ".join(f"[{name}]" for name in unexpanded(pixel.url if pixel else ""))
            return (
                f"{asked} Its address still holds {left}: the account had no value for it, so campaign or webhook are "
                "set up wrong."
            )
        case PixelClass.PENDING:
            until = f"it may take {patience.grace.total_seconds():g} s" if call.ended else "the call goes on"
            return f"No request is known yet, and {until}."
        case PixelClass.STUCK:
            return (
                f"No request is known although the call has ended and {patience.grace.total_seconds():g} s are over. "
                "The account tells neither an error nor whether it will try again."
            )
        case PixelClass.MISSING:
            return "The campaign's timer lets a pixel be expected, and the account tells of none. It does not say why."
        case PixelClass.UNKNOWN:
            status = f"status “{pixel.status}”" if pixel is not None and pixel.status else "no status"
            return f"The account gives it {status}, which its reference does not explain; it is counted as failed."


def _request(each: Seen, pixel: FiredPixel, call: Call, context: Context, width: int) -> Iterator[Line]:
    order = "not told" if pixel.fire_order is None else _ORDERS.get(pixel.fire_order, f"{pixel.fire_order}")
    yield from _pair("fire order", order, width)
    yield from _pair("record created", _when(pixel.created_at, call, context), width)
    yield from _pair("request made", _when(pixel.fired_at, call, context), width)
    if each.latency is not None and pixel.fired_at is not None and pixel.created_at is not None:
        before = pixel.fired_at < pixel.created_at
        kind = "; the record was written after the answer" if before else " from record to request"
        late = Tone.WAIT.value if each.kind is PixelClass.LATE else PLAIN
        yield from _pair("latency", f"{each.latency:.2f} s{kind}", width, late)
    yield from _pair("came from", _origin(each, pixel), width)
    if each.kind in {PixelClass.PENDING, PixelClass.STUCK}:
        looked = context.ledger.looked.get(call.uuid)
        last = "" if looked is None else f"; last looked {wording.local(looked, context.zone)}"
        yield from _pair("waiting", f"{pixel_age(each, context)}{last}", width, pixel_look(each).tone.value)


def _origin(each: Seen, pixel: FiredPixel) -> str:
    if pixel.webhook_name is not None:
        return f"the webhook {pixel.webhook_name}"
    return "a timer, which one is not known" if each.timer is None else f"the campaign's timer of {each.timer} s"


def _when(moment: datetime | None, call: Call, context: Context) -> str:
    """Return a time, and where it lies in the call."""
    if moment is None:
        return "not told"
    marks = (
        ("the start", call.began),
        ("the end", call.end_time),
        ("conversions were determined", call.conversions_determined_at),
    )
    told = [_distance(name, (moment - mark).total_seconds()) for name, mark in marks if mark is not None]
    return " · ".join((stamp(moment, context), *told))


def _distance(name: str, seconds: float) -> str:
    size = f"{abs(seconds):.2f} s" if abs(seconds) < 60 else wording.clock(abs(seconds))
    return f"{size} {'before' if seconds < 0 else 'after'} {name}"


def _in_batch(other: Seen, batch: str) -> bool:
    return other.pixel is not None and other.pixel.batch_uuid == batch


def _siblings(siblings: Sequence[Seen], context: Context, width: int) -> Iterator[Line]:
    if not siblings:
        yield ((" none: it is alone in its batch", DIM),)
    for other in siblings:
        look = pixel_look(other)
        head = (blank(1), (fit(look.text, 11), look.tone.value))
        yield from wrapped(head, f"{other.hook.title} · {other.host} {pixel_age(other, context)}", width, PLAIN)


def _company(each: Seen, found: Sequence[Seen], context: Context, width: int) -> Iterator[Line]:
    """Tell how others fared at the same host, which shows whether it is the host or this call."""
    around = None if context.board is None else context.board.around(each.host, each.moment)
    words, look = _fared(each, found, around)
    yield from wrapped((blank(1),), words, width, look)
    incidents = () if context.board is None else context.board.open_incidents()
    for incident in incidents:
        if incident.hook == each.hook:
            since = wording.local(incident.since, context.zone, form="%d %b %H:%M:%S")
            told = f"An incident is open since {since}: {incident.failed:,} of {incident.settled:,} failed."
            yield from wrapped((blank(1),), f"{told} (i writes a note of it)", width, Tone.BAD.value)


def _fared(each: Seen, found: Sequence[Seen], around: tuple[int, int] | None) -> tuple[str, str]:
    where = "to this host in the same five minutes"
    if each.pixel is None:
        return "no request to this host is known that could have failed", DIM
    if around is None:
        return f"{where}: not known; these minutes are not kept", DIM
    failed, settled = around
    own = [
        other
        for other in found
        if other.host == each.host and other.kind is not PixelClass.PENDING and _at_that_time(other, each)
    ]
    others = settled - len(own)
    if others <= 0:
        return f"{where}: nothing but this call's own, so nobody can say whether it is the host", DIM
    told = f"{where}: {failed:,} of {settled:,} failed"
    if not each.failing:
        return told, Tone.BAD.value if failed * 2 > settled else PLAIN
    if settled < _FEW:
        return f"{told}, which is too few to say whether it is the host", DIM
    if failed >= settled:
        return f"{told}, so it is the host, not this call", Tone.BAD.value
    if failed * 2 > settled:
        return f"{told}: few got through, so it is rather the host than this call", Tone.BAD.value
    return f"{told}: others got through, so look at this webhook and this call", Tone.WAIT.value


def _at_that_time(other: Seen, each: Seen) -> bool:
    minute, at = (int(one.moment.timestamp()) // 60 for one in (other, each))
    return abs(minute - at) <= _AROUND.total_seconds() // 60
