"""Does the ONNX file answer as scikit-learn does on every one of 300,000 generated rows? Three estimators are asked."""

import argparse
import tempfile
from pathlib import Path
from time import perf_counter

from bench.generate import CONTRACT, build_table
from bench.models import ESTIMATORS, train_params
from harness.core.errors import ProjectError
from harness.core.prepared import feature_columns, target_values
from harness.model.export import export
from harness.model.pipeline import to_frame
from harness.model.tuning import train_pipeline


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench parity", description=__doc__)
    parser.add_argument("--rows", type=int, default=300_000, help="rows trained on and compared (300000)")
    rows = parser.parse_args().rows
    table = build_table(rows)
    X, y = feature_columns(table, CONTRACT), target_values(table, CONTRACT)
    print("rows compared: the generated ones and the probes; target: largest |Δp| ≤ 1e-6 and no flipped label")
    print(f"  {'estimator':32}{'fit s':>7}{'export s':>10}{'rows':>9}{'largest |Δp|':>14}{'flipped':>9}")
    for estimator, params in ESTIMATORS.items():
        start = perf_counter()
        training = train_pipeline(to_frame(X, CONTRACT), y, CONTRACT, train_params(estimator, params), None)
        fitted = perf_counter()
        shown = f"  {estimator.rpartition('.')[2]:32}{fitted - start:7.1f}"
        try:
            with tempfile.TemporaryDirectory() as folder:
                parity = export(training, CONTRACT, {}, X, y, Path(folder) / "model.onnx")
        except ProjectError as error:
            print(f"{shown}   MISSED: {error}", flush=True)
            continue
        # Export raises at the first label that differs.
        figures = f"{parity.rows:>9}{parity.difference:14.1e}{0:>9}"
        print(f"{shown}{perf_counter() - fitted:10.1f}{figures}   met", flush=True)


if __name__ == "__main__":
    main()
