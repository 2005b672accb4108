"""The same code trained again with other seeds, so that a change can be told from the noise of training.

`python -m harness.compare.refit COUNT OUT` trains in the current folder; each side of a comparison does it with its own
code. The models are kept by what they were trained from (DVC's record of the stage `train`), so that a base is trained
again once, not in every report.
"""

import hashlib
import json
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from os import environ, pathsep
from pathlib import Path

import numpy as np

from harness.core.command import run
from harness.core.errors import ProjectError
from harness.core.files import read_json
from harness.core.loader import load_hook
from harness.core.params import TrainParams, load_params, read_yaml
from harness.core.paths import DVC_LOCK, MODEL_PATH, PREPARED, REFITS, TRAINING_PATH
from harness.core.prepared import Prepared
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


def train_again(count: int, out: Path) -> None:
    """Write models 1 to `count` of the project in the current folder, those that are not there yet."""
    from harness.model.export import export  # noqa: PLC0415 (slow to load, and only this program needs them)
    from harness.model.training import read_training_rows, train_model  # noqa: PLC0415

    params = load_params()
    rows = read_training_rows(Prepared(PREPARED), params)
    features, model = load_hook("features", "features"), load_hook("model", "model")
    shipped = Predictor(MODEL_PATH).scores(rows.columns)
    for number in range(1, count + 1):
        path = out / f"{number}.onnx"
        if path.exists() or (out / SEEDLESS).exists():
            continue
        again = params.model_copy(update={"train": _reseeded(params.train, number)})
        training = train_model(rows, again, features, model)
        export(training, rows.contract, rows.hashes, rows.columns, rows.y, path)
        if number == 1 and np.array_equal(Predictor(path).scores(rows.columns), shipped):
            (out / SEEDLESS).touch()


def _reseeded(train: TrainParams, number: int) -> TrainParams:
    """Another seed; parameters that a search chose stay, for to search again is another training."""
    chosen = read_json(TRAINING_PATH)["chosen"] if TRAINING_PATH.exists() else {}
    if train.search.method != "none" and not chosen:
        raise ProjectError(f"{TRAINING_PATH}: not found: what the search chose is not known")
    return train.model_copy(
        update={
            "random_state": (train.random_state + 1000 * number) % 2**32,
            "params": {**train.params, **chosen},
            "search": train.search.model_copy(update={"method": "none"}),
        }
    )


def _train_in(folder: Path, count: int, out: Path) -> None:
    """Train in a process of that folder's own environment, where it has one."""
    if (out / SEEDLESS).exists() or all((out / f"{i}.onnx").exists() for i in range(1, count + 1)):
        return
    if not (folder / "harness/compare/refit.py").exists():
        raise ProjectError("the base's version of the template cannot train again")
    own = folder / ".venv/bin"
    binaries = own if own.exists() else Path(sys.prefix) / "bin"
    environment = {"PATH": f"{binaries}{pathsep}{environ['PATH']}"}
    out.mkdir(parents=True, exist_ok=True)
    command = (str(binaries / "python"), "-m", "harness.compare.refit", str(count), str(out))
    done = try_program(*command, folder=folder, environment=environment)
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
    run(train_again, int(sys.argv[1]), Path(sys.argv[2]))
