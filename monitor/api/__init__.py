"""The Retreaver Core API over httpx: the only package that imports httpx. It reads; it cannot write.

The libraries below log every address they request, and the headers of every answer, in which the API repeats the
key. Their loggers are therefore held at WARNING wherever this package is used.
"""

import logging
import sys

for _library in ("httpx", "httpcore"):
    logging.getLogger(_library).setLevel(logging.WARNING)

# httpx also imports its own command line, with rich and more, and does without when that cannot be imported:
# about 50 ms of every start.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # None is how an import is refused
