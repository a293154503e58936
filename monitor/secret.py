"""Secrets, and text that must not hold them."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable

HIDDEN = "***"
_TELLING = 8
"""A shorter secret is not searched for by its letters: they would be found in innocent text, such as page numbers."""
_SHOWN = 4
_LONG = 16
"""Characters from which a secret's last four may be shown: a quarter of it at the most."""
_PARAMETERS = re.compile(
    r"""(api_key(?:=|%3D))[^&#<>;,"'\s]*|(\bkey=)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}""", re.IGNORECASE
)
"""What carries keys in addresses: the API's own parameter, and the one of its sister services."""


class Secret:
    """Text that shows itself only when asked to, in no repr and in no traceback that prints local variables."""

    __slots__ = ("_anywhere", "_value")

    def __init__(self, value: str) -> None:
        self._value = value
        self._anywhere: re.Pattern[str] | None = None

    def __repr__(self) -> str:
        return f"Secret({HIDDEN})"

    def reveal(self) -> str:
        """Return the text."""
        return self._value

    @property
    def shape(self) -> str:
        """What may be said of it, enough to tell two apart: its length, and the last characters of a long one."""
        length = len(self._value)
        return f"{length} characters" + (f", ends in …{self._value[-_SHOWN:]}" if length >= _LONG else "")

    def blot(self, text: str) -> str:
        """Return `text` without the secret, however each of its characters is written there."""
        if len(self._value) < _TELLING:
            return text
        if self._anywhere is None:
            self._anywhere = re.compile("".join(map(_any_form, self._value)))
        return self._anywhere.sub(HIDDEN, text)


def _any_form(char: str) -> str:
    """Return a pattern for `char` as it is, in a query string, in HTML, and in JSON or a Python literal."""
    octets = char.encode("utf-8", "surrogatepass")
    same = {char, html.escape(char), json.dumps(char)[1:-1], repr(char)[1:-1]}
    same |= {"+"} if char == " " else {f"\\{char}"} if char in "\\\"'/" else set()
    coded = {"".join(f"%{each:02x}" for each in octets), f"\\u{ord(char):04x}"}
    forms = {*map(re.escape, same), *(f"(?i:{re.escape(each)})" for each in coded)}
    return f"(?:{'|'.join(sorted(forms, key=len, reverse=True))})"


def redact(text: str, secrets: Iterable[Secret] = ()) -> str:
    """Return `text` without any of `secrets`, and without what an address gives as a key, known or not."""
    for each in secrets:
        text = each.blot(text)
    return _PARAMETERS.sub(lambda found: f"{found[1] or found[2]}{HIDDEN}", text)
