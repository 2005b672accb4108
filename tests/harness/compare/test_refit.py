"""Trained again with other seeds: kept by what it was trained from, and not at all where the seed does not matter."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from harness.compare.refit import SEEDLESS, refitted, train_again
from harness.core.errors import ProjectError
from harness.core.paths import MODEL_PATH
from harness.inference.predictor import Predictor
from tests.support.constants import ROOT
from tests.support.project import Project
from tests.support.tables import settings
from tests.support.warm import programs


@pytest.fixture(autouse=True)
def forked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each training again is a process of its own."""
    monkeypatch.setattr("sys.executable", str(programs() / "python"))


FOREST: dict[str, Any] = {"estimator": "sklearn.ensemble.RandomForestClassifier", "params": {"n_estimators": 5}}


def trained(project: Project, **train: Any) -> None:
    """A training, and the project's own code, which a training again runs."""
    project.write(params=settings(**train))
    project.run(["preprocess", "train"])
    shutil.copytree(ROOT / "src", project.folder / "src")
    (project.folder / "src/features.py").write_text("def features(xp, row):\n    return {}\n")


def test_each_training_has_a_seed_of_its_own(project: Project, tmp_path: Path) -> None:
    trained(project, **FOREST)
    train_again(2, tmp_path / "again")
    models = [MODEL_PATH, tmp_path / "again/1.onnx", tmp_path / "again/2.onnx"]
    assert len({Predictor(path).sha256 for path in models}) == 3
    assert not (tmp_path / "again" / SEEDLESS).exists()


def test_an_estimator_without_chance_is_trained_again_once_and_no_more(
    project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trained(project)
    (tmp_path / "again").mkdir()
    capsys.readouterr()
    train_again(4, tmp_path / "again", "the base")
    assert capsys.readouterr().out.splitlines() == [
        "training the base with another seed, 1 of 4 …",
        "another seed gives the same model: the base needs no further training",
    ]
    assert sorted(path.name for path in (tmp_path / "again").iterdir()) == ["1.onnx", SEEDLESS]


def test_what_a_search_chose_stays(project: Project, tmp_path: Path) -> None:
    space = {"max_depth": [1, 2]}
    search = {"method": "grid", "scoring": "roc_auc", "n_iter": 2, "space": space}
    trained(project, **FOREST, search=search)
    train_again(1, tmp_path / "again")
    assert (tmp_path / "again/1.onnx").exists()
    Path("artifacts/model/training.json").unlink()
    with pytest.raises(ProjectError, match=r"training\.json: not found, so it is not known what the search chose"):
        train_again(2, tmp_path / "again")


def test_a_training_again_that_fails_is_told_in_one_line(project: Project) -> None:
    trained(project, **FOREST)
    (project.folder / "harness").symlink_to(ROOT / "harness")
    (project.folder / "src/train.py").write_text("raise SystemExit('error: the disk is full')\n")
    with (
        pytest.raises(ProjectError, match=r"^training again with another seed failed: the disk is full$"),
        refitted((project.folder,), 1, keep=False),
    ):
        pass


def test_code_from_before_there_were_trainings_is_told(project: Project) -> None:
    trained(project)
    with (
        pytest.raises(ProjectError, match="the base's version of the template is too old to be trained"),
        refitted((project.folder,), 1, keep=False),
    ):
        pass
