"""A call in full, as lines: its timeline, money, tags, pixels and raw answer. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from monitor import text
from monitor.console.detail_parts import DIM, after, pixel_age, pixel_look, rule, stamp
from monitor.console.widgets.drawn import PLAIN, Line, blank, broken, fit, wrapped
from monitor.insight import wording
from monitor.insight.call_columns import as_it_went, hold_seconds, menu_seconds, state_of, talk_seconds
from monitor.insight.columns import Context
from monitor.insight.pixels import PixelClass, Seen
from monitor.insight.wording import UNKNOWN, Tone

if TYPE_CHECKING:
    from monitor.model.call import Call

_ORDERS = {0: "during", 1: "at end"}


def detail_lines(call: Call, found: Sequence[Seen], context: Context, width: int, *, reveal: bool) -> list[Line]:
    """Return the call page of the detail; `found` are its pixels in order of time, those that are missing among them.

    `reveal` shows the values in their addresses.
    """
    lines = [*_gone(call, context, width)]
    context = as_it_went(call, context) or context
    lines += _head(call, context, width)
    lines += [rule("Timeline", width), *_timeline(call, found, context)]
    lines += [rule("Money", width), *_money(call, context)]
    lines += [rule(_how_many(found), width), *_pixels(found, context, width, reveal=reveal)]
    lines += [rule(f"Tags {len(call.tags)}", width), *_tags(call, width)]
    return lines


def _yes(value: bool | None) -> str:
    return UNKNOWN if value is None else "yes" if value else "no"


def _gone(call: Call, context: Context, width: int) -> Iterator[Line]:
    """Tell of a call that was deleted, so that nobody looks for it on the account's site."""
    if call.uuid in context.ledger.gone:
        found = context.ledger.gone[call.uuid]
        when = "" if found is None else f" (found {wording.local(found, context.zone, form='%d %b %H:%M:%S')})"
        words = f"The account has no such call any more{when}. It is in no sum; this is what was last read."
        yield from wrapped((), words, width, Tone.WAIT.value)
        yield ()


def _head(call: Call, context: Context, width: int) -> Iterator[Line]:
    number = context.ledger.numbers.get(call.uuid)
    state = state_of(call, context)
    caller = text.phone(call.caller) if call.caller else "unknown caller"
    yield (
        (f"#{number}  " if number else "", "strong"),
        (state.text, state.tone.value),
        blank(2),
        (f"{caller} → {call.target or 'no buyer'}", "strong"),
    )
    campaign = call.campaign or UNKNOWN
    number_called = text.phone(call.number) if call.number else UNKNOWN
    route = f"{campaign} · publisher {call.affiliate or UNKNOWN} · number {number_called}"
    yield from wrapped((), route, width, PLAIN)
    group = f" · group {call.target_group}" if call.target_group else ""
    ending = f"status {call.status or UNKNOWN} · hung up by {call.hung_up_by or UNKNOWN}{group}"
    yield from wrapped((), ending, width, PLAIN)
    flags = ("converted", "payable", "receivable", "duplicate", "repeat")
    told = " · ".join(f"{flag} {_yes(getattr(call, flag))}" for flag in flags)
    yield from wrapped((), told, width, PLAIN)
    yield from broken((("uuid ", DIM),), call.uuid, width, DIM)


def _timeline(call: Call, found: Sequence[Seen], context: Context) -> Iterator[Line]:
    events = sorted(_events(call, found, context), key=lambda event: event[0])
    origin = call.began or (events[0][0] if events else context.now)
    for place, (moment, what, more, look) in enumerate(events):
        branch = "└" if place == len(events) - 1 else "├"
        clock = stamp(moment, context)
        distance = after((moment - origin).total_seconds())
        yield ((f" {clock} {distance:>8} ", DIM), (f"{branch} ", DIM), (f"{fit(what, 22)} ", look), (more, DIM))


