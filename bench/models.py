"""Models and rows to score: `python -m bench.models ROWS FOLDER` writes both, in a process of its own."""

import argparse
from pathlib import Path

import joblib

from bench.generate import CONTRACT, build_table
from bench.measure import ROOT
from harness.core.params import TrainParams, load_params
from harness.core.prepared import feature_columns, target_values
from harness.evaluate.build_reference import build_reference, write_reference
from harness.inference.predictor import Predictor
from harness.model.export import export
from harness.model.pipeline import to_frame
from harness.model.tuning import train_pipeline

ROWS = 20_000
LINEAR = "sklearn.linear_model.LogisticRegression"
BOOSTING = "sklearn.ensemble.HistGradientBoostingClassifier"
ESTIMATORS: dict[str, dict[str, object]] = {
    LINEAR: {"max_iter": 500},
    "sklearn.ensemble.RandomForestClassifier": {"n_estimators": 50, "max_depth": 10, "n_jobs": -1},
    BOOSTING: {},
}


def train_params(estimator: str, params: dict[str, object]) -> TrainParams:
    """Those of params.yaml, with no search, no weights and the threshold 0.5."""
    train = load_params(ROOT / "params.yaml").train
    update = {
        "estimator": estimator,
        "params": params,
        "class_weight": "none",
        "search": train.search.model_copy(update={"method": "none"}),
        "threshold": train.threshold.model_copy(update={"method": "fixed", "value": 0.5}),
    }
    return train.model_copy(update=update)


def write_models(folder: Path) -> None:
    """Train and export; the fitted pipelines go beside the model files, as those who use joblib keep them."""
    table = build_table(ROWS)
    X, y = feature_columns(table, CONTRACT), target_values(table, CONTRACT)
    for name, estimator in (("linear", LINEAR), ("boosting", BOOSTING)):
        params = train_params(estimator, ESTIMATORS[estimator])
        training = train_pipeline(to_frame(X, CONTRACT), y, CONTRACT, params, None)
        export(training, CONTRACT, {}, X, y, folder / f"{name}.onnx")
        joblib.dump(training.pipeline, folder / f"{name}.joblib")
    reference = build_reference(table, Predictor(folder / "boosting.onnx"), CONTRACT)
    write_reference(reference, folder / "reference.json")  # with which the service counts drift


def write_rows(rows: int, folder: Path) -> None:
    """all.csv, all.parquet and the first row of each as one.csv, one.parquet; no target."""
    table = build_table(rows, seed=1).drop(columns=CONTRACT.target)
    for name, part in (("all", table), ("one", table.head(1))):
        part.to_parquet(folder / f"{name}.parquet", index=False)
        part.to_csv(folder / f"{name}.csv", index=False)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.models", description=__doc__)
    parser.add_argument("rows", type=int)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    write_models(arguments.folder)
    write_rows(arguments.rows, arguments.folder)
