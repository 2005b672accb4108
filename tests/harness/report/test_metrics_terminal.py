"""`make pipeline` on the terminal: a slice without an interval says why, and no number of rows stands twice."""

from pathlib import Path

import pytest

from harness.core.metrics_file import NoInterval, read_metrics_file, write_metrics_file
from harness.core.paths import METRICS_PATH
from harness.report.metrics_terminal import print_metrics
from tests.support.card import card_project


def test_a_slice_without_an_interval_says_why(
    tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It said "too few for an interval" of all of them, and "3 rows, 30 are needed (3)" of what cannot be judged."""
    monkeypatch.chdir(card_project(tmp_path, model))
    print_metrics()
    _, _, slices = capsys.readouterr().out.partition("\nslice ")
    missing, team = (line for line in slices.splitlines() if line.startswith(("plan = missing", "plan = @team")))
    assert missing.endswith(" 0.8000   40 rows, 100 are needed for an interval")
    assert team.endswith(" –   3 rows, 30 are needed")


def test_a_metric_without_an_interval_says_why(
    tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The place of the interval was empty, although docs/report.md promises the reason."""
    monkeypatch.chdir(card_project(tmp_path, model))
    found = read_metrics_file(METRICS_PATH)
    why = [NoInterval(metric="log_loss", reason="80 rows, 20 more are needed for an interval")]
    write_metrics_file(
        METRICS_PATH, found.model_copy(update={"test": {**found.test, "log_loss": 0.3}, "without_interval": why})
    )
    print_metrics()
    (line,) = (line for line in capsys.readouterr().out.splitlines() if line.startswith("log_loss"))
    assert line.split(maxsplit=2)[2] == "80 rows, 20 more are needed for an interval"
