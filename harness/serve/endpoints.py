"""The service's HTTP: POST /predict, which ModelService.predict answers, and GET /model and the page beside it."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any

import bentoml
from bentoml import Service
from bentoml._internal.server.http.instruments import RunnerTrafficMetricsMiddleware
from bentoml.exceptions import BentoMLException
from pydantic import ValidationError
from pydantic_core import to_json
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from harness.core.errors import ProjectError
from harness.serve.answer import NoAnswerError
from harness.serve.budget import BodyBudget
from harness.serve.http import JSON_TYPE, OTHER, KnownPaths, Reply, read_body, refusal, refuse_headers
from harness.serve.openapi import PAGE, PAGE_POLICY
from harness.serve.payloads import Payloads, errors_of, no_answer
from harness.serve.project_service import SERVICE_PATH, check_predict, describe_failure, has_started
from harness.serve.refused import count_refused
from harness.serve.request_id import request_headers
from harness.serve.token import BearerToken

ARRIVAL_SECONDS = 15.0  # for a request to arrive in
BODIES = 67_108_864  # bytes of bodies that a process holds at once, at least
METRICS_TRIES = 20
HTML_TYPE = b"text/html; charset=utf-8"
PAGE_HEADERS = [(b"content-security-policy", PAGE_POLICY.encode()), (b"x-content-type-options", b"nosniff")]
UNAUTHORIZED = (
    *refusal(401, "the header Authorization must be: Bearer, a space, and the token"),
    [(b"www-authenticate", b"Bearer")],
)


@dataclass(frozen=True)
class About:
    """What the service says of itself, as JSON: its description, made when it is asked for, and its model."""

    docs: Callable[[], bytes]
    model: bytes


class Endpoints:
    """Takes a request just inside BentoML's metrics, and gives its rows to the service's method.

    BentoML's own way from a request to a method takes longer than all the rest, and logs the values of a request that
    it refuses.
    """

    def __init__(
        self, app: ASGIApp, service: Service[object], payloads: Payloads, about: About, token: BearerToken | None = None
    ) -> None:
        check_predict(service)
        self._app, self._payloads, self._about = app, payloads, about
        self._method = service.apis["predict"].func
        self._budget = BodyBudget(max(BODIES, 2 * payloads.most_bytes))
        self._token = token
        self._log = logging.getLogger("bentoml")
        self._routes = {("POST", "/predict"): self._predict, ("GET", "/model"): self._model}
        self._routes |= {
            ("GET", "/docs.json"): self._docs,
            ("GET", "/"): self._page,
            ("GET", "/metrics"): self._metrics,
        }
        self._methods = {path: method for method, path in self._routes}
        self._known = {method.route for method in service.apis.values()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            scope["app"].middleware_stack = KnownPaths(_shorten(scope["app"].middleware_stack, self), self._known)
        path, method = scope.get("path", ""), scope.get("method", "")
        if self._token and scope["type"] == "http" and not self._token.allows(path, scope["headers"]):
            await _reply(send, *UNAUTHORIZED)
            return
        if scope["type"] != "http" or (path not in self._methods and path != OTHER):
            await self._app(scope, receive, send)
            return
        route = self._routes.get(("GET" if method == "HEAD" else method, path))
        status, kind, body = await route(scope, receive) if route else self._refuse(path)
        more = (
            PAGE_HEADERS if kind == HTML_TYPE else [(b"allow", self._methods[path].encode())] if status == 405 else []
        )
        await _reply(send, status, kind, body, [*request_headers(), *more])

    def _refuse(self, path: str) -> Reply:
        if path == OTHER:
            return refusal(404, "no such path; the documentation is at /")
        return refusal(405, f"the method must be {self._methods[path]}")

    async def _predict(self, scope: Scope, receive: Receive) -> Reply:
        refused = refuse_headers(scope["headers"], self._payloads.most_bytes)
        if refused:
            return refused
        body = await read_body(receive, self._payloads.most_bytes, ARRIVAL_SECONDS, self._budget)
        if isinstance(body, tuple):
            return body
        if not has_started():
            return refusal(503, "the model is not ready")
        try:
            rows = self._payloads.read(body)
        except ProjectError as error:
            return refusal(400, str(error))
        except ValidationError as error:
            count_refused(error)
            return 400, JSON_TYPE, to_json(errors_of(error))
        body.clear()  # with the rows of 10,000 it would take some MB
        return await self._answer(rows)

    async def _answer(self, rows: list[dict[str, object]]) -> Reply:
        """What the project's method makes of rows. Its errors are logged without their text: it may hold values."""
        count = len(rows)
        try:
            answer = self._method(bentoml.get_current_service(), rows)
            if isawaitable(answer):
                answer = await answer
            return 200, JSON_TYPE, self._payloads.write(answer, count)
        except NoAnswerError as error:
            return 400, JSON_TYPE, to_json(no_answer(error.rows))
        except ProjectError as error:
            self._log.error("%s: %s", SERVICE_PATH, error)
            return refusal(500, "the service's answer has another form than it says")
        except BentoMLException as error:
            if 400 <= error.error_code < 500:
                return refusal(int(error.error_code), str(error))
            self._log.error("predict failed: %s", describe_failure(error))
        except Exception as error:  # whatever a project's own method may raise
            self._log.error("predict failed: %s", describe_failure(error))
        return refusal(500, "the service failed to answer; its log has the place")

    async def _model(self, _scope: Scope, _receive: Receive) -> Reply:
        return (200, JSON_TYPE, self._about.model) if has_started() else refusal(503, "the model is not ready")

    async def _docs(self, _scope: Scope, _receive: Receive) -> Reply:
        return 200, JSON_TYPE, self._about.docs()

    async def _page(self, _scope: Scope, _receive: Receive) -> Reply:
        return 200, HTML_TYPE, PAGE

    async def _metrics(self, scope: Scope, receive: Receive) -> Reply:
        """BentoML's, which fail while a worker that has just started makes its files."""
        for _ in range(METRICS_TRIES):
            sent: list[Message] = []
            try:
                await self._app(scope, receive, _collect(sent))
            except Exception as error:  # of half a file, anything
                self._log.debug("metrics: %s", type(error).__name__)
                await asyncio.sleep(0.1)
                continue
            kind = dict(sent[0]["headers"])[b"content-type"]
            return sent[0]["status"], kind, b"".join(message.get("body", b"") for message in sent[1:])
        return refusal(503, "a worker is starting; ask again")


def _collect(sent: list[Message]) -> Send:
    async def send(message: Message) -> None:
        sent.append(message)

    return send


async def _reply(send: Send, status: int, kind: bytes, body: bytes, more: Sequence[tuple[bytes, bytes]] = ()) -> None:
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode()), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _shorten(stack: Any, endpoints: ASGIApp) -> ASGIApp:
    """From BentoML's metrics to the endpoints at once.

    Tracing is off; BentoML's timeout cannot stop what answers in one go, and keeps a timer of each for a minute.
    """
    layer = stack
    while not isinstance(layer, RunnerTrafficMetricsMiddleware):
        layer = layer.app
    layer.app = endpoints
    return stack  # type: ignore[no-any-return]
