"""Moments inside the simulator are whole milliseconds since the Unix epoch (UTC); the wire's spellings of
them are here.

Integers keep the arithmetic exact and a script small; text is made only for the rows of an answer.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

ACCOUNT_OFFSET = -4 * HOUR
"""The account's own clock against UTC: the hour of the day curve, and the offset printed in target lists."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_ms(moment: datetime) -> int:
    """An aware moment in milliseconds; ValueError for a naive one, which would mean a different instant
    elsewhere."""
    if moment.utcoffset() is None:
        raise ValueError("the simulator needs aware datetimes")
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def to_datetime(ms: int) -> datetime:
    """The same instant as an aware UTC datetime."""
    return _EPOCH + timedelta(milliseconds=ms)


@lru_cache(maxsize=8192)
def _to_the_second(second: int) -> str:
    return (_EPOCH + timedelta(seconds=second)).isoformat()[:19]


def zulu(ms: int) -> str:
    """As calls print it: 2024-11-04T16:46:10.400Z."""
    return f"{_to_the_second(ms // SECOND)}.{ms % SECOND:03}Z"


def zulu_or_null(ms: int | None) -> str | None:
    """As `zulu`, and null for what has not happened."""
    return None if ms is None else zulu(ms)


def local(ms: int) -> str:
    """As target lists print it: 2016-06-28T13:02:52.964-04:00."""
    return zulu(ms + ACCOUNT_OFFSET)[:-1] + "-04:00"
