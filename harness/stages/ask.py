"""A running service, asked over HTTP: no proxy, no redirect, a connection for each request."""

import http.client
import json
import queue
import threading
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from harness.project.web_address import check_web_address

TIMEOUT = 30  # seconds for an answer
LONGEST = 10_000_000  # bytes of an answer


@dataclass(frozen=True)
class RunningService:
    """Where a service answers. Raises ProjectError if that is no address of one."""

    url: str
    authorization: str = ""  # the header's value, where the service asks for a token

    def __post_init__(self) -> None:
        check_web_address("URL", self.url)

    def ask(self, path: str, body: object = None, within: float = TIMEOUT) -> tuple[int, Any]:
        """Status, and the answer where it is JSON. OSError or HTTPException if there is none, or not all of it in time.

        A socket's limit is for each read, so a service that sends a byte at a time would hold us for ever: a thread
        of its own asks, and is left behind.
        """
        answers: queue.Queue[tuple[int, Any] | OSError | http.client.HTTPException] = queue.Queue()

        def put() -> None:
            try:
                answers.put(self._ask(path, body))
            except (OSError, http.client.HTTPException) as error:
                answers.put(error)

        threading.Thread(target=put, daemon=True).start()
        try:
            found = answers.get(timeout=within)
        except queue.Empty:
            raise TimeoutError(f"no whole answer in {within:.3g} s") from None
        if isinstance(found, Exception):
            raise found
        return found

    def _ask(self, path: str, body: object) -> tuple[int, Any]:
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
        except (ValueError, RecursionError):  # RecursionError: brackets alone
            return answer.status, None
