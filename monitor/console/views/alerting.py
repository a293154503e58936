"""What the views of webhooks and of their incidents have in common: somebody may see to an incident."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.message import Message

from monitor.console.bindings import ALERT_KEYS, Key, textual_bindings
from monitor.console.views.base import View
from monitor.console.widgets.live_table import LiveTable
from monitor.insight.alerts import Standing

if TYPE_CHECKING:
    from monitor.insight.pixels import Hook
    from monitor.insight.webhook import Incident


class AlertingView(View):
    """A view in which the cursor is on a webhook."""

    KEYS: ClassVar[tuple[Key, ...]] = ALERT_KEYS
    BINDINGS: ClassVar[list[BindingType]] = textual_bindings(ALERT_KEYS)

    @dataclass
    class Heeded(Message):
        """Somebody saw to an incident, or does not want to hear of a webhook."""

    @property
    def hook(self) -> Hook | None:
        """The webhook under the cursor."""
        raise NotImplementedError

    @property
    def incident(self) -> Incident | None:
        """The incident under the cursor, open or over."""
        raise NotImplementedError

    def action_acknowledge(self) -> None:
        """Take note that somebody knows of the incident under the cursor."""
        alerts, now, incident = self.context.alerts, self.context.now, self.incident
        if incident is not None and alerts.standing(incident, now) in (Standing.OPEN, Standing.MUTED):
            alerts.acknowledge(incident.hook, now)
            self._heed()
        elif self.hook is not None:
            self.notify(f"nothing of {self.hook.title} is open and not acknowledged", markup=False)

    def action_mute(self) -> None:
        """Let nobody hear of the webhook under the cursor for an hour, or let them hear again."""
        alerts, now, whose = self.context.alerts, self.context.now, self.hook
        if whose is None:
            return
        if alerts.muted_until(whose, now) is None:
            alerts.mute(whose, now)
        else:
            alerts.unmute(whose)
        self._heed()

    def action_note(self) -> None:
        """Write the incident under the cursor down as a note."""
        from monitor.console.incident import write_incident_note

        whose, incident = self.hook, self.incident
        if whose is not None:
            write_incident_note(self.app, whose, self.context.now if incident is None else incident.since)

    def _heed(self) -> None:
        for table in self.query(LiveTable):
            table.recheck()
        self.post_message(self.Heeded())
