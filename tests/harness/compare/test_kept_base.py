"""The results of a base that was reproduced before: placed from the cache if they are what DVC recorded."""

import json
from hashlib import md5
from pathlib import Path

import pytest

from harness.compare.kept_base import keep_base, place_kept

COMMIT = "a" * 40


def cached(cache: Path, content: bytes, end: str = "") -> str:
    name = md5(content, usedforsecurity=False).hexdigest()
    path = cache / "files/md5" / name[:2] / (name[2:] + end)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return name + end


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """DVC's cache, and a base whose results are a file, a folder, and metrics.json, which DVC does not cache."""
    monkeypatch.chdir(tmp_path)
    cache, base = tmp_path / "cache", tmp_path / "base"
    listed = json.dumps([{"md5": cached(cache, b"x,y\n"), "relpath": "roc.csv"}]).encode()
    metrics = b'{"roc_auc": 0.8}'
    outs = {
        "model.onnx": cached(cache, b"a model"),
        "plots": cached(cache, listed, ".dir"),
        "metrics.json": md5(metrics, usedforsecurity=False).hexdigest(),
    }
    base.mkdir()
    (base / "metrics.json").write_bytes(metrics)
    lines = "".join(f"\n    - path: {path}\n      md5: {name}" for path, name in outs.items())
    (base / "dvc.lock").write_text(f"schema: '2.0'\nstages:\n  train:\n    cmd: train\n    outs:{lines}\n")
    keep_base(COMMIT, base, cache)
    return cache


def test_the_results_of_a_base_come_back(cache: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    assert place_kept(COMMIT, again, cache)
    found = {str(path.relative_to(again)): path.read_bytes() for path in again.rglob("*") if path.is_file()}
    assert found.pop("dvc.lock") == (tmp_path / "base/dvc.lock").read_bytes()
    assert found == {"model.onnx": b"a model", "plots/roc.csv": b"x,y\n", "metrics.json": b'{"roc_auc": 0.8}'}


def test_another_commit_has_none(cache: Path, tmp_path: Path) -> None:
    assert not place_kept("b" * 40, tmp_path / "again", cache)


@pytest.mark.parametrize("content", [b"another model", None], ids=["changed", "gone"])
def test_bytes_that_are_not_those_recorded_are_not_taken(cache: Path, tmp_path: Path, content: bytes | None) -> None:
    path = next(path for path in cache.rglob("*") if path.is_file() and path.read_bytes() == b"a model")
    path.unlink() if content is None else path.write_bytes(content)
    assert not place_kept(COMMIT, tmp_path / "again", cache)
