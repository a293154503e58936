"""Run the soak: `python -m tests.soak [PART …]`. Prints one Markdown table; exits with 1 when a promise is missed."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path

from tests.soak.figures import Figure, markdown

PARTS = ("week", "feed", "kills")
"""Modules beside this one. Each is imported when its turn comes: what the others need is no memory of the week's."""


def main() -> int:
    """Run the parts that were named, and print what they found."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all when none is named")
    parts = parser.parse_args().parts or PARTS
    unknown = set(parts) - set(PARTS)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    found: list[Figure] = []
    for part in parts:
        sys.stderr.write(f"soaking: {part} …\n")
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="callmon-soak-") as folder:
            found.extend(import_module(f"tests.soak.{part}").figures(Path(folder)))
        sys.stderr.write(f"{part}: {time.monotonic() - began:.0f} s\n")
    sys.stdout.write(markdown(found))
    return 1 if any(figure.met is False for figure in found) else 0


if __name__ == "__main__":
    sys.exit(main())
