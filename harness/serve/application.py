"""What src/service.py is made with: the contract's request and answer, the loaded model, and the harness's HTTP."""

from functools import cache, partial
from typing import TYPE_CHECKING, TypedDict, TypeVar

from bentoml import Service

from harness.core.command import run
from harness.inference.model_file import ModelFile
from harness.serve.answer import Answer
from harness.serve.endpoints import Endpoints
from harness.serve.payloads import Payloads, describe_model
from harness.serve.project_service import start_safely
from harness.serve.routes import build_routes
from harness.serve.rows import RequestRow, RequestRows
from harness.serve.settings import MODEL_SERVED, bearer_token, explains, max_rows, read_metrics, workers
from harness.serve.shown_row import shown_row

if TYPE_CHECKING:
    from harness.serve.responder import Responder

LATENCIES = [0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0, 60.0]  # seconds
Made = TypeVar("Made", bound=object)
__all__ = [
    "SERVICE_OPTIONS",
    "Answer",
    "AnswerBody",
    "RequestBody",
    "RequestRow",
    "RequestRows",
    "load_model",
    "with_endpoints",
]


class Options(TypedDict):
    """The settings for bentoml.service."""

    name: str
    workers: int
    logging: dict[str, object]
    metrics: dict[str, object]
    tracing: dict[str, object]


# Here and not in the service's __init__: `bentoml serve` imports this before it starts workers, so that a bad file ends
# it at once instead of one worker after the other; and what a request may hold is in the file's contract.
file = run(ModelFile, MODEL_SERVED)
example = run(shown_row, file.contract, file.golden["rows"][3])
payloads = Payloads(file.contract, run(max_rows), example, file.conformal is not None)
token = run(bearer_token)
run(explains)
model_description = describe_model(file, run(read_metrics))
RequestBody, AnswerBody = payloads.request, payloads.answer
SERVICE_OPTIONS = Options(
    name="model",
    workers=run(workers),
    logging={"access": {"enabled": False}},  # a line per request costs a tenth of it; /metrics counts them
    metrics={"duration": {"buckets": LATENCIES}},
    tracing={"excluded_urls": [".*"]},
)


@cache
def load_model() -> "Responder":
    """The model that answers. Raises ProjectError if it answers its golden rows otherwise than at export."""
    # Late: the process that only starts workers must not hold numpy and onnxruntime.
    from harness.serve.responder import Responder  # noqa: PLC0415

    return Responder(MODEL_SERVED)


def with_endpoints(service: Service[Made]) -> Service[Made]:
    """Let the harness's HTTP answer for a service, once: limits, counts, plain refusals; its method stays its own."""
    if not any(kind is Endpoints for kind, _ in service.middlewares):
        start_safely(service.inner)
        routes = partial(build_routes, service, payloads, file, model_description, load_model)
        own = {method.route for method in service.apis.values()}
        service.add_asgi_middleware(Endpoints, routes=routes, own=own, token=token)
    return service
