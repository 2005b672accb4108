"""The address of a DVC remote as a person gives it → as .dvc/config keeps it."""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from harness.core.errors import ProjectError
from harness.core.shell import git


@dataclass(frozen=True)
class RemoteKind:
    """What DVC needs for one kind of remote."""

    plugin: str  # its package
    credentials: tuple[str, ...] = ()  # the keys of .dvc/config.local; none: only the environment holds them


REMOTE_KINDS = {
    "s3": RemoteKind("dvc-s3", ("access_key_id", "secret_access_key")),
    "gs": RemoteKind("dvc-gs"),
    "azure": RemoteKind("dvc-azure", ("account_name", "sas_token")),
    "ssh": RemoteKind("dvc-ssh", ("user", "password")),
    "webdav": RemoteKind("dvc-webdav", ("user", "password")),
    "webdavs": RemoteKind("dvc-webdav", ("user", "password")),
    "http": RemoteKind("dvc-http", ("auth", "user", "password")),
    "https": RemoteKind("dvc-http", ("auth", "user", "password")),
    "gdrive": RemoteKind("dvc-gdrive"),
    "oss": RemoteKind("dvc-oss", ("oss_key_id", "oss_key_secret")),
    "hdfs": RemoteKind("dvc-hdfs", ("user",)),
    "webhdfs": RemoteKind("dvc-webhdfs", ("user", "password")),
}
NAMED_USERS = {"ssh", "hdfs"}  # there a user's name belongs into the address
BUCKETS = {"s3", "gs", "azure", "oss"}
FOLDER_KIND = RemoteKind("")
_ADDRESS_HELP = "s3://bucket/path (gs, azure, ssh, webdavs, https, …) or a folder outside the repository"


@dataclass(frozen=True)
class RemoteAddress:
    """A remote: what git stores of it, and what only this machine stores."""

    url: str
    kind: RemoteKind
    options: dict[str, str] = field(default_factory=dict)
    local: dict[str, str] = field(default_factory=dict)


def read_address(
    url: str, endpoint: str = "", region: str = "", profile: str = "", option: str = "URL"
) -> RemoteAddress:
    """Raises ProjectError, which never repeats a password, if there can be no such remote; `option` is what gave it."""
    scheme, separator, rest = url.partition("://")
    if not url or url != url.strip() or not url.isprintable():
        raise ProjectError(f"{option}={_shown(url)!r}: must be {_ADDRESS_HELP}")
    given_as = f"{option}={_shown(url)}"
    given = {"ENDPOINT": endpoint, "REGION": region, "PROFILE": profile}
    for key, value in given.items():
        if value and (scheme != "s3" or not separator):
            raise ProjectError(f"{key}={_shown(value)}: works only with s3://…")
    if not separator or scheme == "file":
        return RemoteAddress(str(_folder(given_as, rest if separator else url, mounted=bool(separator))), FOLDER_KIND)
    _check(given_as, scheme, rest)
    if endpoint:
        _check_endpoint(endpoint)
    options = {"endpointurl": endpoint, "region": region}
    local = {"profile": profile} if profile else {}
    return RemoteAddress(url, REMOTE_KINDS[scheme], {key: value for key, value in options.items() if value}, local)


def _check(given_as: str, scheme: str, rest: str) -> None:
    if scheme not in REMOTE_KINDS:
        raise ProjectError(
            f"{given_as}: DVC has no remote of the kind {scheme}://; there are {', '.join(REMOTE_KINDS)}"
        )
    host = rest.partition("/")[0]
    user, at, _ = rest.rpartition("@")
    if scheme in NAMED_USERS:
        plain = not set(user) & set(":/@")
    else:  # @ in the name of an object
        plain = scheme in BUCKETS and "/" in user and ":" not in user
    if at and not plain:
        raise ProjectError(
            f"{given_as}: holds a user or a password, which everybody could read in .dvc/config; "
            "leave them out; docs/remote.md says where they go"
        )
    try:
        urlsplit(f"{scheme}://{rest}")
    except ValueError as error:
        raise ProjectError(f"{given_as}: not an address: {error}") from None
    if set(rest) & set("?#;"):
        raise ProjectError(f"{given_as}: must not contain ?, # or ;, because a password may follow them")
    if not host:
        raise ProjectError(f"{given_as}: names no {'bucket' if scheme in BUCKETS else 'host'}")


def _check_endpoint(endpoint: str) -> None:
    try:
        parts = urlsplit(endpoint)
    except ValueError as error:
        raise ProjectError(f"ENDPOINT={_shown(endpoint)}: not an address: {error}") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc or parts.query:
        raise ProjectError(f"ENDPOINT={_shown(endpoint)}: must be http(s)://host[:port], without user and password")


def _shown(address: str) -> str:
    """The address without what may be a password."""
    scheme, separator, rest = address.rpartition("://") if "://" in address else ("", "", address)
    user, at, place = re.split("[?#;]", rest)[0].rpartition("@")
    return f"{scheme}{separator}{'…@' if user or at else ''}{place}"


def _folder(given_as: str, name: str, mounted: bool) -> Path:
    """A folder that exists or can be made, absolute: every clone has to find it."""
    if mounted and not name.startswith("/"):
        raise ProjectError(f"{given_as}: must be file:///path; mount the folder of another machine here first")
    folder = Path(os.path.normpath(Path(name).expanduser().absolute()))
    root = Path(git("rev-parse", "--show-toplevel")).resolve()
    if root in (folder.resolve(), *folder.resolve().parents):
        raise ProjectError(f"{given_as}: names a folder inside the repository; must be {_ADDRESS_HELP}")
    if folder.exists() and not folder.is_dir():
        raise ProjectError(f"{given_as}: is a file, not a folder")
    if not folder.exists() and not folder.parent.is_dir():
        raise ProjectError(f"{given_as}: neither it nor {folder.parent} exists; is it mounted?")
    return folder
