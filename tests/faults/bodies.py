"""Faults of bodies: their encoding, and JSON that is not what it should be."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable
from dataclasses import replace

from monitor.model.health import Outcome
from tests.faults.fault import Fault, Faults
from tests.faults.server import Answer, Exchange
from tests.faults.wire import said, spoiled, wire

BOMB = gzip.compress(b" " * (64 << 20))
"""64 MiB in 65 KB."""


def encoded(body: Callable[[bytes], bytes], encoding: str, outcome: Outcome | None, says: str = "") -> Fault:
    """The true answer, encoded."""

    def change(answer: Answer) -> Answer:
        return Answer(body(answer.body), headers=(*answer.headers, f"Content-Encoding: {encoding}"))

    return spoiled(change, outcome, says)


async def endless(exchange: Exchange) -> None:
    await exchange.send(Answer(b"").head_of("Content-Type: application/json") + b"[")
    await exchange.flood(b" " * 65536, 1000)


def body(change: Callable[[bytes], bytes], outcome: Outcome | None = None, says: str = "") -> Fault:
    """The true answer with another body."""
    return spoiled(lambda answer: Answer(change(answer.body), headers=answer.headers), outcome, says)


def only(text: str, says: str = "not JSON") -> Fault:
    """This body for every request."""
    return said(bytes(Answer(text.encode())), Outcome.MALFORMED, says)


def in_calls(before: str, after: str) -> Callable[[bytes], bytes]:
    """Return a change of the text of an answer with calls, which has to have it."""

    def change(sent: bytes) -> bytes:
        if b'"call":' not in sent:
            return sent
        assert before.encode() in sent
        return sent.replace(before.encode(), after.encode())

    return change


def every_call(field: str, text: str) -> Callable[[bytes], bytes]:
    """Return a change that puts `field` with this JSON before all other fields of each call: the last one counts."""
    return in_calls('{"call":{', f'{{"call":{{"{field}":{text},')


def deepen(sent: bytes) -> bytes:
    return sent.replace(b"{", b'{"deep":' + b"[" * 100_000 + b"]" * 100_000 + b",", 1)


def again(answer: bytes) -> bytes:
    return json.dumps(json.loads(answer), ensure_ascii=True).encode()


def as_utf16(sent: bytes) -> bytes:
    return sent.decode().encode("utf-16")


NOT_A_LIST = "not a list of records"
ENCODING: Faults = {
    "gzip": encoded(gzip.compress, "gzip", None),
    "gzip bomb": encoded(lambda _: BOMB, "gzip", Outcome.MALFORMED, "at most"),
    "gzip of garbage": encoded(lambda sent: b"\x1f\x8b" + sent, "gzip", Outcome.MALFORMED, "cannot be decompressed"),
    "gzip cut": encoded(lambda sent: gzip.compress(sent)[:-40], "gzip", Outcome.MALFORMED, "not JSON"),
    "gzip only by name": encoded(bytes, "gzip", Outcome.MALFORMED, "cannot be decompressed"),
    "gzip twice": encoded(
        lambda sent: gzip.compress(gzip.compress(sent)), "gzip, gzip", Outcome.MALFORMED, "once-compressed"
    ),
    "gzip unsaid": body(gzip.compress, Outcome.MALFORMED, "not JSON"),
    "deflate unasked": encoded(zlib.compress, "deflate", None),
    "an encoding nobody knows": encoded(lambda sent: sent[::-1], "x-rot", Outcome.MALFORMED, "not JSON"),
    "endless body": wire(endless, Outcome.MALFORMED, "at most"),
    "byte order mark": body(lambda sent: b"\xef\xbb\xbf" + sent),
    "UTF-16": body(as_utf16),
    "bad UTF-8": body(
        lambda sent: sent.replace(b'"call":{', b'"call":{"mood":"\xff\xfe",'), Outcome.MALFORMED, "not JSON"
    ),
}

JSON: Faults = {
    "NaN": body(every_call("revenue", "NaN"), Outcome.MALFORMED, "not JSON"),
    "Infinity": body(every_call("revenue", "-Infinity"), Outcome.MALFORMED, "not JSON"),
    "1e999": body(every_call("mood", "1e999")),
    "1e999 for money": replace(body(in_calls('"total_cost":', '"total_cost":1e999,"cost":')), spoils=True),
    "a number of 5000 digits": body(every_call("mood", "9" * 5000), Outcome.MALFORMED, "not JSON"),
    "a number beyond 64 bits": body(every_call("mood", "9" * 30)),
    "nested without end": body(deepen, Outcome.MALFORMED, "not JSON"),
    "a lone surrogate": body(every_call("mood", r'"\ud800"')),
    "a lone surrogate in a name": replace(body(in_calls('"campaign_name":"', r'"campaign_name":"\udfff')), spoils=True),
    "a zero character": replace(body(in_calls('"campaign_name":"', r'"campaign_name":"\u0000')), spoils=True),
    "keys twice": body(every_call("status", '"other"')),
    "cut off": body(lambda sent: sent[:-10], Outcome.MALFORMED, "not JSON"),
    "more after the end": body(lambda sent: sent + b"]]", Outcome.MALFORMED, "not JSON"),
    "two documents": body(lambda sent: sent + sent, Outcome.MALFORMED, "not JSON"),
    "one record a line": only('{"call": {"uuid": "1"}}\n{"call": {"uuid": "2"}}\n'),
    "an error for a list": only('{"error": "demo"}', NOT_A_LIST),
    "null for a list": only("null", NOT_A_LIST),
    "text for a list": only('"demo"', NOT_A_LIST),
    "a list of nulls": only("[null, null]", NOT_A_LIST),
    "a list of numbers": only("[1, 2, 3]", NOT_A_LIST),
    "a list of lists": only("[[], []]", NOT_A_LIST),
    "a callback": body(lambda sent: b"callback(" + sent + b");", Outcome.MALFORMED, "not JSON"),
    "comments": body(lambda sent: b"/* demo */" + sent, Outcome.MALFORMED, "not JSON"),
    "single quotes": body(lambda sent: sent.replace(b'"', b"'"), Outcome.MALFORMED, "not JSON"),
    "written by another library": body(again),
}


BODIES: Faults = ENCODING | JSON
