"""The note of an incident: what it tells, and that no name in it can be more than a name."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta, timezone

import pytest

from monitor.insight.board import PixelBoard
from monitor.insight.incident_note import incident_of, literal, note
from monitor.insight.pixels import Hook, PixelRules, hook, host_of
from monitor.ledger import Ledger
from monitor.model.batch import Batch
from tests.insight.pixel_cases import a_pixel, new
from tests.make import a_final_call, at

CALLER = "13015550042"
URL = f"https://hooks.example/p?caller={CALLER}&call_key=c4n4ry"
STARTED = hook("Started", None, "hooks.example")


def account(webhook: str = "Started", url: str = URL, failed: int = 12, after: int = 0) -> tuple[Ledger, PixelBoard]:
    """Return a ledger and board of calls whose pixels failed, and `after` that later calls whose pixels were sent."""
    ledger = Ledger()
    board = PixelBoard(ledger, PixelRules())
    pixels = [a_pixel(url, webhook, -9 + n / 100) for n in range(3)] + [
        new(webhook, 10 * n, url) for n in range(failed)
    ]
    pixels += [a_pixel(url, webhook, 1000 + n) for n in range(after)]
    calls = [a_final_call(f"uuid-{n:02}", pixels=(pixel,), caller=f"+{CALLER}") for n, pixel in enumerate(pixels)]
    board.apply(ledger.apply(Batch(calls=tuple(calls), complete=True)), at(3000))
    return ledger, board


def written(webhook: str = "Started", url: str = URL, **given: int) -> str:
    ledger, board = account(webhook, url, **given)
    found = incident_of(board, hook(webhook, None, host_of(url)), at(0))
    assert found is not None
    return note(found, board, ledger, timezone(timedelta(hours=-5)))


def test_an_open_incident_is_told_in_full() -> None:
    told = written()
    for line in (
        "# `Started` at `hooks.example` failed",
        "- since: 2026-05-04 12:00:00 UTC (2026-05-04 07:00:00 UTC-5)",
        "- until: goes on, as of 2026-05-04 12:50:00 UTC (2026-05-04 07:50:00 UTC-5)",
        "- host: `hooks.example`",
        "- webhook: `Started`",
        "- failed: 12 of 12 pixels (100.0 %)",
        "- usual: not known yet",
        "- calls hit: 12",
        "- revenue of those held: 60.00, known of 12 of 12 calls",
        "- first failure: 2026-05-04 12:00:00 UTC (2026-05-04 07:00:00 UTC-5)",
        "- last failure: 2026-05-04 12:01:50 UTC (2026-05-04 07:01:50 UTC-5)",
        "- classes: 12 stuck of calls held",
        "## Calls, 10 of 12",
        "## What this cannot tell",
    ):
        assert line in told.splitlines()
    assert len(re.findall(r"^- `uuid-\d\d`$", told, re.MULTILINE)) == 10
    assert "not that it was accepted" in told


def test_no_caller_no_value_and_no_key_stands_in_it() -> None:
    told = written()
    assert CALLER not in told
    assert "c4n4ry" not in told
    assert "?" not in told


def test_one_that_is_over_says_until_when_and_is_found_by_a_moment_within_it() -> None:
    ledger, board = account(after=40)
    found = incident_of(board, STARTED, at(50))
    assert found is not None
    told = note(found, board, ledger, None)
    assert "- until: 2026-05-04 12:16:40 UTC" in told
    assert "goes on" not in told
    assert incident_of(board, STARTED, at(-60)) is None
    assert incident_of(board, STARTED, at(2000)) is None


def test_the_open_one_goes_before_the_one_over_the_moment() -> None:
    _, board = account()
    found = incident_of(board, STARTED, at(-5000))
    assert found is not None
    assert found.until is None


def test_another_webhook_has_none() -> None:
    _, board = account()
    assert incident_of(board, Hook("Other", None, "hooks.example"), at(50)) is None


def test_a_campaign_timer_is_called_one() -> None:
    ledger, board = account()
    found = incident_of(board, STARTED, at(0))
    assert found is not None
    timer = Hook(None, 90, "t.example")
    told = note(replace(found, hook=timer), board, ledger, None)
    assert "- campaign timer: `timer 90 s`" in told


HOSTILE = (
    "[click](https://evil.example)",
    "![](https://evil.example/p.png)",
    "<script>alert(1)</script>",
    "<https://evil.example>",
    "https://evil.example www.evil.example me@evil.example",
    "a\n# Heading\n\n- item",
    "a\r\n===\r\n",
    "| a | b |\n|---|---|",
    "`code` ``more`` ```",
    "```\n# out\n```",
    "`",
    "``````",
    "\\` <b>",
    "&lt;b&gt; &#96;",
    "*bold* _it_ ~~no~~",
    "[^1]: note",
    "\u202eevil\u2066",
    "\x1b]52;c;x\x07",
    " ",
)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_text_between_backticks_that_it_cannot_end(name: str) -> None:
    told = literal(name)
    assert told.isprintable()
    if told == "–":
        return
    fence = re.match("`+", told)
    assert fence is not None
    ticks = fence[0]
    inner = told[len(ticks) : -len(ticks)]
    assert told == f"{ticks}{inner}{ticks}"
    assert ticks not in re.findall("`+", inner), "nothing within ends it"
    assert "`" not in {inner[0], inner[-1]}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_note_of_a_hostile_account_has_the_headings_and_lines_of_any_other(name: str) -> None:
    def shape(told: str) -> list[str]:
        return [re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)|–", "x", line) for line in told.splitlines()]

    usual = shape(written())
    assert shape(written(webhook=name)) == usual
    assert shape(written(url=f"https://{name.replace('/', '').replace('?', '')}/p")) == usual
