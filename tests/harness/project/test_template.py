"""A later version of the template comes into an adopted project."""

import re
import shutil
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
    (made.folder / EXAMPLE_TEST).write_text('"""The worked example: the Titanic."""\n')
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
    for made, word in ((fork, "ours"), (template, "theirs")):
        path = made.folder / "src/train.py"
        path.write_text(
            path.read_text("utf-8").replace("def train() -> None:", f"def train() -> None:  # {word}"), "utf-8"
        )
        made.commit("the stage")
    done = fork.run("python", "-m", "harness", "update", f"--from={template.folder}", check=False)
    assert "error: both sides changed src/train.py: edit, git add, git commit" in done.stderr
    fork.run("git", "merge", "--abort")
    assert fork.status() == ""


def test_edits_of_the_templates_own_folders_are_told_and_can_be_done_again(template: Clone, fork: Clone) -> None:
    """They are not kept, because what is half ours and half theirs is nobody's; nor are they lost."""
    path = fork.folder / "harness/core/errors.py"
    path.write_text(path.read_text("utf-8").replace("Bad input", "Our words"), "utf-8")
    (fork.folder / "harness/project/ours.py").write_text('"""Ours."""\n')
    fork.commit("our words")
    move_on(template)
    (template.folder / "harness/core/errors.py").write_text('"""Rewritten."""\n')
    template.commit("another later version")
    done = fork.run("python", "-m", "harness", "update", f"--from={template.folder}")
    assert path.read_text("utf-8") == '"""Rewritten."""\n'
    assert (fork.folder / "harness/project/ours.py").exists()
    assert "your edits of these files are gone: harness/core/errors.py, harness/project/ours.py\n" in done.stdout
    again = re.search(r"git diff .* -- harness .*(?= \|)", done.stdout)
    assert again is not None
    assert "+" in fork.run(*again[0].split()).stdout
    assert "Our words" in fork.run(*again[0].split()).stdout


def test_own_hooks_and_tests_stay_as_they_are(template: Clone, fork: Clone) -> None:
    own_files = {
        "src/metrics.py": "Our metrics.",
        "src/ours.py": "Ours.",
        "tests/test_features.py": "Our test.",
        "tests/test_schema.py": "Our schema.",
    }
    for name, words in own_files.items():
        for made, text in ((fork, words), (template, f"Not {words}")):
            (made.folder / name).write_text(f'"""{text}"""\n') if made is fork or name != "src/ours.py" else None
    fork.commit("our files")
    template.commit("the same names")
    fork.run("python", "-m", "harness", "update", f"--from={template.folder}")
    assert {name: (fork.folder / name).read_text("utf-8") for name in own_files} == {
        name: f'"""{words}"""\n' for name, words in own_files.items()
    }
    assert fork.status() == ""


def test_an_unadopted_fork_takes_the_examples_data_too(first: Clone, template: Clone, tmp_path: Path) -> None:
    fork = clone_of(first, tmp_path / "fork")
    move_on(template)
    fork.run("python", "-m", "harness", "update", f"--from={template.folder}")
    names = ("params.yaml", "README.md", "data.dvc", "dvc.lock", "src/schema.py", EXAMPLE_TEST, ".dvc/store/more")
    assert [(fork.folder / name).read_bytes() for name in names] == [
        (template.folder / name).read_bytes() for name in names
    ]


def test_a_stage_of_a_projects_own_file_that_was_deleted_stays_deleted(template: Clone, fork: Clone) -> None:
    fork.run("git", "rm", "--quiet", "tests/test_data.py")
    fork.commit("no such test")
    (template.folder / "tests/test_data.py").write_text('"""Another."""\n')
    template.commit("another test")
    fork.run("python", "-m", "harness", "update", f"--from={template.folder}")
    assert not (fork.folder / "tests/test_data.py").exists()
    assert fork.status() == ""


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("", "error: FROM is missing; the first time, run: make update FROM=<address of the template>"),
        ("no/such/template", "error: git fetch: "),
    ],
)
def test_a_template_that_is_not_there_is_told(fork: Clone, address: str, told: str) -> None:
    before = fork.run("git", "rev-parse", "HEAD").stdout
    done = fork.run("python", "-m", "harness", "update", f"--from={address}", check=False)
    assert (done.returncode, done.stderr.startswith(told)) == (1, True), done.stderr
    assert (fork.run("git", "rev-parse", "HEAD").stdout, fork.status()) == (before, "")
    assert "template" not in fork.run("git", "remote").stdout.split()  # nor is it kept for the next time


def test_changes_that_are_not_committed_are_told(template: Clone, fork: Clone) -> None:
    (fork.folder / "README.md").write_text("Ours.\n")
    done = fork.run("python", "-m", "harness", "update", f"--from={template.folder}", check=False)
    assert done.stderr == "error: the work tree has changes; commit or stash them first\n"


def test_a_project_below_the_top_of_its_repository_is_told(fork: Clone) -> None:
    shutil.copytree(fork.folder, fork.folder / "inside", ignore=shutil.ignore_patterns(".git", ".dvc"))
    done = fork.run("python", "-m", "harness", "--project=inside", "update", "--from=anywhere", check=False)
    assert done.stderr.startswith("error: the project must be at the top of its repository")
