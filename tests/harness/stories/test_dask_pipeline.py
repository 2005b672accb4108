"""The row-wise work of the pipeline by a real Dask cluster: equal bytes for any partitions and workers, some killed."""

import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from harness.core.prepared import SCORED_TOGETHER
from tests.support.clone import Clone, clone_of
from tests.support.constants import PATIENCE
from tests.support.dask import Cluster, cluster_of

ROWS, ROW_GROUP = 60_000, 5_000
DATA = "data/generated.parquet"
MEMORY = {1: "8", 3: "0.523", 7: "0.513"}  # GB: for one part of the table, for about three, for about six
STAGES = {"preprocess": "artifacts/prepared", "evaluate": "artifacts/evaluation"}


@pytest.fixture(scope="module")
def scaled(origin: Clone, tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """A clone with the optional group in its environment, a generated table of many row groups, and a model of it."""
    made = clone_of(origin, tmp_path_factory.mktemp("scaled") / "clone")
    made.run("make", "setup", "WITH=scale")
    made.run(*module("bench.generate"), str(ROWS), ".")
    table = pd.read_parquet(made.folder / DATA)
    table = pd.concat([table, table.head(500)])  # they come again in another part
    table.to_parquet(made.folder / DATA, index=False, row_group_size=ROW_GROUP)
    for stage in ("preprocess", "train", "evaluate"):
        made.run(*module(f"src.{stage}"))
    return made


@pytest.fixture(scope="module")
def local(scaled: Clone) -> dict[str, dict[str, bytes]]:
    """What one process on this machine has written."""
    return {stage: contents(scaled.folder / folder) for stage, folder in STAGES.items()}


@pytest.fixture
def cluster(scaled: Clone, tmp_path: Path) -> Iterator[Cluster]:
    with cluster_of(scaled.folder / ".venv/bin", tmp_path / "dask") as running:
        yield running


def module(name: str) -> tuple[str, ...]:
    return (".venv/bin/python", "-W", "ignore", "-m", name)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def begin(clone: Clone, stage: str, cluster: Cluster, memory: str) -> "subprocess.Popen[str]":
    environment = {**os.environ, "DASK": cluster.address, "MEMORY_GB": memory}
    return subprocess.Popen(module(f"src.{stage}"), cwd=clone.folder, env=environment, stdout=-1, stderr=-1, text=True)


@pytest.mark.parametrize("stage", STAGES)
def test_any_number_of_partitions_and_workers_writes_the_same_bytes(
    scaled: Clone, cluster: Cluster, local: dict[str, dict[str, bytes]], stage: str
) -> None:
    for workers, memory in MEMORY.items():
        cluster.add_workers(workers)
        running = begin(scaled, stage, cluster, memory)
        _, errors = running.communicate()
        assert running.returncode == 0, errors
        assert contents(scaled.folder / STAGES[stage]) == local[stage], (stage, workers)


@pytest.mark.parametrize("made", ["*.rows", "0.parquet"])
def test_a_worker_that_is_killed_in_preprocess_changes_nothing(
    scaled: Clone, cluster: Cluster, local: dict[str, dict[str, bytes]], made: str
) -> None:
    """While rows are hashed, and while they are checked."""
    cluster.add_workers(2)
    running = begin(scaled, "preprocess", cluster, MEMORY[7])
    wait_for(scaled, made)
    cluster.workers[0].kill()
    _, errors = running.communicate()
    assert running.returncode == 0, errors
    assert contents(scaled.folder / STAGES["preprocess"]) == local["preprocess"]
    assert not list((scaled.folder / "artifacts").glob(".preprocess-*"))


def test_a_worker_that_is_killed_in_evaluate_changes_nothing(scaled: Clone, cluster: Cluster) -> None:
    prepared = scaled.folder / STAGES["preprocess"] / "test.parquet"
    kept = prepared.read_bytes()
    try:
        few = pd.read_parquet(prepared)
        pd.concat([few] * 18).to_parquet(prepared, index=False, row_group_size=SCORED_TOGETHER)  # four calls
        scaled.run(*module("src.evaluate"))
        expected = contents(scaled.folder / STAGES["evaluate"])
        cluster.add_workers(2)
        running = begin(scaled, "evaluate", cluster, MEMORY[1])
        wait_until_it_scores(cluster.workers[0].pid)
        cluster.workers[0].kill()
        _, errors = running.communicate()
        assert running.returncode == 0, errors
        assert contents(scaled.folder / STAGES["evaluate"]) == expected
    finally:
        prepared.write_bytes(kept)


def test_a_scheduler_that_dies_is_one_line_and_the_last_results_stay(
    scaled: Clone, cluster: Cluster, local: dict[str, dict[str, bytes]]
) -> None:
    cluster.add_workers(1)
    running = begin(scaled, "preprocess", cluster, MEMORY[7])
    wait_for(scaled, "*.rows")
    cluster.scheduler.kill()
    _, errors = running.communicate()
    assert running.returncode == 1
    assert f"error: DASK={cluster.address}: the scheduler died; nothing was written\n" in errors
    assert contents(scaled.folder / STAGES["preprocess"]) == local["preprocess"]
    assert not list((scaled.folder / "artifacts").glob(".preprocess-*"))


def test_a_worker_that_has_loaded_other_code_is_refused(scaled: Clone, cluster: Cluster) -> None:
    cluster.add_workers(1)
    assert begin(scaled, "preprocess", cluster, MEMORY[1]).wait() == 0
    changed = scaled.folder / "harness/core/errors.py"
    kept = changed.read_bytes()
    try:
        changed.write_bytes(kept + b"# a change\n")
        running = begin(scaled, "preprocess", cluster, MEMORY[1])
        _, errors = running.communicate()
    finally:
        changed.write_bytes(kept)
    assert running.returncode == 1
    assert re.search(r"^error: DASK=\S+: the worker \S+ has harness \w+, here it is \w+; start it again$", errors, re.M)


def test_where_the_work_is_done_makes_no_stage_run_again(origin: Clone, tmp_path: Path) -> None:
    clone = clone_of(origin, tmp_path / "clone")
    clone.run("make", "pipeline")
    done = clone.run("make", "pipeline", "DASK=tcp://127.0.0.1:9")  # nobody is there, and nobody is needed
    assert "Running stage" not in done.stdout


def wait_for(clone: Clone, made: str) -> None:
    end = time.monotonic() + PATIENCE
    while not list((clone.folder / "artifacts").glob(f".preprocess-*/{made}")):
        assert time.monotonic() < end
        time.sleep(0.02)


def wait_until_it_scores(worker: int) -> None:
    """A worker loads onnxruntime when its first call begins."""
    end = time.monotonic() + PATIENCE
    while "onnxruntime" not in Path(f"/proc/{worker}/maps").read_text("utf-8"):
        assert time.monotonic() < end
        time.sleep(0.02)
