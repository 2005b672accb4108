"""`make predict` of a folder by a real Dask cluster: equal bytes for any number of workers, some of them killed."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from tests.support.clone import Clone, clone_of
from tests.support.dask import Cluster, cluster_of
from tests.support.tables import customers

FILES, ROWS = 10, 60_000


@pytest.fixture(scope="module")
def scaled(origin: Clone, tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """A clone with an environment of its own that has the optional group."""
    made = clone_of(origin, tmp_path_factory.mktemp("scaled") / "clone")
    made.run("make", "setup", "WITH=scale")
    return made


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("rows") / "in"
    made.mkdir()
    table = customers(2000)
    table = pd.concat([table] * (ROWS // len(table)), ignore_index=True)
    for number in range(FILES):
        table.sample(frac=1, random_state=number).to_parquet(made / f"part-{number}.parquet", index=False)
    return made


@pytest.fixture
def cluster(scaled: Clone, tmp_path: Path) -> Iterator[Cluster]:
    with cluster_of(scaled.folder / ".venv/bin", tmp_path / "dask") as running:
        yield running


@pytest.fixture(scope="module")
def local(scaled: Clone, folder: Path, model: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What one process on this machine writes."""
    out = tmp_path_factory.mktemp("local") / "out"
    scaled.run(*words(folder, out, model))
    return contents(out)


def words(folder: Path, out: Path, model: Path, address: str = "") -> list[str]:
    return [
        "make",
        "predict",
        f"IN={folder}",
        f"OUT={out}",
        f"MODEL={model}",
        *([f"DASK={address}"] if address else []),
    ]


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def begin(clone: Clone, *command: str) -> "subprocess.Popen[str]":
    path = f"{clone.folder / '.venv/bin'}{os.pathsep}{os.environ['PATH']}"
    return subprocess.Popen(
        command, cwd=clone.folder, env={**os.environ, "PATH": path}, stdout=-1, stderr=-1, text=True
    )


def test_any_number_of_workers_writes_the_same_bytes(
    scaled: Clone, cluster: Cluster, folder: Path, model: Path, local: dict[str, bytes], tmp_path: Path
) -> None:
    for count in (1, 3, 7):
        cluster.add_workers(count)
        out = tmp_path / f"out-{count}"
        scaled.run(*words(folder, out, model, cluster.address))
        assert contents(out) == local, count


def test_a_killed_worker_changes_nothing(
    scaled: Clone, cluster: Cluster, folder: Path, model: Path, local: dict[str, bytes], tmp_path: Path
) -> None:
    cluster.add_workers(2)
    running = begin(scaled, *words(folder, tmp_path / "out", model, cluster.address))
    assert running.stdout
    assert "rows" in running.stdout.readline()
    cluster.workers[0].kill()
    _, errors = running.communicate()
    assert running.returncode == 0, errors
    assert contents(tmp_path / "out") == local


def test_a_scheduler_that_dies_is_one_line_and_nothing_is_written(
    scaled: Clone, cluster: Cluster, folder: Path, model: Path, tmp_path: Path
) -> None:
    cluster.add_workers(1)
    running = begin(scaled, *words(folder, tmp_path / "out", model, cluster.address))
    assert running.stdout
    assert "rows" in running.stdout.readline()
    cluster.scheduler.kill()
    _, errors = running.communicate()
    assert running.returncode != 0
    assert f"error: DASK={cluster.address}: the scheduler died; nothing was written\n" in errors
    assert [path.name for path in tmp_path.iterdir() if "out" in path.name] == []


def test_a_scheduler_that_is_not_there_or_has_no_workers_is_one_line(
    scaled: Clone, cluster: Cluster, folder: Path, model: Path, tmp_path: Path
) -> None:
    absent = scaled.run(*words(folder, tmp_path / "out", model, "tcp://127.0.0.1:9"), check=False)
    assert "error: DASK=tcp://127.0.0.1:9: no scheduler answers there: " in absent.stderr
    idle = scaled.run(*words(folder, tmp_path / "out", model, cluster.address), check=False)
    assert f"error: DASK={cluster.address}: the scheduler has no workers\n" in idle.stderr
