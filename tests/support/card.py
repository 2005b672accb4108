"""A project folder with all that a model card is made of, written without training anything twice."""

import json
import shutil
from pathlib import Path

import yaml

from harness.core.metrics_file import (
    CalibrationBin,
    FeatureImportance,
    MetricInterval,
    ModelMetrics,
    SliceGap,
    SliceMetrics,
    write_metrics_file,
)
from harness.core.paths import METRICS_PATH, MODEL_PATH, PREPARED, REFERENCE_PATH, TRAINING_PATH
from harness.evaluate.build_reference import build_reference, write_reference
from harness.inference.predictor import Predictor
from tests.support.constants import ROOT
from tests.support.tables import contract, customers


def gap(low: float | None, high: float | None, reason: str = "") -> SliceGap:
    return SliceGap(metric="roc_auc", rest=0.9, gap=-0.1, low=low, high=high, reason=reason)


SLICES = [
    SliceMetrics(
        column="plan",
        value="basic",
        rows=150,
        test={"roc_auc": 0.8},
        gap=gap(-0.15, -0.05),
    ),
    SliceMetrics(
        column="plan",
        value="pro",
        rows=120,
        test={"roc_auc": 0.8},
        gap=gap(-0.15, 0.05),
    ),
    SliceMetrics(
        column="plan",
        value=None,
        rows=40,
        test={"roc_auc": 0.8},
        gap=gap(None, None, "40 rows, 100 are needed for an interval"),
    ),
    SliceMetrics(column="plan", value="@team", rows=3, not_evaluable="3 rows, 30 are needed"),
]


def card_project(folder: Path, model: Path) -> Path:
    """Write the files into a folder; the folder. `model` is a model file of the made-up customers."""
    for path in (MODEL_PATH, METRICS_PATH, PREPARED / "x", Path("src/x"), Path("docs/x"), Path("requirements/x")):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(model, folder / MODEL_PATH)
    params = yaml.safe_load((ROOT / "params.yaml").read_text("utf-8"))
    params["data"]["path"] = "data/customers.csv"
    (folder / "params.yaml").write_text(yaml.safe_dump(params), "utf-8")
    metrics = ModelMetrics(
        test={"roc_auc": 0.85, "brier": 0.1},
        rows=310,
        intervals=[MetricInterval(metric="roc_auc", low=0.8, high=0.9)],
        slices=SLICES,
        calibration=[CalibrationBin(predicted=0.2, observed=0.25, rows=31)],
        importance=[FeatureImportance(feature="age", mean=0.1, standard_deviation=0.01)],
    )
    write_metrics_file(folder / METRICS_PATH, metrics)
    rows, predictor = customers(300), Predictor(model)
    write_reference(build_reference(rows, predictor, contract("binary")), folder / REFERENCE_PATH)
    counted = {"duplicates_dropped": 2, "train_rows": 240, "test_rows": 60, "split": "by a hash of id"}
    profile = {"rows": 300, "columns": {}, "data_sha256": "d" * 64, **counted}
    (folder / PREPARED / "profile.json").write_text(json.dumps(profile))
    (folder / TRAINING_PATH).write_text(json.dumps({"threshold": 0.5, "chosen": {"max_iter": 7}}))
    return folder
