"""Fixtures: a folder with a small project, and clones of this repository as it stands in the work tree."""

import gc
import json
import os
import shutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from tests.support.clone import Clone, clone_of, copy_of_work_tree, embed, has_its_data, lend_environment
from tests.support.moved import find_moved, install
from tests.support.once import once
from tests.support.order import spread
from tests.support.project import Project, project_in

install()

gc.set_threshold(50_000, 20, 20)  # what is imported is never garbage, and is looked through each time

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # for tests that import onnxruntime before our predictor, which says so


def __getattr__(name: str) -> object:
    """What stood here once, for tests of projects that were made then."""
    if name.startswith(("_", "pytest")):
        raise AttributeError(name)
    return find_moved("tests.conftest", name)


@pytest.hookimpl(optionalhook=True)  # `make report` runs the behaviour tests without xdist
def pytest_xdist_auto_num_workers() -> int:
    """Two more than there are cores: many tests wait, for a service, a lock or the end of a time limit."""
    return (os.cpu_count() or 1) + 2


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if workers := getattr(config, "workerinput", {}).get("workercount"):
        items[:] = spread(items, [item.nodeid for item in items], workers)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    made = project_in(tmp_path, monkeypatch)
    made.become("binary", 400)
    return made


@pytest.fixture(scope="session")
def origin(request: pytest.FixtureRequest) -> Clone:
    """The work tree as one commit on main: what is not committed yet is tested too; not to be changed."""
    made = Clone(once(request, "origin", copy_of_work_tree))
    if not has_its_data(made):
        pytest.skip("the data is on this machine alone, so no clone can get it; first: make remote URL=…")
    return made


@pytest.fixture(scope="session")
def evaluated(request: pytest.FixtureRequest) -> Clone:
    """A clone after `dvc pull data.dvc` and `dvc repro`; not to be changed.

    `make report` asks tests/test_behaviour.py of its own work tree, which has been evaluated already.
    """
    if "EVALUATED_PROJECT" in os.environ:
        return Clone(Path(os.environ["EVALUATED_PROJECT"]))

    def evaluate(folder: Path) -> None:
        made = clone_of(request.getfixturevalue("origin"), folder)
        made.run("dvc", "pull", "data.dvc")
        made.run("dvc", "repro")

    return Clone(once(request, "evaluated", evaluate))


@pytest.fixture(scope="session")
def known(request: pytest.FixtureRequest) -> Clone:
    """A project of the made-up customers, evaluated, its results recorded; not to be changed.

    What tells good from bad, or what is changed on the way, has to be a table that the tests know: the project's own
    may have another task, few rows or no id, may be large, or lie at a remote that no test should touch.
    """
    return Clone(once(request, "known", _evaluate_customers))


def _evaluate_customers(folder: Path) -> None:
    made = copy_of_work_tree(folder)
    (made.folder / "tests/test_behaviour.py").unlink()  # of the worked example
    shutil.rmtree(made.folder / "tests/harness")  # its commands never run them, and each checkout would write them
    embed(made)
    table = folder.with_name("customers.csv")
    import_module("tests.support.tables").customers(2000).to_csv(table, index=False)
    made.run("python", "-m", "harness", "adopt", f"--data={table}", "--target=churned", "--slices=plan")
    made.edit_params(lambda params: params["preprocess"].update(test_size=0.2))
    # Without further trainings, which would cost most of each report's time; what they do has tests of its own.
    made.edit_params(lambda params: params["evaluate"].update(resamples=2000, min_slice_rows=30, refits=0))
    made.run("dvc", "repro")
    made.commit("customers")
    made.pack()


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model file of the made-up customers, with metrics beside it; not to be changed."""
    models = import_module("tests.support.models")
    path = tmp_path_factory.mktemp("model") / "model.onnx"
    models.exported(path)
    path.with_name("metrics.json").write_text(json.dumps(models.MODEL_METRICS))
    return path


@pytest.fixture
def clone(origin: Clone, tmp_path: Path) -> Clone:
    """A fresh clone."""
    return clone_of(origin, tmp_path / "clone")


@pytest.fixture
def made(clone: Clone) -> Clone:
    """A fresh clone in which `make` finds the environment of these tests, so that nothing is installed."""
    lend_environment(clone)
    return clone


@pytest.fixture
def reproduced(known: Clone, tmp_path: Path) -> Iterator[Clone]:
    """A copy of the known project, cache and all, to change at will."""
    made = Clone(tmp_path / "reproduced")
    shutil.copytree(known.folder, made.folder, symlinks=True)
    yield made
    shutil.rmtree(made.folder)


@pytest.fixture(scope="session")
def lent(evaluated: Clone, tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """A copy of the evaluated clone in which `make` finds the environment of these tests; not to be changed."""
    made = Clone(tmp_path_factory.mktemp("lent") / "clone")
    shutil.copytree(evaluated.folder, made.folder, symlinks=True)
    lend_environment(made)
    return made
