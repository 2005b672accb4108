"""DVC's own settings: .dvc/config, which git keeps, and .dvc/config.local, which this machine keeps to itself."""

from pathlib import Path

from configobj import ConfigObj

from harness.core.paths import DVC_CONFIG, STORE

DVC_LOCAL = Path(".dvc/config.local")
REMOTE_NAME = "storage"  # the remote of the data, once it has left the repository
SECTION = 'remote "{}"'


def read_config(path: Path) -> dict[str, dict[str, str]]:
    """The sections; none if there is no such file."""
    return {name: dict(section) for name, section in _open(path).items()}


def remote_url(folder: Path = Path()) -> str:
    """Where the data is: the remote's address, or the embedded store's folder."""
    sections, section = read_config(folder / DVC_CONFIG), SECTION.format(REMOTE_NAME)
    own = sections.get(section, {}) | read_config(folder / DVC_LOCAL).get(section, {})
    return str(STORE) if SECTION.format("store") in sections else own.get("url", "")


def remote_urls(folder: Path) -> dict[str, str]:
    """The addresses that git keeps, by section as .dvc/config.local writes it."""
    sections = read_config(folder / DVC_CONFIG)
    return {f"'{name}'": section["url"] for name, section in sections.items() if "url" in section}


def set_remote(url: str, options: dict[str, str], local: dict[str, str]) -> None:
    """Make it the one remote; what only this machine knows (`local`) goes where git does not look.

    A section of .dvc/config.local gets the address too: at a commit from before the move DVC refuses one without.
    """
    config = _open(DVC_CONFIG)
    config.pop(SECTION.format("store"), None)
    config[SECTION.format(REMOTE_NAME)] = {"url": url, "verify": "true", **options}
    config.setdefault("core", {})["remote"] = REMOTE_NAME
    config.write()
    own = _open(DVC_LOCAL)
    if local or SECTION.format(REMOTE_NAME) in own:
        own.setdefault(SECTION.format(REMOTE_NAME), {}).update({"url": url, **local})
        own.write()


def use_own_cache(folder: Path) -> None:
    """Whatever cache this machine gives its clones, the one in `folder` begins with none; no file is doubled."""
    own = _open(folder / DVC_LOCAL)
    own.setdefault("cache", {}).update(
        {"dir": str((folder / ".dvc/cache").absolute()), "type": "hardlink,symlink,copy"}
    )
    own.write()


def _open(path: Path) -> ConfigObj:
    return ConfigObj(str(path), encoding="utf-8")
