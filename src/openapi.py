"""What the service says of itself: its OpenAPI description, and the page that shows it."""

from collections.abc import Mapping, Sequence
from typing import Any

from src.contract import Contract

ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {"type": "string"},
        "detail": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"loc": {"type": "array", "items": {}}, "msg": {"type": "string"}},
            },
        },
    },
}
REFUSED = {400: "The request is not as the contract wants it", 413: "The request is too long", 415: "Not JSON"}
# BentoML's own page loads a tag manager from outside; this one loads nothing but what BentoML's package brings.
PAGE = b"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Model service</title>
<link rel="stylesheet" href="./static_content/swagger-ui.css">
<link rel="icon" href="./static_content/favicon-light-32x32.png">
</head>
<body>
<div id="swagger-ui"></div>
<script src="./static_content/swagger-ui-bundle.js" charset="utf-8"></script>
<script>SwaggerUIBundle({url: "./docs.json", dom_id: "#swagger-ui"})</script>
</body>
</html>
"""


def build_openapi(spec: Mapping[str, Any], contract: Contract, version: str) -> dict[str, Any]:
    """BentoML's own description, completed by what it cannot know: GET /model, and how a bad request is answered."""
    found: dict[str, Any] = as_openapi(spec)
    found["info"] = {"title": f"{contract.target}: {contract.task}", "version": version}
    refused = {
        str(status): {"description": text, "content": {"application/json": {"schema": ERROR}}}
        for status, text in REFUSED.items()
    }
    predict = found["paths"]["/predict"]["post"]
    predict["responses"] = {"200": predict["responses"].get("200", predict["responses"].get(200)), **refused}
    content = {"application/json": {"schema": {"type": "object"}}}
    found["paths"]["/model"] = {
        "get": {
            "operationId": "model",
            "tags": predict["tags"],
            "description": "The model: version, hashes, contract, and the metrics of its evaluation.",
            "responses": {"200": {"description": "The model", "content": content}},
        }
    }
    return found


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
    found = {key: as_openapi(value) for key, value in schema.items() if key != "const"}
    for bound in ("Minimum", "Maximum"):
        if not isinstance(found.get(f"exclusive{bound}", True), bool):
            found[bound.lower()] = found[f"exclusive{bound}"]
            found[f"exclusive{bound}"] = True
    if "const" in schema:
        found["enum"] = [schema["const"]]
    if found.get("nullable") and "enum" in found:
        found["enum"] = [*found["enum"], None]
    return found
