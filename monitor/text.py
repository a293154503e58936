"""Untrusted text. Everything the account says passes through `clean` before anything else sees it.

A terminal obeys control characters wherever they come from, and a bidirectional override can make one number look
like another. So whatever is not plainly printable is made visible by its Unicode category, never by a list of
known bad characters: such lists miss some.
"""

import re
import sys
import unicodedata
from urllib.parse import unquote

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


HIDDEN = "•••"
"""Stands for what is not shown."""
_SECRET_WORDS = frozenset(
    """auth authorization bearer credential credentials hmac jwt key oauth pass passphrase passwd password pwd secret
    secrets sig signature token tokens""".split()
)
_SECRET_ENDS = ("apikey", "callkey", "accesskey", "secretkey", "authkey", "token", "secret", "password", "signature")
_WORDS = re.compile(r"[a-z0-9]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NAMED = re.compile(r"""(?<![\w.\-\[\]%])([\w.\-\[\]%]+)["']?\s*[=:]""")
_CONTENT = re.compile(r"(?:blob|data|javascript|mailto|sms|tel):", re.IGNORECASE)
_USER = re.compile(r"//[^/?#\s]*@")
_FIRST_USER = re.compile(r"(^(?:[A-Za-z][A-Za-z0-9+.-]*:)?/+|^)[^/]*@")
"""User info also of an address that was written without its scheme or slashes."""
_PAIR = re.compile(r"(?<![^=&;?#/\s])([^=&;?#/\s]+)=([^&;#\s]*)")
_PART = re.compile(r"(^[?#]|[&#])([^&#]*)")
_ADDRESS = re.compile(r"(?<!\S)\S*//\S+")
_IS_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*:?//", re.IGNORECASE)
# The lookbehinds keep these linear: no name is looked for from within a name.


def is_secret(name: str) -> bool:
    """Return whether a parameter or field of this name carries a key: `call_key`, `apiKey`, `X-Signature`, `token`.

    Such a value opens something, so it is shown to nobody. Where a name only looks like one, little is missed.
    """
    for _ in range(2):  # coded once for the address, and once more within another one's value
        name = unquote(name)
    words = _WORDS.findall(_CAMEL.sub(" ", name).lower())
    return not _SECRET_WORDS.isdisjoint(words) or any(word.endswith(_SECRET_ENDS) for word in words)


def is_secret_value(name: str, value: str) -> bool:
    """Return whether the value of a parameter is shown to nobody: by its name, or by one within it, as in an address
    that was given as a value."""
    return is_secret(name) or any(map(is_secret, _NAMED.findall(unquote(unquote(value)))))


def redact_url(url: str, *, reveal: bool = False) -> str:
    """Return `url` with user info and all values of query and fragment hidden: they carry callers' numbers and keys.

    With `reveal` only user info is, and what `is_secret_value`. Of one that holds its content itself (`data:`) nothing
    is shown.
    """
    if found := _CONTENT.match(url):
        return f"{found[0]}{HIDDEN}"
    url = _USER.sub(f"//{HIDDEN}@", url)
    head = re.split(r"[?#]", url, maxsplit=1)[0]
    rest = url[len(head) :]
    head = _FIRST_USER.sub(rf"\1{HIDDEN}@", head)
    return _PAIR.sub(_without_secret, head) + _PART.sub(lambda part: _shown(part, reveal), rest)


def _without_secret(pair: re.Match[str]) -> str:
    name, value = pair.groups()
    return f"{name}={HIDDEN}" if value and is_secret_value(name, value) else pair[0]


def _shown(part: re.Match[str], reveal: bool) -> str:
    """Return one parameter of an address. Text without a `=` may be either; it is taken for a value."""
    mark, pair = part.groups()
    name, equals, value = pair.partition("=") if "=" in pair else ("", "", pair)
    if not value or (reveal and not is_secret_value(name, value)):
        return f"{mark}{pair}"
    return f"{mark}{name}{equals}{HIDDEN}"


def redact_addresses(words: str, *, reveal: bool = False) -> str:
    """Return text with the addresses in it redacted as by `redact_url`, and what it tells as a key hidden."""
    if "//" not in words and "=" not in words:
        return words
    if _IS_ADDRESS.match(words):
        return redact_url(words, reveal=reveal)
    words = _ADDRESS.sub(lambda found: redact_url(found[0], reveal=reveal), words)
    return _PAIR.sub(_without_secret, words)
