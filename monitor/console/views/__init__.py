"""The views of the monitor: what stands between the figures and the caption, one at a time."""
