"""What people write by hand with pandas and scikit-learn: `python -m bench.plain STAGE` in a generated project."""

import sys
from hashlib import blake2b
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from bench.generate import COLUMNS, DATA

FOLDER = Path("plain")


def preprocess() -> None:
    """Read, check what has limits, drop duplicates, split by a hash, describe, write."""
    table = pd.read_parquet(DATA).drop_duplicates()
    for column in COLUMNS:
        if column.values:
            assert table[column.name].dropna().isin(column.values).all()
    share = [int.from_bytes(blake2b(str(one).encode(), digest_size=8).digest()) / 2**64 for one in table["id"]]
    in_test = np.array(share) < 0.2
    table.describe(include="all").to_json(FOLDER / "profile.json")
    table[~in_test].to_parquet(FOLDER / "train.parquet", index=False)
    table[in_test].to_parquet(FOLDER / "test.parquet", index=False)


def train() -> None:
    """One-hot columns and a boosting, pickled."""
    table = pd.read_parquet(FOLDER / "train.parquet")
    names = [column.name for column in COLUMNS if column.values or column.type == "boolean"]
    encoded = ColumnTransformer(
        [("one", OneHotEncoder(handle_unknown="ignore", sparse_output=False, dtype=np.float32), names)],
        remainder="passthrough",
    )
    numbers = {column.name: "float32" for column in COLUMNS if column.name not in names}
    X = table.drop(columns=["id", "target"]).astype(numbers).astype(dict.fromkeys(names, str))
    joblib.dump(make_pipeline(encoded, HistGradientBoostingClassifier()).fit(X, table["target"]), FOLDER / "model")


def evaluate() -> None:
    """The probabilities and four metrics, without intervals."""
    table = pd.read_parquet(FOLDER / "test.parquet")
    names = [column.name for column in COLUMNS if column.values or column.type == "boolean"]
    numbers = {column.name: "float32" for column in COLUMNS if column.name not in names}
    X = table.drop(columns=["id", "target"]).astype(numbers).astype(dict.fromkeys(names, str))
    chance = joblib.load(FOLDER / "model").predict_proba(X)[:, 1]
    for metric in (roc_auc_score, average_precision_score, log_loss, brier_score_loss):
        print(metric.__name__, metric(table["target"], chance))


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    {"preprocess": preprocess, "train": train, "evaluate": evaluate}[sys.argv[1]]()
