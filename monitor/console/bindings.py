"""The registry of keys: one truth behind the bindings, the hints at the bottom, the help and the README."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.binding import Binding, BindingType

from monitor.console.views.tabs import TABS


@dataclass(frozen=True, slots=True)
class Key:
    """One key: `keys` as Textual names them, the action it runs, how it reads, and what it does."""

    id: str
    keys: str
    action: str
    shown: str
    help: str
    label: str = ""
    """The word beside the key in the line of hints; empty: not hinted."""


APP_KEYS = (
    Key("help", "question_mark", "help", "?", "this help", "help"),
    Key(
        "palette",
        "colon,ctrl+p",
        "command_palette",
        ":",
        "command palette: everything by name, and the themes",
        "commands",
    ),
    Key("quit", "q,ctrl+c", "quit", "q", "quit", "quit"),
)

DETAIL_KEYS = (
    Key("close", "escape", "close", "esc", "close the detail, or go back", "close"),
    Key("tab", "tab", "turn(1)", "tab", "next page of a call's detail: call, pixel, flow, raw JSON", "page"),
    Key("back-tab", "shift+tab", "turn(-1)", "shift tab", "page before"),
    Key("pixel-before", "left_square_bracket", "pixel(-1)", "[", "pixel before, on the page of a pixel"),
    Key("pixel-next", "right_square_bracket", "pixel(1)", "]", "next pixel, in order of time", "pixel"),
    Key("reveal", "R,r", "reveal", "r R", "show or hide the values in addresses (beside the table: R)", "reveal"),
    Key("copy", "y", "copy_command", "y", "copy a curl command with the pixel's address, its values left out", "curl"),
    Key("copy-uuid", "Y", "copy_uuid", "Y", "copy the call's uuid", "uuid"),
    Key("note", "i", "write_note", "i", "write a note of the incident of the pixel's webhook", "note"),
    Key("addresses", "o", "addresses", "o", "list the addresses, to open one of them"),
)

_BESIDE = tuple(
    Key(f"detail-{key.id}", key.keys.partition(",")[0], f"detail({key.action!r})", key.shown, key.help)
    for key in DETAIL_KEYS[1:]
)
"""The keys of the detail that work from the table beside it as well; where they have two, the first."""

_MAIN_KEYS = (
    *(Key(tab.name, tab.key, f"show_view('{tab.name}')", tab.key, tab.help) for tab in TABS),
    Key("freeze", "space", "freeze", "space", "freeze the view while data keeps coming in; again: go on", "freeze"),
    Key("filter", "slash", "filter", "/", "filter calls and pixels; enter: done, esc: no filter", "filter"),
    Key("sort", "s", "sort", "s", "sort by a column (again by the same: turn around)", "sort"),
    Key("columns", "v", "columns", "v", "choose columns", "columns"),
    Key("window", "w", "window", "w", "window of the figures and webhooks: 15 min, 1 h, since start", "window"),
    Key("chart", "c", "chart", "c", "revenue and profit per minute as a chart", "chart"),
    Key("retry", "r", "retry", "r", "ask the account now, also after a refused key"),
    Key("close-detail", "escape", "close_detail", "esc", "close the detail beside the table; or back to the webhooks"),
)

ALERT_KEYS = (
    Key("acknowledge", "a", "acknowledge", "a", "acknowledge the open incident, until it is over", "ack"),
    Key("mute", "M", "mute", "M", "mute the webhook for an hour; again: let it be heard", "mute"),
    Key("webhook-note", "i", "note", "i", "write the incident as a Markdown note into the data folder"),
)

MAIN_KEYS = (*_MAIN_KEYS, *_BESIDE)

REPLAY_KEYS = (
    Key("play", "p", "play_or_pause", "p", "play, or stand still; at the end, from the beginning", "play"),
    Key("step", "n", "step", "n", "stand still at the next change: a long silence is skipped", "next change"),
    Key("faster", "plus,equals_sign", "shift(1)", "+", "play faster: 1×, 2×, 5×, 10×, 60×, 600×, 3600×", "faster"),
    Key("slower", "minus", "shift(-1)", "-", "play slower"),
    Key("jump", "J", "jump", "J", "jump to a time: 14:30, 2026-05-01T14:30, -10m, +10m", "jump"),
    Key("to-begin", "less_than_sign", "jump_to_begin", "<", "to the beginning of what is replayed"),
    Key("to-end", "greater_than_sign", "jump_to_end", ">", "to its end"),
)

TABLE_KEYS = (
    Key("up", "up,k", "move(-1)", "↑ k", "one row up"),
    Key("down", "down,j", "move(1)", "↓ j", "one row down"),
    Key("page-up", "pageup", "page(-1)", "pgup", "one screen up"),
    Key("page-down", "pagedown", "page(1)", "pgdn", "one screen down"),
    Key("top", "home,g,full_stop", "first", "home . g", "to the top, and follow what is new"),
    Key("bottom", "end,G", "last", "end G", "to the bottom"),
    Key("open", "enter", "open", "enter", "open the row; again: into its detail; a webhook: to its pixels", "open"),
)


def detail_keys(view: str) -> tuple[Key, ...]:
    """Return the keys that do something in the detail of a row of `view`: a buyer has one page and no addresses."""
    return DETAIL_KEYS if view == "calls" else DETAIL_KEYS[:1]


SCROLL_KEYS = (
    Key("scroll-up", "up,k", "scroll(-1)", "↑ k", "scroll up"),
    Key("scroll-down", "down,j", "scroll(1)", "↓ j", "scroll down"),
    Key("scroll-page-up", "pageup", "scroll_page(-1)", "pgup", "scroll one screen up"),
    Key("scroll-page-down", "pagedown", "scroll_page(1)", "pgdn", "scroll one screen down"),
)

CHART_KEYS = (
    Key("chart-window", "w", "window", "w", "window of the chart: 15 min, 1 h, since start", "window"),
    Key("chart-close", "escape,c,q", "close", "esc c q", "close the chart", "close"),
)

SECTIONS = (
    ("Anywhere", APP_KEYS),
    ("On the monitor", _MAIN_KEYS),
    ("On pixels and alerts, besides", ALERT_KEYS),
    ("In a replay, besides", REPLAY_KEYS),
    ("In a table", TABLE_KEYS),
    ("In the detail, and from the table beside it", DETAIL_KEYS),
    ("On a page to scroll", SCROLL_KEYS),
    ("On the chart", CHART_KEYS),
)
"""The keys as the help and the README list them."""


def textual_bindings(keys: Sequence[Key]) -> list[BindingType]:
    """Return `keys` as Textual's bindings."""
    return [Binding(key.keys, key.action, key.help, id=key.id, show=False) for key in keys]
