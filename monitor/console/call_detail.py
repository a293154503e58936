"""A call in full, as lines: its timeline, money, tags, pixels and raw answer. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from monitor import text
from monitor.console.widgets.drawn import PLAIN, Line, blank, broken, fit, wrapped
from monitor.insight import pixels, wording
from monitor.insight.call_columns import as_it_went, hold_seconds, menu_seconds, state_of, talk_seconds
from monitor.insight.columns import Context
from monitor.insight.pixels import PixelClass
from monitor.insight.wording import UNKNOWN, Tone

if TYPE_CHECKING:
    from monitor.model.call import Call, FiredPixel

DIM = Tone.DIM.value
_PIXEL_LOOKS = {
    PixelClass.SENT: ("✓ sent", Tone.GOOD),
    PixelClass.PENDING: ("◌ new", Tone.WAIT),
    PixelClass.STUCK: ("! stuck", Tone.BAD),
    PixelClass.LATE: ("◷ late", Tone.WAIT),
    PixelClass.MISSING: ("∅ missing", Tone.BAD),
    PixelClass.UNKNOWN: ("? unknown", Tone.BAD),
    PixelClass.MACRO: ("[ ] macro", Tone.BAD),
}
_ORDERS = {0: "during", 1: "at end"}


def detail_lines(call: Call, context: Context, width: int, *, reveal: bool) -> list[Line]:
    """Return the call page of the detail. `reveal` shows the values in pixel addresses."""
    lines = [*_gone(call, context, width)]
    context = as_it_went(call, context) or context
    lines += _head(call, context, width)
    lines += [_rule("Timeline", width), *_timeline(call, context)]
    lines += [_rule("Money", width), *_money(call, context)]
    found = pixels.count(call, context)
    lines += [_rule(f"Pixels {found.sent}/{found.total} sent", width), *_pixels(call, context, width, reveal=reveal)]
    lines += [_rule(f"Tags {len(call.tags)}", width), *_tags(call, width)]
    return lines


def _rule(title: str, width: int) -> Line:
    return (("── ", DIM), (title, "head"), (" " + "─" * max(0, width - len(title) - 5), DIM))


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


def _timeline(call: Call, context: Context) -> Iterator[Line]:
    events = sorted(_events(call, context), key=lambda event: event[0])
    origin = call.began or (events[0][0] if events else context.now)
    for place, (moment, what, more, look) in enumerate(events):
        branch = "└" if place == len(events) - 1 else "├"
        stamp = moment.astimezone(context.zone)
        clock = f"{stamp:%H:%M:%S}.{stamp.microsecond // 1000:03}"
        after = _after((moment - origin).total_seconds())
        yield ((f" {clock} {after:>8} ", DIM), (f"{branch} ", DIM), (f"{fit(what, 22)} ", look), (more, DIM))


def _after(seconds: float) -> str:
    """The distance from the start: to a tenth below a minute, as on a stopwatch above."""
    if abs(seconds) < 60:
        return f"{seconds:+.1f} s"
    return f"{'-' if seconds < 0 else '+'}{wording.clock(abs(seconds))}"


def _events(call: Call, context: Context) -> Iterator[tuple[datetime, str, str, str]]:
    if call.began:
        yield (call.began, "call starts", "", PLAIN)
    for pixel in call.pixels:
        if pixel.created_at:
            kind = pixels.classify(pixel, call, context.now, context.rules.of(pixel.webhook_name))
            label, tone = _PIXEL_LOOKS[kind]
            more = f"{label} {_pixel_age(pixel, kind, context)}"
            yield (pixel.created_at, f"pixel {_pixel_name(pixel)}", more, tone.value)
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


def _pixel_name(pixel: FiredPixel) -> str:
    return pixel.webhook_name or "timer"


def _pixel_age(pixel: FiredPixel, kind: PixelClass, context: Context) -> str:
    if kind in {PixelClass.SENT, PixelClass.LATE, PixelClass.MACRO}:
        seconds = pixels.latency(pixel)
        return "" if seconds is None else f"{seconds:.2f} s"
    if kind is PixelClass.UNKNOWN:
        return f"status {pixel.status or UNKNOWN}"
    age = UNKNOWN if pixel.created_at is None else wording.span((context.now - pixel.created_at).total_seconds())
    return f"new for {age}"


def address_parts(url: str, *, reveal: bool) -> tuple[str, str]:
    """Return the host and the rest of an address, the values of its query hidden unless `reveal`."""
    shown = url if reveal else text.redact_url(url)
    try:
        host = urlsplit(url).hostname or UNKNOWN
    except ValueError:
        return UNKNOWN, shown
    _, _, rest = shown.partition("://")
    _, slash, path = rest.partition("/")
    return host, slash + path


def _pixels(call: Call, context: Context, width: int, *, reveal: bool) -> Iterator[Line]:
    if not call.pixels:
        yield ((" none", DIM),)
        return
    started = sorted(call.pixels, key=lambda pixel: (pixel.created_at is None, pixel.created_at or context.now))
    for pixel in started:
        kind = pixels.classify(pixel, call, context.now, context.rules.of(pixel.webhook_name))
        label, tone = _PIXEL_LOOKS[kind]
        host, rest = address_parts(pixel.url, reveal=reveal)
        order = _ORDERS.get(pixel.fire_order if pixel.fire_order is not None else -1, UNKNOWN)
        yield (
            blank(1),
            (fit(label, 8), tone.value),
            (fit(order, 7), DIM),
            (f"{_pixel_name(pixel)} ", PLAIN),
            (_pixel_age(pixel, kind, context), DIM if kind is PixelClass.SENT else tone.value),
        )
        yield from broken((blank(9),), f"{host}{rest}", width, DIM)


def _tags(call: Call, width: int) -> Iterator[Line]:
    if not call.tags:
        yield ((" none", DIM),)
    size = min(22, max((len(key) for key in call.tags), default=0)) + 2
    for key in sorted(call.tags):
        values = [part.strip() for part in call.tags[key].split(",")]
        yield from wrapped((blank(1), (fit(key, size), DIM)), " · ".join(values), width, PLAIN)


def raw_lines(answer: Mapping[str, Any] | None, width: int, *, reveal: bool) -> list[Line]:
    """Return the answer as the API sent it (without its secrets), as indented JSON, addresses redacted."""
    if answer is None:
        return [((" reading the complete answer …", DIM),)]
    shown = answer if reveal else _redacted(answer)
    lines: list[Line] = []
    for line in json.dumps(shown, indent=2, sort_keys=True, ensure_ascii=False, default=str).splitlines():
        indent = len(line) - len(line.lstrip())
        lines += broken((blank(indent + 1),), text.clean(line.lstrip(), 4096), width, PLAIN)
    return lines


def _redacted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _redacted(kept) for key, kept in value.items()}
    if isinstance(value, list):
        return [_redacted(kept) for kept in value]
    return text.redact_url(value) if isinstance(value, str) and "://" in value else value
