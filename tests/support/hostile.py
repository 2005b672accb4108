"""A service that sends what ours never would: the test says byte for byte what each path is answered."""

import socketserver
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress

Pieces = Callable[[], Iterable[bytes]]  # sent one after the other, for as long as they come


@contextmanager
def hostile(answers: Mapping[str, bytes | Pieces]) -> Iterator[str]:
    """A service with an answer for each path, of which tests change what they like meanwhile; its address."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.answers = answers
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def reply(content: bytes, status: bytes = b"200 OK") -> bytes:
    """A whole answer."""
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (status, len(content), content)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads, block_on_close, allow_reuse_address = True, False, True
    answers: Mapping[str, bytes | Pieces]


class _Handler(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        path = self.rfile.readline().split()[1].decode()
        length = 0
        while line := self.rfile.readline().strip():
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        self.rfile.read(length)
        answer = self.server.answers[path]
        with suppress(ConnectionError):
            for piece in [answer] if isinstance(answer, bytes) else answer():
                self.wfile.write(piece)
