"""A folder with a small project, in which the stages run in this process."""

import json
import re
import shlex
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from harness.core.loader import load_module
from tests.support.constants import ROOT

if TYPE_CHECKING:
    import pandas as pd

STAGES = ("preprocess", "train", "evaluate")


def no_features(xp: Any, row: Any) -> dict[str, Any]:
    """A src/features.py that makes no column."""
    del xp, row
    return {}


def stage_function(name: str) -> Callable[[], None]:
    """What a stage runs; imported late: `make check` starts tests that need none, and loads in a tenth of the time."""
    function: Callable[[], None] = getattr(import_module(f"src.{name}"), name)
    return function


def stages_run(output: str) -> list[str]:
    """The stages that `dvc repro` says it ran."""
    return re.findall(r"^Running stage '(\w+)'", output, re.MULTILINE)


def example_request(readme: str) -> Any:
    """The body that the README's command sends."""
    (line,) = re.findall("^curl http://localhost:3000/predict .*$", readme, re.MULTILINE)
    words = shlex.split(line)
    return json.loads(words[words.index("-d") + 1])


@dataclass
class Project:
    """A folder with data and params.yaml."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch

    def become(self, task: str, rows: int) -> None:
        """Data, schema and parameters of a task."""
        tables = import_module("tests.support.tables")
        schema = tables.Spenders if task == "regression" else tables.Customers
        for name in ("schema", "features"):
            load_module(name, ROOT)  # another test may have used another project's src
        self.monkeypatch.setattr("src.schema.Schema", schema)
        self.monkeypatch.setattr("src.features.features", no_features)
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


def project_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project without data in an empty folder, which becomes the current one."""
    for name in ("data", "requirements"):
        (folder / name).mkdir()
    (folder / "requirements/pipeline.txt").write_text("numpy==2\n")
    monkeypatch.chdir(folder)
    return Project(folder, monkeypatch)
