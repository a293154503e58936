"""The address of a pixel taken apart, as lines and as a command to try it. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from monitor import text
from monitor.console.addresses import host
from monitor.console.detail_parts import DIM
from monitor.console.widgets.drawn import PLAIN, Line, blank, broken, fit
from monitor.insight.expected import is_macro, unexpanded
from monitor.insight.wording import UNKNOWN, Tone
from monitor.text import HIDDEN

_NAME = 16
_REPLACED = "REDACTED"
_NEVER = "(a key: never shown)"
_CURL = "curl --globoff --silent --show-error --output /dev/null --write-out '%{http_code}\\n'"
"""Prints the status of the answer. Without `--globoff` curl makes many requests of one address with `[1-9]` in it."""


def address_lines(url: str, width: int, *, reveal: bool) -> Iterator[Line]:
    """Yield the parts of `url`, a parameter a line; values are hidden unless `reveal`, and keys always."""
    if not url:
        yield ((" none", DIM),)
        return
    head, _, _ = text.redact_url(url, reveal=reveal).partition("?")
    scheme, found, rest = head.partition("://")
    place, slash, path = (rest if found else head).partition("/")
    user, _, place = place.rpartition("@")
    yield from _pair("scheme", scheme if found else UNKNOWN, width)
    if user:
        yield from _pair("user info", f"{HIDDEN} {_NEVER}", width, DIM)
    yield from _pair("host", place or UNKNOWN, width)
    yield from _pair("path", slash + path or UNKNOWN, width, Tone.BAD.value if unexpanded(head) else PLAIN)
    parameters = list(_parameters(url))
    yield from _pair("parameters", f"{len(parameters) or 'none'}", width)
    for name, value in parameters:
        yield from _parameter(name, value, width, reveal=reveal)


def _pair(name: str, words: str, width: int, look: str = PLAIN) -> Iterator[Line]:
    yield from broken(((fit(f" {name}", _NAME), DIM),), words, width, look)


def _parameters(url: str) -> Iterator[tuple[str, str]]:
    """Yield the parameters of the query and of the fragment; text without a `=` has no name."""
    match = re.search(r"[?#]", url)
    for part in re.split(r"[&#]", url[match.end() :]) if match else ():
        if part:
            name, equals, value = part.partition("=")
            yield (name, value) if equals else ("", part)


def _parameter(name: str, value: str, width: int, *, reveal: bool) -> Iterator[Line]:
    left = unexpanded(f"x://x/?x={value}")
    secret = text.is_secret_value(name, value)
    if not value:
        shown, look = "(empty)", DIM
    elif left:
        macros = value if reveal and not secret else "".join(f"[{each}]" for each in left)
        shown, look = f"{macros}  not expanded: the account had no value for it", Tone.BAD.value
    elif secret:
        shown, look = f"{HIDDEN} {_NEVER}", DIM
    else:
        shown, look = (text.clean(unquote(value), 2048), PLAIN) if reveal else (HIDDEN, DIM)
    label = text.clean(unquote(name), 40) if name else "(no name)"
    yield from broken((blank(3), (f"{fit(label, max(_NAME - 3, len(label) + 1))}", PLAIN)), shown, width, look)


def template(url: str, *, reveal: bool) -> str:
    """Return the address of a timer with its macros, which are no values; what is written out is hidden as ever."""
    head, mark, query = url.partition("?")
    parts = (_template_part(part, reveal=reveal) for part in query.split("&"))
    return text.redact_url(head, reveal=reveal) + mark + "&".join(parts)


def _template_part(part: str, *, reveal: bool) -> str:
    _, _, value = part.partition("=")
    if value.startswith("[") and value.endswith("]") and is_macro(value[1:-1]):
        return part
    return text.redact_url(f"?{part}", reveal=reveal)[1:]


def command(url: str) -> str:
    """Return a command that asks for `url` once more, every value in it replaced, to see what its host answers.

    The method is not known, so it is GET. Raises ValueError, saying why, when `url` is not plainly an address of the
    web: a command must do nothing but what it looks like.
    """
    scheme = url.partition(":")[0].lower()
    if scheme not in {"http", "https"}:
        raise ValueError("it is no http or https address")
    if host(url) is None:
        raise ValueError("the address is cut, has user info, or holds what addresses do not consist of")
    parts = urlsplit(url)
    query = "&".join(_without_value(part) for part in parts.query.split("&")) if parts.query else ""
    path = text.redact_url(parts.path).replace(HIDDEN, _REPLACED)
    asked = f"{scheme}://{parts.netloc}{path}{'?' if query else ''}{query}"
    return f"{_CURL} {shlex.quote(asked)}"


def _without_value(part: str) -> str:
    name, equals, value = part.partition("=")
    if not equals:
        return _REPLACED if part else ""
    return f"{name}={_REPLACED if value else ''}"
