"""A later version of the template comes into an adopted project."""

from pathlib import Path

import pytest

from tests.support.clone import Clone, clone_of
from tests.support.strangers import census

OWN = ("src/schema.py", "data.dvc")
EXAMPLE_TEST = "tests/test_titanic.py"


@pytest.fixture(scope="session")
def first(known: Clone, tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """The first version of a template whose worked example is the known table; not to be changed."""
    made = clone_of(known, tmp_path_factory.mktemp("first") / "template")
    (made.folder / EXAMPLE_TEST).write_text('"""The worked example."""\n')
    (made.folder / "README.md").write_text("<!--example:results-->\nThe worked example tells.\n<!--/example-->\n")
    made.commit("the worked example")
    return made


@pytest.fixture
def template(first: Clone, tmp_path: Path) -> Clone:
    """The template, of which others are made, and which moves on."""
    return clone_of(first, tmp_path / "template")


@pytest.fixture(scope="session")
def adopted(first: Clone, tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """A fork with a table of its own; not to be changed."""
    folder = tmp_path_factory.mktemp("adopted")
    made = clone_of(first, folder / "fork")
    made.run("python", "-m", "harness", "adopt", f"--data={census(folder)}", "--target=income")
    made.commit("our table")
    return made


@pytest.fixture
def fork(adopted: Clone, tmp_path: Path) -> Clone:
    return clone_of(adopted, tmp_path / "fork")


def own(made: Clone) -> dict[str, bytes]:
    return {name: (made.folder / name).read_bytes() for name in OWN}


def move_on(template: Clone) -> None:
    """Changes in every file that an adopted project has changed too, and in the code."""
    for name, old, new in (
        ("params.yaml", "# the metric that decides", "# the metric that decides the headline"),
        ("params.yaml", "path: data/customers.csv", "path: data/ship.csv"),
        ("src/schema.py", "A row of customers.csv", "A customer"),
        ("harness/core/errors.py", "Bad input", "Bad input of people"),
        ("README.md", "The worked example tells", "The example tells"),
        ("data.dvc", "2,000 rows of", "Rows of"),
        (EXAMPLE_TEST, "The worked example", "The example"),
        ("dvc.lock", "schema", "# a line\nschema"),
    ):
        path = template.folder / name
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), "utf-8")
    (template.folder / ".dvc/store/more").write_text("another object")
    (template.folder / "src/later.py").write_text('"""New."""\n')
    template.commit("a later version")


def check(made: Clone, before: dict[str, bytes]) -> None:
    assert made.status() == ""
    assert own(made) == before
    assert "Bad input of people" in (made.folder / "harness/core/errors.py").read_text("utf-8")
    assert (made.folder / "src/later.py").exists()
    params = (made.folder / "params.yaml").read_text("utf-8")
    assert "# the metric that decides the headline" in params
    assert "path: data/census.csv" in params
    assert "predicts `income`" in (made.folder / "README.md").read_text("utf-8")
    assert not any((made.folder / name).exists() for name in (EXAMPLE_TEST, "dvc.lock", ".dvc/store/more"))


def test_a_fork_takes_a_later_version_without_conflict(template: Clone, fork: Clone) -> None:
    before = own(fork)
    move_on(template)
    done = fork.run("python", "-m", "harness", "update", f"--from={template.folder}")
    assert "merged the template" in done.stdout
    check(fork, before)
    assert "newest version already" in fork.run("python", "-m", "harness", "update").stdout


def test_a_repository_made_of_the_template_takes_it_too(template: Clone, fork: Clone) -> None:
    """*Use this template* gives one first commit without the template's history."""
    fork.run("git", "checkout", "--quiet", "--orphan", "copy", "HEAD~1")
    fork.commit("Initial commit")
    fork.run("git", "checkout", "--quiet", "main", "--", ".")
    fork.run("git", "rm", "--quiet", "-r", *gone(fork))
    fork.commit("our table")
    assert fork.run("git", "merge-base", "copy", "main", check=False).returncode == 1
    before = own(fork)
    move_on(template)
    fork.run("python", "-m", "harness", "update", f"--from={template.folder}")
    check(fork, before)


def gone(fork: Clone) -> list[str]:
    """What the adoption has deleted."""
    return fork.run("git", "diff", "--name-only", "--diff-filter=D", "main~1", "main").stdout.split()


def test_what_both_changed_is_left_to_people(template: Clone, fork: Clone) -> None:
    path = fork.folder / "harness/core/errors.py"
    path.write_text(path.read_text("utf-8").replace("Bad input", "Our words"), "utf-8")
    fork.commit("our words")
    move_on(template)
    done = fork.run("python", "-m", "harness", "update", f"--from={template.folder}", check=False)
    assert "error: both sides changed harness/core/errors.py: edit, git add, git commit" in done.stderr
    fork.run("git", "merge", "--abort")
    assert fork.status() == ""