def _events(call: Call, found: Sequence[Seen], context: Context) -> Iterator[tuple[datetime, str, str, str]]:
    if call.began:
        yield (call.began, "call starts", "", PLAIN)
    for each in found:
        if each.pixel is not None and each.pixel.created_at:
            look = pixel_look(each)
            more = f"{look.text} {pixel_age(each, context, new='')}"
            yield (each.pixel.created_at, f"pixel {each.hook.title}", more, look.tone.value)
    if call.forwarded_time:
        menu, hold = menu_seconds(call, context.now), hold_seconds(call, context.now)
        yield (
            call.forwarded_time,
            "forwarded to buyer",
            f"IVR {wording.clock(menu)} · hold {wording.clock(hold)}",
            PLAIN,
        )
    if call.end_time:
        yield (call.end_time, "ends", f"talk {wording.clock(talk_seconds(call, context.now))}", PLAIN)
    if call.conversions_determined_at:
        settled = "converted" if call.converted else "not converted"
        if call.end_time:
            settled += f" · {(call.conversions_determined_at - call.end_time).total_seconds():+.1f} s"
        yield (call.conversions_determined_at, "conversions determined", settled, PLAIN)


def _money(call: Call, context: Context) -> Iterator[Line]:
    provisional = call.provisional(context.now)
    amounts = (call.revenue, call.payout, call.cost, call.profit)
    if all(amount is None for amount in amounts):
        yield ((" not known yet" if provisional else " none", DIM),)
        return
    margin = call.margin
    if margin is None and call.revenue is not None and call.payout is not None:
        margin = call.revenue - call.payout
    takings = call.revenue is not None or call.payout is not None
    if takings:
        sums = f" revenue {_amount(call.revenue)} − payout {_amount(call.payout)} = {_amount(margin)} before cost"
        yield ((sums, PLAIN),)
    look = Tone.WAIT if provisional else Tone.BAD if (call.profit or 0) < 0 else Tone.GOOD
    sums = f" − cost {_amount(call.cost)} = " if takings else f" cost {_amount(call.cost)} · "
    yield ((sums, PLAIN), (f"{_amount(call.profit)} profit", look.value))
    expected = (margin or Decimal(0)) - (call.cost or Decimal(0))
    if call.profit is not None and expected != call.profit:
        yield ((f" the account's profit differs from this arithmetic ({_amount(expected)})", Tone.BAD.value),)
    yield ((" provisional until conversions are determined" if provisional else " final", DIM),)


def _amount(amount: Decimal | None) -> str:
    return wording.money(amount).replace("-", "−")


def _how_many(found: Sequence[Seen]) -> str:
    fired = sum(each.pixel is not None for each in found)
    missing = f" · {len(found) - fired} missing" if len(found) > fired else ""
    return f"Pixels {sum(each.sent for each in found)}/{fired} sent{missing}"


def _pixels(found: Sequence[Seen], context: Context, width: int, *, reveal: bool) -> Iterator[Line]:
    if not found:
        yield ((" none", DIM),)
    for each in found:
        look, pixel = pixel_look(each), each.pixel
        order = UNKNOWN if pixel is None or pixel.fire_order is None else _order(pixel.fire_order)
        quiet = each.kind is PixelClass.SENT
        yield (
            blank(1),
            (fit(look.text, 10), look.tone.value),
            (fit(order, 7), DIM),
            (f"{each.hook.title} ", PLAIN),
            (pixel_age(each, context), DIM if quiet else look.tone.value),
        )
        where = each.host if pixel is None else text.redact_url(pixel.url, reveal=reveal).partition("://")[2]
        yield from broken((blank(11),), where or each.host, width, DIM)


def _order(number: int) -> str:
    return _ORDERS.get(number, f"{number}")


def _tags(call: Call, width: int) -> Iterator[Line]:
    if not call.tags:
        yield ((" none", DIM),)
    size = min(22, max((len(key) for key in call.tags), default=0)) + 2
    for key in sorted(call.tags):
        values = [part.strip() for part in call.tags[key].split(",")]
        yield from wrapped((blank(1), (fit(key, size), DIM)), " · ".join(values), width, PLAIN)
