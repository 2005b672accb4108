"""A WebDAV server on loopback: a DVC remote that is real."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cheroot.wsgi import Server
from wsgidav.wsgidav_app import WsgiDAVApp

from tests.support.constants import PATIENCE

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]
Fault = Callable[[Application], Application]


@contextmanager
def webdav(folder: Path, password: str = "", fault: Fault | None = None) -> Iterator[str]:
    """The address of an empty folder on it; with a password, only the user `dvc` is let in.

    `fault` stands between the server and its clients.
    """
    (folder / "data").mkdir(parents=True)
    users: dict[str, Any] = {"*": {"dvc": {"password": password}} if password else True}
    app = WsgiDAVApp(
        {
            "provider_mapping": {"/": str(folder)},
            "simple_dc": {"user_mapping": users},
            "http_authenticator": {"accept_digest": False, "default_to_digest": False},
            "logging": {"enable": False},
            "verbose": 0,
        }
    )
    # A client that stops for a while is waited for.
    served = fault(app) if fault else app
    server = Server(("127.0.0.1", 0), served, request_queue_size=128, timeout=PATIENCE)
    try:
        server.prepare()
    except OSError as error:
        pytest.skip(f"no WebDAV server can be started here: {error}")
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        yield f"webdav://127.0.0.1:{server.bind_addr[1]}/data"
    finally:
        server.stop()
        thread.join()


def refusing(status: str, *methods: str) -> Fault:
    """Requests by these methods get this answer: a disk that is full, an account that may only read."""

    def fault(app: Application) -> Application:
        def served(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
            if environ["REQUEST_METHOD"] not in methods:
                return app(environ, start)
            while environ["wsgi.input"].read(65536):
                pass
            start(status, [("Content-Length", "0")])
            return [b""]

        return served

    return fault


def credentials(password: str, url: str = "") -> str:
    """What .dvc/config.local holds for whoever knows the password."""
    address = f"    url = {url}\n" if url else ""
    return f"['remote \"storage\"']\n{address}    user = dvc\n    password = {password}\n"
