"""Run the bench: `python -m tests.bench [--json FILE] [PART …]`. Prints one Markdown table."""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.measures import MEASURES, Effort
from tests.bench.table import Row, markdown


def main() -> None:
    """Measure, print, and write the same as JSON when asked to."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(MEASURES)}; all when none is named")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows to FILE as well")
    options = parser.parse_args()
    parts = options.parts or list(MEASURES)
    unknown = set(parts) - MEASURES.keys()
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    effort, began = Effort(), time.monotonic()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        for part in parts:
            sys.stderr.write(f"measuring: {part} …\n")
            rows.extend(MEASURES[part](Path(folder), effort))
    sys.stdout.write(markdown(rows))
    about = (
        f"Terminal 160 × 45, {platform.system()} {platform.machine()}, Python {platform.python_version()}; "
        f"medians of {effort.starts} starts, {effort.rests} looks of {effort.watched:g} s, {effort.keys} keys, "
        f"{effort.news} times news; both applications in turn; {time.monotonic() - began:.0f} s in all."
    )
    sys.stdout.write(f"\n{about}\n")
    if options.json:
        told = {"about": about, "rows": [row.as_json() for row in rows]}
        options.json.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
