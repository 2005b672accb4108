"""Behaviour tests and the coverage of prediction intervals, as rows of the report."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.compare.checks import WITHOUT_PLUGINS, behaviour_checks, coverage_checks
from harness.core.metrics_file import Coverage, ModelMetrics, write_metrics_file
from harness.core.paths import METRICS_PATH
from harness.report.checks import behaviour_table, checks_on_terminal, coverage_table
from tests.support.constants import ROOT

TESTS = """\
import os
from pathlib import Path

import pytest


def test_direction_more_is_not_less():
    assert Path(os.environ["EVALUATED_PROJECT"]) == Path.cwd()


def test_invariance_the_port_hardly_matters():
    share = 0.3
    assert share < 0.15


@pytest.mark.skip(reason="the data is not the worked example's")
def test_robustness_noise():
    pass
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "tests").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_each_behaviour_test_is_a_row_and_what_fails_comes_first(folder: Path) -> None:
    (folder / "tests/test_behaviour.py").write_text(TESTS)
    checks = behaviour_checks()
    failed, passed, skipped = behaviour_table(checks)[2:]
    assert failed.startswith("| ❌ fail | `invariance the port hardly matters` | ")
    assert passed == "| ✅ pass | `direction more is not less` |  |"
    assert skipped == "| ➖ skipped | `robustness noise` | the data is not the worked example's |"
    whole, named = checks_on_terminal(checks, [])
    assert whole == "behaviour tests: 1 of 3 pass"
    assert named.startswith("fail: invariance the port hardly matters: ")
    assert named.endswith("assert 0.3 < 0.15")


def test_a_test_that_needs_an_installed_plugin_has_it(folder: Path) -> None:
    (folder / "tests/test_behaviour.py").write_text("def test_many(worker_id):\n    assert worker_id == 'master'\n")
    assert [check.state for check in behaviour_checks()] == ["pass"]  # of pytest-xdist


def test_this_repository_s_tests_are_collected_without_plugins() -> None:
    """Otherwise every report runs the behaviour tests twice."""
    options, environment = WITHOUT_PLUGINS
    command = (sys.executable, "-m", "pytest", "-q", "--collect-only", *options, "tests/harness/compare/test_checks.py")
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:]


def test_tests_that_cannot_run_are_a_row_that_failed(folder: Path) -> None:
    (folder / "tests/test_behaviour.py").write_text("import no_such_module\n")
    (check,) = behaviour_checks()
    assert (check.state, "test" in check.name) == ("fail", True)


def test_our_own_error_is_told_in_its_words_alone(folder: Path) -> None:
    raising = (
        "def test_typo():\n    from harness.core.errors import ProjectError\n    raise ProjectError('no column')\n"
    )
    (folder / "tests/test_behaviour.py").write_text(raising)
    assert [check.reason for check in behaviour_checks()] == ["no column"]


@pytest.mark.usefixtures("folder")
def test_a_project_without_them_has_no_rows() -> None:
    assert behaviour_checks() == []
    assert coverage_checks() == []
    assert (behaviour_table([]), coverage_table([]), checks_on_terminal([], [])) == ([], [], [])


def test_the_coverage_is_told_of_all_rows_and_of_slices(folder: Path) -> None:
    part = Coverage(column=None, value=None, rows=400, asked=0.9, coverage=0.88, low=0.85, high=0.91, size=1.4)
    pro = part.model_copy(update={"column": "plan", "value": "pro", "rows": 80})
    write_metrics_file(folder / METRICS_PATH, ModelMetrics(test={"rmse": 1.0}, coverage=[part, pro]))
    checks = coverage_checks()
    assert [check.part for check in checks] == ["all rows", "plan = pro"]
    assert "| `plan = pro` | 80 | 0.8800 | 0.8500 to 0.9100 | 1.4000 |" in coverage_table(checks)
    assert checks_on_terminal([], checks) == [
        "prediction intervals hold the truth of 0.8800 (0.8500 to 0.9100), asked for 0.9"
    ]
