"""Model files of the made-up customers, and of customers with dates."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pandas as pd

from harness.core.contract import Contract, Feature
from harness.core.prepared import feature_columns, target_values
from harness.inference.model_file import graph_hash
from harness.model.export import check_convertible, export
from harness.model.own_estimator import own_estimator
from harness.model.parity import Parity
from harness.model.pipeline import to_frame
from harness.model.tuning import train_pipeline
from tests.support.tables import contract, customers, train_params

MODEL_METRICS = {"test": {"roc_auc": 0.75}}  # beside the model file of the fixture
POSITIVE = {"GammaRegressor", "PoissonRegressor"}  # take no target below 0
SINCE = Feature("since", "date", "numeric", nullable=True)


def exported(path: Path, task: str = "binary", **settings: Any) -> Parity:
    """Train on 300 customers and write the model file."""
    frame = customers(300, task=task)
    columns, y = feature_columns(frame, contract(task)), target_values(frame, contract(task))
    if settings.get("estimator", "").rpartition(".")[2] in POSITIVE:
        y = y - y.min() + 1
    training = train_pipeline(
        to_frame(columns, contract(task)), y, contract(task), train_params(task, **settings), None
    )
    return export(training, contract(task), {"data": "d", "params": "p", "lock": "l"}, columns, y, path)


def exported_own(path: Path, task: str, estimator: Any, positive: bool = False, **settings: Any) -> Parity:
    """Train an estimator that src/model.py may return, and write the model file."""
    frame, made = customers(300, task=task), contract(task)
    columns, y = feature_columns(frame, made), target_values(frame, made)
    y = y - y.min() + 1 if positive else y
    given = own_estimator(lambda *_: estimator, made, train_params(task))
    check_convertible(given, made)
    training = train_pipeline(to_frame(columns, made), y, made, train_params(task, **settings), None, given)
    return export(training, made, {}, columns, y, path)


def dated(task: str = "binary") -> Contract:
    """The customers' contract with two dates more."""
    made = contract(task)
    return replace(made, features=(*made.features, SINCE, replace(SINCE, name="born", nullable=False)))


def members(rows: int = 300, task: str = "binary") -> pd.DataFrame:
    """Customers with a date from 1700 to 2200, missing here and there, and one around 1970, with a time of day."""
    rng = np.random.default_rng(0)
    since = pd.Series(np.datetime64("1700-01-01", "s") + rng.integers(0, 183_000, rows).astype("m8[D]"))
    born = pd.Series(np.datetime64("1968-02-28T13:00:00", "s") + rng.integers(0, 900, rows).astype("m8[D]"))
    return customers(rows, task=task).assign(since=since.where(rng.random(rows) > 0.2), born=born)


def exported_with_dates(path: Path, task: str = "binary", estimator: str = "linear_model.LogisticRegression") -> Parity:
    """Train on 300 customers with dates and write the model file."""
    made, frame = dated(task), members(task=task)
    columns, y = feature_columns(frame, made), target_values(frame, made)
    params = train_params(task, estimator=f"sklearn.{estimator}")
    return export(train_pipeline(to_frame(columns, made), y, made, params, None), made, {}, columns, y, path)


def tampered(model: Path, path: Path) -> Path:
    """A model whose golden answers and graph agree with each other, and not with what was measured."""
    made = onnx.load_model_from_string(model.read_bytes())
    metadata = {entry.key: entry for entry in made.metadata_props}
    golden = json.loads(metadata["golden"].value)
    golden["tolerance"] = 1.0  # it finds nothing wrong with itself
    metadata["golden"].value = json.dumps(golden)
    (tree,) = [node for node in made.graph.node if "TreeEnsemble" in node.op_type or node.op_type == "LinearClassifier"]
    for attribute in tree.attribute:
        if attribute.name in {"class_weights", "target_weights", "nodes_values", "coefficients"}:
            attribute.floats[:] = [2 * value for value in attribute.floats]
    metadata["graph"].value = graph_hash(made.SerializeToString())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(made.SerializeToString())
    path.with_name("metrics.json").write_text(model.with_name("metrics.json").read_text())
    return path
