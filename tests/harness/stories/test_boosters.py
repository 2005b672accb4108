"""A team that wants LightGBM: one command, one edit, and the model file answers; the service needs nothing new."""

from typing import Any

import pandas as pd

from tests.support.clone import Clone


def test_a_team_switches_to_lightgbm(clone: Clone) -> None:
    (clone.folder / ".venv").unlink(missing_ok=True)  # lent by the tests: this story builds its own
    clone.run("make", "setup", "WITH=boosters")
    assert 'optional-groups = ["boosters"]' in (clone.folder / "pyproject.toml").read_text()

    def change(params: dict[str, Any]) -> None:
        params["train"].update(estimator="lightgbm.LGBMClassifier", params={"n_estimators": 50})

    clone.edit_params(change)
    clone.run("make", "pipeline")
    clone.run("make", "predict", "IN=data/titanic.csv", "OUT=scores.csv")
    assert pd.read_csv(clone.folder / "scores.csv")["probability_1"].between(0, 1).all()
