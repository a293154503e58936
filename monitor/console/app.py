"""The Textual application: wires ledger, source and screens, and does nothing else."""

from __future__ import annotations

import gc
import logging
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime, tzinfo
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

from rich.text import Text
from textual import on
from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.filter import LineFilter
from textual.message import Message
from textual.screen import Screen
from textual.theme import ThemeProvider

from monitor import paths
from monitor.console.bindings import APP_KEYS, textual_bindings
from monitor.console.herald import Herald, opened_words, over_words
from monitor.console.screens.main import MainScreen
from monitor.console.screens.once import Palette
from monitor.console.source import Player
from monitor.console.terminal import Driver
from monitor.console.themes import THEMES
from monitor.console.untrusted import ControlFilter
from monitor.console.widgets.detail_pane import DetailPane
from monitor.errors import SettingsError
from monitor.insight.board import PixelBoard
from monitor.insight.columns import Context
from monitor.insight.freshness import known_until
from monitor.insight.pixels import PixelRules
from monitor.ledger import HELD, Ledger
from monitor.text import clean

if TYPE_CHECKING:
    from monitor.console.source import Source


log = logging.getLogger(__name__)


@runtime_checkable
class FrontScreen(Protocol):
    """A screen before the monitor that shows live data as well."""

    def refresh_data(self) -> None:
        """Show what changed."""


_CONTROL_FILTER = ControlFilter()
"""One for all: Textual keeps filtered lines by the identity of their filters."""
_MANY = 50
"""Calls in one batch from which they are put out of the garbage collector's sight: most of them stay for hours."""


