"""`make adopt` on tables of strangers, each in a clone of its own, up to an answer of its service."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes

from harness.adopt.adopt_table import adopt_table
from harness.core.errors import ProjectError
from tests.support.clone import EMBEDDED, Clone, embed
from tests.support.constants import ROOT
from tests.support.project import example_request
from tests.support.serving import running
from tests.support.strangers import census, fraud, sales, unicode_table, visits, wide

Write = Callable[[Path], Path]


def bundled(loader: Any) -> Write:
    def write(folder: Path) -> Path:
        loader(as_frame=True).frame.to_csv(folder / "bundled.csv", index=False)
        return folder / "bundled.csv"

    return write


@dataclass
class Stranger:
    """A table, its target, and what adopting it has to find."""

    write: Write
    target: str
    task: str
    settings: list[str] = field(default_factory=list)
    told: tuple[str, ...] = ()


STRANGERS = {  # the slowest first, so that none is waited for at the end
    "wide": Stranger(wide, "tumor", "binary", told=("150 numeric",)),
    "breast cancer": Stranger(bundled(load_breast_cancer), "target", "binary", told=("30 numeric",)),
    "diabetes": Stranger(bundled(load_diabetes), "target", "regression"),
    "census": Stranger(census, "income", "binary", ["SLICES=sex"], ("positive is '>50K'", "slices    sex")),
    "sales": Stranger(sales, "price", "regression", told=("time      Order Date", "check     delivered on: a date")),
    "fraud": Stranger(fraud, "Class", "binary", told=("binary (two values",)),
    "unicode": Stranger(unicode_table, "Ergebnis", "binary", told=("cp1252, delimiter ';'",)),
    "visits": Stranger(
        visits,
        "segment",
        "multiclass",
        told=(
            "id        visit",
            "group     user_id",
            "left out  zip: personal data (where a person lives: postcodes)",
            "note      'n.d.' is read as missing in rating",
            "left out  comment: free text",
            "left out  email: personal data",
            "left out  phone: personal data",
            "left out  constant: the same",
            "left out  empty: empty",
            "left out  segment_code: a leak",
            "left out  afterwards: a leak",
        ),
    ),
}


def words_of_the_example(folder: Path) -> list[str]:
    """Lines that speak of it, but for the template's own code and tests, and what is in data/."""
    words = re.compile(r"titanic|passenger|survived|embarked|sibsp|\bparch\b|pclass|\bcabin|\bfare|1912", re.IGNORECASE)
    ours = (
        "harness/",
        "tests/harness/",
        "tests/support/",
        "bench/",
        ".git/",
        ".venv",
        ".dvc/",
        "requirements/",
        "data/",
    )
    found = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not name.startswith(ours) and "__pycache__" not in name:
            lines = path.read_text("utf-8", errors="replace").splitlines()
            found += [f"{name}: {line.strip()}" for line in lines if words.search(line)]
    return found


def test_the_tests_of_the_project_itself_pass_with_another_table(made: Clone, tmp_path: Path) -> None:
    embed(made)
    made.run("make", "adopt", f"DATA={bundled(load_diabetes)(tmp_path)}", "TARGET=target")
    assert words_of_the_example(made.folder) == []
    harness = (f"tests/harness/{name}.py" for name in ("test_clones", "test_docs", "core/test_params"))
    files = ("tests/test_schema.py", "tests/test_data.py", *harness)
    twice = "not two_fresh_clones and not no_change"  # the pipeline and a report once more, as for any table
    done = made.run("python", "-m", "pytest", "-n", "0", f"--basetemp={tmp_path}/inside", "-k", twice, *files)
    assert re.fullmatch(r"\d+ passed(, \d+ skipped)?, 2 deselected in .*", done.stdout.splitlines()[-1])


@pytest.mark.parametrize("name", STRANGERS)
def test_a_strangers_table_becomes_a_service(made: Clone, tmp_path: Path, name: str) -> None:
    stranger = STRANGERS[name]
    table = stranger.write(tmp_path)
    done = made.run("make", "adopt", f"DATA={table}", f"TARGET={stranger.target}", *stranger.settings)
    assert f"target    {stranger.target}: {stranger.task} (" in done.stdout
    for line in stranger.told:
        assert line in done.stdout
    made.run("ruff", "format", "--check", "src/schema.py")
    made.run("ruff", "check", "src/schema.py")
    made.run("dvc", "repro")
    assert json.loads((made.folder / "artifacts/evaluation/metrics.json").read_text("utf-8"))["test"]
    request = example_request((made.folder / "README.md").read_text("utf-8"))
    with running(made.folder, ("make", "serve", "PORT=0")) as service:
        service.until(service.is_ready)
        answer = service.predict(request)
        assert (answer.status_code, len(answer.json().get("predictions", []))) == (200, 1), answer.text
        assert service.predict({"rows": [{**request["rows"][0], "no such column": 1}]}).status_code == 400


