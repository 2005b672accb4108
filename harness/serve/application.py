"""The BentoML service: POST /predict and GET /model; BentoML adds /livez, /readyz and /metrics."""

import gc
import json
import logging
from functools import cache
from typing import TYPE_CHECKING, Any

import bentoml
from bentoml._internal.server.http.instruments import RunnerTrafficMetricsMiddleware
from pydantic import ValidationError
from pydantic_core import to_json

from harness.core.command import run
from harness.core.errors import ProjectError
from harness.inference.model_file import ModelFile
from harness.serve.http import JSON, OTHER, KnownPaths, Receive, Reply, Scope, Send, read_body, refusal
from harness.serve.openapi import PAGE, build_openapi
from harness.serve.payloads import build_answer_model, build_request_model, errors_of
from harness.serve.settings import MODEL, max_rows, read_metrics, workers

if TYPE_CHECKING:
    from harness.serve.responder import Answers

SECONDS = 15.0  # for a request to arrive in
LATENCIES = [0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0, 60.0]  # seconds


# Here and not in __init__: `bentoml serve` imports this before it starts workers, so that a bad file ends it at once
# instead of one worker after the other; and what a request may hold is in the file's contract.
file = run(ModelFile, MODEL)
metrics = run(read_metrics)
most_rows = run(max_rows)
most_bytes = most_rows * (1024 + 128 * len(file.contract.features))
Request = build_request_model(file.contract, most_rows, file.golden["rows"][3])
Answer = build_answer_model(file.contract)


class Endpoints:
    """The service's HTTP, just inside BentoML's metrics.

    BentoML's own way from a request to `predict` takes longer than all the rest, and logs the values of a request that
    it refuses.
    """

    def __init__(self, app: Any) -> None:
        self._app = app
        self._routes = {("POST", "/predict"): self._predict, ("GET", "/model"): self._model}
        self._routes |= {("GET", "/docs.json"): self._docs, ("GET", "/"): self._page}
        self._methods = {path: method for method, path in self._routes}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            scope["app"].middleware_stack = KnownPaths(shorten(scope["app"].middleware_stack, self))
        path, method = scope.get("path", ""), scope.get("method", "")
        if scope["type"] != "http" or (path not in self._methods and path != OTHER):
            await self._app(scope, receive, send)
            return
        route = self._routes.get(("GET" if method == "HEAD" else method, path))
        status, kind, body = await route(scope, receive) if route else self._refuse(path)
        headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
        if status == 405:
            headers.append((b"allow", self._methods[path].encode()))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _refuse(self, path: str) -> Reply:
        if path == OTHER:
            return refusal(404, "no such path; the documentation is at /")
        return refusal(405, f"the method must be {self._methods[path]}")

    async def _predict(self, scope: Scope, receive: Receive) -> Reply:
        kind = next((value for name, value in scope["headers"] if name == b"content-type"), JSON)
        if kind.split(b";")[0].strip().lower() != JSON:
            return refusal(415, "the content type must be application/json")
        body = await read_body(receive, most_bytes, SECONDS)
        if isinstance(body, tuple):
            return body
        answers = loaded()
        if answers is None:
            return refusal(503, "the model is not ready")
        try:
            # Nothing here holds on to the body, and to the rows, which `answer` lets go: of 10,000 both take some MB.
            rows = [Request.model_validate_json(body).rows]  # type: ignore[attr-defined]
            body.clear()
            return 200, JSON, answers.answer(rows.pop())
        except ValidationError as error:
            return 400, JSON, to_json(errors_of(error))

    async def _model(self, _scope: Scope, _receive: Receive) -> Reply:
        answers = loaded()
        return (200, JSON, answers.description) if answers else refusal(503, "the model is not ready")

    async def _docs(self, _scope: Scope, _receive: Receive) -> Reply:
        return 200, JSON, description()

    async def _page(self, _scope: Scope, _receive: Receive) -> Reply:
        return 200, b"text/html", PAGE


@bentoml.service(
    name="model",
    workers=run(workers),
    logging={"access": {"enabled": False}},  # a line per request costs a tenth of it; /metrics counts them
    metrics={"duration": {"buckets": LATENCIES}},
    tracing={"excluded_urls": [".*"]},
)
class ModelService:
    """Answers rows with the predictions of the model file that was evaluated."""

    def __init__(self) -> None:
        # Late: the process that only starts workers must not hold numpy and onnxruntime.
        from harness.serve.responder import Answers  # noqa: PLC0415

        self.answers: Answers | None = None
        try:
            self.answers = Answers(MODEL, metrics)
        except ProjectError as error:
            logging.getLogger("bentoml").error("not ready: %s", error)
        # What lives as long as the process need not be looked at again: a full collection stops all for 50 ms.
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 100, 100)

    async def __is_ready__(self) -> bool:
        return self.answers is not None

    @bentoml.api(input_spec=Request, output_spec=Answer)  # type: ignore[untyped-decorator]
    async def predict(self, rows: list[dict[str, Any]]) -> Any:
        """A label and the probability of each class (or a value) for each row."""
        assert self.answers is not None
        return Answer.model_validate_json(self.answers.answer(rows))


SERVICE: Any = ModelService  # what the decorator made of it, which its types do not say
SERVICE.add_asgi_middleware(Endpoints)


@cache
def description() -> bytes:
    """The service's OpenAPI description."""
    return json.dumps(build_openapi(SERVICE.openapi_spec.asdict(), file.contract, file.version)).encode()


def shorten(stack: Any, endpoints: Endpoints) -> Any:
    """From BentoML's metrics to the endpoints at once.

    Tracing is off; BentoML's timeout cannot stop what answers in one go, and keeps a timer of each for a minute.
    """
    layer = stack
    while not isinstance(layer, RunnerTrafficMetricsMiddleware):
        layer = layer.app
    layer.app = endpoints  # type: ignore[assignment]
    return stack


@cache
def loaded() -> "Answers | None":
    """The model of this process, once it has answered its golden rows."""
    return getattr(bentoml.get_current_service(), "answers", None)
