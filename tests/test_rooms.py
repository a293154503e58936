"""What is loaded when: the first paint waits for nothing it does not need, and headless modes load no screen."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from monitor import paths
from tests.store.stored import a_page, a_raw, leading


def loaded(code: str) -> set[str]:
    """Return the top-level modules that `code` leaves loaded in a fresh interpreter."""
    script = f"{code}\nimport sys\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize(
    "code",
    [
        "import monitor.cli",
        "import monitor.feed.once, monitor.feed.collector, monitor.api.client, monitor.ledger, monitor.report.once",
        "import monitor.feed.replay, monitor.store.history, monitor.report.export",
        "from monitor.cli import main; main(['once', '--demo', '--json', '--since', '1m'])",
        "from monitor.cli import main; main(['once', '--demo', '--pixels', '--fail', '--since', '30m'])",
        "import monitor.doctor, monitor.simulator.web",
    ],
)
def test_headless_modes_load_no_screen(code: str) -> None:
    assert loaded(code).isdisjoint({"textual", "rich", "plotext"})


def test_an_export_loads_neither_screen_nor_client(tmp_path: Path) -> None:
    store = leading(paths.history_file(tmp_path, "https://api.retreaver.com", None))
    store.write(a_page(a_raw("c1")))
    store.close()
    arguments = ["export", "--data-dir", str(tmp_path)]
    code = f"from monitor.cli import main; assert main({arguments}) == 0"
    assert loaded(code).isdisjoint({"textual", "rich", "plotext", "httpx", "starlette"})


def test_the_first_paint_waits_for_neither_client_nor_parser_nor_chart() -> None:
    found = loaded("import monitor.console.app, monitor.feed.collector, monitor.feed.replay")
    assert "textual" in found
    assert found.isdisjoint({"httpx", "pydantic", "plotext", "starlette", "uvicorn"})


def test_the_command_line_alone_is_light() -> None:
    assert loaded("import monitor.cli").isdisjoint({"httpx", "pydantic", "textual", "starlette"})


def test_regular_expressions_are_loaded_by_the_first_filter_that_has_one() -> None:
    code = "from monitor.insight.filter import parse; parse('campaign:solar revenue>0')"
    assert "re2" not in loaded(code)
    assert "re2" in loaded(f"{code}; parse('campaign~solar')")