def everything(clone: Clone) -> dict[str, bytes]:
    """Every file that is neither git's nor DVC's own."""
    files = (path for path in clone.folder.rglob("*") if path.is_file() and ".venv" not in path.parts)
    names = {str(path.relative_to(clone.folder)): path for path in files}
    hidden = (".git/", ".dvc/cache", ".dvc/tmp")
    return {n: p.read_bytes() for n, p in names.items() if not n.startswith(hidden) and "__pycache__" not in p.parts}


def test_a_dry_run_shows_the_changes_and_makes_none(made: Clone, tmp_path: Path) -> None:
    before = everything(made)
    done = made.run("make", "adopt", f"DATA={census(tmp_path)}", "TARGET=income", "DRY_RUN=1")
    assert '+    sex: str = pa.Field(metadata=CATEGORICAL_SLICE, isin=["Female", "Male"])' in done.stdout
    assert "+  path: data/census.csv " in done.stdout
    assert re.search(r"^ $\n^ monitor: #", done.stdout, re.MULTILINE), "an empty line parts two sections, as before"
    assert everything(made) == before


def test_a_failure_at_the_very_end_leaves_everything_as_before(made: Clone, tmp_path: Path) -> None:
    made.run("dvc", "pull", "data.dvc")
    made.edit_yaml("data.dvc", lambda file: file["outs"][0].update(remote="store"))
    (made.folder / ".dvc/config").write_text(EMBEDDED.replace("url = store", "url = /dev/null/nowhere"))
    made.commit("a remote that cannot be written to")
    before = everything(made)
    done = made.run("make", "adopt", f"DATA={census(tmp_path)}", "TARGET=income", check=False)
    assert "error: data.dvc: its data could not be pushed: " in done.stderr
    assert everything(made) == before
    assert made.status() == ""


def test_the_documented_way_back_leads_back(made: Clone, tmp_path: Path) -> None:
    made.run("dvc", "pull", "data.dvc")
    before = everything(made)
    made.run("make", "adopt", f"DATA={census(tmp_path)}", "TARGET=income")
    assert everything(made) != before
    page = (ROOT / "docs/adopt.md").read_text("utf-8")
    found = re.search(r"^    (git restore .*)$", page, re.MULTILINE)
    assert found
    done = made.run("sh", "-c", found[1])
    assert [line for line in done.stderr.splitlines() if line not in page] == []  # one line reads like an error
    assert everything(made) == before


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"target": "incom"}, "TARGET=incom: no such column; did you mean income? the columns are age, workclass"),
        ({"slices": ["age"]}, "SLICES=age: must be a feature with at most 100 values"),
        ({"task": "regression"}, "TARGET=income: <=50K and >50K are not numbers"),
        ({"positive": "rich"}, "POSITIVE=rich: must be one of <=50K, >50K"),
        (
            {"id": "age"},
            "ID=age: has 73 different values in 600 rows, and an id names one row; if rows with the same age belong",
        ),
        ({"time": "age"}, "TIME=age: holds whole numbers, so it cannot be the time"),
        ({"keep": ["age"], "drop": ["AGE"]}, "KEEP=age and DROP=age: a column cannot be both"),
        ({"missing": [">50K"]}, "MISSING=>50K: is also a label of the target income"),
        ({"encoding": "utf-99"}, "ENCODING=utf-99: no such encoding"),
        ({"sheet": "May"}, "SHEET=May: works only with a workbook"),
        ({"target": ""}, "TARGET is missing; run: make adopt DATA=table.csv TARGET=column"),
    ],
)
def test_a_wish_that_does_not_fit_is_told(
    clone: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any], message: str
) -> None:
    monkeypatch.chdir(clone.folder)
    with pytest.raises(ProjectError, match=re.escape(message)):
        adopt_table(str(census(tmp_path)), **{"target": "income", **settings})
    assert clone.status() == ""


def test_a_table_in_the_repository_is_refused(made: Clone) -> None:
    table = census(made.folder)
    for more in ([], ["DRY_RUN=1"]):
        done = made.run("make", "adopt", f"DATA={table.name}", "TARGET=income", *more, check=False)
        assert f"error: DATA={table.name}: lies in the repository, so the next commit would contain it" in done.stderr


def test_a_work_tree_with_changes_is_refused(made: Clone, tmp_path: Path) -> None:
    (made.folder / "notes.txt").write_text("mine")
    done = made.run("make", "adopt", f"DATA={census(tmp_path)}", "TARGET=income", check=False)
    assert "error: the work tree has changes (notes.txt); commit or stash them first" in done.stderr
