"""Where things lie: configuration, data and style sheets. Nothing here creates a file or folder."""

from pathlib import Path

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


def styles_dir() -> Path:
    """Return the folder of the style sheets: inside the package when installed, beside it in a checkout."""
    packaged = Path(__file__).parent / "styles"
    return packaged if packaged.is_dir() else Path(__file__).parents[1] / "styles"
