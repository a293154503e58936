"""callmon: a terminal monitor of live calls for pay-per-call businesses on Retreaver."""

__version__ = "0.1.0"
