"""What the service says of itself: its OpenAPI description."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaValue

from harness.core.contract import Contract
from harness.serve.answer import Explanation

REFUSAL = {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}}
WRONG = {
    "type": "object",
    "required": ["loc", "msg"],
    "properties": {"loc": {"type": "array", "items": {}}, "msg": {"type": "string"}},
    "example": {"loc": ["rows", 0, "column"], "msg": "Field required"},
}
INVALID = {
    **REFUSAL,
    "properties": {**REFUSAL["properties"], "detail": {"type": "array", "items": WRONG}},  # type: ignore[dict-item]
}
REFUSED = {
    400: "The request is not as the contract wants it: `detail` names what is wrong and where",
    408: "The request took too long to arrive",
    413: "The request is too long",
    415: "The content type is not JSON",
    503: "The model is not ready",
}
MODEL_INFO = {
    "type": "object",
    "required": ["version", "sha256", "hashes", "threshold", "conformal", "contract", "metrics"],
    "properties": {
        "version": {"type": "string"},
        "sha256": {"type": "string"},
        "hashes": {"type": "object", "additionalProperties": {"type": "string"}},
        "threshold": {"type": "number", "nullable": True},
        "conformal": {"type": "object", "nullable": True},
        "contract": {"type": "object"},
        "metrics": {"type": "object", "nullable": True},
    },
}
EXPLAINED = {
    "type": "object",
    "required": ["model_version", "explanations"],
    "properties": {
        "model_version": {"type": "string"},
        "explanations": {"type": "array", "items": {"$ref": "#/components/schemas/Explanation"}},
    },
}
HEALTH = {
    "/livez": "200 while the process answers.",
    "/readyz": "200 once the model has answered its golden rows as at export, 503 before.",
    "/metrics": "Requests, their durations, predictions by label and a histogram of scores, for Prometheus.",
}


def build_openapi(
    spec: JsonSchemaValue, columns: JsonSchemaValue, contract: Contract, version: str, explains: bool = False
) -> JsonSchemaValue:
    """BentoML's own description, completed by what it cannot know.

    That is the body's form by columns (its JSON Schema), GET /model, and how a bad request is answered.
    """
    predict = spec["paths"]["/predict"]["post"]
    found: JsonSchemaValue = {
        "openapi": spec["openapi"],
        "info": {
            "title": f"Prediction of {contract.target}",
            "description": f"A {contract.task} model. GET /model tells what it was made of and how good it is.",
            "version": version,
        },
        "servers": spec["servers"],
        "tags": [{"name": "model"}, {"name": "operation"}],
        "components": as_openapi(spec["components"]),
    }
    schemas = found["components"]["schemas"]
    schemas |= {name: as_openapi(part) for name, part in columns.pop("$defs").items()}
    schemas["PredictColumnsRequest"] = as_openapi(columns)
    by_row = as_openapi(predict["requestBody"]["content"]["application/json"]["schema"])
    body = {"oneOf": [by_row, {"$ref": "#/components/schemas/PredictColumnsRequest"}]}
    row = schemas["Row"]
    row["example"] = {name: row["example"][name] for name in row["properties"]}  # in the contract's order
    answer = as_openapi(predict["responses"].get("200") or predict["responses"][200])
    predicted = {**answer, "description": "A prediction for each row, in their order"}
    found["paths"] = {
        "/predict": {"post": _of_rows("predict", predict["description"], body, predicted)},
        "/model": {
            "get": {
                "operationId": "model",
                "tags": ["model"],
                "summary": "Version, hashes and contract of the model, and the metrics of its evaluation.",
                "responses": {"200": _answer("The model", MODEL_INFO), "503": _answer(REFUSED[503], REFUSAL)},
            }
        },
        **{path: {"get": _health(path, text)} for path, text in HEALTH.items()},
        **{path: as_openapi(found) for path, found in _own_paths(spec).items()},
    }
    if explains:
        told = "How each answer changes when one value is replaced by those of the test rows, column by column."
        one = TypeAdapter(Explanation).json_schema(ref_template="#/components/schemas/{model}")
        schemas |= {name: as_openapi(part) for name, part in one.pop("$defs").items()}
        schemas["Explanation"] = as_openapi(one)
        explained = _answer("An explanation of each row, in their order", EXPLAINED)
        found["paths"]["/explain"] = {"post": _of_rows("explain", told, body, explained)}
    return found


def _of_rows(name: str, told: str, body: JsonSchemaValue, answer: JsonSchemaValue) -> JsonSchemaValue:
    """An operation that takes rows, and refuses them."""
    refused = {str(status): _answer(text, INVALID if status == 400 else REFUSAL) for status, text in REFUSED.items()}
    return {
        "operationId": name,
        "tags": ["model"],
        "summary": told,
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {"200": answer, **refused},
    }


def _own_paths(spec: JsonSchemaValue) -> JsonSchemaValue:
    """Those of methods that a project has added to the service."""
    return {path: found for path, found in spec["paths"].items() if path not in {"/predict", *HEALTH, "/healthz"}}


def _answer(text: str, schema: Mapping[str, object]) -> JsonSchemaValue:
    return {"description": text, "content": {"application/json": {"schema": schema}}}


def _health(path: str, text: str) -> JsonSchemaValue:
    responses = {"200": {"description": "Yes" if path != "/metrics" else "The metrics"}}
    if path == "/readyz":
        responses["503"] = {"description": "Not yet"}
    return {"operationId": path[1:], "tags": ["operation"], "summary": text, "responses": responses}


NAMED = {"properties", "schemas"}  # their keys are names, whatever they say
VALUES = {"enum", "example", "required"}


def as_openapi(schema: Any) -> Any:
    """pydantic's JSON Schema (2020-12) in the dialect of OpenAPI 3.0, which the Swagger page reads."""
    if isinstance(schema, Sequence) and not isinstance(schema, str):
        return [as_openapi(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    kinds = [kind for kind in schema.get("anyOf", []) if kind != {"type": "null"}]
    if len(kinds) == 1:  # a type or null
        rest = {key: value for key, value in schema.items() if key not in {"anyOf", "default"}}
        return as_openapi({**rest, **kinds[0], "nullable": True})
    found: JsonSchemaValue = {k: _converted(k, value) for k, value in schema.items() if k not in {"const", "title"}}
    for bound in ("Minimum", "Maximum"):
        if not isinstance(found.get(f"exclusive{bound}", True), bool):
            found[bound.lower()] = found[f"exclusive{bound}"]
            found[f"exclusive{bound}"] = True
    if "const" in schema:
        found["enum"] = [schema["const"]]
    if found.get("nullable") and "enum" in found:
        found["enum"] = [*found["enum"], None]
    return found


def _converted(key: str, value: JsonSchemaValue) -> object:
    if key in NAMED:
        return {name: as_openapi(schema) for name, schema in value.items()}
    return value if key in VALUES else as_openapi(value)
