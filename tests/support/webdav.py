"""A WebDAV server on loopback: a DVC remote that is real."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cheroot.wsgi import Server
from wsgidav.wsgidav_app import WsgiDAVApp

from tests.support.constants import PATIENCE


@contextmanager
def webdav(folder: Path, password: str = "") -> Iterator[str]:
    """The address of an empty folder on it; with a password, only the user `dvc` is let in."""
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
    server = Server(("127.0.0.1", 0), app, request_queue_size=128, timeout=PATIENCE)
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


def credentials(password: str) -> str:
    """What .dvc/config.local holds for whoever knows the password."""
    return f"['remote \"storage\"']\n    user = dvc\n    password = {password}\n"
