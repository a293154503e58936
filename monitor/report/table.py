"""Tables as lines of text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO, TypeVar

from monitor.insight.columns import Column, Context, layout

R = TypeVar("R")


def table(columns: Sequence[Column[R]], rows: Sequence[R], context: Context, out: TextIO) -> None:
    """Print `rows` under the titles of `columns`, each as wide as it can use."""
    placed = layout(columns, sum(max(column.width, column.widest) + 2 for column in columns))
    out.write(line([(each.column.title, each.width, each.column.right) for each in placed]))
    for row in rows:
        cells = [each.column.cell(row, context, each.width).text for each in placed]
        out.write(line([(cell, each.width, each.column.right) for cell, each in zip(cells, placed, strict=True)]))


def line(cells: Sequence[tuple[str, int, bool]]) -> str:
    """Return a line of cells, each a text, its width, and whether it stands on the right."""
    cut = [(word if len(word) <= width else f"{word[: width - 1]}…", width, right) for word, width, right in cells]
    words = [word.rjust(width) if right else word.ljust(width) for word, width, right in cut]
    return "  ".join(words).rstrip() + "\n"
