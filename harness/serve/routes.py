"""What each path of the service answers."""

import json
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from bentoml import Service
from starlette.types import Receive, Scope

from harness.core.errors import ProjectError
from harness.inference.model_file import ModelFile
from harness.inference.reference import Spread, read_reference
from harness.serve.endpoints import Route
from harness.serve.explain import ExplainEndpoint
from harness.serve.http import JSON_TYPE, Headers, Reply, refusal
from harness.serve.openapi import build_openapi
from harness.serve.payloads import Payloads, shown_contract
from harness.serve.predict import NOT_READY, PredictEndpoint
from harness.serve.project_service import has_started
from harness.serve.settings import MODEL_SERVED, explains, values_are_hidden
from harness.serve.swagger_page import PAGE, PAGE_POLICY
from harness.serve.try_page import build_try_page, try_policy
from harness.serve.usual_row import usual_row
from harness.serve.watch import reference_path

if TYPE_CHECKING:
    from harness.serve.responder import Responder

HTML_TYPE = b"text/html; charset=utf-8"
CARD = "card.html"  # beside the model
CARD_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def build_routes(
    service: Service[object], payloads: Payloads, file: ModelFile, model: bytes, load: Callable[[], "Responder"]
) -> dict[tuple[str, str], Route]:
    """Method and path → what answers. `model`: what GET /model says; `load`: the model of this process."""

    @cache
    def description() -> Reply:
        columns = payloads.columns.model_json_schema(ref_template="#/components/schemas/{model}")
        spec = build_openapi(service.openapi_spec.asdict(), columns, file.contract, file.version, explains())
        return Reply(200, JSON_TYPE, json.dumps(spec).encode())

    predict = PredictEndpoint(service, payloads)
    routes: dict[tuple[str, str], Route] = {
        ("POST", "/predict"): predict,
        ("GET", "/model"): _when_asked(lambda: Reply(200, JSON_TYPE, model) if has_started() else NOT_READY),
        ("GET", "/model/card"): _when_asked(_card),
        ("GET", "/docs.json"): _when_asked(description),
        ("GET", "/"): _when_asked(lambda: _page(PAGE, PAGE_POLICY)),
        ("GET", "/try"): _when_asked(lambda: _page(page, try_policy())),
    }
    usual = {} if values_are_hidden() else usual_row(file.contract, file.golden["rows"][3], _spreads(file))
    page = build_try_page(shown_contract(file.contract), usual, explains())
    if explains():
        routes["POST", "/explain"] = ExplainEndpoint(
            predict, lambda rows: load().explain(rows), file.version, len(file.contract.features)
        )
    return routes


def _when_asked(answer: Callable[[], Reply]) -> Route:
    async def route(_scope: Scope, _receive: Receive) -> Reply:
        return answer()

    return route


def _page(page: bytes, policy: str) -> Reply:
    headers: Headers = ((b"content-security-policy", policy.encode()), (b"x-content-type-options", b"nosniff"))
    return Reply(200, HTML_TYPE, page, headers)


def _spreads(file: ModelFile) -> list[Spread]:
    """Of reference.json beside the model, if it is this model's own."""
    try:
        reference = read_reference(reference_path(MODEL_SERVED))
    except ProjectError:
        return []
    return reference.features if reference.model == file.sha256 else []


def _card() -> Reply:
    if values_are_hidden():
        return refusal(404, "HIDE_VALUES=1: the card names allowed values, so it is not shown")
    path = Path(os.environ.get("CARD_FILE") or MODEL_SERVED.with_name(CARD))
    try:
        return _page(path.read_bytes(), CARD_POLICY)
    except OSError:
        return refusal(404, f"this model was shipped without a card ({path.name} beside the model file)")
