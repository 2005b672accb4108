"""Does the ONNX file answer as training does on every generated row? Asked of every estimator that can be exported.

Fitted on few rows (some need hours on many), compared on all. Boosters are asked where they are installed.
"""

import argparse
import re
import tempfile
import warnings
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter

import numpy as np
from sklearn.utils import all_estimators

from bench.generate import CONTRACT, build_table
from bench.models import ESTIMATORS, train_params
from harness.core.errors import ProjectError
from harness.core.prepared import feature_columns, target_values
from harness.inference.predictor import Predictor
from harness.model.boosters import READERS
from harness.model.export import convertible, export
from harness.model.parity import flipped, sklearn_scores, tables
from harness.model.pipeline import Training, to_frame
from harness.model.tuning import train_pipeline

LIMIT = 1e-6
NAMES_OF_BOOSTERS = ("lightgbm.LGBMClassifier", "xgboost.XGBClassifier", "catboost.CatBoostClassifier")
SETTINGS: dict[str, dict[str, object]] = {
    "QuadraticDiscriminantAnalysis": {"reg_param": 0.1},  # without it one-hot columns make it singular
    "RandomForestClassifier": {"n_estimators": 500, "max_depth": 12},
    **{path.rpartition(".")[2]: params for path, params in ESTIMATORS.items() if "Forest" not in path},
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench parity", description=__doc__)
    parser.add_argument("--rows", type=int, default=300_000, help="rows compared (300000)")
    parser.add_argument("--fit", type=int, default=4_000, help="rows trained on (4000)")
    parser.add_argument("--only", default="", help="a pattern of the estimators' names (all)")
    parser.add_argument("--calibration", default="none", help="none, sigmoid or isotonic, of each (none)")
    options = parser.parse_args()
    table = build_table(options.rows)
    X, y = feature_columns(table, CONTRACT), target_values(table, CONTRACT)
    some = {name: values[: options.fit] for name, values in X.items()}
    print(f"target: no flipped label, largest |Δp| ≤ {LIMIT:g}, on all rows and the probes")
    print(f"  {'estimator':32}{'fit s':>7}{'compared s':>12}{'rows':>9}{'largest |Δp|':>14}{'flips':>7}")
    for path in _paths():
        name = path.rpartition(".")[2]
        if not re.search(options.only, name):
            continue
        start = perf_counter()
        shown = f"  {name:32}"
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                chosen = train_params(path, SETTINGS.get(name, {}))
                params = chosen.model_copy(update={"calibration": options.calibration})
                training = train_pipeline(to_frame(some, CONTRACT), y[: options.fit], CONTRACT, params)
                fitted = perf_counter()
                rows, largest, flips = _compared(training, some, X, y)
        except ProjectError as error:
            print(f"{shown}   MISSED: {error}", flush=True)
            continue
        took = f"{fitted - start:7.1f}{perf_counter() - fitted:12.1f}"
        met = "met" if largest <= LIMIT and not flips else "MISSED"
        print(f"{shown}{took}{rows:>9}{largest:14.1e}{flips:>7}   {met}", flush=True)


def _paths() -> Iterator[str]:
    found = {name: kind.__module__ for name, kind in all_estimators()}
    yield from (f"{found[name]}.{name}" for name in convertible(CONTRACT) if name in found)
    for path in NAMES_OF_BOOSTERS:
        if find_spec(path.partition(".")[0]):
            yield path
        else:
            print(f"  {path:32}   not installed: make setup WITH=boosters")
    assert len(NAMES_OF_BOOSTERS) == len(READERS)


def _compared(
    training: Training, some: dict[str, np.ndarray], X: dict[str, np.ndarray], y: np.ndarray
) -> tuple[int, float, int]:
    """Rows compared, the largest difference of a probability, and how many labels are others."""
    rows, largest, flips = 0, 0.0, 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        export(training, CONTRACT, {}, some, y, path)
        predictor = Predictor(path)
        for _, columns in tables(X, CONTRACT):
            found, expected = predictor.scores(columns), sklearn_scores(training, columns, CONTRACT)
            largest = max(largest, float(np.abs(found - expected).max()))
            flips += int(flipped(found, expected, training).sum())
            rows += len(found)
    return rows, largest, flips


if __name__ == "__main__":
    main()
