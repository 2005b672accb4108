"""The three stages in one folder: what they write, and that bad input changes nothing."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from harness.core.command import run
from tests.support.project import STAGES, Project, stage_function
from tests.support.tables import customers, settings

TASKS = ["binary", "multiclass", "regression"]


def read(path: str) -> Any:
    return json.loads(Path(path).read_text("utf-8"))


@pytest.mark.parametrize("task", TASKS)
def test_the_stages_make_a_model_and_its_measure(project: Project, task: str) -> None:
    project.become(task, 600)
    project.run()
    metrics = read("artifacts/evaluation/metrics.json")
    test = pd.read_parquet("artifacts/prepared/test.parquet")
    predictions = pd.read_parquet("artifacts/evaluation/predictions.parquet")
    assert predictions["customer"].tolist() == test["customer"].tolist()
    assert predictions["actual"].tolist() == test["churned"].tolist()
    assert metrics["rows"] == len(test)
    assert [part["value"] for part in metrics["slices"]] == ["basic", "plus", "pro"]
    assert {item["feature"] for item in metrics["importance"]} == {"plan", "region", "member", "age", "visits"}
    better_than_chance = {"binary": ("roc_auc", 0.8), "multiclass": ("roc_auc_ovr", 0.75), "regression": ("r2", 0.5)}
    name, least = better_than_chance[task]
    assert metrics["test"][name] > least


@pytest.mark.parametrize("task", TASKS)
def test_every_plot_is_a_table_and_a_picture(project: Project, task: str) -> None:
    project.become(task, 300)
    project.run()
    curves = (
        {"calibration", "residuals"}
        if task == "regression"
        else {"calibration", "roc", "precision_recall", "confusion"}
    )
    plots = Path("artifacts/evaluation/plots")
    assert (
        {path.stem for path in plots.glob("*.csv")}
        == {path.stem for path in plots.glob("*.png")}
        == curves | {"importance"}
    )
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in plots.glob("*.png"))
    assert all(len(pd.read_csv(path)) > 0 for path in plots.glob("*.csv"))


def test_no_undeclared_column_leaves_preprocess(project: Project) -> None:
    project.run()
    assert not any(b"person 1" in content for content in project.artifacts().values())


def test_exact_duplicates_are_dropped_and_counted(project: Project) -> None:
    frame = customers()
    project.write(pd.concat([frame, frame.head(7).assign(name="someone else")]))
    project.run(["preprocess"])
    profile = read("artifacts/prepared/profile.json")
    assert (profile["rows"], profile["duplicates_dropped"], profile["train_rows"] + profile["test_rows"]) == (
        400,
        7,
        400,
    )


def test_the_profile_counts_what_is_there(project: Project) -> None:
    project.run(["preprocess"])
    columns, frame = read("artifacts/prepared/profile.json")["columns"], customers()
    assert columns["age"]["missing"] == frame["age"].isna().sum()
    assert columns["age"]["maximum"] == pytest.approx(frame["age"].max())
    assert columns["plan"]["counts"] == frame["plan"].value_counts().to_dict()
    assert "customer" not in columns


def test_metrics_of_slices_are_those_of_their_rows(project: Project) -> None:
    project.run()
    rows = pd.read_parquet("artifacts/evaluation/predictions.parquet")
    plans = pd.read_parquet("artifacts/prepared/test.parquet")["plan"]
    for part in read("artifacts/evaluation/metrics.json")["slices"]:
        mine = rows[plans == part["value"]]
        assert part["rows"] == len(mine)
        assert part["test"]["accuracy"] == pytest.approx((mine["actual"] == mine["predicted"]).mean(), abs=1e-6)


def test_a_slice_too_small_or_of_one_class_is_listed_not_judged(project: Project) -> None:
    frame = customers(800)
    frame.loc[frame["plan"] == "pro", "churned"] = "no"
    frame = frame[(frame["plan"] != "plus") | (frame["customer"] < 200)]
    params = settings()
    params["evaluate"]["min_slice_rows"] = 35
    project.write(frame, params)
    project.run()
    found = {part["value"]: part.get("not_evaluable") for part in read("artifacts/evaluation/metrics.json")["slices"]}
    assert found == {
        "basic": None,
        "plus": "16 rows, 19 more are needed (evaluate.min_slice_rows: 35)",
        "pro": "one class only",
    }


def test_the_threshold_decides_the_labels(project: Project) -> None:
    threshold = {**settings()["train"]["threshold"], "value": 0.9}
    project.write(params=settings(threshold=threshold))
    project.run()
    rows = pd.read_parquet("artifacts/evaluation/predictions.parquet")
    assert (rows["predicted"] == np.where(rows["probability_yes"] >= 0.9, "yes", "no")).all()
    assert read("artifacts/model/training.json")["threshold"] == 0.9


GOOD = customers()
FIRST = GOOD.index == 0
BAD_DATA: list[tuple[str, pd.DataFrame | bytes, str]] = [
    ("empty file", b"", "data/customers.csv: empty; a header and rows are needed"),
    ("no rows", GOOD.head(0), "data/customers.csv: empty; it has a header and no rows"),
    (
        "wrong delimiter",
        GOOD.to_csv(index=False, sep=";").encode(),
        "none of the columns that src/schema.py declares; its header reads 'customer;chu",
    ),
    (
        "not UTF-8",
        GOOD.assign(name="Zoë").to_csv(index=False).encode("latin-1"),
        "data/customers.csv: not UTF-8: byte 0xeb",
    ),
    ("duplicate ids", GOOD.assign(customer=GOOD["customer"].clip(lower=2)), "row 2: customer must be unique, got 2"),
    ("missing target", GOOD.assign(churned=GOOD["churned"].mask(FIRST)), "row 1: churned must be present"),
    ("no target column", GOOD.drop(columns="churned"), "data/customers.csv: the column churned is absent"),
    ("constant target", GOOD.assign(churned="no"), "data/customers.csv: churned is constant: every row has 'no'"),
    ("out of range", GOOD.assign(age=GOOD["age"].mask(FIRST, 200)), "row 1: age must be ≤ 120, got 200"),
    (
        "unknown category",
        GOOD.assign(plan=GOOD["plan"].mask(FIRST, "gold")),
        "row 1: plan must be one of ['basic', 'plus', 'pro'], got 'gold'",
    ),
    (
        "a class with one row",
        GOOD.assign(churned=np.where(FIRST, "yes", "no")),
        "churned: the class 'yes' has one row; at least 2 are needed",
    ),
]


def fails(stage: str, project: Project, capsys: pytest.CaptureFixture[str]) -> str:
    """The stage as its command runs it: exit code 1, nothing changed; its message."""
    before = project.artifacts()
    with pytest.raises(SystemExit) as stopped:
        run(stage_function(stage))
    assert isinstance(stopped.value.code, str)  # printed by Python, which then exits with 1
    assert stopped.value.code.startswith("error: ")
    assert project.artifacts() == before
    assert "Traceback" not in capsys.readouterr().err
    return stopped.value.code


@pytest.mark.parametrize(("data", "message"), [case[1:] for case in BAD_DATA], ids=[case[0] for case in BAD_DATA])
def test_bad_data_is_told_and_changes_nothing(
    project: Project, capsys: pytest.CaptureFixture[str], data: pd.DataFrame | bytes, message: str
) -> None:
    project.run()
    project.write(data)
    assert message in fails("preprocess", project, capsys)


def test_missing_data_is_told(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    Path("data/customers.csv").unlink()
    assert fails("preprocess", project, capsys) == "error: data/customers.csv: not found; run: dvc pull data.dvc"


@pytest.mark.parametrize(
    ("stage", "section", "change", "message"),
    [
        (
            "train",
            "train",
            {"estimator": "sklearn.magic.Wand"},
            "params.yaml: train.estimator must be the path of a scikit-learn estimator",
        ),
        (
            "train",
            "train",
            {"estimator": "sklearn.dummy.DummyClassifier"},
            "has no exact ONNX form; use one of: AdaBoost",
        ),
        (
            "train",
            "train",
            {"params": {"wand": 1}},
            "params.yaml: train.params.wand is not a parameter of sklearn.linear_model.Logistic",
        ),
        (
            "train",
            "train",
            {"params": {"C": -1.0}},
            "params.yaml: train.params: sklearn.linear_model.LogisticRegression cannot be fitted",
        ),
        ("train", "train", {"cv": "five"}, "params.yaml: train.cv must be a valid integer, got 'five'"),
        ("train", "train", {"magic": 1}, "params.yaml: train.magic is not a known key; its value: 1"),
        ("evaluate", "evaluate", {"primary": "rmse"}, "params.yaml: evaluate.primary must be one of roc_auc, "),
        (
            "evaluate",
            "evaluate",
            {"resamples": 1},
            "params.yaml: evaluate.resamples must be greater than or equal to 100, got 1",
        ),
        (
            "preprocess",
            "preprocess",
            {"test_size": 2.0},
            "params.yaml: preprocess.test_size must be less than 1, got 2.0",
        ),
        ("preprocess", "task", {"type": "regression"}, "churned is str but params.yaml: task.type is regression"),
    ],
)
def test_bad_params_are_told_and_change_nothing(
    project: Project, capsys: pytest.CaptureFixture[str], stage: str, section: str, change: dict[str, Any], message: str
) -> None:
    project.run()
    params = settings()
    params[section] |= change
    project.write(params=params)
    assert message in fails(stage, project, capsys)


@pytest.mark.parametrize("content", [b"", b"no model"])
def test_a_broken_model_file_is_told_and_changes_nothing(
    project: Project, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    project.run()
    Path("artifacts/model/model.onnx").write_bytes(content)
    assert "artifacts/model/model.onnx: not a" in fails("evaluate", project, capsys)


@pytest.mark.parametrize("stage", STAGES)
def test_a_folder_that_cannot_be_written_is_told(
    project: Project, capsys: pytest.CaptureFixture[str], stage: str
) -> None:
    """A file where the folder should be stops root too, whom permissions do not stop."""
    project.run(STAGES[: STAGES.index(stage)])
    blocked = Path("artifacts") / {"preprocess": "prepared", "train": "model", "evaluate": "evaluation"}[stage]
    blocked.parent.mkdir(exist_ok=True)
    blocked.write_text("in the way")
    assert f"error: {blocked}" in fails(stage, project, capsys)


@pytest.mark.parametrize(
    ("stage", "path"), [("train", "artifacts/prepared/contract.json"), ("evaluate", "artifacts/prepared/test.parquet")]
)
def test_a_stage_without_the_one_before_says_so(
    project: Project, capsys: pytest.CaptureFixture[str], stage: str, path: str
) -> None:
    project.run()
    Path(path).unlink()
    assert f"{path}: not found; run: make pipeline" in fails(stage, project, capsys)
