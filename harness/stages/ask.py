"""A running service, asked over HTTP: no proxy, no redirect, a connection for each request."""

import http.client
import json
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from harness.core.errors import ProjectError

TIMEOUT = 30  # seconds for an answer
LONGEST = 10_000_000  # bytes of an answer


def words_of_service(answered: object) -> str:
    """What a service said, for one line: a line of its own could be taken for ours, or for a command of the runner."""
    return "".join(letter if letter.isprintable() else "?" for letter in str(answered)[:200])


@dataclass(frozen=True)
class RunningService:
    """Where a service answers. Raises ProjectError if that is no address of one."""

    url: str
    authorization: str = ""  # the header's value, where the service asks for a token

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.url)
            host = (parts.hostname or "").encode("idna")
            plain = self.url.isascii() and self.url.isprintable() and not set(self.url) & set(" @?#")
            known = parts.scheme in {"http", "https"} and host and plain and (parts.port or 1)
        except ValueError:
            known = None
        if not known:
            shown = words_of_service(self.url.rpartition("@")[2])  # before it may stand a password
            raise ProjectError(f"URL={shown}: must be http://HOST or https://HOST, with a port and a path if need be")

    def ask(self, path: str, body: object = None) -> tuple[int, Any]:
        """Status, and the answer where it is JSON. OSError or HTTPException if there is none."""
        parts = urlsplit(self.url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        headers = {"Authorization": self.authorization} if self.authorization else {}
        content = None if body is None else json.dumps(body).encode()
        if content is not None:
            headers["Content-Type"] = "application/json"
        with closing(kind(parts.hostname or "", parts.port, timeout=TIMEOUT)) as connection:
            connection.request("GET" if content is None else "POST", parts.path.rstrip("/") + path, content, headers)
            answer = connection.getresponse()
            read = answer.read(LONGEST)
        try:
            return answer.status, json.loads(read)
        except ValueError:
            return answer.status, None
