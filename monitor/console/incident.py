"""Writing an incident down as a note, from whichever screen it is looked at."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from textual.app import App

from monitor import files
from monitor.errors import MonitorError
from monitor.insight.incident_note import incident_of, note
from monitor.text import clean

if TYPE_CHECKING:
    from monitor.console.app import CallmonApp
    from monitor.insight.pixels import Hook

_LONGEST = 4096
"""Characters of a path that are shown."""


def write_incident_note(app: App[Any], hook: Hook, moment: datetime) -> None:
    """Write the incident of `hook` as a Markdown note into a new file, and say where: the one that is open, else the
    newest over `moment`. Says as well why nothing was written."""
    monitor = cast("CallmonApp", app)
    incident = incident_of(monitor.board, hook, moment)
    if incident is None:
        app.notify(clean(f"no incident with {hook.title} at {hook.host}"), markup=False)
        return
    if monitor.notes is None:
        app.notify("there is no folder for notes: nothing was written", severity="warning", markup=False)
        return
    name = files.file_name("incident", monitor.clock(), "md")
    try:
        with files.create(monitor.notes, name) as file:
            file.write(note(incident, monitor.board, monitor.ledger, monitor.main.context.zone))
    except (MonitorError, OSError) as error:
        why = str(error) if isinstance(error, MonitorError) else f"{name} cannot be written: {error.strerror}"
        app.notify(clean(why, _LONGEST), severity="error", markup=False)
        return
    app.notify(clean(f"incident written to {monitor.notes / name}", _LONGEST), markup=False)
