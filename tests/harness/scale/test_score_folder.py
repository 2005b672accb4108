"""`make predict` on a folder of Parquet files: as each file alone, whole or not at all."""

from pathlib import Path

import pandas as pd
import pytest

from harness.batch.score import score_file
from harness.core.errors import ProjectError
from harness.scale.score_folder import score_folder
from tests.support.tables import customers

ROWS = 65_536


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three files; the rows differ."""
    made = tmp_path / "in"
    made.mkdir()
    table = customers(300)
    for number in range(3):
        table.iloc[number * 100 : (number + 1) * 100].to_parquet(made / f"part-{number}.parquet", index=False)
    return made


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_each_file_is_scored_as_it_is_alone(folder: Path, model: Path, tmp_path: Path) -> None:
    score_folder(folder, tmp_path / "out", model, None, None, ROWS)
    (tmp_path / "alone").mkdir()
    for path in folder.iterdir():
        score_file(path, tmp_path / "alone" / path.name, model)
    assert contents(tmp_path / "out") == contents(tmp_path / "alone")


def test_an_ending_in_capitals_is_one_of_parquet(folder: Path, model: Path, tmp_path: Path) -> None:
    (folder / "part-0.parquet").rename(folder / "part-0.PARQUET")
    score_folder(folder, tmp_path / "out", model, None, None, ROWS)
    assert list(contents(tmp_path / "out")) == ["part-0.PARQUET", "part-1.parquet", "part-2.parquet"]
    assert len(pd.read_parquet(tmp_path / "out/part-0.PARQUET")) == 100
    (folder / "part-1.parquet").rename(folder / "part-0.parquet")
    with pytest.raises(
        ProjectError, match=r"in/part-0\.parquet: part-0\.PARQUET has the same name; rename one of them$"
    ):
        score_folder(folder, tmp_path / "later", model, None, None, ROWS)


def test_a_file_with_other_types_is_named_and_nothing_is_written(folder: Path, model: Path, tmp_path: Path) -> None:
    path = folder / "part-1.parquet"
    frame = pd.read_parquet(path)
    name = next(name for name in frame if frame[name].dtype.kind == "f")
    changed = frame.copy()
    changed[name] = frame[name].astype("str")
    changed.to_parquet(path, index=False)
    with pytest.raises(
        ProjectError, match=rf"part-1.parquet: the column {name} is \w+, in part-0.parquet it is double$"
    ):
        score_folder(folder, tmp_path / "out", model, None, None, ROWS)
    frame.drop(columns=name).to_parquet(path, index=False)
    with pytest.raises(ProjectError, match=rf"part-1.parquet: the column {name} is absent, in part-0.parquet"):
        score_folder(folder, tmp_path / "out", model, None, None, ROWS)
    assert [one.name for one in tmp_path.iterdir()] == ["in"]


def test_a_file_that_cannot_be_scored_leaves_nothing(folder: Path, model: Path, tmp_path: Path) -> None:
    pd.read_parquet(folder / "part-2.parquet").iloc[:0].to_parquet(folder / "part-2.parquet", index=False)
    with pytest.raises(ProjectError, match=r"part-2.parquet: "):
        score_folder(folder, tmp_path / "out", model, None, None, ROWS)
    assert [one.name for one in tmp_path.iterdir()] == ["in"]


def test_a_file_that_is_no_parquet_is_named_and_a_hidden_one_is_left_alone(
    folder: Path, model: Path, tmp_path: Path
) -> None:
    (folder / ".part-3.parquet").write_bytes(b"half a download")
    score_folder(folder, tmp_path / "out", model, None, None, ROWS)
    assert list(contents(tmp_path / "out")) == ["part-0.parquet", "part-1.parquet", "part-2.parquet"]
    for name in ("part-0.parquet", "part-2.parquet"):
        (folder / name).write_bytes(b"PAR1 no table PAR1")
        with pytest.raises(ProjectError, match=rf"in/{name}: cannot be read: Parquet file size is"):
            score_folder(folder, tmp_path / "later", model, None, None, ROWS)
        (folder / name).write_bytes((folder / "part-1.parquet").read_bytes())
    assert sorted(one.name for one in tmp_path.iterdir()) == ["in", "out"]


def test_a_folder_that_holds_something_is_not_overwritten(folder: Path, model: Path, tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"in: is not empty; name a new folder, or an empty one$"):
        score_folder(folder, folder, model, None, None, ROWS)
    with pytest.raises(ProjectError, match=r"holds no \.parquet file$"):
        score_folder(tmp_path, tmp_path / "out", model, None, None, ROWS)


def test_without_dask_the_command_that_installs_it_is_named(folder: Path, model: Path, tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"^DASK=tcp://127\.0\.0\.1:9: "):
        score_folder(folder, tmp_path / "out", model, "tcp://127.0.0.1:9", None, ROWS)
    assert not (tmp_path / "out").exists()
