"""What can go wrong, as one tree, and how the program exits.

    MonitorError                 1  anything callmon can explain
    ├── SettingsError            2  a setting or option is missing or cannot be used
    └── ApiError                    the account could not be read
        ├── NetworkError         3  no answer: name, connection, time
        ├── ThrottledError       3  429: the account asks for fewer requests
        ├── ServerError          3  5xx
        ├── MalformedError       3  an answer came, but not one of the API's
        ├── RefusedError         4  401, 403: key or company
        ├── ConfigurationError   2  the address does not answer as the API does (3xx, 404, 405, …)
        └── GoneError            1  404 or 410 for one record

Each error says what happened, to what, and (in `hint`) what a person can do next. None of them ever holds the
API key: the key is added below the place where they are raised.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes of every callmon command."""

    OK = 0
    FAILURE = 1
    USAGE = 2
    NO_CONNECTION = 3
    REFUSED = 4
    INTERRUPTED = 130


class MonitorError(Exception):
    """Something callmon can explain: `str()` says what happened, `hint` what to do next."""

    exit_code = ExitCode.FAILURE
    hint = ""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        if hint:
            self.hint = hint


class SettingsError(MonitorError):
    """A setting or option is missing or cannot be used."""

    exit_code = ExitCode.USAGE


class ApiError(MonitorError):
    """The account could not be read."""


class NetworkError(ApiError):
    """No answer: the name, the connection or the time failed."""

    exit_code = ExitCode.NO_CONNECTION
    hint = "Check the network and RETREAVER_BASE_URL; `callmon doctor` tries each step."


class ThrottledError(ApiError):
    """429. `retry_after` is the server's wish in seconds, None when it gave none that can be used."""

    exit_code = ExitCode.NO_CONNECTION
    hint = "Too many requests for this account: use a longer --interval, or fewer programs on the same key."

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ServerError(ApiError):
    """5xx. `retry_after` as for `ThrottledError`."""

    exit_code = ExitCode.NO_CONNECTION
    hint = "The fault is on the server's side; polling goes on by itself."

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class MalformedError(ApiError):
    """An answer came, but not one of the API's: HTML, cut-off JSON, too large, another shape."""

    exit_code = ExitCode.NO_CONNECTION
    hint = "A proxy or a login page may stand between; `callmon doctor` shows what answers."


class RefusedError(ApiError):
    """401 or 403: the key or the company is not accepted."""

    exit_code = ExitCode.REFUSED
    hint = "Check RETREAVER_API_KEY and RETREAVER_COMPANY_ID (both are on the account's API page)."


class ConfigurationError(ApiError):
    """The address answers, but not as the API does: a redirect, a 404 on a list, a 405."""

    exit_code = ExitCode.USAGE
    hint = "Check RETREAVER_BASE_URL."


class GoneError(ApiError):
    """404 or 410 for one record: it is not there (any more)."""
