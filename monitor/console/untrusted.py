"""The second door for untrusted text: whatever reaches the terminal holds no control character.

The first door is `monitor.text.clean` in the models. This one stands behind every widget, so that a mistake in one
of them cannot write to the terminal.
"""

from __future__ import annotations

import re

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")


class ControlFilter(LineFilter):
    """Deletes control characters from the text of segments. They have no width, so nothing shifts."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return `segments` without control characters."""
        if not any(_CONTROL.search(segment.text) for segment in segments):
            return segments
        return [Segment(_CONTROL.sub("", text), style, control) for text, style, control in segments]
