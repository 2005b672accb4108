"""A project that was made when src/ still held the template takes this version, and goes on."""

from hashlib import sha256
from pathlib import Path

import pytest

from harness.core.paths import EXAMPLE_TESTS
from harness.project.moved import MOVED, moved_imports
from harness.project.neutral_hooks import EXAMPLE_FEATURES, FEATURES_PATH, leave_out_example_features
from tests.support.clone import Clone, clone_of, copy_work_tree, lend_environment
from tests.support.constants import ROOT
from tests.support.strangers import census

LAST = "ca9dd0b"  # the last version before the move
OWN_TEST = '''"""Ours."""

from src.errors import ProjectError
from src.params import load_params
from src.schema import Schema
from tests.conftest import ROOT


def test_income_is_the_target() -> None:
    assert "income" in Schema.to_schema().columns
    assert load_params(ROOT / "params.yaml").train.random_state == 7
    assert issubclass(ProjectError, Exception)
'''
OURS = ("src/schema.py", "data.dvc", "params.yaml", "README.md", "tests/test_mine.py")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """The template with its history, and the work tree as its newest version."""
    made, here = Clone(tmp_path_factory.mktemp("template") / "template"), Clone(ROOT)
    if here.run("git", "cat-file", "-e", f"{LAST}^{{tree}}", check=False).returncode:
        pytest.skip("this clone lacks the history from before the move")
    here.run("git", "clone", "--quiet", "--no-checkout", str(ROOT), str(made.folder))
    copy_work_tree(made.folder)
    made.run("git", "update-ref", "refs/heads/main", "HEAD")
    made.run("git", "symbolic-ref", "HEAD", "refs/heads/main")
    made.commit("the work tree")
    return made


@pytest.fixture(scope="module")
def old(template: Clone, tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """A fork as it was then: a table of its own, edits in params.yaml and README.md, and one test."""
    folder = tmp_path_factory.mktemp("old")
    made = clone_of(template, folder / "fork")
    made.run("git", "checkout", "--quiet", "-B", "main", LAST)
    made.run("python", "-m", "src.adopt", f"DATA={census(folder)}", "TARGET=income")
    for name, before, after in (
        ("params.yaml", "  random_state: 0\n  cv: 5", "  random_state: 7\n  cv: 4"),
        ("README.md", "## ", "## Our team\n\nAsk Ada.\n\n## "),
    ):
        path = made.folder / name
        text = path.read_text("utf-8")
        assert before in text
        path.write_text(text.replace(before, after, 1), "utf-8")
    (made.folder / "tests/test_mine.py").write_text(OWN_TEST)
    made.commit("our project")
    return made


@pytest.mark.parametrize("history", ["shared", "none"])
def test_a_project_from_before_the_move_takes_this_version(
    template: Clone, old: Clone, tmp_path: Path, history: str
) -> None:
    """Its own program of then merges; `make update` of this version is there from the next time on."""
    fork = clone_of(old, tmp_path / "fork")
    if history == "none":  # as *Use this template* makes it
        fork.run("git", "checkout", "--quiet", "--orphan", "copy", LAST)
        fork.commit("Initial commit")
        fork.run("git", "rm", "--quiet", "-r", ".")
        fork.run("git", "checkout", "main", "--", ".")
        fork.commit("our project")
        fork.run("git", "branch", "--quiet", "-M", "copy", "main")
    before = {name: (fork.folder / name).read_text("utf-8") for name in OURS}
    assert "merged the template" in fork.run("python", "-m", "src.update_template", str(template.folder)).stdout
    assert fork.status() == ""
    after = {name: (fork.folder / name).read_text("utf-8") for name in OURS}
    for name in ("src/schema.py", "data.dvc", "tests/test_mine.py"):
        assert after[name] == before[name]
    assert "  random_state: 7\n  cv: 4" in after["params.yaml"]
    assert "path: data/census.csv" in after["params.yaml"]
    assert "## Our team\n\nAsk Ada.\n" in after["README.md"]
    assert "predicts `income`" in after["README.md"]
    assert not (fork.folder / "tests/test_titanic.py").exists()
    told = fork.run("python", "-m", "harness", "update").stdout
    assert "tests/test_mine.py: src.errors is now harness.core.errors and harness.core.command" in told
    lend_environment(fork)
    printed = fork.run("make", "pipeline").stdout
    assert "note: src/features.py was emptied: it used fare, parch, sibsp of the worked example" in printed
    assert "roc_auc" in printed or "ROC AUC" in printed
    done = fork.run("make", "test", f"ARGS=-n 0 --basetemp={tmp_path}/inside tests/test_mine.py tests/test_schema.py")
    assert "src.params has moved: import load_params from harness.core.params" in done.stdout


@pytest.mark.skipif(not (ROOT / EXAMPLE_TESTS[0]).exists(), reason="the worked example is gone")
def test_the_worked_examples_features_are_known() -> None:
    """By their digest, so that an update of a project from before they were there does not break it."""
    assert sha256((ROOT / FEATURES_PATH).read_text("utf-8").encode()).hexdigest() in EXAMPLE_FEATURES


def test_every_module_that_moved_is_where_the_map_says() -> None:
    for name, places in MOVED.items():
        assert not (ROOT / f"{name.replace('.', '/')}.py").exists() or name == "tests.conftest"
        assert all((ROOT / f"{place.replace('.', '/')}.py").exists() for place in places), places


def test_imports_by_old_names_are_found_however_they_are_written(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import src.params\nfrom src import errors, schema\nfrom src.schema import Schema\n")
    (tmp_path / "b.py").write_text("import src.params as\n")
    assert moved_imports(tmp_path / "a.py") == ["src.errors", "src.params"]
    assert moved_imports(tmp_path / "b.py") == moved_imports(tmp_path / "absent.py") == []


def test_a_mistyped_column_of_the_schema_does_not_empty_the_features(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("src").mkdir()
    text = (ROOT / FEATURES_PATH).read_text("utf-8")
    FEATURES_PATH.write_text(text, "utf-8")
    for columns, kept in (("sibsp parch fair", True), ("width length fare", False)):
        names = "".join(f"    {name}: int\n" for name in columns.split())
        Path("src/schema.py").write_text(f"class Schema:\n{names}", "utf-8")
        leave_out_example_features()
        assert (FEATURES_PATH.read_text("utf-8") == text) is kept
    assert "to get it back: git restore src/features.py\n" in capsys.readouterr().out
