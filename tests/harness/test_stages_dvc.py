"""The real pipeline on a table that the tests know: precise in what it re-runs, and DVC's habits intact."""

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.adopt.dvc_plots import plots_of, with_plots
from harness.core.params import load_params
from harness.core.paths import OPTIONAL_LOCKS
from harness.project.pipeline import tell_strays
from tests.support.clone import Clone, clone_of
from tests.support.constants import ROOT
from tests.support.imports import imported
from tests.support.project import STAGES, stages_run

DVC_YAML: dict[str, Any] = yaml.safe_load((ROOT / "dvc.yaml").read_text("utf-8"))


def test_there_are_exactly_three_stages() -> None:
    assert tuple(DVC_YAML["stages"]) == STAGES


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_depends_on_the_packages_that_it_imports_and_no_other(stage: str) -> None:
    declared = {dep for dep in DVC_YAML["stages"][stage]["deps"] if dep.startswith(("harness/", "src/"))}
    modules = [path.relative_to(ROOT) for path in imported(ROOT / f"src/{stage}.py")]
    assert declared == {str(path.parent if path.parts[0] == "harness" else path) for path in modules}


def test_packages_hold_no_code_that_no_stage_depends_on() -> None:
    for path in {*ROOT.glob("[hs][ar]*/**/__init__.py")} - {ROOT / "harness/commands/__init__.py"}:
        assert [type(node) for node in ast.parse(path.read_text("utf-8")).body] == [ast.Expr], (
            f"{path} is more than a docstring"
        )


@pytest.mark.parametrize("stage", ["train", "evaluate"])
def test_a_changed_package_retrains(stage: str) -> None:
    assert "requirements/pipeline.txt" in DVC_YAML["stages"][stage]["deps"]


def test_nothing_changed_means_nothing_is_run(reproduced: Clone) -> None:
    assert "Data and pipelines are up to date." in reproduced.run("dvc", "repro").stdout


@pytest.mark.parametrize(
    ("section", "key", "below"),
    [("preprocess", "seed", 0), ("train", "random_state", 1), ("evaluate", "random_state", 2)],
)
def test_a_changed_parameter_runs_only_the_stages_below_it(
    reproduced: Clone, section: str, key: str, below: int
) -> None:
    reproduced.edit_params(lambda params: params[section].update({key: params[section][key] + 1}))
    stages = stages_run(reproduced.run("dvc", "repro").stdout)
    # A model or a split that comes out the same needs no new evaluation.
    assert tuple(stages) == STAGES[below : below + len(stages)]
    assert stages[0] == section


def test_a_changed_lock_retrains_and_reads_no_data_again(reproduced: Clone) -> None:
    with (reproduced.folder / "requirements/pipeline.txt").open("a") as file:
        file.write("# another package\n")
    assert stages_run(reproduced.run("dvc", "repro").stdout) == ["train", "evaluate"]


def test_the_lock_of_the_boosters_is_one_that_training_depends_on() -> None:
    assert str(OPTIONAL_LOCKS["boosters"]) in set(DVC_YAML["stages"]["train"]["deps"])


def test_what_is_no_code_retrains_nothing(reproduced: Clone) -> None:
    """A README, a cache, what an editor leaves; DVC hashes whole folders."""
    for name in (
        "core/README.md", "model/notes.txt", "model/.#pipeline.py", "model/#pipeline.py#", "model/pipeline.py~",
        "data/.table.py.swp", "data/.DS_Store", "inference/__pycache__/predictor.cpython-311.pyc",
        "evaluate/.ipynb_checkpoints/metrics-checkpoint.py", "evaluate/.mypy_cache/x.json", "data/table.csv",
    ):  # fmt: skip
        path = reproduced.folder / "harness" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x = 1\n")
    for package in ("core", "data", "model", "inference", "evaluate"):
        reproduced.run("python", "-m", "compileall", "-q", f"harness/{package}")
    assert "Data and pipelines are up to date." in reproduced.run("dvc", "status").stdout


