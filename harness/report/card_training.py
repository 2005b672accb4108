"""The card's sections on how the model was made: parameters, packages, hashes."""

import re
from collections.abc import Iterator, Mapping

from harness.core.paths import pipeline_lock
from harness.report.card import MOST_TABLE_ROWS, CardFiles, CardSection

PACKAGES = ("scikit-learn", "skl2onnx", "onnx", "onnxruntime", "ndonnx", "numpy", "pandas", "protobuf")
OPTIONAL_PACKAGES = ("lightgbm", "xgboost", "xgboost-cpu", "catboost", "onnxmltools", "dask", "distributed")
LOCKED_VERSION = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)
UNUSED = {"search": ("method", "none"), "threshold": ("method", "fixed")}  # what else is in them is not in force


def training_section(files: CardFiles) -> CardSection:
    """The parameters in force, and what a search chose."""
    params = files.params.train.model_dump(mode="json")
    for key, (kind, off) in UNUSED.items():
        if params[key][kind] == off:
            params[key] = {name: value for name, value in params[key].items() if name in {kind, "value"}}
    rows = [[key, value] for key, value in flat_values(params)]
    for name in ("chosen", "cross_validated", "distributed"):
        rows += [[f"{name}: {key}", value] for key, value in flat_values(files.training.get(name) or {})]
    text = ["params.yaml, section train; what a search chose takes the place of the values above it."]
    if files.training.get("distributed"):
        text.append("The workers of a cluster trained it: again, it is equal within the intervals, not to the byte.")
    return CardSection(title="Training", text=text, header=["parameter", "value"], rows=rows[:MOST_TABLE_ROWS])


def environment_section(files: CardFiles) -> CardSection:
    """Packages as locked, and the hashes that say what exactly this card is about."""
    lock = files.folder / pipeline_lock()
    found = dict(LOCKED_VERSION.findall(lock.read_text("utf-8"))) if lock.exists() else {}
    rows = [[name, found[name]] for name in (*PACKAGES, *OPTIONAL_PACKAGES) if name in found]
    rows += [
        ["version of the model", files.model.version],
        ["model.onnx, SHA-256", files.model.sha256],
        ["metrics.json, SHA-256", files.metrics_hash],
    ]
    rows += [[f"{name}, SHA-256", value] for name, value in sorted(files.model.hashes.items()) if name != "data"]
    return CardSection(title="Environment", header=["", ""], rows=rows)


def flat_values(value: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Dotted key and value of each leaf of nested mappings."""
    for key, item in value.items():
        if isinstance(item, Mapping) and item:
            yield from flat_values(item, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}"[:2000], ("none" if item is None or item == {} else str(item))[:2000]
