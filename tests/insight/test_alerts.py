"""What people said about incidents, as of a moment."""

from __future__ import annotations

from datetime import timedelta

from monitor.insight.alerts import MUTED_FOR, Alerts, Standing
from monitor.insight.pixels import Hook
from monitor.insight.webhook import Incident
from tests.make import at

LOG = Hook("Call log", None, "log.example")
CRM = Hook("CRM", None, "crm.example")


def incident(since: float, until: float | None = None, hook: Hook = LOG) -> Incident:
    return Incident(hook, at(since), None if until is None else at(until), 5, 6, ("c1",), None)


def test_an_acknowledged_incident_stays_so_until_it_is_over_and_the_next_one_counts_anew() -> None:
    alerts = Alerts()
    first = incident(0)
    assert alerts.standing(first, at(10)) is Standing.OPEN
    alerts.acknowledge(LOG, at(20))
    assert alerts.standing(first, at(20)) is Standing.ACKNOWLEDGED
    assert alerts.standing(incident(5), at(9000)) is Standing.ACKNOWLEDGED, "its beginning may be found out later"
    assert alerts.standing(incident(0, until=40), at(50)) is Standing.OVER
    assert alerts.standing(incident(60), at(70)) is Standing.OPEN
    assert alerts.standing(incident(0, hook=CRM), at(30)) is Standing.OPEN


def test_a_moment_before_it_was_said_knows_nothing_of_it() -> None:
    alerts = Alerts()
    alerts.acknowledge(LOG, at(20))
    alerts.mute(CRM, at(20))
    assert alerts.standing(incident(0), at(19)) is Standing.OPEN
    assert alerts.standing(incident(0, hook=CRM), at(19)) is Standing.OPEN


def test_a_muted_webhook_is_muted_for_an_hour_or_until_it_is_heard_again() -> None:
    alerts = Alerts()
    alerts.mute(LOG, at(0))
    end = at(0) + MUTED_FOR
    assert alerts.muted_until(LOG, end - timedelta(seconds=1)) == end
    assert alerts.muted_until(LOG, end) is None
    assert alerts.standing(incident(30), at(60)) is Standing.MUTED, "one that begins meanwhile too"
    assert alerts.standing(incident(30), end) is Standing.OPEN
    alerts.unmute(LOG)
    assert alerts.standing(incident(30), at(60)) is Standing.OPEN


def test_only_open_ones_that_nobody_has_seen_to_call_for_a_person() -> None:
    alerts = Alerts()
    told = [incident(0), incident(0, hook=CRM), incident(-90, until=-10)]
    assert alerts.alarms(told, at(10)) == (2, 0)
    alerts.acknowledge(LOG, at(10))
    assert alerts.alarms(told, at(10)) == (1, 1)
    alerts.mute(CRM, at(10))
    assert alerts.alarms(told, at(10)) == (0, 2)