def test_a_stray_module_in_a_stages_package_is_code_and_is_told(
    reproduced: Clone, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody can tell that no stage imports it; so the stages run, and a line says why."""
    (reproduced.folder / "harness/model/stray.py").write_text("x = 1\n")
    told = reproduced.run("dvc", "status").stdout
    stages = [name for name in STAGES if "harness/model" in DVC_YAML["stages"][name]["deps"]]
    expected = [pair for name in stages for pair in ((name, ""), ("", "harness/model"))]
    assert re.findall(r"^(\w+):|modified: +(\S+)", told, re.MULTILINE) == expected
    monkeypatch.chdir(reproduced.folder)
    tell_strays()
    assert capsys.readouterr().out == (
        "harness/model/stray.py: not in git, but DVC counts it as code: the stages that depend on harness/model run\n"
    )


def test_an_experiment_shows_its_metrics_and_parameters(reproduced: Clone) -> None:
    value = load_params(reproduced.folder / "params.yaml").train.random_state + 1
    reproduced.run("dvc", "exp", "run", "--quiet", "--set-param", f"train.random_state={value}")
    table = reproduced.run("dvc", "exp", "show", "--csv").stdout.splitlines()
    assert {"test.roc_auc", "train.random_state"} <= set(table[0].split(","))
    assert any(f",{value}," in line for line in table[2:])
    assert "train.random_state" in reproduced.run("dvc", "params", "diff").stdout
    assert (
        json.loads(reproduced.run("dvc", "params", "diff", "--json").stdout)["params.yaml"]["train.random_state"]["new"]
        == value
    )
    assert reproduced.run("dvc", "metrics", "diff", "--json", "--all").stdout.count("test.roc_auc") == 1


def test_an_adopted_table_gets_the_plots_of_its_task_and_keeps_its_own() -> None:
    text = (ROOT / "dvc.yaml").read_text("utf-8")
    own = text + "  - mine.csv\n"
    numbers = with_plots(own, "regression")
    assert yaml.safe_load(numbers)["plots"] == [*plots_of("regression"), "mine.csv"]
    assert yaml.safe_load(numbers)["stages"] == DVC_YAML["stages"]
    assert with_plots(numbers, "binary") == own


def test_plots_have_titles_axes_and_data(reproduced: Clone, tmp_path: Path) -> None:
    for plot in DVC_YAML["plots"]:
        ((_, declared),) = plot.items()
        assert {"title", "x", "y", "x_label", "y_label"} <= set(declared)
    html = Path(
        reproduced.run("dvc", "plots", "show", "--out", str(tmp_path / "plots")).stdout.strip().removeprefix("file://")
    )
    assert html.read_text("utf-8").count("vega") > len(DVC_YAML["plots"])
    shown = json.loads(reproduced.run("dvc", "plots", "show", "--json").stdout)
    assert not shown.get("errors")
    drawn = {name for name, rows in shown["data"].items() if rows}
    assert drawn == {name for plot in DVC_YAML["plots"] for name in plot}


def test_plots_of_two_revisions_lie_over_each_other(reproduced: Clone, tmp_path: Path) -> None:
    reproduced.run("dvc", "exp", "run", "--quiet", "--set-param", "evaluate.resamples=150")
    assert reproduced.run("dvc", "plots", "diff", "--out", str(tmp_path)).stdout.strip().endswith("index.html")


def test_push_does_not_fill_the_repository(reproduced: Clone) -> None:
    reproduced.run("dvc", "push", check=False)
    assert reproduced.status() == ""


def test_models_go_to_a_remote_and_come_back(reproduced: Clone, tmp_path: Path) -> None:
    reproduced.run("dvc", "remote", "add", "--default", "shared", str(tmp_path / "shared"))
    reproduced.commit("results and a remote")
    reproduced.run("dvc", "push")
    other = clone_of(reproduced, tmp_path / "other")
    other.run("dvc", "pull")
    assert "Data and pipelines are up to date." in other.run("dvc", "repro").stdout
