"""One row that the service takes, as typical as the data allows, and the command that sends it."""

import json
import shlex
from collections.abc import Mapping
from typing import Any

from harness.core.contract import FEW_ROWS, Contract, Feature, as_text
from harness.model.golden_rows import golden_rows


def example_row(contract: Contract, profile: Mapping[str, Any]) -> dict[str, object]:
    """Medians and most frequent categories; `profile` is the content of artifacts/prepared/profile.json."""
    fallback = golden_rows(contract)[1]
    return {f.name: _value(f, profile["columns"][f.name], fallback[f.name]) for f in contract.features}


def curl_line(row: Mapping[str, object], address: str) -> str:
    """The command, quoted for a shell."""
    body = json.dumps({"rows": [row]}, ensure_ascii=False)
    shown = "".join(letter if letter.isprintable() else json.dumps(letter)[1:-1] for letter in body)
    return f"curl {address} -H 'Content-Type: application/json' -d {shlex.quote(shown)}"


def _value(feature: Feature, found: Mapping[str, Any], fallback: object) -> object:
    if "quantiles" in found:
        median = found["quantiles"]["0.5"]
        if feature.type in {"date", "time"}:
            return median
        return round(median) if feature.type == "integer" else float(f"{median:.4g}")
    text, rows = next(iter(found.get("counts", {}).items()), ("", 0))
    is_open = feature.isin is None and feature.type == "string" and not feature.rare
    if not rows or (is_open and rows < FEW_ROWS):  # README shows the row: no person may stand there
        return fallback
    allowed = feature.isin or ((True, False) if feature.type == "boolean" else ())
    read = {"integer": int, "number": float}.get(feature.type, str)
    return next((value for value in allowed if as_text(value) == text), read(text))
