"""Where `make test` lets the tests' files lie."""

from collections import namedtuple
from pathlib import Path

import psutil
import pytest

from harness.project import tests as run

Free = namedtuple("Free", ["available", "free"])


@pytest.mark.parametrize(
    ("available", "free", "in_memory"), [(16e9, 8e9, True), (3e9, 8e9, False), (16e9, 64e6, False)]
)
def test_files_lie_in_memory_where_there_is_plenty(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, available: float, free: float, in_memory: bool
) -> None:
    """A container has 64 MB there unless somebody gives it more."""
    monkeypatch.delenv("TMPDIR", raising=False)
    monkeypatch.setattr(run, "SHARED_MEMORY", tmp_path)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: Free(available, 0))
    monkeypatch.setattr(psutil, "disk_usage", lambda _: Free(0, free))
    assert run.in_memory() == ({"PYTEST_DEBUG_TEMPROOT": str(tmp_path)} if in_memory else {})


def test_who_names_a_folder_for_temporary_files_gets_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert run.in_memory() == {}


def test_a_system_without_such_a_folder_uses_its_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("TMPDIR", raising=False)
    monkeypatch.setattr(run, "SHARED_MEMORY", tmp_path / "none")
    assert run.in_memory() == {}
