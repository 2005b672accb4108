"""scikit-learn's bundled tables, one for each task, through the real pipeline in a clone."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine

from harness.adopt.dvc_plots import with_plots
from tests.support.clone import Clone
from tests.support.tables import settings

# Loader, task, estimator, and a metric with the least that a fair model reaches on a test of a quarter of the rows.
TABLES = [
    (load_breast_cancer, "binary", "sklearn.linear_model.LogisticRegression", "roc_auc", 0.97),
    (load_wine, "multiclass", "sklearn.ensemble.RandomForestClassifier", "roc_auc_ovr", 0.97),
    (load_diabetes, "regression", "sklearn.linear_model.Ridge", "r2", 0.3),
]


def write_project(folder: Path, frame: pd.DataFrame, task: str, estimator: str) -> None:
    """The table as data, its schema (every column a number) and its parameters in the place of the clone's own."""
    columns = [f"    {name}: float = pa.Field(metadata={{'role': 'numeric'}}, nullable=True)" for name in frame.columns]
    columns[0] = "    row: int = pa.Field(metadata={'role': 'id'})"
    columns[-1] = f"    target: {'float' if task == 'regression' else 'int'} = pa.Field(metadata={{'role': 'target'}})"
    lines = [
        '"""Every column is a number."""',
        "import pandera.pandas as pa",
        "class Schema(pa.DataFrameModel):",
        *columns,
    ]
    (folder / "src/schema.py").write_text("\n".join(lines) + "\n")
    (folder / "src/features.py").write_text("def features(xp, row):\n    return {}\n")
    params = settings(task, estimator=estimator)
    params["data"]["path"] = "data/table.csv"
    params["task"]["positive"] = 1 if task == "binary" else None
    (folder / "params.yaml").write_text(yaml.safe_dump(params))
    (folder / "dvc.yaml").write_text(with_plots((folder / "dvc.yaml").read_text("utf-8"), task), "utf-8")
    for old in (folder / "data").glob("*"):
        old.unlink()
    frame.to_csv(folder / "data/table.csv", index=False)


def table(loader: Any) -> pd.DataFrame:
    frame: pd.DataFrame = loader(as_frame=True).frame
    frame.columns = [*(f"x{number}" for number in range(frame.shape[1] - 1)), "target"]
    frame.loc[frame.index % 7 == 0, "x1"] = None
    return frame.rename_axis("row").reset_index()


@pytest.mark.parametrize(
    ("loader", "task", "estimator", "metric", "least"), TABLES, ids=[task for _, task, *_ in TABLES]
)
def test_a_bundled_table_becomes_an_evaluated_model(
    clone: Clone, loader: Any, task: str, estimator: str, metric: str, least: float
) -> None:
    (clone.folder / "data").mkdir()
    frame = table(loader)
    write_project(clone.folder, frame, task, estimator)
    clone.run("dvc", "add", "--quiet", "data")
    clone.run("dvc", "repro")
    metrics = json.loads((clone.folder / "artifacts/evaluation/metrics.json").read_text())
    assert metrics["test"][metric] > least
    assert metrics["rows"] == len(pd.read_parquet(clone.folder / "artifacts/evaluation/predictions.parquet"))
    drawn = clone.run("dvc", "plots", "show", "--out", str(clone.folder / "plots"))
    assert "failed to load" not in drawn.stdout + drawn.stderr
    shown = json.loads(clone.run("dvc", "metrics", "show", "--json").stdout)
    assert metric in json.dumps(shown)
