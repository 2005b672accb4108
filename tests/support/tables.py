"""A made-up table of customers with its schema and parameters: the tests know nothing of the project's own data."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pa

from harness.core.contract import Contract
from harness.core.params import Params, TrainParams
from harness.data.roles import build_contract


class Customers(pa.DataFrameModel):
    customer: int = pa.Field(metadata={"role": "id"}, ge=1)
    churned: str = pa.Field(metadata={"role": "target"})
    plan: str = pa.Field(metadata={"role": ["categorical", "slice"]}, isin=["basic", "plus", "pro"])
    region: str = pa.Field(metadata={"role": "categorical"}, nullable=True)
    member: bool = pa.Field(metadata={"role": "categorical"})
    age: float = pa.Field(metadata={"role": "numeric"}, ge=0, le=120, nullable=True)
    visits: int = pa.Field(metadata={"role": "numeric"}, ge=0)


class Spenders(Customers):
    """The same customers with a number as their target."""

    churned: float = pa.Field(metadata={"role": "target"})  # type: ignore[assignment]


SCHEMA = Customers.to_schema()
CLASSES: dict[str, tuple[str, ...]] = {"binary": ("no", "yes"), "multiclass": ("maybe", "no", "yes"), "regression": ()}


def customers(rows: int = 400, seed: int = 0, task: str = "binary") -> pd.DataFrame:
    """Customers whose churn depends on plan, age and visits; ages and regions are missing here and there."""
    rng = np.random.default_rng(seed)
    plan, age, visits = rng.choice(["basic", "plus", "pro"], rows), rng.uniform(18, 90, rows), rng.poisson(5, rows)
    risk = (plan == "basic") * 1.5 - visits * 0.4 + age / 60 + rng.logistic(size=rows) * 0.5
    churned: Any = risk * 1000
    if task != "regression":
        edges = [-0.2] if task == "binary" else [-0.8, 0.4]
        churned = np.array(CLASSES[task])[np.digitize(risk, edges)]
    region = pd.Series(rng.choice(["north", "south", "NA", "007"], rows)).where(rng.random(rows) > 0.1)
    return pd.DataFrame(
        {
            "customer": np.arange(1, rows + 1),
            "churned": churned,
            "plan": plan,
            "region": region,
            "member": rng.random(rows) < 0.5,
            "age": pd.Series(age).where(rng.random(rows) > 0.1),
            "visits": visits,
            "name": [f"person {number}" for number in range(rows)],  # not declared: must not leave preprocess
        }
    )


def contract(task: str = "binary") -> Contract:
    """The contract of the customers for a task."""
    return replace(build_contract(SCHEMA, task), classes=CLASSES[task])  # type: ignore[arg-type]


def settings(task: str = "binary", **train: Any) -> dict[str, Any]:
    """params.yaml of the customers as a mapping; keywords change its train section."""
    regression = task == "regression"
    return {
        "data": {"path": "data/customers.csv"},
        "task": {"type": task, "positive": "yes" if task == "binary" else None},
        "preprocess": {"test_size": 0.25, "seed": 0, "test_from": "latest"},
        "train": {
            "estimator": "sklearn.linear_model.Ridge" if regression else "sklearn.linear_model.LogisticRegression",
            "params": {},
            "class_weight": "none",
            "random_state": 0,
            "cv": 3,
            "search": {"method": "none", "scoring": "r2" if regression else "roc_auc", "n_iter": 4, "space": {}},
            "threshold": {
                "method": "fixed",
                "value": 0.5,
                "metric": "balanced_accuracy",
                "cost": {"false_positive": 1, "false_negative": 1},
            },
            **train,
        },
        "evaluate": {
            "primary": {"binary": "roc_auc", "multiclass": "roc_auc_ovr", "regression": "rmse"}[task],
            "resamples": 200,
            "min_slice_rows": 10,
            "random_state": 0,
        },
        "gates": {"metrics": {}, "slices": {}},
    }


def train_params(task: str = "binary", **train: Any) -> TrainParams:
    """The checked train section."""
    return Params.model_validate(settings(task, **train)).train
