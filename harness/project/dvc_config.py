"""DVC's own settings: .dvc/config, which git keeps, and .dvc/config.local, which this machine keeps to itself."""

import os
from pathlib import Path

import platformdirs
from configobj import ConfigObj, ConfigObjError

from harness.core.errors import ProjectError
from harness.core.paths import DVC_CONFIG, STORE
from harness.core.shell import dvc

DVC_LOCAL = Path(".dvc/config.local")
REMOTE_NAME = "storage"  # the remote of the data, once it has left the repository
SECTION = 'remote "{}"'


def read_config(path: Path) -> dict[str, dict[str, str]]:
    """The sections; none if there is no such file. Raises ProjectError if it cannot be read as settings."""
    return {name: dict(section) for name, section in _open(path).items()}


def write_config(path: Path, sections: dict[str, dict[str, str]]) -> None:
    """A file with only these sections."""
    config = ConfigObj(encoding="utf-8")
    config.filename = str(path)
    config.update(sections)
    config.write()


def cache_folder(folder: Path) -> str:
    """Where DVC keeps its cache of a project; DVC itself, which takes a third of a second, is asked where it must be.

    That is where this user or this machine has settings of DVC's, beside those of the project.
    """
    user = os.getenv("DVC_GLOBAL_CONFIG_DIR") or platformdirs.user_config_dir("dvc", "iterative")
    machine = os.getenv("DVC_SYSTEM_CONFIG_DIR") or platformdirs.site_config_dir("dvc", "iterative")
    own = [read_config(folder / path).get("cache", {}) for path in (DVC_CONFIG, DVC_LOCAL)]
    if any(Path(place, "config").exists() for place in (user, machine)) or any("dir" in section for section in own):
        return dvc("cache", "dir", folder=folder)
    return str((folder / ".dvc/cache").absolute())


def remote_url(folder: Path = Path()) -> str:
    """Where the data is: the remote's address, or the embedded store's folder."""
    sections, section = read_config(folder / DVC_CONFIG), SECTION.format(REMOTE_NAME)
    own = sections.get(section, {}) | read_config(folder / DVC_LOCAL).get(section, {})
    return str(STORE) if SECTION.format("store") in sections else own.get("url", "")


def remote_urls(folder: Path) -> dict[str, str]:
    """The addresses that git keeps, by section."""
    sections = read_config(folder / DVC_CONFIG)
    return {name: section["url"] for name, section in sections.items() if "url" in section}


def set_remote(url: str, options: dict[str, str]) -> None:
    """Make it the one remote of .dvc/config."""
    config = _open(DVC_CONFIG)
    config.pop(SECTION.format("store"), None)
    config[SECTION.format(REMOTE_NAME)] = {"url": url, "verify": "true", **options}
    config.setdefault("core", {})["remote"] = REMOTE_NAME
    config.write()


def set_local(url: str, settings: dict[str, str]) -> None:
    """What only this machine knows of the remote, credentials that are there already among it, goes by its address.

    At a commit from before the move DVC refuses a remote without one.
    """
    own = _open(DVC_LOCAL)
    if settings or SECTION.format(REMOTE_NAME) in own:
        own.setdefault(SECTION.format(REMOTE_NAME), {}).update({"url": url, **settings})
        own.write()


def use_own_cache(folder: Path) -> None:
    """Whatever cache this machine gives its clones, the one in `folder` begins with none; no file is doubled."""
    own = _open(folder / DVC_LOCAL)
    own.setdefault("cache", {}).update(
        {"dir": str((folder / ".dvc/cache").absolute()), "type": "hardlink,symlink,copy"}
    )
    own.write()


def _open(path: Path) -> ConfigObj:
    try:
        return ConfigObj(str(path), encoding="utf-8")
    except ConfigObjError as error:
        reason = str(error).rstrip(".").replace("Parsing failed with several errors.\n", "")
        raise ProjectError(f"{path}: cannot be read as DVC's settings: {reason}") from None
