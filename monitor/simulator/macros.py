"""What the macros of a timer's template become in the pixel that is fired (API reference: pixel macros).

A macro that the account does not know stays as it stands, brackets and all: that is how a misconfigured
timer shows.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import quote

from monitor.simulator.callers import caller_number
from monitor.simulator.detail import recording_url, sub_id
from monitor.simulator.draws import show_uuid
from monitor.simulator.script import Script

CALL_KEY = "5e1fc0de5e1fc0de5e1fc0de"
"""The account's secret that some receivers want to see."""

_MACRO = re.compile(r"(\[\w+\])")
_Value = Callable[[Script, int], str]

_VALUES: dict[str, _Value] = {
    "[campaign_id]": lambda script, _: script.number.campaign.cid,
    "[affiliate_id]": lambda script, _: script.number.affiliate.afid if script.number.affiliate else "",
    "[sub_id]": lambda script, _: sub_id(script) or "",
    "[caller_id]": lambda script, _: escaped(caller_number(script.caller)),
    "[called_number]": lambda script, _: escaped(script.number.number),
    "[call_duration]": lambda _, talk: str(talk),
    "[call_recording_url]": lambda script, _: quote(recording_url(script), safe=""),
    "[call_log_id]": lambda script, _: str(script.uuid % 1_000_000_000),
    "[call_uuid]": lambda script, _: show_uuid(script.uuid),
    "[call_key]": lambda *_: CALL_KEY,
}


def expand(template: str, script: Script, talk: int) -> str:
    """The address fired for this call after `talk` seconds of talk."""
    return "".join([piece if isinstance(piece, str) else piece(script, talk) for piece in _pieces(template)])


def escaped(number: str) -> str:
    """A phone number as it stands in a query."""
    return number.replace("+", "%2B")


@lru_cache
def _pieces(template: str) -> tuple[str | _Value, ...]:
    """The template cut at its macros, each known one replaced by what tells its value."""
    return tuple(_VALUES.get(piece, piece) for piece in _MACRO.split(template))
