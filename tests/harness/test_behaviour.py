"""A behaviour test that shows nothing is an error: a typing error once switched such a test off, and it passed."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from harness.core.errors import ProjectError
from harness.inference.predictor import Predictor
from tests.support.behaviour import Behaviour, Change
from tests.support.tables import customers


@pytest.fixture(scope="module")
def asked(model: Path) -> Behaviour:
    rows = customers(60, seed=1)
    return Behaviour(Predictor(model), rows.set_axis(pd.RangeIndex(1, len(rows) + 1)))


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("Visits", 6, r"the model has no column 'Visits' \(did you mean visits\?\)"),
        ("nothing", 6, "the model has no column 'nothing'; it has plan, region, member, age, visits"),
        ("churned", "no", "the model does not see the column churned, so a change of it shows nothing"),
        ("plan", "gold", "plan must be one of basic, plus, pro, got 'gold': the service refuses such a row"),
        ("plan", None, "plan must be present: the service refuses such a row"),
        ("plan", 3, "plan must be UTF-8 text, got 3: the service"),
        ("member", 1, "member must be true or false, got 1: the service"),
        ("visits", -1, r"visits must be ≥ 0, got -1: the service"),
        ("visits", 1.5, r"visits must be a whole number, got 1\.5: the service"),
        ("visits", "6", "visits must be a whole number, got '6': the service"),
        ("visits", float("nan"), "visits must be present: the service"),
        ("age", float("inf"), "age must be a finite number, got inf: the service"),
        ("age", lambda age: age * 10, r"age must be ≤ 120, got [\d.]+: the service"),
        (
            "age",
            lambda age: age.where(age > 30, "old"),
            "age must be a finite number, got float and str together: ",
        ),
        ("age", lambda age: age, "age: the same in every test row, so the test shows nothing"),
        ("age", lambda _: None, "age must become one value, or .* in a list or column, got NoneType"),
        ("age", {"a": 1}, "age must become one value, .* got dict"),
        ("age", lambda age: age.head(3), "age must become one value, .* got Series"),
        ("age", lambda age: age + 1e-9, "age: the same in every test row"),
    ],
)
def test_a_change_that_can_show_nothing_is_an_error(asked: Behaviour, name: str, value: Change, message: str) -> None:
    for method in (asked.scores, asked.flipped):
        with pytest.raises(ProjectError, match=f"^{message}"):
            method(**{name: value})


def test_a_value_that_every_row_has_shows_nothing(asked: Behaviour) -> None:
    pro = Behaviour(asked.predictor, asked.rows.assign(plan="pro"))
    with pytest.raises(ProjectError, match=r"^plan: the same .*; scores\(\) gives the rows as they are"):
        pro.flipped(plan="pro")
    assert (pro.scores(plan="basic") > pro.scores()).mean() > 0.9


@pytest.mark.parametrize(
    "changes",
    [
        {"plan": "basic"},
        {"region": "elsewhere"},
        {"region": None},
        {"region": float("nan")},
        {"member": True},
        {"age": float("nan")},
        {"age": None},
        {"age": pd.NA},
        {"age": 40},
        {"age": lambda age: (age * 1.5).clip(0, 120)},
        {"visits": lambda visits: visits + 3},
        {"visits": 6, "plan": lambda plan: plan.replace("pro", "plus")},
    ],
)
def test_what_the_service_takes_is_scored(asked: Behaviour, changes: dict[str, Any]) -> None:
    assert np.isfinite(asked.scores(**changes)).all()
    assert 0 <= asked.flipped(**changes) <= 1


def test_the_name_in_the_data_counts(asked: Behaviour, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src/schema.py").write_text('class Schema:\n    years: float = pa.Field(alias="age")\n')
    monkeypatch.chdir(tmp_path)
    meant = r"\(src/schema\.py calls it so, and the data 'age': the name in the data counts\)"
    with pytest.raises(ProjectError, match=rf"^the model has no column 'years' {meant}"):
        asked.scores(years=40)
