"""The service's HTTP: which path answers what, counted; what is not its own goes to BentoML's application."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable

from bentoml._internal.server.http.instruments import RunnerTrafficMetricsMiddleware
from starlette.applications import Starlette
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from harness.serve.deferred import flush_all
from harness.serve.http import Reply, refusal
from harness.serve.request_id import request_headers
from harness.serve.token import BearerToken
from harness.serve.traffic import Traffic

Route = Callable[[Scope, Receive], Awaitable[Reply]]
STATIC = ("swagger-ui.css", "swagger-ui-bundle.js", "favicon-light-32x32.png")
BENTOMLS = {"/livez", "/readyz", "/healthz", "/schema.json"}  # the last is read by BentoML's client
BENTOMLS |= {f"/static_content/{name}" for name in STATIC}
OTHER = "/other"  # counted as: BentoML would keep 20 series for ever for every path that anybody tries
METRICS_TRIES = 20
UNAUTHORIZED = refusal(
    401, "the header Authorization must be: Bearer, a space, and the token", ((b"www-authenticate", b"Bearer"),)
)


class Endpoints:
    """Answers its own paths, in front of BentoML's middlewares, whose counts it keeps.

    Tracing is off; BentoML's timeout cannot stop what answers in one go, and keeps a timer of each for a minute.
    """

    def __init__(
        self, app: ASGIApp, routes: Callable[[], dict[tuple[str, str], Route]], own: Iterable[str],
        token: BearerToken | None,
    ) -> None:  # fmt: skip
        self._app, self._token = app, token
        self._routes = {**routes(), ("GET", "/metrics"): self._metrics}
        self._methods = {path: method for method, path in self._routes}
        self._known = BENTOMLS.union(own, self._methods)
        self._bentomls: ASGIApp = app
        self._traffic: Traffic | None = None
        self._log = logging.getLogger("bentoml")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            self._go_first(scope["app"])
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"] if scope["path"] in self._known else OTHER
        denied = self._token is not None and not self._token.allows(path, scope["headers"])
        if not denied and path != OTHER and path not in self._methods:
            await self._bentomls(scope, receive, send)
        elif self._traffic is None or path == "/metrics":  # who scrapes is no traffic
            await _send(send, UNAUTHORIZED if denied else await self._reply(path, scope, receive))
        else:
            began, status = self._traffic.begin(path), 500
            try:
                reply = UNAUTHORIZED if denied else await self._reply(path, scope, receive)
                status = reply.status
                await _send(send, reply)
            finally:
                self._traffic.end(path, status, began)

    async def _reply(self, path: str, scope: Scope, receive: Receive) -> Reply:
        method = scope["method"]
        route = self._routes.get(("GET" if method == "HEAD" else method, path))
        if route:
            return await route(scope, receive)
        if path == OTHER:
            return refusal(404, "no such path; the documentation is at /")
        wanted = self._methods[path]
        return refusal(405, f"the method must be {wanted}", ((b"allow", wanted.encode()),))

    def _go_first(self, application: Starlette) -> None:
        """Take the place of the middlewares; BentoML's counts come before what is BentoML's alone."""
        counts = stack = application.middleware_stack
        while not isinstance(counts, RunnerTrafficMetricsMiddleware):
            counts = counts.app  # type: ignore[union-attr]
        counts.app = self._app
        self._bentomls, self._traffic = stack, Traffic(counts)  # type: ignore[assignment]
        application.middleware_stack = self

    async def _metrics(self, scope: Scope, receive: Receive) -> Reply:
        """BentoML's, which fail while a worker that has just started makes its files."""
        flush_all()
        for _ in range(METRICS_TRIES):
            sent: list[Message] = []
            try:
                await self._app(scope, receive, _collect(sent))
            except Exception as error:  # of half a file, anything
                self._log.debug("metrics: %s", type(error).__name__)
                await asyncio.sleep(0.1)
                continue
            kind = dict(sent[0]["headers"])[b"content-type"]
            return Reply(sent[0]["status"], kind, b"".join(message.get("body", b"") for message in sent[1:]))
        return refusal(503, "a worker is starting; ask again")


def _collect(sent: list[Message]) -> Send:
    async def send(message: Message) -> None:
        sent.append(message)

    return send


async def _send(send: Send, reply: Reply) -> None:
    headers = [(b"content-type", reply.kind), (b"content-length", str(len(reply.body)).encode())]
    headers += [*request_headers(), *reply.headers]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})
