"""The bearer token that requests must carry, if TOKEN_FILE names a file that holds one; read again when it changes."""

import hmac
import logging
import stat
from pathlib import Path

from harness.core.errors import ProjectError

OPEN_PATHS = {"/livez", "/readyz", "/healthz"}  # probes carry none, and these say nothing
Stamp = tuple[int, int, int]


class BearerToken:
    """A token in a file. Raises ProjectError if the file is missing, empty, or readable by everybody."""

    def __init__(self, path: Path, metrics_are_open: bool) -> None:
        self._path = path
        self._open = OPEN_PATHS | ({"/metrics"} if metrics_are_open else set())
        self._stamp, self._expected = read_token(path)

    def allows(self, path: str, headers: list[tuple[bytes, bytes]]) -> bool:
        """Whether a request may be answered."""
        if path in self._open:
            return True
        self._renew()
        given = [value for name, value in headers if name == b"authorization"]
        if len(given) != 1:
            return False
        scheme, _, token = given[0].partition(b" ")
        return scheme.lower() == b"bearer" and hmac.compare_digest(token.strip(b" "), self._expected)

    def _renew(self) -> None:
        """A file that cannot be read, as while it is exchanged, leaves the last token in force."""
        try:
            if token_stamp(self._path) != self._stamp:
                self._stamp, self._expected = read_token(self._path)
        except (OSError, ProjectError) as error:
            if self._stamp != (0, 0, 0):
                logging.getLogger("bentoml").error("the token stays as it was: %s", error)
            self._stamp = (0, 0, 0)


def read_token(path: Path) -> tuple[Stamp, bytes]:
    """The file's stamp, and the token."""
    try:
        stamp, mode = token_stamp(path), path.stat().st_mode
        token = path.read_text("ascii").strip()
    except FileNotFoundError:
        raise ProjectError(f"TOKEN_FILE={path}: no such file") from None
    except IsADirectoryError:
        raise ProjectError(f"TOKEN_FILE={path}: is a folder") from None
    except UnicodeDecodeError:
        raise ProjectError(f"TOKEN_FILE={path}: must hold ASCII text") from None
    if mode & stat.S_IROTH:
        raise ProjectError(f"TOKEN_FILE={path}: must not be readable by everybody; run: chmod o-r {path}")
    if not token:
        raise ProjectError(f"TOKEN_FILE={path}: empty; it must hold the token")
    return stamp, token.encode()


def token_stamp(path: Path) -> Stamp:
    """What changes when a file is exchanged or written to."""
    found = path.stat()
    return found.st_mtime_ns, found.st_ino, found.st_size
