"""The `Link` header, of which only page numbers are ever used (API reference: pagination).

Its addresses hold the API key and may name any host, so none of them is followed: the client builds its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qs

_VALUE = r'(?:"(?:[^"\\]|\\.)*"|[^\s;,"]*)'
_LINK = re.compile(rf"<([^<>]*)>((?:\s*;\s*[\w*-]+(?:\s*=\s*{_VALUE})?)*)")
_PARAMETER = re.compile(rf"([\w*-]+)\s*=\s*({_VALUE})")
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")


def next_page(header: str | None, current: int) -> int | None:
    """Return the page after `current` if `header` names it as `rel="next"`; None for any other page, or none."""
    return current + 1 if current + 1 in _pages(header, "next") else None


def last_page(header: str | None) -> int | None:
    """Return the number of the last page, from `rel="last"`; None when `header` does not tell."""
    return next(_pages(header, "last"), None)


def _pages(header: str | None, relation: str) -> Iterator[int]:
    for address, parameters in _LINK.findall(header or ""):
        if relation in _relations(parameters):
            page = parse_qs(address.partition("?")[2].partition("#")[0]).get("page", [""])[0]
            if _NUMBER.fullmatch(page):
                yield int(page)


def _relations(parameters: str) -> list[str]:
    """Return the relation types of a link: those of its first `rel`, which alone counts (RFC 8288, 3.3)."""
    for name, value in _PARAMETER.findall(parameters):
        if name.lower() == "rel":
            return str(value).strip('"').lower().split()
    return []
