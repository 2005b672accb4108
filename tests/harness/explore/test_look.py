"""`make look`: what the page says of each column, and what happens to data that would be markup."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from harness.core.errors import ProjectError
from harness.core.paths import LOOK_PATH, PREPARED
from harness.core.prepared import Prepared
from harness.explore.column_views import explained_share, view_columns
from harness.explore.look import look
from harness.explore.look_page import PagePart, cell, page_of, table
from tests.support.project import Project


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_the_page_shows_every_column_of_every_task(project: Project, task: str) -> None:
    project.become(task, 300)
    project.run(["preprocess"])
    look()
    page = LOOK_PATH.read_text("utf-8")
    contract = Prepared(PREPARED).read_contract()
    assert all(f"<b>{feature.name}</b>" in page for feature in contract.features if not feature.free)
    titles = ("Train beside test", "Each column and the target", "Slices", "Left out", "Every column of the table")
    places = [page.index(f">{title}</h2>") for title in titles]
    assert places == sorted(places)


def test_bins_hold_every_row_of_both_sides(project: Project) -> None:
    project.run(["preprocess"])
    prepared = Prepared(PREPARED)
    train, test = prepared.read_rows("train"), prepared.read_rows("test")
    for view in view_columns(train, test, prepared.read_contract()):
        assert sum(one.train for one in view.bins) == pytest.approx(1)
        assert sum(one.test for one in view.bins) == pytest.approx(1)
        assert 0 <= view.explained <= 1


def test_explained_is_the_squared_correlation_ratio() -> None:
    """Of two bins and a binary target it is Pearson's φ², and nothing where the bins say nothing."""
    bins, y = np.array([0, 0, 0, 1, 1, 1, 1, 1]), np.array([0, 0, 1, 1, 1, 1, 0, 1])
    rows = np.bincount(bins).astype(float)
    target = np.eye(2)[y]
    means = np.array([target[bins == place].mean(axis=0) for place in (0, 1)])
    assert explained_share(target, rows, means) == pytest.approx(np.corrcoef(bins, y)[0, 1] ** 2)
    assert explained_share(target, np.array([8.0]), target.mean(axis=0)[None]) == pytest.approx(0)


def test_what_is_left_out_stands_with_its_reason(project: Project) -> None:
    table = pd.read_csv("data/customers.csv").assign(secret=1)
    project.write(table)
    Path("src").mkdir()
    Path("src/schema.py").write_text("# left out: secret: nobody may know\n", "utf-8")
    project.run(["preprocess"])
    look()
    assert "<tr><td>secret</td><td>nobody may know</td></tr>" in LOOK_PATH.read_text("utf-8")


def test_data_never_becomes_markup() -> None:
    hostile = "<script>alert(1)</script>\x1b[2J"
    page = page_of(hostile, [PagePart(hostile, hostile, table([hostile], [[cell(hostile)]]))])
    assert "<script" not in page
    assert "\x1b" not in page


def test_without_prepared_rows_the_command_is_named(project: Project) -> None:
    del project
    with pytest.raises(ProjectError, match=r"^artifacts/prepared/contract.json: not found; run: make pipeline$"):
        look()
    assert not LOOK_PATH.exists()
