"""What is shown of addresses: callers' numbers only when asked for, keys never."""

from __future__ import annotations

import time

import pytest

from monitor.text import HIDDEN, is_secret, redact_addresses, redact_url

URL = "https://hooks.example/p;key=k1?caller=%2B13015550042&call_key=s3cr3t&empty=&flag#access_token=t1"


def test_values_are_hidden_and_empty_ones_shown_as_empty() -> None:
    assert redact_url(URL) == ("https://hooks.example/p;key=•••?caller=•••&call_key=•••&empty=&•••#access_token=•••")


def test_revealing_shows_what_is_no_key() -> None:
    assert redact_url(URL, reveal=True) == (
        "https://hooks.example/p;key=•••?caller=%2B13015550042&call_key=•••&empty=&flag#access_token=•••"
    )


@pytest.mark.parametrize(
    "name",
    """key KEY call_key callKey apikey api-key API_KEY token access_token accessToken secret client_secret password
    passwd signature sig X-Amz-Signature auth authorization Authorization oauth_token user[password] call%5Fkey
    call%255Fkey key_id""".split(),
)
def test_keys_are_known_by_their_names(name: str) -> None:
    assert is_secret(name)
    for reveal in (False, True):
        assert "s3cr3t" not in redact_url(f"https://x.example/?a=1&{name}=s3cr3t&b=2", reveal=reveal)


@pytest.mark.parametrize(
    "name", "keys_pressed caller caller_id uuid call_uuid sub_id sid keyword monkey author d campaign".split()
)
def test_other_names_are_not_taken_for_keys(name: str) -> None:
    assert not is_secret(name)


@pytest.mark.parametrize(
    "url",
    [
        "https://user:s3cr3t@hooks.example/",
        "https://user:p@s3cr3t@hooks.example/?a=1",
        "//s3cr3t@hooks.example/",
        "https://x.example/?to=https%3A%2F%2Fy.example%2F%3Fapi_key%3Ds3cr3t",
        "https://x.example/?to=https%253A%252F%252Fy.example%253Fapi_key%253Ds3cr3t",
        "https://x.example/?a=1;key=s3cr3t",
        "https://x.example/?key=a?s3cr3t",
        "https://x.example/?key=a=s3cr3t",
        "https://x.example/?json={%22token%22:%22s3cr3t%22}",
        "https://x.example/a/token=s3cr3t/b",
        "https://x.example/#key=s3cr3t",
    ],
)
def test_no_way_of_writing_a_key_is_revealed(url: str) -> None:
    assert "s3cr3t" not in redact_url(url, reveal=True)
    assert "s3cr3t" not in redact_addresses(f"GET {url} was sent", reveal=True)
    assert "s3cr3t" not in redact_addresses(url)


def test_addresses_within_text_are_redacted_where_they_stand() -> None:
    words = "sent GET https://x.example/p?caller=7 and token=s3cr3t, answered=yes"
    assert redact_addresses(words) == f"sent GET https://x.example/p?caller={HIDDEN} and token={HIDDEN} answered=yes"
    assert redact_addresses("talk 1:30 / hold = 5") == "talk 1:30 / hold = 5"
    assert redact_addresses("https://x.example/?a=b c") == f"https://x.example/?a={HIDDEN}"


@pytest.mark.parametrize("piece", ["x", "x ", "//", "=", "a=", "%3D", "@", "?", "[", "/a"])
def test_no_text_takes_long(piece: str) -> None:
    words = f"https://{piece * 100_000}=b//c"
    begun = time.process_time()
    redact_addresses(words, reveal=True)
    redact_addresses(" " + words)
    assert time.process_time() - begun < 2.0
