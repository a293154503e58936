"""Untrusted text. Everything the account says passes through `clean` before anything else sees it.

A terminal obeys control characters wherever they come from, and a bidirectional override can make one number look
like another. So whatever is not plainly printable is made visible by its Unicode category, never by a list of
known bad characters: such lists miss some.
"""

import re
import sys
import unicodedata

SHOWN = 512
"""Characters of one value that are kept; a longer value ends in an ellipsis."""

_MARKS_IN_A_ROW = 4
_INVISIBLE = frozenset({"Cf", "Zl", "Zp", "Cs", "Co", "Cn"})
_MARKS = frozenset({"Mn", "Me", "Mc"})


def clean(value: str, limit: int = SHOWN) -> str:
    """Return `value` with every control or invisible character made visible, in NFC, at most `limit` long.

    C0 controls become control pictures (`␛`), C1 controls their escape (`\\x9b`), formatting, surrogate,
    private and unassigned characters their code point (`⟨202E⟩`); of a run of combining marks four stay.
    Idempotent.
    """
    if len(value) <= limit and value.isascii() and value.isprintable():
        return value
    out: list[str] = []
    marks = 0
    for char in unicodedata.normalize("NFC", value[: limit * 2]):
        category = unicodedata.category(char)
        if category in _MARKS:
            marks += 1
            if marks > _MARKS_IN_A_ROW:
                continue
        else:
            marks = 0
        out.append(_visible(char, category))
    text = unicodedata.normalize("NFC", "".join(out))
    return text if len(text) <= limit and len(value) <= limit * 2 else text[: limit - 1] + "…"


def _visible(char: str, category: str) -> str:
    if category == "Cc":
        code = ord(char)
        if code < 0x20:
            return chr(0x2400 + code)
        return "\u2421" if code == 0x7F else f"\\x{code:02x}"
    if category in _INVISIBLE:
        return f"⟨{ord(char):04X}⟩"
    return " " if category == "Zs" else char


def name(value: str) -> str:
    """Return `value` cleaned and interned: names of campaigns, buyers and the like repeat in every call."""
    return sys.intern(clean(value))


_E164 = re.compile(r"\+\d{7,15}")
_NANP = re.compile(r"\+1(\d{3})(\d{3})(\d{4})")


def is_e164(value: str) -> bool:
    """Whether `value` is a telephone number in E.164 form (`+` and 7 to 15 digits)."""
    return _E164.fullmatch(value) is not None


def phone(value: str) -> str:
    """Return a telephone number as people read it aloud: `+1 301 523 6555`; anything else unchanged."""
    match = _NANP.fullmatch(value)
    return "+1 " + " ".join(match.groups()) if match else value


_LINE = re.compile(r"\s+-\s+(?:\+?\d{7,15}|sips?:\S+)$")


def without_line(title: str) -> str:
    """Return a buyer's name without the number of its line, which the API appends to it (`Buyer A - +1226…`)."""
    return _LINE.sub("", title)


_USER_INFO = re.compile(r"^((?:[A-Za-z][A-Za-z0-9+.-]*:)?/+)?[^/]*@")
_PIECE = re.compile(r"[^&#]+")
HIDDEN = "•••"
"""Stands for what is not to be seen."""


def redact_url(url: str) -> str:
    """Return `url` with user info and all values of its query and fragment hidden: they carry callers' numbers, keys.

    What has no name there is a value as well.
    """
    end = min((place for mark in "?#" if (place := url.find(mark)) >= 0), default=len(url))
    return _USER_INFO.sub(rf"\1{HIDDEN}@", url[:end]) + url[end : end + 1] + _PIECE.sub(_without_value, url[end + 1 :])


def _without_value(piece: re.Match[str]) -> str:
    name, equals, value = piece[0].partition("=")
    return f"{name}={HIDDEN if value else ''}" if equals else HIDDEN
