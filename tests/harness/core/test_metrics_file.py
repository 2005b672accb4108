"""metrics.json: strict, and nothing is lost on the way through it."""

import json
from pathlib import Path
from typing import Any

import pytest

from harness.core.errors import ProjectError
from harness.core.metrics_file import ModelMetrics, SliceMetrics, read_metrics_file, write_metrics_file


def test_metrics_survive_their_file(tmp_path: Path) -> None:
    missing = SliceMetrics(column="plan", value=None, rows=3, not_evaluable="fewer than 30 rows")
    made = ModelMetrics(test={"roc_auc": 0.75}, rows=3, slices=[missing])
    write_metrics_file(tmp_path / "metrics.json", made)
    assert read_metrics_file(tmp_path / "metrics.json") == made
    assert json.loads((tmp_path / "metrics.json").read_text("utf-8"))["slices"] == [
        {"column": "plan", "value": None, "rows": 3, "not_evaluable": "fewer than 30 rows"}
    ]


def test_numbers_keep_six_digits(tmp_path: Path) -> None:
    write_metrics_file(tmp_path / "metrics.json", ModelMetrics(test={"mae": 123456.789}, rows=1_234_567))
    found = read_metrics_file(tmp_path / "metrics.json")
    assert (found.test, found.rows) == ({"mae": 123457.0}, 1_234_567)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"test": {"roc_auc": "0.9"}}, "not the metrics of a model: test.roc_auc: Input should be a valid number"),
        ({"rows": 3}, "not the metrics of a model: test: Field required"),
        ({"test": {}, "extra": 1}, "not the metrics of a model: extra: Extra inputs are not permitted"),
        ([], "not the metrics of a model: : Input should be"),
    ],
)
def test_what_are_no_metrics_is_told_in_one_line(tmp_path: Path, content: Any, message: str) -> None:
    path = tmp_path / "metrics.json"
    path.write_text(json.dumps(content))
    with pytest.raises(ProjectError, match=f"metrics.json: {message}") as error:
        read_metrics_file(path)
    assert "\n" not in str(error.value)
