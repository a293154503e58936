"""Copying into the clipboard of the person who looks, wherever that is, by what terminals understand (OSC 52).

No terminal answers whether it obeyed. So it is told how much was sent, and under tmux what may be in the way.
"""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from textual.app import App

from monitor import text

MOST = 74_994
"""Encoded bytes that are sent at the most: less than the common terminals take (100,000)."""
_PIECE = 76
"""Bytes of one string that GNU screen passes on; it cuts longer ones at 256 or 768, depending on its version."""


def copy(app: App[Any], what: str, words: str) -> None:
    """Put `words` into the clipboard and say so, calling them `what`; say so as well when they are too long."""
    clean = text.clean(words, len(words) + MOST)
    encoded = b64encode(clean.encode()).decode("ascii")
    if len(encoded) > MOST:
        told = f"{what} is too long to copy: {len(encoded):,} of at most {MOST:,} bytes; nothing was copied"
        app.notify(told, severity="warning", markup=False)
        return
    environ = os.environ
    if app._driver is not None:  # as Textual's own copying goes, which does neither measure nor wrap
        app._driver.write(sequence(encoded, environ))
    told = f"copied: {what} ({len(clean.encode()):,} bytes)"
    if environ.get("TMUX"):
        told += "; if pasting brings something else, tmux needs `set -g allow-passthrough on`"
    app.notify(told, markup=False)


def sequence(encoded: str, environ: Mapping[str, str]) -> str:
    """Return what makes the terminal take `encoded` (base64) into its clipboard, through tmux or GNU screen."""
    plain = f"\x1b]52;c;{encoded}\x07"
    if environ.get("TMUX"):
        doubled = plain.replace("\x1b", "\x1b\x1b")
        return f"\x1bPtmux;{doubled}\x1b\\"
    if environ.get("STY") or environ.get("TERM", "").startswith("screen"):
        pieces = (plain[start : start + _PIECE] for start in range(0, len(plain), _PIECE))
        return "".join(f"\x1bP{piece}\x1b\\" for piece in pieces)
    return plain
