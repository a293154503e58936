"""The soak's answer: what was measured beside what is promised, as one Markdown table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_HEADS = ("what", "measured", "promised", "met")


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing measured. `met` is None where nothing is promised."""

    what: str
    measured: str
    promised: str = ""
    met: bool | None = None

    def cells(self) -> tuple[str, ...]:
        """Return the figure as it stands in the table."""
        return (self.what, self.measured, self.promised, {None: "", True: "yes", False: "**missed**"}[self.met])


def none_of(what: str, found: Iterable[object]) -> Figure:
    """Return the figure of something that must not be: how many there are, and the first of them by name."""
    seen = [str(each) for each in found]
    named = f": {', '.join(seen[:3])}{' …' if len(seen) > 3 else ''}" if seen else ""
    return Figure(what, f"{len(seen):,}{named}", "0", not seen)


def at_most(what: str, value: float, promised: float, form: str) -> Figure:
    """Return the figure of something that must not exceed `promised`, both told as `form` says."""
    return Figure(what, form.format(value), f"≤ {form.format(promised)}", value <= promised)


def markdown(figures: Sequence[Figure]) -> str:
    """Return `figures` as one Markdown table."""
    lines = [_HEADS, tuple("---" for _ in _HEADS), *(figure.cells() for figure in figures)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
