"""Where things lie: configuration, data and style sheets. Nothing here creates a file or folder."""

import re
from pathlib import Path
from urllib.parse import urlsplit

from platformdirs import PlatformDirs

_DIRS = PlatformDirs("callmon", appauthor=False)


def config_file() -> Path:
    """Return the settings file of this user (XDG: `$XDG_CONFIG_HOME/callmon/config.toml`)."""
    return Path(_DIRS.user_config_dir) / "config.toml"


def data_dir() -> Path:
    """Return the folder for what outlives the process (XDG: `$XDG_DATA_HOME/callmon`)."""
    return Path(_DIRS.user_data_dir)


def log_file(data: Path) -> Path:
    """Return the log's place within the data folder `data`."""
    return data / "callmon.log"


def history_file(data: Path, base_url: str, company_id: str | None) -> Path:
    """Return the history's place within the data folder `data`: each account has a file of its own.

    Accounts are told apart by where the API is and by company: `history/api.retreaver.com-2.db`. Without a company it
    is `…-default.db`: the API then answers for the company that was last chosen on its site. Whatever is neither
    letter, digit, dot nor hyphen becomes `_`, so that no address leads out of the folder.
    """
    parts = urlsplit(base_url)
    place = f"{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}".lower()
    account = re.sub(r"[^a-z0-9.-]", "_", f"{place}-{company_id or 'default'}")
    return data / "history" / f"{account}.db"


def incidents_dir(data: Path) -> Path:
    """Return the folder of the notes on incidents within the data folder `data`."""
    return data / "incidents"


def styles_dir() -> Path:
    """Return the folder of the style sheets: inside the package when installed, beside it in a checkout."""
    packaged = Path(__file__).parent / "styles"
    return packaged if packaged.is_dir() else Path(__file__).parents[1] / "styles"
