"""The screen. The only place that imports textual, rich or plotext."""
