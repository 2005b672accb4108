"""src/features.py: the same function on numpy and inside the model file; what it may not be is said with its line."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from harness.core.contract import Contract, Feature, Role
from harness.core.errors import ProjectError
from harness.core.prepared import Prepared, feature_columns
from harness.evaluate.derived import OpenedModel
from harness.inference.predictor import Predictor, encode, to_columns
from harness.model.features import derive
from harness.model.trace import FeatureGraph
from tests.support.project import Project
from tests.support.tables import contract, customers

Function = Callable[[Any, Any], Any]


def dated() -> Contract:
    known = contract()
    return replace(known, features=(*known.features, Feature("since", "date", "numeric", nullable=True)))


ROWS: list[dict[str, Any]] = [
    {"plan": "pro", "region": "Übersee", "member": True, "age": 30.0, "visits": 4, "since": "2024-02-29"},
    {"plan": "basic", "region": None, "member": False, "age": None, "visits": 0, "since": None},
    {"plan": "plus", "region": "007", "member": None, "age": 17.5, "visits": 9, "since": "1969-12-31"},
]
COLUMNS = to_columns(ROWS, dated())
ONE_ROW = "a feature sees one row alone, as the service does: write a mean, .* as a number"
FIRST = np.datetime64("2024-01-01", "s")


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda xp, row: row["visits"] / (row["age"] + 1), [4 / 31, np.nan, 9 / 18.5]),
        (lambda xp, row: xp.log1p(row["visits"]), np.log1p([4.0, 0.0, 9.0])),
        (lambda xp, row: row["age"] < 18, [0, 0, 1]),  # no comparison with a missing value is true …
        (lambda xp, row: row["age"] != 30, [0, 1, 1]),  # … but "is not"
        (lambda xp, row: xp.where(xp.isnan(row["age"]), 1, 0), [0, 1, 0]),
        (lambda xp, row: row["plan"] == "pro", [1, 0, 0]),
        (lambda xp, row: (row["region"] == "Übersee") | (row["member"] == "true"), [1, 0, 0]),
        (lambda xp, row: row["since"] - xp.asarray(FIRST), [59, np.nan, -19724]),
        (lambda xp, row: row["since"] > xp.asarray(FIRST), [1, 0, 0]),
        (lambda xp, row: row["since"] > FIRST, [1, 0, 0]),
        (lambda xp, row: xp.astype(row["visits"], xp.int64) % 3, [1, 0, 0]),
        (lambda xp, row: row["plan"] + "/" + row["region"], ["pro/Übersee", "basic/", "plus/007"]),
        (lambda xp, row: xp.where(row["plan"] == "pro", "dear", row["region"]), ["dear", "", "007"]),
    ],
)
def test_numpy_and_the_model_file_agree(make: Function, expected: Any) -> None:
    def features(xp: Any, row: Any) -> Any:
        return {"new": make(xp, row)}

    here = derive(features, COLUMNS, dated())["new"]
    kind: Role = "categorical" if here.dtype.kind == "O" else "numeric"
    known = replace(dated(), derived=(Feature("new", "string" if kind == "categorical" else "number", kind, True),))
    graph = FeatureGraph(features, known)
    graph.check(COLUMNS)
    found = graph.derive(COLUMNS)["new"]
    if kind == "categorical":
        assert found.tolist() == here.tolist() == expected
    else:
        np.testing.assert_allclose(here.astype(np.float32), np.asarray(expected, dtype=np.float32), rtol=1e-6)
        np.testing.assert_array_equal(found, here) if "log" not in str(make.__code__.co_names) else None


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda xp, row: row["fare"] + 1, "no feature column 'fare'; there are age, visits"),
        (
            lambda xp, row: row["Visit"] + 1,
            r"no feature column 'Visit' \(did you mean visits\?\); there are age, visits",
        ),
        (lambda xp, row: row.hour("Since"), r"no feature column 'Since' with a time of day; there are none"),
        (lambda xp, row: row["age"].fillna(0), r"a column has no \.fillna; use \+ - "),
        (
            lambda xp, row: 1 if row["age"] > 3 else 0,
            "if, and, or, not, float.. and int.. cannot look at a whole column",
        ),
        (lambda xp, row: int(row["age"]), "if, and, or, not, float.. and int.. cannot look at a whole column"),
        (lambda xp, row: row["age"][:2], r"new must have one value a row \(shape \(3,\)\), got shape \(2,\)"),
        (lambda xp, row: 7, r"new must have one value a row \(shape \(3,\)\), got int"),
        (lambda xp, row: 1 / row["visits"], r"new is infinite, first in row 2 of the training or test rows: guard"),
        (lambda xp, row: row["age"] + row["plan"], "numbers and texts do not go together; a column is a text if"),
        (lambda xp, row: row["since"], "new must be numbers, durations, truth values or texts, got datetime64"),
    ],
)
def test_what_a_feature_may_not_be_is_told_with_file_and_line(make: Function, message: str) -> None:
    def features(xp: Any, row: Any) -> Any:
        return {"new": make(xp, row)}

    with pytest.raises(ProjectError, match=rf"^src/test_features\.py:\d+: {message}"):
        derive(features, COLUMNS, dated())


def test_a_name_that_numpy_lacks_is_told_as_one_of_the_array_api() -> None:
    with pytest.raises(ProjectError, match=r"^src/test_features\.py:\d+: xp\.logg is not in the array API"):
        derive(lambda xp, row: {"new": xp.logg(row["age"])}, COLUMNS, dated())


def test_what_the_array_api_lacks_is_told_when_traced() -> None:
    with pytest.raises(ProjectError, match=r"^src/test_features\.py:\d+: xp\.nan_to_num is not in the array API"):
        FeatureGraph(lambda xp, row: {"new": xp.nan_to_num(row["age"])}, dated())


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda xp, row: np.log1p(row["visits"]),
            "numpy's own functions cannot take these columns; use those of xp",
        ),
        (lambda xp, row: (row["age"] > 3) + (row["visits"] > 3), "truth values are not numbers; convert them first"),
        (lambda xp, row: row["age"] - row["age"].mean(), "a feature sees one row alone"),
        (
            lambda xp, row: row["age"].fillna(0),
            r"a column has no \.fillna; use \+ - \* /, < == & \| ~ and functions of xp",
        ),
        (lambda xp, row: row["visits"] == "1", "numbers and texts do not go together; a column is a text if"),
        (lambda xp, row: row["plan"] != 1, "numbers and texts do not go together; a column is a text if"),
        (lambda xp, row: row["since"] > np.datetime64("2024-01-31"), "a moment needs its unit, seconds: np.datetime64"),
    ],
)
def test_what_numpy_alone_can_do_is_told_when_traced(make: Function, message: str) -> None:
    with pytest.raises(ProjectError, match=rf"^src/test_features\.py:\d+: {message}"):
        FeatureGraph(lambda xp, row: {"new": make(xp, row)}, dated())


def test_a_new_column_needs_a_name_of_its_own() -> None:
    with pytest.raises(ProjectError, match="'age' is the name of a column of the table; choose another"):
        derive(lambda xp, row: {"age": row["age"] + xp.ones(3)}, COLUMNS, dated())


def test_a_feature_that_looks_at_other_rows_is_refused() -> None:
    def features(xp: Any, row: Any) -> Any:
        return {"new": row["visits"] - xp.mean(row["visits"])}

    known = replace(dated(), derived=(Feature("new", "number", "numeric", False),))
    with pytest.raises(ProjectError, match=rf"new of row 1 is -0\.33\d+ among all rows and 0 alone; {ONE_ROW}"):
        FeatureGraph(features, known).check(COLUMNS)


def test_a_share_of_the_highest_is_refused_though_the_first_rows_have_it() -> None:
    def features(xp: Any, row: Any) -> Any:
        return {"new": row["visits"] / xp.max(row["visits"])}

    columns = to_columns([ROWS[2], ROWS[2], ROWS[2], ROWS[1], ROWS[0]], dated())
    known = replace(dated(), derived=(Feature("new", "number", "numeric", False),))
    with pytest.raises(ProjectError, match=rf"new of row 4 is 0 among all rows and nan alone; {ONE_ROW}"):
        FeatureGraph(features, known).check(columns)


def over_rows(xp: Any, row: Any) -> Any:
    return {
        "half": row["visits"] / 2,
        "share": row["visits"] / row["visits"].max(),
    }


def infinite(xp: Any, row: Any) -> Any:
    made = {"half": row["visits"] / 2}
    made["inverse"] = 1 / row["visits"]
    return made


def constant(xp: Any, row: Any) -> Any:
    return dict(  # noqa: C408  (as somebody may write it)
        half=row["visits"] / 2,
        one=row["visits"] * 0,
    )


@pytest.mark.parametrize(
    ("features", "down", "message"),
    [
        (over_rows, 3, rf"share of row 1 is .* among all rows and (1|nan) alone; {ONE_ROW}"),
        (infinite, 2, "inverse is infinite"),
        (constant, 3, "one is the same in every row"),
    ],
)
def test_preprocess_names_the_line_of_the_column(project: Project, features: Function, down: int, message: str) -> None:
    project.monkeypatch.setattr("src.features.features", features)
    line = features.__code__.co_firstlineno + down
    with pytest.raises(ProjectError, match=rf"^src/test_features\.py:{line}: {message}"):
        project.run(["preprocess"])
    assert project.artifacts() == {}


def test_the_name_in_the_data_counts(project: Project) -> None:
    (project.folder / "src").mkdir(exist_ok=True)
    (project.folder / "src/schema.py").write_text('class Schema:\n    years: float = pa.Field(alias="age")\n')
    meant = r"\(src/schema\.py calls it so, and the data 'age': the name in the data counts\)"
    with pytest.raises(ProjectError, match=rf"no feature column 'years' {meant}; there are age"):
        derive(lambda xp, row: {"new": row["years"]}, COLUMNS, dated())


def two_features(xp: Any, row: Any) -> Any:
    return {
        "per_year": row["visits"] / (row["age"] + 1),
        "place": row["plan"] + row["region"],
        "young": row["age"] < 30,
    }


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_new_columns_are_in_the_one_file_and_no_request_holds_them(project: Project, task: str) -> None:
    project.become(task, 400)
    project.monkeypatch.setattr("src.features.features", two_features)
    project.run()
    folder = project.folder / "artifacts"
    predictor = Predictor(folder / "model/model.onnx")
    assert [feature.name for feature in predictor.contract.derived] == ["per_year", "place", "young"]
    assert set(predictor.golden["rows"][0]) == {feature.name for feature in contract(task).features}
    assert "per_year" in Prepared(folder / "prepared").read_contract().widened().names("numeric")
    assert "per_year," in (folder / "evaluation/plots/importance.csv").read_text()
    assert '"per_year"' in (folder / "prepared/profile.json").read_text()
    columns = feature_columns(customers(20, task=task), predictor.contract)
    opened = OpenedModel(predictor)
    assert opened.widen(*encode(columns, predictor.contract))["numeric_all"].shape == (20, 4)


def test_a_constant_feature_is_refused_before_anything_is_written(project: Project) -> None:
    project.monkeypatch.setattr("src.features.features", lambda xp, row: {"one": xp.ones(len(row["age"]))})
    with pytest.raises(ProjectError, match="one is the same in every row"):
        project.run(["preprocess"])
    assert project.artifacts() == {}


def test_equal_inputs_give_an_equal_file(project: Project) -> None:
    project.monkeypatch.setattr("src.features.features", two_features)
    project.run(["preprocess", "train"])
    before = project.artifacts()
    project.run(["preprocess", "train"])
    assert project.artifacts() == before
