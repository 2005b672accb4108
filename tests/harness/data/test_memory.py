"""The memory that is there decides how many rows are held at once; where it is enough for none, one line says so."""

from pathlib import Path

import pytest

from harness.core.errors import ProjectError
from harness.core.memory import GIGABYTE, memory_limit
from harness.data import memory
from tests.support.project import Project
from tests.support.tables import SCHEMA

REFUSED = (
    r"^data/customers\.csv: preparing rows of \d+ bytes needs 0\.\d GB of memory, and 0\.001 GB are there "
    r"\(MEMORY_GB, or the machine's\); nothing was started$"
)


def test_a_limit_that_is_too_small_is_one_line(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMORY_GB", "0.001")
    with pytest.raises(ProjectError, match=REFUSED):
        project.run(["preprocess"])
    assert not Path("artifacts").exists()


def test_more_memory_holds_more_rows(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    del project
    held = []
    for limit in ("0.6", "0.7", "100"):
        monkeypatch.setenv("MEMORY_GB", limit)
        held.append(memory.batch_rows(Path("data/customers.csv"), SCHEMA))
    assert memory.LEAST_BATCH < held[0] < held[1] < held[2] == memory.MOST_BATCH


def test_a_training_that_does_not_fit_is_refused_before_it_starts(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.run(["preprocess"])
    monkeypatch.setenv("MEMORY_GB", "0.40001")
    said = r"train\.parquet: learning from \d+ rows takes about 0\.4 GB of memory, and 0\.4 GB are there: about \d+"
    with pytest.raises(ProjectError, match=said):
        project.run(["train"])
    assert not Path("artifacts/model").exists()


@pytest.mark.parametrize("value", ["-1", "much", "inf"])
def test_a_limit_that_is_none_is_named(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMORY_GB", value)
    with pytest.raises(ProjectError, match=rf"^MEMORY_GB={value}: must be a number of gigabytes above 0$"):
        memory_limit()


def test_the_limit_is_that_of_the_machine_or_less() -> None:
    assert memory_limit() > GIGABYTE / 4
