"""What one client may take before a request is one: bytes and seconds of headers, and connections."""

import asyncio
import time
from dataclasses import dataclass, field
from enum import Enum

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from harness.serve.http import WHOLE
from harness.serve.settings import max_connections

HEADER_BYTES = 65_536
HEADER_SECONDS = 15.0  # from the first byte of a request to the end of its headers; after an early answer, of its body
SILENT_SECONDS = 75.0  # that a new connection may say nothing, or may leave its answers unread
MOST_QUEUED = 32  # requests that one connection sends before it has read the answers; each costs memory
HOP_BY_HOP = {b"connection", b"upgrade", b"http2-settings"}


class Part(Enum):
    """What is read or awaited: a request, or what of it."""

    REQUEST, HEADERS, BODY = range(3)


@dataclass
class Waiting:
    """Connections from which a request's headers are awaited, the longest-waiting first, each with its last moment."""

    most: int
    until: dict["GuardedProtocol", float] = field(default_factory=dict)
    timer: asyncio.TimerHandle | None = None

    def expect(self, connection: "GuardedProtocol", seconds: float) -> None:
        self.until[connection] = time.monotonic() + seconds
        if self.timer is None:
            self.timer = connection.loop.call_later(1, self._look, connection.loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """Once a second: a timer for each request would cost more than all the rest of this."""
        now = time.monotonic()
        for connection in [one for one, until in self.until.items() if until < now]:
            connection.refuse(None)
        self.timer = loop.call_later(1, self._look, loop) if self.until else None


class GuardedProtocol(HttpToolsProtocol):
    """uvicorn's HTTP by httptools, which has no limit on headers, no timer, and loses the body of `Upgrade: h2c`."""

    def __init__(
        self, config: Config, server_state: ServerState, app_state: dict[str, object],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:  # fmt: skip
        super().__init__(config, server_state, app_state, _loop)
        self._waiting: Waiting = server_state.__dict__.setdefault("waiting", Waiting(max_connections()))
        self._silent = 0  # bytes since the parser made something of them
        self._part: Part | None = None  # of a request, that is read
        self._awaited: Part | None = None  # until a moment
        self._refused = self._too_long = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await(Part.REQUEST, SILENT_SECONDS)
        if len(self.connections) > self._waiting.most:
            next(iter(self._waiting.until)).refuse(503)

    def connection_lost(self, exc: Exception | None) -> None:
        self._waiting.until.pop(self, None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        if self._refused:
            return
        self._part = self._part or Part.HEADERS
        self._silent += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._go_on_as_plain_http(data[upgrade.args[0] :])
        except httptools.HttpParserError:
            self.refuse(431 if self._too_long else 400)
        if self._silent > HEADER_BYTES:
            self.refuse(431)
        if self._awaited != self._part:
            self._await(Part.HEADERS if self._part is Part.HEADERS else None)

    def _await(self, part: Part | None, seconds: float = HEADER_SECONDS) -> None:
        """From now on for so long; a request that comes whole, as most do, is never waited for."""
        self._awaited = part
        if not self.flow.write_paused:  # who does not read is timed already
            self._waiting.until.pop(self, None)
        if part and not self._refused:
            self._waiting.expect(self, seconds)

    def _go_on_as_plain_http(self, rest: bytes) -> None:
        """Answer a request to change the protocol in this one, as a server may: the parser stopped before its body."""
        lines = [self.parser.get_method() + b" " + self.url + b" HTTP/1.1"]
        lines += [name + b": " + value for name, value in self.headers if name not in HOP_BY_HOP]
        self.parser = httptools.HttpRequestParser(self)
        self.data_received(b"\r\n".join(lines) + b"\r\n\r\n" + rest)

    def on_headers_complete(self) -> None:
        if self._silent > HEADER_BYTES and sum(len(name) + len(value) for name, value in self.headers) > HEADER_BYTES:
            self._too_long = True
            raise ValueError("too many bytes of headers")
        self._silent = 0
        if self.parser.should_upgrade():
            return
        self._part = Part.BODY
        if len(self.pipeline) >= MOST_QUEUED:
            raise ValueError("too many requests before an answer is read")
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._silent = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._silent = 0
        if self.parser.should_upgrade():
            return
        self._part = None
        self.scope.setdefault("state", {})[WHOLE] = True
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.pipeline:  # uvicorn reads on after each answer, and so would take in more than it answers
            self.flow.pause_reading()
        if self._part and not self.transport.is_closing():  # an early answer: the rest of the body is awaited
            self._await(Part.BODY)

    def pause_writing(self) -> None:
        """The client leaves its answers unread."""
        super().pause_writing()
        self._waiting.expect(self, SILENT_SECONDS)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._await(self._awaited)

    def refuse(self, status: int | None) -> None:
        """Hang up on who sends no whole request; with a status, say so first."""
        self._waiting.until.pop(self, None)
        if self._refused or self.transport.is_closing():
            return
        self._refused = True
        cycle: RequestResponseCycle | None = self.cycle
        if status and (cycle is None or cycle.response_complete):
            self.transport.write(STATUS_LINE[status] + b"content-length: 0\r\nconnection: close\r\n\r\n")
        if self.transport.get_write_buffer_size():
            self.transport.abort()  # to close would wait for a client that does not read
        else:
            self.transport.close()
