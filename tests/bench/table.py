"""The bench's answer: rows of what was measured beside what was aimed at, as Markdown and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import quantiles
from typing import Any

_HEADS = ("what", "measured", "minimal app beside it", "ratio", "goal", "met")


@dataclass(frozen=True, slots=True)
class Row:
    """One thing measured. `met` is None where there is no goal; `beside` is the minimal application's figure."""

    what: str
    measured: str
    beside: str = ""
    ratio: float | None = None
    goal: str = ""
    met: bool | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the row as it stands in the JSON file."""
        return {name: getattr(self, name) for name in self.__slots__}

    def cells(self) -> tuple[str, ...]:
        """Return the row as it stands in the table."""
        ratio = "" if self.ratio is None else f"{self.ratio:.2f} ×"
        met = {None: "", True: "yes", False: "**missed**"}[self.met]
        return (self.what, self.measured, self.beside, ratio, self.goal, met)


def markdown(rows: Sequence[Row]) -> str:
    """Return `rows` as one Markdown table."""
    lines = [_HEADS, tuple("---" for _ in _HEADS), *(row.cells() for row in rows)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def ms(seconds: float) -> str:
    """Return a time in milliseconds."""
    return f"{1000 * seconds:.3g} ms" if seconds < 0.1 else f"{1000 * seconds:.0f} ms"


def p95(values: Sequence[float]) -> float:
    """Return the value that 19 of 20 do not exceed."""
    return quantiles(values, n=20, method="inclusive")[-1]
