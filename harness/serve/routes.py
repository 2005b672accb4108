"""What each path of the service answers."""

import json
from functools import cache

from bentoml import Service
from starlette.types import Receive, Scope

from harness.core.contract import Contract
from harness.serve.endpoints import Route
from harness.serve.http import JSON_TYPE, Reply
from harness.serve.openapi import PAGE, PAGE_POLICY, build_openapi
from harness.serve.payloads import Payloads
from harness.serve.predict import NOT_READY, PredictEndpoint
from harness.serve.project_service import has_started

HTML_TYPE = b"text/html; charset=utf-8"
PAGE_HEADERS = ((b"content-security-policy", PAGE_POLICY.encode()), (b"x-content-type-options", b"nosniff"))


def build_routes(
    service: Service[object], payloads: Payloads, contract: Contract, version: str, model: bytes
) -> dict[tuple[str, str], Route]:
    """Method and path → what answers. `model`: what GET /model says."""

    @cache
    def description() -> Reply:
        spec = build_openapi(service.openapi_spec.asdict(), contract, version)
        return Reply(200, JSON_TYPE, json.dumps(spec).encode())

    async def docs(_scope: Scope, _receive: Receive) -> Reply:
        return description()

    async def about(_scope: Scope, _receive: Receive) -> Reply:
        return Reply(200, JSON_TYPE, model) if has_started() else NOT_READY

    async def page(_scope: Scope, _receive: Receive) -> Reply:
        return Reply(200, HTML_TYPE, PAGE, PAGE_HEADERS)

    return {
        ("POST", "/predict"): PredictEndpoint(service, payloads),
        ("GET", "/model"): about,
        ("GET", "/docs.json"): docs,
        ("GET", "/"): page,
    }
