"""Where things lie."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor import paths

DATA = Path("/data")


@pytest.mark.parametrize(
    ("base_url", "company", "name"),
    [
        ("https://api.retreaver.com", "2", "api.retreaver.com-2.db"),
        ("https://API.Retreaver.com/", "2", "api.retreaver.com-2.db"),
        ("https://api.retreaver.com", None, "api.retreaver.com-default.db"),
        ("http://127.0.0.1:8080", "2", "127.0.0.1_8080-2.db"),
        ("http://[::1]:8080", "2", "___1__8080-2.db"),
        ("https://example.com/../../etc", "7", "example.com_.._.._etc-7.db"),
    ],
)
def test_each_account_has_a_history_of_its_own(base_url: str, company: str | None, name: str) -> None:
    assert paths.history_file(DATA, base_url, company) == DATA / "history" / name
