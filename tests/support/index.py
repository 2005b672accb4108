"""A package index that is reached by a proxy alone: what a company's network is like."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

ADDRESS = "http://wheels.test/all"  # a name that no name server knows


@contextmanager
def index_behind_proxy(wheels: Path) -> Iterator[tuple[str, list[str]]]:
    """The proxy's address, and what it was asked for; the index's own is ADDRESS. It serves a folder of wheels."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            parts = urlsplit(self.path)
            name = parts.path.strip("/").split("/")[-1]
            found = sorted(wheels.glob(f"{name}-*.whl"))
            if parts.netloc != urlsplit(ADDRESS).netloc:
                self.answer(502, b"")
            elif name.endswith(".whl"):
                self.answer(200, (wheels / name).read_bytes())
            else:
                self.answer(200 if found else 404, "".join(map(link, found)).encode())

        def do_HEAD(self) -> None:
            self.do_GET()

        def answer(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 its name there
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def link(wheel: Path) -> str:
    """As an index shows a file."""
    return f'<a href="/files/{wheel.name}#sha256={hashlib.sha256(wheel.read_bytes()).hexdigest()}">{wheel.name}</a>\n'
