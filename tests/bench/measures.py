"""What is measured, and the goals it is held against.

"Painted" is the last byte of the first frame that answers a key or news; a frame ends with four milliseconds of
silence. What follows from it in later frames (the caption under the table) is told apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.bench.actors import A_CALL, HINTS, Staged, account, alone, minimal_app, monitor
from tests.bench.minimal import MARK
from tests.bench.table import Row, ms, p95
from tests.bench.terminal import DOWN, HOME, PAGE_DOWN, Reaction, Terminal

SIZES = (100, 10_000, 100_000)
_MINIMAL = MARK.encode()


@dataclass(frozen=True, slots=True)
class Effort:
    """How often and how long everything is done."""

    starts: int = 7
    rests: int = 3
    watched: float = 4.0
    """Seconds of one look at an application at rest."""
    keys: int = 80
    pages: int = 30
    news: int = 30


@dataclass(frozen=True, slots=True)
class Handling:
    """Seconds until painted, with so many calls held, and bytes. `whole` is until the last frame."""

    painted: list[float]
    whole: list[float]
    sizes: list[int]

    @property
    def p50(self) -> float:
        """The median time until painted."""
        return median(self.painted)

    @property
    def p95(self) -> float:
        """The time that 19 of 20 did not exceed."""
        return p95(self.painted)

    @property
    def bytes(self) -> int:
        """The median of bytes."""
        return round(median(self.sizes))


def _handling(pairs: list[tuple[float, Reaction]]) -> Handling:
    seen = [(began, each) for began, each in pairs if each.first is not None and each.last is not None]
    if len(seen) < 2:
        raise RuntimeError("nothing was painted")
    return Handling(
        [(each.first or began) - began for began, each in seen],
        [(each.last or began) - began for began, each in seen],
        [each.size for _, each in seen],
    )


def starts(folder: Path, effort: Effort) -> Iterator[Row]:
    """Measure how soon there is something to see, and something to know."""
    first: list[float] = []
    demo: list[float] = []
    served: list[float] = []
    least: list[float] = []
    with account() as there:
        for turn in range(effort.starts + 1):
            with minimal_app(folder) as app:
                plain = app.until(_MINIMAL) - app.began
            with monitor(folder, "--demo") as app:
                painted = app.until(HINTS) - app.began
                called = app.until(A_CALL) - app.began
            with monitor(folder, **there) as app:
                known = app.until(A_CALL) - app.began
            if turn:  # the first turn only warms the machine's caches
                least.append(plain)
                first.append(painted)
                demo.append(called)
                served.append(known)
    beside = median(least)
    for what, found, limit in (
        ("start → first paint", first, 1.10),
        ("start → first call on screen, local server", served, 1.8),
        ("start → first call on screen, --demo", demo, None),
    ):
        ratio = median(found) / beside
        goal = "" if limit is None else f"≤ {limit:.2f} ×"
        met = None if limit is None else ratio <= limit
        yield Row(what, ms(median(found)), f"first paint {ms(beside)}", ratio, goal, met)


def keys(folder: Path, effort: Effort) -> Iterator[Row]:
    """Measure keys and news at several numbers of calls held."""
    with minimal_app(folder) as app:
        app.until(_MINIMAL)
        app.settle()
        least = _handling([_pressed(app, DOWN) for _ in range(effort.keys)])
    inside: dict[int, Handling] = {}
    edge: dict[int, Handling] = {}
    paged: dict[int, Handling] = {}
    cells: dict[int, Handling] = {}
    new: dict[int, Handling] = {}
    same: dict[int, list[tuple[float, int]]] = {}
    pauses: dict[int, float] = {}
    for calls in SIZES:
        with Staged(folder, calls) as app:
            app.ask("pauses")
            inside[calls] = _handling(list(_inside(app, effort)))
            edge[calls] = _handling(list(_edge(app, effort)))
            paged[calls] = _handling(list(_paged(app, effort)))
            _go_home(app)
            cells[calls] = _handling([_told(app, "cells") for _ in range(effort.news)])
            new[calls] = _handling([_told(app, "arrive") for _ in range(effort.news)])
            same[calls] = [_unchanged(app) for _ in range(effort.news)]
            pauses[calls] = app.ask("pauses")["seconds"]
    beside = f"key ↓ p50 {ms(least.p50)}, p95 {ms(least.p95)}"
    yield from _per_size("key ↓ → painted", inside, least, beside, 0.003)
    yield from _per_size("key ↓ at the edge: all rows move → painted", edge, least, beside, 0.003)
    yield from _per_size("page ↓ → painted", paged, least, beside, 0.005)
    yield _bytes("page ↓, bytes", paged, 4500)
    for what, found, limit in (("5 cells change", cells, 0.0025), ("25 new calls on top", new, 0.003)):
        for calls in (SIZES[0], SIZES[-1]):
            took = found[calls].p50
            yield Row(
                f"{what} → painted, {calls:,} held",
                f"{ms(took)} (p95 {ms(found[calls].p95)})",
                f"key ↓ p50 {ms(least.p50)}",
                took / least.p50,
                f"≤ {ms(limit)}",
                took <= limit,
            )
    spread = cells[SIZES[-1]].p50 / cells[SIZES[0]].p50
    both = f"{SIZES[-1]:,} against {SIZES[0]} held"
    yield Row(f"5 cells change, {both}", f"{spread:.2f} ×", goal="± 25 %", met=0.75 <= spread <= 1.25)
    yield _bytes("5 cells change, bytes", cells, 200)
    yield _bytes("25 new calls on top, bytes", new, None)
    silent = [size for found in same.values() for _, size in found]
    took = median(seconds for seconds, _ in same[SIZES[-1]])
    yield Row(
        "nothing changed: the same 25 calls again",
        f"{max(silent)} bytes, {ms(took)}",
        goal="0 bytes, ≤ 0.5 ms",
        met=not any(silent) and took <= 0.0005,
    )
    longest = max(pauses.values())
    yield Row(
        "longest pause of the garbage collector under keys and news",
        ms(longest),
        goal="≤ 10 ms",
        met=longest <= 0.010,
    )


def _per_size(what: str, found: dict[int, Handling], least: Handling, beside: str, limit: float) -> Iterator[Row]:
    for calls, each in found.items():
        told = f"p50 {ms(each.p50)}, p95 {ms(each.p95)}; with caption {ms(median(each.whole))}"
        goal, met = "", None
        if calls == SIZES[-1]:
            goal, met = f"p95 ≤ {ms(limit)}", each.p95 <= limit
        yield Row(f"{what}, {calls:,} held", told, beside, each.p50 / least.p50, goal, met)
    spread = found[SIZES[-1]].p95 / found[SIZES[0]].p95
    goal, met = ("≤ 1.25 ×", spread <= 1.25) if limit < 0.005 else ("", None)
    yield Row(f"{what}, p95 at {SIZES[-1]:,} against {SIZES[0]}", f"{spread:.2f} ×", goal=goal, met=met)


def _bytes(what: str, found: dict[int, Handling], limit: int | None) -> Row:
    most = max(each.bytes for each in found.values())
    met = None if limit is None else most <= limit
    return Row(what, f"{most:,}", goal="" if limit is None else f"≤ {limit:,}", met=met)


def _pressed(app: Terminal, key: bytes) -> tuple[float, Reaction]:
    return app.type(key), app.reaction()


def _told(app: Staged, command: str) -> tuple[float, Reaction]:
    return app.ask(command)["at"], app.reaction()


def _unchanged(app: Staged) -> tuple[float, int]:
    app.ask("same")
    size = app.reaction(0.1).size
    return app.ask("taken")["seconds"], size


def _go_home(app: Terminal) -> None:
    app.type(HOME)
    app.settle()


def _inside(app: Terminal, effort: Effort) -> Iterator[tuple[float, Reaction]]:
    """Move the cursor within the screen."""
    for turn in range(effort.keys):
        if turn % 30 == 0:
            _go_home(app)
        yield _pressed(app, DOWN)


def _edge(app: Terminal, effort: Effort) -> Iterator[tuple[float, Reaction]]:
    """Move the cursor on from the last line of the screen."""
    for turn in range(effort.keys // 2):
        if turn % 40 == 0:
            _go_home(app)
            app.type(PAGE_DOWN)
            app.settle()
        yield _pressed(app, DOWN)


def _paged(app: Terminal, effort: Effort) -> Iterator[tuple[float, Reaction]]:
    """Turn pages; where there are only two, from the top again and again."""
    for turn in range(effort.pages):
        if turn % 2 == 0:
            _go_home(app)
        yield _pressed(app, PAGE_DOWN)


def rest(folder: Path, effort: Effort) -> Iterator[Row]:
    """Measure what an application costs that nobody touches."""
    least: list[tuple[float, float]] = []
    still: dict[int, list[tuple[float, float]]] = {SIZES[0]: [], SIZES[-1]: []}
    live: list[tuple[float, float]] = []
    for turn in range(effort.rests):
        with minimal_app(folder) as plain:
            plain.until(_MINIMAL)
            least.append(_watched(plain, effort.watched))
        for calls, found in still.items():
            if calls != SIZES[0] and turn:
                continue
            with Staged(folder, calls) as app:
                app.ask("clock")
                found.append(_watched(app, effort.watched))
                if calls == SIZES[0]:
                    app.ask("live")
                    live.append(_watched(app, effort.watched))
    beside_bytes, beside = (median(column) for column in zip(*least, strict=True))
    told = f"{100 * beside:.2f} % CPU, {beside_bytes:.0f} bytes/s"
    for what, seen, limit in (
        (f"at rest, {SIZES[0]} held", still[SIZES[0]], 1.3),
        (f"at rest, {SIZES[-1]:,} held", still[SIZES[-1]], 1.3),
        ("5 changes a second", live, None),
    ):
        size, cpu = (median(column) for column in zip(*seen, strict=True))
        goal, met = ("", None) if limit is None else (f"CPU ≤ {limit} ×", cpu / beside <= limit)
        yield Row(what, f"{100 * cpu:.2f} % CPU, {size:.0f} bytes/s", told, cpu / beside, goal, met)


def _watched(app: Terminal, seconds: float) -> tuple[float, float]:
    """Return bytes and processor seconds per second, once the start is over."""
    app.count(1.5)
    before = app.processor()
    size = app.count(seconds)
    return size / seconds, (app.processor() - before) / seconds


def weights(_folder: Path, _effort: Effort) -> Iterator[Row]:
    """Measure memory, reading and sorting."""
    held = SIZES[-1]
    found = alone("weigh", held)
    each = found["json"] + found["models"] + found["ledger"]
    parts = ", ".join(f"{name} {1e6 * found[name]:.1f} µs" for name in ("json", "models", "ledger"))
    yield Row("bytes → ledger", f"{1 / each:,.0f} calls/s ({parts})", goal="≥ 50,000 calls/s", met=1 / each >= 50_000)
    weight = found["per_call"] + found["per_row"]
    yield Row(
        f"memory per call held (resident, {held:,} calls)",
        f"{weight / 1000:.2f} KB (ledger {found['per_call'] / 1000:.2f}, table {found['per_row'] / 1000:.2f})",
        goal="≤ 1.3 KB",
        met=weight <= 1300,
    )
    pause = found["pause"]
    yield Row(f"longest pause of the garbage collector while {held:,} calls come in", ms(pause), goal="≤ 10 ms",
              met=pause <= 0.010)  # fmt: skip
    for name in (name for name in found if name.startswith("sort ")):
        seconds = found[name]
        what = f"re-sort of {held:,} calls by {name.removeprefix('sort ')}"
        yield Row(what, ms(seconds), goal="≤ 60 ms", met=seconds <= 0.060)


def pixels(_folder: Path, _effort: Effort) -> Iterator[Row]:
    """Measure the board of pixels: what a tick costs must be what changed, not what is held."""
    found = {calls: alone("pixels", calls) for calls in SIZES}
    for calls, each in found.items():
        yield Row(f"board of pixels: 5 calls change → rows and incidents, {calls:,} held", ms(each["tick"]))
    spread = found[SIZES[-1]]["tick"] / found[SIZES[-2]]["tick"]
    both = f"{SIZES[-1]:,} against {SIZES[-2]:,} held"
    yield Row(f"board of pixels, {both}", f"{spread:.2f} ×", goal="≤ 1.25 ×", met=spread <= 1.25)
    filled = found[SIZES[-1]]["fill"]
    yield Row(f"board of pixels: {SIZES[-1]:,} calls counted anew", f"{1e6 * filled:.1f} µs a call")


MEASURES: dict[str, Callable[[Path, Effort], Iterator[Row]]] = {
    "start": starts,
    "keys": keys,
    "rest": rest,
    "weights": weights,
    "pixels": pixels,
}
"""The parts of the bench by name."""
