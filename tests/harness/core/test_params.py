"""params.yaml: what is wrong is told by file, key and value."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.core.errors import ProjectError
from harness.core.params import load_params
from tests.support.constants import ROOT
from tests.support.tables import settings


def changed(path: Path, key: str, value: Any) -> Path:
    """settings() with one key set, as a file."""
    params = settings()
    *sections, last = key.split(".")
    section = params
    for name in sections:
        section = section[name]
    section[last] = value
    path = path / "params.yaml"
    path.write_text(yaml.safe_dump(params), "utf-8")
    return path


def test_the_projects_own_params_are_right() -> None:
    assert load_params(ROOT / "params.yaml").evaluate.resamples >= 100


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("train.max_iter", 5, "train.max_iter is not a known key; its value: 5"),
        ("colour", "red", "colour is not a known key; its value: 'red'"),
        ("train.cv", "5", "train.cv must be a valid integer, got '5'"),
        ("train.cv", 1, "train.cv must be greater than or equal to 2, got 1"),
        ("train.random_state", -1, "train.random_state must be greater than or equal to 0, got -1"),
        ("preprocess.test_size", 1.0, "preprocess.test_size must be less than 1, got 1.0"),
        ("preprocess.seed", 0.5, "preprocess.seed must be a valid integer, got 0.5"),
        ("task.type", "clustering", "task.type must be 'binary', 'multiclass' or 'regression', got 'clustering'"),
        ("data.path", "../secret.csv", r"data.path must match pattern .* got '../secret.csv'"),
        (
            "train.search.method",
            "magic",
            "train.search.method must be 'none', 'grid', 'random' or 'halving', got 'magic'",
        ),
        ("train.search.method", "grid", "train.search: space must name at least one parameter for method grid"),
        ("train.threshold.value", 0, "train.threshold.value must be greater than 0, got 0"),
        ("preprocess.test_from", "soon", "preprocess.test_from: must be latest, or a date in quotes .* got 'soon'"),
        ("train.class_weight", {"a": "b"}, "train.class_weight must be 'none' or 'balanced', got {'a': 'b'}"),
        (
            "train.threshold.cost.false_positive",
            float("inf"),
            "train.threshold.cost.false_positive must be a finite number, got inf",
        ),
        ("evaluate.resamples", 10, "evaluate.resamples must be greater than or equal to 100, got 10"),
    ],
)
def test_a_wrong_value_is_named(tmp_path: Path, key: str, value: Any, message: str) -> None:
    with pytest.raises(ProjectError, match=rf"^.*params\.yaml: {message}$"):
        load_params(changed(tmp_path, key, value))


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(yaml.safe_dump({key: value for key, value in settings().items() if key != "task"}), "utf-8")
    with pytest.raises(ProjectError, match="task is missing"):
        load_params(path)


def test_a_mistyped_key_is_told_with_the_one_that_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(yaml.safe_dump(settings()).replace("test_size:", "test_siz:"), "utf-8")
    with pytest.raises(ProjectError, match=r"test_siz is not a known key \(did you mean test_size\?\); its"):
        load_params(path)


def test_every_wrong_key_has_its_line(tmp_path: Path) -> None:
    params = settings(cv=0, random_state="x")
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(params), "utf-8")
    with pytest.raises(ProjectError) as error:
        load_params(tmp_path / "params.yaml")
    assert len(str(error.value).splitlines()) == 2


@pytest.mark.parametrize(
    ("text", "message"), [("a: [1", "not YAML"), ("", "the file must be"), ("- 1", "the file must be")]
)
def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "params.yaml").write_text(text, "utf-8")
    with pytest.raises(ProjectError, match=message):
        load_params(tmp_path / "params.yaml")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"params\.yaml: not found"):
        load_params(tmp_path / "params.yaml")


def test_a_grid_takes_lists_only(tmp_path: Path) -> None:
    search = {"method": "grid", "scoring": "roc_auc", "n_iter": 1, "space": {"C": {"low": 0.1, "high": 1.0}}}
    with pytest.raises(ProjectError, match=r"space\.C must be a list for method grid"):
        load_params(changed(tmp_path, "train.search", search))


def test_yaml_is_read_as_dvc_reads_it(tmp_path: Path) -> None:
    text = (
        yaml.safe_dump(settings(params={"C": 0.5}))
        .replace("C: 0.5", "C: 1e-3")
        .replace("positive: 'yes'", "positive: yes")
    )
    (tmp_path / "params.yaml").write_text(text, "utf-8")
    params = load_params(tmp_path / "params.yaml")
    assert (params.train.params, params.task.positive) == ({"C": 0.001}, "yes")


def test_a_key_given_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text("task: 1\ntask: 2\n", "utf-8")
    with pytest.raises(ProjectError, match=r"not YAML: .*duplicate key"):
        load_params(tmp_path / "params.yaml")


def test_a_wrong_range_is_one_line(tmp_path: Path) -> None:
    space = {"C": {"low": "x", "high": 1.0}}
    with pytest.raises(ProjectError, match=r"train\.search\.space\.C\.low must be a valid integer, got 'x'") as error:
        load_params(changed(tmp_path, "train.search.space", space))
    assert "function-after" not in str(error.value)
