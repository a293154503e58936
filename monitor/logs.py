"""What is written about a run: to a file while the screen stands, else to stderr, and never with a key in it.

Keys are taken out of the finished text, traceback and all, and not of a record's parts: an address among the arguments
or an exception's message shows what it holds only when it is turned into text.
"""

from __future__ import annotations

import logging
import logging.handlers
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from monitor import secret
from monitor.secret import Secret

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

log = logging.getLogger(__name__)

_SIZE = 2**20
_BACKUPS = 2

_hidden: list[Secret] = []
_file: Path | None = None


def hide(key: Secret) -> None:
    """Keep `key` out of all that is written from now on."""
    if key.reveal() not in [each.reveal() for each in _hidden]:
        _hidden.append(key)


def redact(text: str) -> str:
    """Return `text` without the hidden keys."""
    return secret.redact(text, _hidden)


class Redacting(logging.Formatter):
    """Writes a record without the hidden keys."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the finished text of `record`."""
        return redact(super().format(record))


def to_stderr() -> None:
    """Write warnings to stderr, and have what nobody catches written the same way."""
    handler = logging.StreamHandler()
    handler.setFormatter(Redacting("callmon: %(message)s"))
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread
    sys.unraisablehook = _unraisable


def to_file(file: Path) -> None:
    """Write to `file` instead, which this user alone can read. Raises OSError."""
    global _file
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handler = logging.handlers.RotatingFileHandler(file, maxBytes=_SIZE, backupCount=_BACKUPS, encoding="utf-8")
    file.chmod(0o600)
    handler.setFormatter(Redacting("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    _file = file


def to_nowhere() -> None:
    """Write nothing from now on."""
    logging.basicConfig(handlers=[logging.NullHandler()], force=True)


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    log.critical("internal error (%s)", kind.__name__, exc_info=(kind, error, trace))
    if _file is not None:
        sys.stderr.write(f"callmon: internal error ({kind.__name__}); the log has the details: {_file}\n")


def _uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    """On the screen's side of things a thread's traceback would only garble it."""
    if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
        name = args.thread.name if args.thread else "a thread"
        log.critical("%s failed", name, exc_info=(args.exc_type, args.exc_value, args.exc_traceback))


def _unraisable(args: UnraisableHookArgs) -> None:
    if args.exc_value is not None:
        log.error("%s", args.err_msg or "ignored", exc_info=(args.exc_type, args.exc_value, args.exc_traceback))
