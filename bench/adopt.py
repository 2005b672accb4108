"""What `make adopt` chooses against plain HistGradientBoosting, on tables that packages ship (FOLDER: unpacked wheels).

Both learn from the same rows and are scored on the same others: ROC AUC (of several classes one against the rest), R².
"""

import argparse
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn import datasets
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.metrics import r2_score, roc_auc_score
from sklearn.model_selection import train_test_split

from harness.adopt.defaults import boosting
from harness.adopt.infer import infer
from harness.adopt.plan import Plan, Wishes
from harness.core.errors import ProjectError
from harness.tables.detect_format import convert
from harness.tables.source import sniff
from harness.tables.staging import Staged, stage

BUNDLED = {"breast_cancer": "target", "wine": "target", "digits": "target", "iris": "target", "diabetes": "target"}
SHIPPED = {  # path below the folder → target
    "MASS/Boston.csv": "medv", "MASS/birthwt.csv": "low", "MASS/Cars93.csv": "Price", "MASS/Pima.tr.csv": "type",
    "Ecdat/Housing.csv": "price", "Ecdat/Wages1.csv": "wage", "Ecdat/Fair.csv": "nbaffairs", "Ecdat/OFP.csv": "ofp",
    "Ecdat/Males.csv": "wage", "Ecdat/Star.csv": "tmathssk", "Ecdat/HI.csv": "whrswk", "Ecdat/Schooling.csv": "wage76",
    "Ecdat/BudgetFood.csv": "wfood", "Ecdat/Benefits.csv": "ui", "Ecdat/MedExp.csv": "med",
    "car/Vocab.csv": "vocabulary",
    "robustbase/NOxEmissions.csv": "LNOx", "COUNT/rwm.csv": "docvis", "survival/flchain.csv": "death",
    "lme4/InstEval.csv": "y", "ggplot2/diamonds.csv": "price", "ggplot2/movies.csv": "rating",
}  # fmt: skip
ALLOWED = {"regression": 0.01}  # below plain boosting; of classes 0.005


@dataclass(frozen=True)
class Score:
    """One table: rows, and how well each of the two does."""

    name: str
    rows: int
    task: str
    ours: float
    plain: float

    @property
    def holds(self) -> bool:
        return self.ours >= self.plain - ALLOWED.get(self.task, 0.005)


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench adopt", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", help="holds unpacked packages with tables (pydataset, …)")
    parser.add_argument("--rows", type=int, default=60_000, help="of a table, at most (60,000)")
    arguments = parser.parse_args()
    print(f"{'table':28} {'rows':>7} {'task':11} {'ours':>7} {'plain':>7}  change")
    scores = []
    for name, frame, target in _tables(arguments.folder):
        try:
            score = _compare(name, frame.sample(min(len(frame), arguments.rows), random_state=0), target)
        except ProjectError as error:
            print(f"{name:28} {len(frame):7,} refused: {str(error)[:80]}", flush=True)
            continue
        scores.append(score)
        sign = "" if score.holds else "  BELOW"
        change = score.ours - score.plain
        row = f"{name:28} {score.rows:7,} {score.task:11} {score.ours:7.4f} {score.plain:7.4f} {change:+.4f}{sign}"
        print(row, flush=True)
    mean = float(np.mean([score.ours - score.plain for score in scores]))
    print(f"{len(scores)} tables, mean change {mean:+.4f}, below what is allowed: {sum(not s.holds for s in scores)}")


def _tables(folder: Path | None) -> Iterator[tuple[str, pd.DataFrame, str]]:
    for name, target in BUNDLED.items():
        yield name, getattr(datasets, f"load_{name}")(as_frame=True).frame, target
    for name, target in SHIPPED.items():
        found = sorted(folder.rglob(f"*/{name}")) if folder else []
        if found:
            yield name, pd.read_csv(found[0], low_memory=False).iloc[:, 1:], target  # without R's numbers of the rows


def _compare(name: str, frame: pd.DataFrame, target: str) -> Score:
    with tempfile.TemporaryDirectory() as made, redirect_stdout(StringIO()):
        path = Path(made) / "table.csv"
        frame.to_csv(path, index=False)
        source = sniff(path)
        stage(source, path.with_suffix(".staged"))
        table = Staged(path.with_suffix(".staged"), source.header, source.delimiter)
        plan = infer(table, Wishes(target))
        read = {
            c.name: convert(table.column(c.name), c.form).to_pandas() for c in plan.columns if c.name in table.names
        }
    features = [c.name for c in plan.columns if {"numeric", "categorical"} & set(c.roles)]
    X = np.column_stack([_numbers(read[feature]) for feature in features])
    y = read[target].to_numpy() if plan.task == "regression" else pd.factorize(read[target], sort=True)[0]
    ours = {**boosting(len(X)), "l2_regularization": 1.0, **({"loss": "absolute_error"} if plan.outliers else {})}
    return Score(name, len(X), plan.task, _score(X, y, plan, ours), _score(X, y, plan, {}))


def _score(X: NDArray[np.float64], y: NDArray[np.generic], plan: Plan, settings: Mapping[str, object]) -> float:
    stratify = None if plan.task == "regression" else y
    train, test, known, wanted = train_test_split(X, y, test_size=0.25, random_state=0, stratify=stratify)
    if plan.task == "regression":
        model = HistGradientBoostingRegressor(random_state=0, **settings).fit(train, known)
        return float(r2_score(wanted, model.predict(test)))
    model = HistGradientBoostingClassifier(random_state=0, **settings).fit(train, known)
    shares = model.predict_proba(test)
    return float(roc_auc_score(wanted, shares[:, 1] if shares.shape[1] == 2 else shares, multi_class="ovr"))


def _numbers(values: "pd.Series[float]") -> NDArray[np.float64]:
    if values.dtype.kind == "M":
        return values.to_numpy().astype(np.float64)
    numeric = pd.api.types.is_numeric_dtype(values)
    return np.asarray(values if numeric else pd.factorize(values, sort=True)[0], dtype=np.float64)


if __name__ == "__main__":
    main()
