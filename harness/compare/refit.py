"""Train the same code again with other seeds, to know how much of a change is noise of training.

`python -m harness.compare.refit COUNT OUT` trains in the current folder; each side of a comparison does it with its own
code. The models are kept by what they were trained from (DVC's record of the stage `train`), so that a base is trained
again once, not in every report.
"""

import hashlib
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from os import environ, pathsep
from pathlib import Path
from typing import Any

import numpy as np
from ruamel.yaml import YAML

from harness.bootstrap import PROGRAMS
from harness.core.command import run
from harness.core.errors import ProjectError
from harness.core.files import read_json, replacing
from harness.core.params import read_yaml
from harness.core.paths import (
    DVC_LOCK,
    MODEL_PATH,
    PARAMS_PATH,
    PIPELINE_LOCK,
    PREPARED,
    REFITS,
    TRAINING_PATH,
    pipeline_lock,
)
from harness.core.prepared import Prepared, feature_columns
from harness.core.shell import try_program
from harness.inference.predictor import Predictor

SEEDLESS = "seedless"  # file beside the models: another seed gives the same model


@contextmanager
def refitted(folders: tuple[Path, ...], count: int, keep: bool) -> Iterator[list[list[Path]]]:
    """For each project folder the models of `count` further trainings; none where the seed does not matter.

    With `keep` they are kept below .dvc/cache; without it nothing that was kept is believed. Raises ProjectError if a
    folder's code cannot be trained again.
    """
    with tempfile.TemporaryDirectory() as temporary:
        places = [REFITS.resolve() if keep else Path(temporary) for _ in folders]
        outs = [place / _key(folder) for place, folder in zip(places, folders, strict=True)]
        distinct = dict(zip(outs, folders, strict=True))  # equal trainings are made once
        with ThreadPoolExecutor(len(distinct)) as pool:
            list(pool.map(lambda pair: _train_in(pair[1], count, pair[0]), distinct.items()))
        yield [[] if (out / SEEDLESS).exists() else [out / f"{i}.onnx" for i in range(1, count + 1)] for out in outs]


def train_again(count: int, out: Path, which: str = "the model") -> None:
    """Write models 1 to `count` of the project in the current folder, those that are not there yet; `which` names it.

    Each is made by the project's own stage, `python -m src.train`: what is edited in it is in every training. Raises
    ProjectError with the stage's reason if it fails.
    """
    contract = Prepared(PREPARED).read_contract()
    columns = feature_columns(Prepared(PREPARED).read_rows("train"), contract)
    shipped = Predictor(MODEL_PATH).scores(columns)
    for number in range(1, count + 1):
        path = out / f"{number}.onnx"
        if path.exists() or (out / SEEDLESS).exists():
            continue
        print(f"training {which} with another seed, {number} of {count} …", flush=True)
        _run_stage(_reseeded(read_yaml(PARAMS_PATH), number), path)
        if number == 1 and np.array_equal(Predictor(path).scores(columns), shipped):
            (out / SEEDLESS).touch()
            print(f"another seed gives the same model: {which} needs no further training", flush=True)


def _run_stage(params: Any, path: Path) -> None:
    """Run the stage `train` in a folder that has other parameters and is otherwise as this one."""
    project = Path.cwd()
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        (place / PREPARED).parent.mkdir(parents=True)
        (place / PREPARED).symlink_to(project / PREPARED, target_is_directory=True)
        (place / PIPELINE_LOCK).parent.mkdir()
        shutil.copyfile(pipeline_lock(), place / PIPELINE_LOCK)
        YAML(typ="safe", pure=True).dump(params, place / PARAMS_PATH)
        found = pathsep.join(filter(None, [str(project), environ.get("PYTHONPATH", "")]))
        done = try_program(sys.executable, "-m", "src.train", folder=place, environment={"PYTHONPATH": found})
        if done.returncode:
            raise ProjectError((done.stderr.strip().splitlines() or ["src.train failed"])[-1].removeprefix("error: "))
        with replacing(path) as temporary:
            shutil.copyfile(place / MODEL_PATH, temporary)


def _reseeded(params: Any, number: int) -> Any:
    """Another seed; parameters that a search chose stay, because a new search would be another training."""
    train = params["train"]
    chosen = read_json(TRAINING_PATH)["chosen"] if TRAINING_PATH.exists() else {}
    if train["search"]["method"] != "none" and not chosen:
        raise ProjectError(f"{TRAINING_PATH}: not found, so it is not known what the search chose")
    train["random_state"] = (train["random_state"] + 1000 * number) % 2**32
    train["params"] |= chosen
    train.pop("distributed", None)  # the seeds' noise is measured here, whoever trained the shipped model
    train.pop("cross_validate", None)  # its scores belong only to the shipped model
    train["search"]["method"] = "none"
    return params


def _train_in(folder: Path, count: int, out: Path) -> None:
    """Train in a process of that folder's own environment, where it has one."""
    if (out / SEEDLESS).exists() or all((out / f"{i}.onnx").exists() for i in range(1, count + 1)):
        return
    if not (folder / "harness/compare/refit.py").exists():
        raise ProjectError("the base's version of the template is too old to be trained with another seed")
    own = folder / ".venv" / PROGRAMS
    binaries = own if own.exists() else Path(sys.prefix) / PROGRAMS
    environment = {"PATH": f"{binaries}{pathsep}{environ['PATH']}"}
    out.mkdir(parents=True, exist_ok=True)
    which = "this model" if folder.resolve() == Path.cwd() else "the base"
    command = (str(binaries / "python"), "-m", "harness.compare.refit", str(count), str(out), which)
    done = try_program(*command, folder=folder, environment=environment, shown=True)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["failed"]
        raise ProjectError(f"training again with another seed failed: {lines[-1].removeprefix('error: ')}"[:500])


def _key(folder: Path) -> str:
    """What a model was trained from: packages, code, data and parameters, as DVC recorded them."""
    lock = read_yaml(folder / DVC_LOCK) if (folder / DVC_LOCK).exists() else {}
    stages = lock.get("stages") if isinstance(lock, dict) else None
    recorded = stages.get("train") if isinstance(stages, dict) else None
    model = hashlib.sha256((folder / MODEL_PATH).read_bytes()).hexdigest()
    return hashlib.sha256(json.dumps([recorded, model], sort_keys=True, default=str).encode()).hexdigest()[:40]


if __name__ == "__main__":
    run(train_again, int(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
