"""Every view there is; how each is called stands in `tabs`, which the keys are made from."""

from __future__ import annotations

from monitor.console.views.alerts import AlertsView
from monitor.console.views.base import View
from monitor.console.views.calls import CallsView
from monitor.console.views.pixels import PixelsView
from monitor.console.views.targets import TargetsView

VIEWS: tuple[type[View], ...] = (CallsView, TargetsView, PixelsView, AlertsView)
