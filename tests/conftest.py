"""Fixtures: a folder with a small project, and clones of this repository as it stands in the work tree."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from ruamel.yaml import YAML

if TYPE_CHECKING:
    import pandas as pd

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # for tests that import onnxruntime before our predictor, which says so
ROOT = Path(__file__).parents[1]
EMBEDDED = """\
[core]
    analytics = false
    check_update = false
['remote "store"']
    url = store
    verify = true
"""  # .dvc/config before `make remote`
METRICS = {"test": {"roc_auc": 0.75}}  # of the model file
STAGES = ("preprocess", "train", "evaluate")
PATIENCE = 180  # seconds, of which a machine that is many times slower, or stops for a while, may need some


def stage_function(name: str) -> Callable[[], None]:
    """What a stage runs; imported late: `make check` starts tests that need none, and loads in a tenth of the time."""
    function: Callable[[], None] = getattr(import_module(f"src.{name}"), name)
    return function


@dataclass
class Project:
    """A folder with data and params.yaml, in which the stages run in this process."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch

    def become(self, task: str, rows: int) -> None:
        """Data, schema and parameters of a task."""
        tables = import_module("tests.support.tables")
        schema = tables.Spenders if task == "regression" else tables.Customers
        self.monkeypatch.setattr("src.schema.Schema", schema)
        self.write(tables.customers(rows, task=task), tables.settings(task))

    def write(self, data: "pd.DataFrame | bytes | None" = None, params: dict[str, Any] | str | None = None) -> None:
        if isinstance(data, bytes):
            (self.folder / "data/customers.csv").write_bytes(data)
        elif data is not None:
            data.to_csv(self.folder / "data/customers.csv", index=False)
        if params is not None:
            text = params if isinstance(params, str) else yaml.safe_dump(params)
            (self.folder / "params.yaml").write_text(text, "utf-8")

    def run(self, stages: Iterable[str] = STAGES) -> None:
        for stage in stages:
            stage_function(stage)()

    def artifacts(self) -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in sorted(self.folder.glob("artifacts/**/*")) if path.is_file()}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    (tmp_path / "data").mkdir()
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements/pipeline.txt").write_text("numpy==2\n")
    monkeypatch.chdir(tmp_path)
    made = Project(tmp_path, monkeypatch)
    made.become("binary", 400)
    return made


@dataclass
class Clone:
    """A clone of the repository, in which real commands run in real processes."""

    folder: Path

    def run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(command, cwd=self.folder, env=_environment(), capture_output=True, text=True, check=False)
        if check and done.returncode:
            pytest.fail(f"{' '.join(command)} failed:\n{done.stdout}\n{done.stderr}")
        return done

    def commit(self, message: str) -> None:
        self.run("git", "add", "--all")
        self.run("git", "commit", "--quiet", "--allow-empty", "--message", message)

    def edit_params(self, change: Callable[[dict[str, Any]], object]) -> None:
        self.edit_yaml("params.yaml", change)

    def edit_yaml(self, name: str, change: Callable[[dict[str, Any]], object]) -> None:
        """As DVC reads and writes it, YAML 1.2: for PyYAML a label `yes` is a truth value."""
        path, form = self.folder / name, YAML()
        content = form.load(path)
        change(content)
        form.dump(content, path)

    def status(self) -> str:
        return self.run("git", "status", "--porcelain").stdout


@pytest.fixture(scope="session")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """The work tree as one commit on main: what is not committed yet is tested too."""
    made = copy_of_work_tree(tmp_path_factory.mktemp("origin"))
    if not _is_whole(made.folder):
        pytest.skip("the data is on this machine alone, so no clone can get it; first: make remote URL=…")
    return made


def copy_of_work_tree(folder: Path) -> Clone:
    """A repository of its own with the files of the work tree in one commit."""
    made = Clone(folder)
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        (made.folder / name).parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):  # deleted, perhaps a moment ago
            shutil.copy2(ROOT / name, made.folder / name)
    made.run("git", "init", "--quiet", "--initial-branch=main")
    made.commit("the work tree")
    return made


def _is_whole(folder: Path) -> bool:
    """Whether what data.dvc asks the embedded store for is in it; a large table is not, until `make remote`."""
    out = yaml.safe_load((folder / "data.dvc").read_text("utf-8"))["outs"][0]
    stored = folder / ".dvc/store/files/md5" / out["md5"][:2] / out["md5"][2:]
    return stored.exists() or "remote" not in out


@pytest.fixture(scope="session")
def evaluated(origin: Clone, tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """A clone after `dvc pull data.dvc` and `dvc repro`; not to be changed."""
    made = clone_of(origin, tmp_path_factory.mktemp("evaluated") / "clone")
    made.run("dvc", "pull", "data.dvc")
    made.run("dvc", "repro")
    return made


@pytest.fixture(scope="session")
def known(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """A project of the made-up customers, evaluated, its results recorded; not to be changed.

    What tells good from bad, or what is changed on the way, has to be a table that the tests know: the project's own
    may have another task, few rows or no id, may be large, or lie at a remote that no test should touch.
    """
    made = copy_of_work_tree(tmp_path_factory.mktemp("known"))
    embed(made)
    table = tmp_path_factory.mktemp("table") / "customers.csv"
    import_module("tests.support.tables").customers(2000).to_csv(table, index=False)
    made.run("python", "-m", "harness.commands.adopt", f"DATA={table}", "TARGET=churned", "SLICES=plan")
    made.edit_params(lambda params: params["preprocess"].update(test_size=0.2))
    made.edit_params(lambda params: params["evaluate"].update(resamples=2000, min_slice_rows=30))
    made.run("dvc", "repro")
    made.commit("customers")
    return made


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model file of the made-up customers, with metrics beside it; not to be changed."""
    path = tmp_path_factory.mktemp("model") / "model.onnx"
    import_module("tests.harness.model.test_export").exported(path)
    path.with_name("metrics.json").write_text(json.dumps(METRICS))
    return path


def embed(clone: Clone) -> None:
    """Let the embedded store take the next data, wherever the present ones are."""
    (clone.folder / ".dvc/config").write_text(EMBEDDED)
    (clone.folder / "data.dvc").write_text("outs: [{path: data, remote: store}]\n")
    clone.commit("the embedded store")


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


def lend_environment(clone: Clone) -> None:
    """Let `make` in the clone use the environment of these tests, so that nothing is installed."""
    if not (Path(sys.prefix) / "synced").exists():
        pytest.skip("these tests were not started by `make test`, so there is no .venv to lend to the clone")
    (clone.folder / ".venv").symlink_to(sys.prefix)
    with (clone.folder / ".git/info/exclude").open("a") as file:
        file.write(".venv\n")  # .gitignore names the folder, and this is a link
    os.utime(clone.folder / "requirements/dev.txt", (0, 0))


def clone_of(origin: Clone, folder: Path, *options: str) -> Clone:
    subprocess.run(["git", "clone", "--quiet", *options, str(origin.folder), str(folder)], check=True)
    return Clone(folder)


def _environment() -> dict[str, str]:
    """No configuration of the person who runs the tests: an identity for commits, and the stages' own Python first."""
    person = {
        f"GIT_{who}_{what}": value
        for who in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "t"), ("EMAIL", "t@example.org"))
    }
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, **person, "PATH": path, "GIT_CONFIG_GLOBAL": os.devnull}