class CallmonApp(App[int]):
    """callmon's screen. The exit code is what `run` returns (None: 0)."""

    TITLE = "callmon"
    ALLOW_SELECT = False
    """The terminal selects text. Textual fails when a selection begins on a message that has just been clicked away."""
    CSS_PATH: ClassVar[list[Any]] = [
        paths.styles_dir() / name for name in ("base.tcss", "main.tcss", "filter.tcss", "pixels.tcss", "chart.tcss")
    ]
    BINDINGS: ClassVar[list[BindingType]] = textual_bindings(APP_KEYS)

    class News(Message):
        """There is something to take from the source."""

        def can_replace(self, message: Message) -> bool:
            """One is as good as many."""
            return isinstance(message, CallmonApp.News)

    def __init__(
        self,
        source: Source,
        *,
        clock: Callable[[], datetime],
        since: datetime,
        held: int = HELD,
        theme: str = "callmon-dark",
        zone: tzinfo | None = None,
        rules: PixelRules | None = None,
        notes: Path | None = None,
        demo: bool = False,
    ) -> None:
        super().__init__(driver_class=Driver)
        self.notes = notes
        """The folder that notes of incidents are written into; None: there is none."""
        self.source = source
        self.clock = clock
        self.ledger = Ledger(held)
        rules = rules or PixelRules()
        self.board = PixelBoard(self.ledger, rules)
        self.animation_level = "none"
        self._moment = Context(clock(), self.ledger, zone, rules, self.board)
        self._herald = Herald()
        self._messages = 0
        self._whole = False
        """Whether all that there was to read has been read: what happens from then on is news."""
        self._since = since
        self._demo = demo
        for own in THEMES:
            self.register_theme(own)
        if theme not in self.available_themes:
            known = ", ".join(sorted(self.available_themes))
            raise SettingsError(f"there is no theme {clean(theme, 40)!r}", hint=f"Themes: {known}.")
        self.theme = theme

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Let no control character of untrusted text through, whatever widget it came by."""
        return [*super().get_line_filters(), _CONTROL_FILTER]

    def _fatal_error(self) -> None:
        """Leave with one line, and the traceback in the log. Textual's own report prints the values of variables."""
        log.critical("the screen failed", exc_info=True)
        failed = type(sys.exc_info()[1]).__name__
        self._exit_renderables.append(Text(f"callmon: internal error ({failed}); the log has the details"))
        self._close_messages_no_wait()

    def get_default_screen(self) -> MainScreen:
        """Start on the monitor; the past is looked at on one that can be wound."""
        screen = MainScreen
        if isinstance(self.source, Player):
            from monitor.console.screens.replay import ReplayScreen

            screen = ReplayScreen
        self.main = screen(self.ledger, self.source, self.clock, self._since, self._moment, demo=self._demo)
        return self.main

    def on_mount(self) -> None:
        """Paint first, then start the source: what it imports would cost the first paint."""
        self.source.subscribe(self._poke)
        self.call_after_refresh(self._begin)

    def _poke(self) -> None:
        """Called from the source's thread; posting a message is all that is safe there."""
        with suppress(RuntimeError):  # the screen has just been closed: nobody is left to look
            self.post_message(self.News())

    def _begin(self) -> None:
        self.source.start()
        self.set_interval(1.0, self._tick)
        gc.freeze()
        gc.enable()

    def on_callmon_app_news(self) -> None:
        """Take what came in into the ledger and show what it changed."""
        batch = self.source.take()
        if batch is None or not self.is_running:
            return  # when it is being closed, its screens are taken apart one widget after the other
        change = self.ledger.apply(batch)
        if len(change.added) >= _MANY:
            gc.freeze()
        if change:
            if change.anew:
                self._herald.forget()
            self._whole = batch.complete or (self._whole and not change.anew)
            self.board.apply(change, known_until(self.ledger.health, self.clock()))
            self.main.apply(change)
            self._tell()
            self._bring_up_to_date()

    def _tick(self) -> None:
        if not self.is_running:
            return
        self.board.advance(known_until(self.ledger.health, self.clock()))
        self.main.tick()
        self._tell()
        self._bring_up_to_date()
        self._clean_up()

    def _clean_up(self) -> None:
        """Draw all anew where a message went: now and then Textual leaves some of its cells behind."""
        before, self._messages = self._messages, len(self.screen.query("Toast"))
        if self._messages < before:
            self.screen.refresh()

    def _tell(self) -> None:
        """Say which incidents began or ended; nothing of what was so already when all was read for the first time."""
        if not self._whole:
            self._herald.forget()
            return
        now = self.main.account_time()
        news = self._herald.hear(self.board.incidents(), now)
        loud = [each for each in news.opened if self._moment.alerts.muted_until(each.hook, now) is None]
        if loud:
            self.notify(opened_words(loud, self._moment), title="Incident", severity="error", markup=False)
            self.bell()
        over = [each for each in news.over if self._moment.alerts.muted_until(each.hook, now) is None]
        if over:
            self.notify(over_words(over, self._moment), title="Over", markup=False)

    def _bring_up_to_date(self) -> None:
        """Show the news on the screen in front as well, once it is laid out."""
        if isinstance(self.screen, FrontScreen) and self.screen.is_mounted:
            self.screen.refresh_data()

    @on(DetailPane.Turned)
    def watch_what_is_open(self, event: DetailPane.Turned) -> None:
        """Have read what the page that was turned to shows; the call flow is asked for on its page alone."""
        self.source.watch(*event.pane.watched)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Offer in the palette what the keys do, and the themes."""
        yield from (each for each in super().get_system_commands(screen) if each.title == "Theme")
        for space, keys in ((self.main, self.main.KEYS), (self, APP_KEYS)):
            if space is self or screen is space:
                for key in keys:
                    run = partial(self.run_action, key.action, default_namespace=space)
                    yield SystemCommand(key.id.replace("-", " ").capitalize(), f"{key.help} ({key.shown})", run)

    def action_command_palette(self) -> None:
        """Open the command palette."""
        if not isinstance(self.screen, Palette):
            self.push_screen(Palette())

    def search_themes(self) -> None:
        """Open the palette of themes."""
        self.push_screen(Palette(providers=[ThemeProvider], placeholder="Search for themes…"))

    def action_help(self) -> None:
        """Open the help."""
        from monitor.console.screens.help import HelpScreen

        self.push_screen(HelpScreen())
