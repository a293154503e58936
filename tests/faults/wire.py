"""Faults of the connection, of headers, of status and of redirects (reliability rules: measured behaviour)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime

from monitor.model.health import Outcome
from tests.faults.fault import Fault, Faults
from tests.faults.scene import Scene
from tests.faults.server import Act, Answer, Exchange
from tests.make import NOON

OVERDUE = "no complete answer"
BROKEN = "broke off before the answer was complete"


def wire(act: Act, outcome: Outcome | None = None, says: str = "", *, slow: bool = False) -> Fault:
    """A fault that is the answer to every request."""
    return Fault(lambda scene: scene.server.misbehaving(act), outcome, says, slow=slow)


def overdue(act: Act) -> Fault:
    """An answer that nothing but the deadline ends."""
    return wire(act, Outcome.NETWORK, OVERDUE, slow=True)


def broken(act: Act) -> Fault:
    """An answer that is not whole."""
    return wire(act, Outcome.NETWORK, BROKEN)


def spoiled(change: Callable[[Answer], Answer | bytes], outcome: Outcome | None = None, says: str = "") -> Fault:
    """The true answer, changed."""

    async def act(exchange: Exchange) -> None:
        await exchange.send(change(await exchange.answer()))

    return wire(act, outcome, says)


def said(answer: bytes, outcome: Outcome, says: str = "") -> Fault:
    """These bytes, whatever was asked, and the end of the connection."""

    async def act(exchange: Exchange) -> None:
        await exchange.send(answer)
        exchange.close()

    return wire(act, outcome, says)


# The connection


async def dripping_body(exchange: Exchange) -> None:
    answer = await exchange.answer()
    await exchange.send(answer.head)
    await exchange.drip(answer.body)


async def dripping_head(exchange: Exchange) -> None:
    await exchange.drip(bytes(await exchange.answer()))


async def stalling(exchange: Exchange) -> None:
    await exchange.stall()


async def stalling_in_the_body(exchange: Exchange) -> None:
    await exchange.send(bytes(await exchange.answer())[:-20])
    await exchange.stall()


async def more_promised(exchange: Exchange) -> None:
    answer = await exchange.answer()
    await exchange.send(answer.head_of(f"Content-Length: {len(answer.body) + 9}") + answer.body)
    exchange.close()


async def cut_chunk(exchange: Exchange) -> None:
    answer = await exchange.answer()
    await exchange.send(answer.head_of("Transfer-Encoding: chunked") + b"ffff\r\n" + answer.body[:100])
    exchange.close()


async def no_last_chunk(exchange: Exchange) -> None:
    answer = await exchange.answer()
    chunk = b"%x\r\n%b\r\n" % (len(answer.body), answer.body)
    await exchange.send(answer.head_of("Transfer-Encoding: chunked") + chunk)
    exchange.close()


async def no_chunk(exchange: Exchange) -> None:
    answer = await exchange.answer()
    await exchange.send(answer.head_of("Transfer-Encoding: chunked") + answer.body)
    exchange.close()


async def cut_by_the_end(exchange: Exchange) -> None:
    answer = await exchange.answer()
    await exchange.send(answer.head_of() + answer.body[:-30])
    exchange.close()


async def ended_by_the_end(exchange: Exchange) -> None:
    answer = await exchange.answer()
    await exchange.send(answer.head_of() + answer.body)
    exchange.close()


async def reset(exchange: Exchange) -> None:
    exchange.reset()


async def reset_in_the_body(exchange: Exchange) -> None:
    answer = await exchange.answer()
    await exchange.send(answer.head + answer.body[:-20])
    exchange.reset()


async def closing(exchange: Exchange) -> None:
    exchange.close()


async def half_closing(exchange: Exchange) -> None:
    await exchange.send(bytes(await exchange.answer())[:-20])
    exchange.half_close()
    await exchange.stall()


async def closing_after_it(exchange: Exchange) -> None:
    await exchange.send(await exchange.answer())
    exchange.close()


async def endless_continue(exchange: Exchange) -> None:
    while True:
        await exchange.drip(b"HTTP/1.1 100 Continue\r\n\r\n")


async def endless_header(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\nX-Pad: ")
    await exchange.flood(b"x" * 65536, 1000)


def lengths(*values: str) -> Callable[[Answer], bytes]:
    """Return a change that gives the body these lengths."""
    return lambda answer: answer.head_of(*(f"Content-Length: {value}" for value in values)) + answer.body


CONNECTION: Faults = {
    "body dripped": overdue(dripping_body),
    "headers dripped": overdue(dripping_head),
    "never answered": overdue(stalling),
    "stalled in the body": overdue(stalling_in_the_body),
    "interim answers for ever": overdue(endless_continue),
    "nobody accepts": Fault(lambda scene: scene.server.deaf(), Outcome.NETWORK, OVERDUE, slow=True),
    "port closed": Fault(lambda scene: scene.server.down(), Outcome.NETWORK, "connection refused"),
    "shorter than promised": broken(more_promised),
    "chunk cut": broken(cut_chunk),
    "last chunk missing": broken(no_last_chunk),
    "not in chunks as said": broken(no_chunk),
    "reset": broken(reset),
    "reset in the body": broken(reset_in_the_body),
    "closed without an answer": broken(closing),
    "half closed in the body": broken(half_closing),
    "length below zero": spoiled(lengths("-1"), Outcome.NETWORK, BROKEN),
    "two lengths": spoiled(lengths("5", "7"), Outcome.NETWORK, BROKEN),
    "200 KB header": spoiled(lambda answer: answer.plus("X-Pad: " + "x" * 200_000), Outcome.NETWORK, BROKEN),
    "ten thousand headers": spoiled(
        lambda answer: answer.plus(*(f"X-{n}: {'y' * 20}" for n in range(10_000))), Outcome.NETWORK, BROKEN
    ),
    "header without an end": broken(endless_header),
    "not HTTP": said(b"220 mail.example ESMTP\r\n\r\n", Outcome.NETWORK, BROKEN),
    "a body and nothing else": said(b"[]", Outcome.NETWORK, BROKEN),
    "status that is no number": said(b"HTTP/1.1 OK 200\r\n\r\n[]", Outcome.NETWORK, BROKEN),
    "a version that is not spoken": spoiled(lambda answer: bytes(answer).replace(b"HTTP/1.1", b"HTTP/7.7", 1)),
    "closed in the body, length unknown": wire(cut_by_the_end, Outcome.MALFORMED, "not JSON"),
    "ended by closing": wire(ended_by_the_end),
    "closed after each answer, unsaid": wire(closing_after_it),
    "closed after each answer": spoiled(lambda answer: answer.plus("Connection: close")),
}


# Headers that mislead


def links(header: Callable[[Scene], str], *, repeated: int = 1) -> Fault:
    """The true answer with other `Link` headers."""

    def befall(scene: Scene) -> AbstractContextManager[None]:
        async def act(exchange: Exchange) -> None:
            answer = (await exchange.answer()).without("link")
            await exchange.send(answer.plus(*[f"Link: {header(scene)}"] * repeated))

        return scene.server.misbehaving(act)

    return Fault(befall)


def dated(*date: str) -> Fault:
    """The true answer with another `Date` header, or none."""
    return spoiled(lambda answer: answer.without("date").plus(*(f"Date: {each}" for each in date)))


HERE = "http://127.0.0.1/api/v2/calls.json"
HEADERS: Faults = {
    "Link twice": links(lambda _: f'<{HERE}?page=2>; rel="next"', repeated=2),
    "Link with rel in its title": links(lambda _: f'<{HERE}?page=7>; title="; rel=\\"next\\""; rel="last"'),
    "Link without addresses": links(lambda _: '; rel="last", ; rel="next"'),
    "Link to another host": links(lambda scene: f'<{scene.trap.base}/calls.json?page=2>; rel="next"'),
    "Link with a huge page": links(lambda _: f'<{HERE}?page=999999999>; rel="last", <{HERE}?page=2>; rel="next"'),
    "Link with a page beyond numbers": links(lambda _: f'<{HERE}?page={"9" * 400}>; rel="last"'),
    "Link of garbage": links(lambda _: "<<<>>>;;;,,,=\"'"),
    "Date absent": dated(),
    "Date of garbage": dated("soon"),
    "Date in 1970": dated("Thu, 01 Jan 1970 00:00:00 GMT"),
    "Date in 2099": dated("Thu, 31 Dec 2099 23:59:59 GMT"),
    "Date twice": dated(*[format_datetime(NOON, usegmt=True)] * 2),
    "content type of HTML": spoiled(lambda answer: answer.without("content-type").plus("Content-Type: text/html")),
    "content type absent": spoiled(lambda answer: answer.without("content-type")),
    "character set unknown": spoiled(
        lambda answer: answer.without("content-type").plus("Content-Type: application/json; charset=ebcdic-9")
    ),
    "a cookie": spoiled(lambda answer: answer.plus("Set-Cookie: session=1; Path=/", "Refresh: 0; url=/login")),
}


# Status


def status(code: str, outcome: Outcome, says: str = "", *headers: str, body: bytes = b"") -> Fault:
    """An answer with this status to every request."""
    return said(bytes(Answer(body, code, ("Content-Type: text/html", *headers))), outcome, says or code.split()[0])


def throttled(code: str, wish: str, least: float, most: float) -> Fault:
    """An answer that wishes the next request to be made later."""
    outcome = Outcome.THROTTLED if code == "429" else Outcome.SERVER
    date = f"Date: {format_datetime(NOON, usegmt=True)}"
    answer = Answer(b"", f"{code} No", (f"Retry-After: {wish}", date))
    return replace(said(bytes(answer), outcome, code), wait=(least, most))


def redirect(code: int, place: Callable[[Scene, Exchange], str], says: str = "points elsewhere") -> Fault:
    """An answer that points to another place."""

    def befall(scene: Scene) -> AbstractContextManager[None]:
        async def act(exchange: Exchange) -> None:
            answer = Answer(b"", f"{code} There", (f"Location: {place(scene, exchange)}",))
            await exchange.send(answer)

        return scene.server.misbehaving(act)

    return Fault(befall, Outcome.MALFORMED, says)


def in_a_while(seconds: float) -> str:
    return format_datetime(NOON + timedelta(seconds=seconds), usegmt=True)


HTML = b"<!DOCTYPE html><html><h1>demo</h1></html>"
STATUS: Faults = {
    "200 with HTML": status("200 OK", Outcome.MALFORMED, "not JSON", body=HTML),
    "200 with nothing": status("200 OK", Outcome.MALFORMED, "0 bytes"),
    "204": said(b"HTTP/1.1 204 No Content\r\n\r\n", Outcome.MALFORMED, "204"),
    "206": status("206 Partial", Outcome.MALFORMED, body=b"[]"),
    "301 to itself": redirect(301, lambda _, exchange: exchange.target),
    "302 to a login page": redirect(302, lambda *_: "/login"),
    "303 to another host": redirect(303, lambda scene, _: f"{scene.trap.base}/", "127.0.0.1"),
    "307 to another host with the key": redirect(307, lambda scene, each: scene.trap.base + each.target, "127.0.0.1"),
    "308 to itself over https": redirect(308, lambda scene, each: f"https{scene.server.base[4:]}{each.target}"),
    "302 to nowhere": redirect(302, lambda *_: "http://[::bad"),
    "304 unasked": said(b"HTTP/1.1 304 Not Modified\r\n\r\n", Outcome.MALFORMED, "304"),
    "400": status("400 Bad Request", Outcome.MALFORMED),
    "401": status("401 Unauthorized", Outcome.AUTH, "refuses the API key"),
    "403": status("403 Forbidden", Outcome.AUTH, "refuses the API key"),
    "404 in HTML": status("404 Not Found", Outcome.MALFORMED, body=HTML),
    "405": status("405 Method Not Allowed", Outcome.MALFORMED),
    "407": status("407 Proxy Authentication Required", Outcome.MALFORMED),
    "408": status("408 Request Timeout", Outcome.MALFORMED),
    "410": status("410 Gone", Outcome.MALFORMED),
    "418": status("418 I'm a teapot", Outcome.MALFORMED),
    "422": status("422 Unprocessable", Outcome.MALFORMED, body=b'{"errors": ["demo"]}'),
    "429": status("429 Too Many Requests", Outcome.THROTTLED),
    "429, in 30 s": throttled("429", "30", 30, 36),
    "429, by a date": throttled("429", in_a_while(40), 40, 48),
    "429, by a date that is past": throttled("429", in_a_while(-40), 0, 1),
    "429, at some time": throttled("429", "soon", 0, 1),
    "429, in less than no time": throttled("429", "-5", 0, 1),
    "429, in a year": throttled("429", "31536000", 300, 360),
    "500": status("500 Internal Server Error", Outcome.SERVER),
    "502": status("502 Bad Gateway", Outcome.SERVER, body=HTML),
    "503 in HTML": status("503 Service Unavailable", Outcome.SERVER, body=HTML),
    "503, in 60 s": throttled("503", "60", 60, 72),
    "504": status("504 Gateway Timeout", Outcome.SERVER),
    "599": status("599 Odd", Outcome.SERVER),
    "999": status("999 No", Outcome.SERVER),
}

WIRE: Faults = CONNECTION | HEADERS | STATUS
