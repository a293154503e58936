"""No test leaves the key of its account behind: not in what it prints or logs, and not in a file."""

from __future__ import annotations

from collections.abc import Generator, Iterator

import pytest

from tests.canary import LETTERS, files_holding


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a test that has shown the key: at its end, when all that was captured is known."""
    report = yield
    shown = [name for name, text in report.sections if LETTERS in text]
    if report.when == "teardown" and shown:
        report.outcome = "failed"
        report.longrepr = f"the API key was shown: {', '.join(shown)}"
    return report


@pytest.fixture(scope="session", autouse=True)
def _no_file_holds_the_key(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    yield
    found = list(files_holding(LETTERS, tmp_path_factory.getbasetemp()))
    assert not found, f"the API key is in {found}"
