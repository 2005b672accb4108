"""Searches and boosters by a real Dask cluster: equal where the work is only spread, recorded where it is not."""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.clone import Clone, clone_of
from tests.support.constants import PATIENCE
from tests.support.dask import Cluster, cluster_of

ROWS = 170_000  # two partitions of training rows, and a bit
MADE = ("artifacts/model/model.onnx", "artifacts/model/training.json")
SEARCH = {"method": "grid", "scoring": "roc_auc", "space": {"C": [0.01, 1.0]}}
BOOSTERS = {"lightgbm": "lightgbm.LGBMClassifier", "xgboost": "xgboost.XGBClassifier"}


@pytest.fixture(scope="module")
def scaled(origin: Clone, tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """A clone whose environment has both optional groups, and a generated table, prepared."""
    made = clone_of(origin, tmp_path_factory.mktemp("scaled") / "clone")
    made.run("make", "setup", "WITH=boosters,scale")
    made.run(*module("bench.generate"), str(ROWS), ".")
    made.run(*module("src.preprocess"))
    return made


@pytest.fixture(scope="module")
def cluster(scaled: Clone, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """With two workers."""
    with cluster_of(scaled.folder / ".venv/bin", tmp_path_factory.mktemp("cluster") / "dask") as running:
        running.add_workers(2)
        yield running


def module(name: str) -> tuple[str, ...]:
    return (".venv/bin/python", "-W", "ignore", "-m", name)


def become(clone: Clone, estimator: str, params: dict[str, Any], **train: Any) -> None:
    def edit(every: dict[str, Any]) -> None:
        every["train"].pop("distributed", None)
        search = every["train"]["search"] | {"method": "none"}
        every["train"] |= {"estimator": estimator, "params": params, "cv": 2, "search": search}
        every["train"] |= {key: search | value if key == "search" else value for key, value in train.items()}

    clone.edit_params(edit)


def begin(clone: Clone, address: str = "", stage: str = "train") -> "subprocess.Popen[str]":
    environment = {**os.environ, "OMP_NUM_THREADS": "1"} | ({"DASK": address} if address else {})
    return subprocess.Popen(module(f"src.{stage}"), cwd=clone.folder, env=environment, stdout=-1, stderr=-1, text=True)


def train(clone: Clone, address: str = "", stage: str = "train") -> str:
    running = begin(clone, address, stage)
    said, errors = running.communicate()
    assert running.returncode == 0, errors
    return said


def made_by(clone: Clone) -> list[bytes]:
    return [(clone.folder / path).read_bytes() for path in MADE]


def test_a_search_by_the_cluster_gives_the_bytes_of_the_local_one(scaled: Clone, cluster: Cluster) -> None:
    become(scaled, "sklearn.linear_model.LogisticRegression", {"max_iter": 20, "tol": 0.01}, search=SEARCH)
    train(scaled)
    local = made_by(scaled)
    assert json.loads(local[1])["chosen"]
    train(scaled, cluster.address)
    assert made_by(scaled) == local


@pytest.mark.parametrize("package", BOOSTERS)
def test_a_distributed_training_says_who_made_it_and_is_as_good(scaled: Clone, cluster: Cluster, package: str) -> None:
    """Equal within the interval of the test rows; the file is an ONNX file as any other."""
    found = []
    for distributed in (False, True):
        become(scaled, BOOSTERS[package], {"n_estimators": 20, "n_jobs": 1}, distributed=distributed)
        train(scaled, cluster.address if distributed else "")
        train(scaled, stage="evaluate")
        found.append(json.loads((scaled.folder / "artifacts/evaluation/metrics.json").read_text("utf-8")))
    (interval,) = [one for one in found[0]["intervals"] if one["metric"] == "roc_auc"]
    assert interval["low"] <= found[1]["test"]["roc_auc"] <= interval["high"]
    by = {"by": f"{package}.dask", "workers": 2, "partitions": 3}
    assert json.loads(made_by(scaled)[1])["distributed"] == by
    asked = "import sys; from harness.inference.model_file import *; print(ModelFile(Path(sys.argv[1])).distributed)"
    assert scaled.run(".venv/bin/python", "-c", asked, MADE[0]).stdout.strip() == str(by)


def test_what_cannot_be_distributed_is_trained_here_and_says_so(scaled: Clone, cluster: Cluster) -> None:
    settings: dict[str, Any] = {"max_iter": 20, "tol": 0.01}
    become(scaled, "sklearn.linear_model.LogisticRegression", settings, distributed=True)
    said = train(scaled, cluster.address)
    line = (
        "params.yaml: train.distributed: train.estimator sklearn.linear_model.LogisticRegression cannot be "
        "distributed; this training runs on this machine\n"
    )
    assert line in said
    assert "distributed" not in json.loads(made_by(scaled)[1])


def test_without_a_cluster_a_distributed_training_is_refused_in_one_line(scaled: Clone) -> None:
    become(scaled, BOOSTERS["xgboost"], {}, distributed=True)
    before = made_by(scaled)
    running = begin(scaled)
    _, errors = running.communicate()
    cure = "make pipeline DASK=tcp://host:8786 (docs/scale.md)"
    assert errors == f"error: params.yaml: train.distributed needs a cluster: {cure}\n"
    absent = begin(scaled, "tcp://127.0.0.1:9")
    _, errors = absent.communicate()
    assert errors.startswith("error: DASK=tcp://127.0.0.1:9: no scheduler answers there: ")
    assert errors.count("\n") == 1
    assert (running.returncode, absent.returncode, made_by(scaled)) == (1, 1, before)
    assert not list((scaled.folder / "artifacts").glob(".train-*"))


@pytest.mark.parametrize("what", ["search", *BOOSTERS])
@pytest.mark.parametrize("victim", ["scheduler", "worker"])
def test_what_dies_during_a_training_is_one_line_or_nothing(
    scaled: Clone, tmp_path: Path, what: str, victim: str
) -> None:
    """A search goes on without a worker; a distributed training needs each."""
    if what == "search":
        many = SEARCH | {"space": {"C": [0.001 * 2**step for step in range(12)]}}
        become(scaled, "sklearn.linear_model.LogisticRegression", {"max_iter": 40, "tol": 1e-6}, search=many)
    else:
        become(scaled, BOOSTERS[what], {"n_estimators": 2000, "n_jobs": 1}, distributed=True)
    before = made_by(scaled)
    with cluster_of(scaled.folder / ".venv/bin", tmp_path / "dask") as cluster:
        cluster.add_workers(2)
        running = begin(scaled, cluster.address)
        wait_for_work(cluster)
        (cluster.scheduler if victim == "scheduler" else cluster.workers[0]).kill()
        _, errors = running.communicate(timeout=3 * PATIENCE)
    if what == "search" and victim == "worker":
        assert running.returncode == 0, errors
        return
    assert running.returncode == 1
    assert f"error: DASK={cluster.address}: the " in errors.splitlines()[-1]
    assert errors.endswith("died; nothing was written\n") or "died, and the training needs each" in errors
    assert made_by(scaled) == before
    assert not list((scaled.folder / "artifacts").glob(".train-*"))


def wait_for_work(cluster: Cluster) -> None:
    """Until both workers have used the processor for a while."""
    end = time.monotonic() + PATIENCE
    first = [busy(worker.pid) for worker in cluster.workers]
    while any(busy(worker.pid) < before + 1 for worker, before in zip(cluster.workers, first, strict=True)):
        assert time.monotonic() < end
        time.sleep(0.1)


def busy(process: int) -> float:
    """Seconds of the processor."""
    spent = Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(spent[11]) + int(spent[12])) / os.sysconf("SC_CLK_TCK")
