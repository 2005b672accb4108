"""A table that does not fit is refused before it is read, with the number of rows that would."""

from pathlib import Path

import pandas as pd
import pytest

from harness.core.errors import ProjectError
from harness.data.memory import memory_limit
from tests.support.project import Project
from tests.support.tables import customers

REFUSED = r"data/customers\.csv: about 2\d,\d\d\d rows of \d+ bytes take 0\.0 GB to be prepared, 0\.0 GB are there: "


@pytest.fixture
def large(project: Project) -> pd.DataFrame:
    """More rows than are sampled."""
    table = pd.concat([customers(500)] * 50, ignore_index=True)
    table["customer"] = range(1, len(table) + 1)
    project.write(table)
    return table


def test_a_limit_that_is_too_small_is_one_line(
    project: Project, large: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    del large
    monkeypatch.setenv("MEMORY_GB", "0.001")
    with pytest.raises(ProjectError, match=REFUSED):
        project.run(["preprocess"])
    assert not Path("artifacts").exists()
    monkeypatch.setenv("MEMORY_GB", "1")
    project.run(["preprocess"])


@pytest.mark.parametrize("value", ["-1", "much", "inf"])
def test_a_limit_that_is_none_is_named(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMORY_GB", value)
    with pytest.raises(ProjectError, match=rf"^MEMORY_GB={value}: must be a number of gigabytes above 0$"):
        memory_limit()
