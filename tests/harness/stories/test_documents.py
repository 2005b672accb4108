"""Every command that a document gives with real values is typed as it stands there, each in a project of its own."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from tests.support.clone import Clone
from tests.support.constants import ROOT
from tests.support.imports import short
from tests.support.pages import PAGES, code_of
from tests.support.serving import running
from tests.support.tables import customers

TYPED = re.compile(r"^(?:\$ )?((?:make|python -m|git|dvc|docker|curl|gh|apt-get) .*?)\s*(?:  #.*)?$", re.MULTILINE)
OPEN = re.compile(
    r"…|<\w+>|\[[A-Z]+=|\bCOMMAND\b|\bFOLDER\b|^git checkout --ours"
)  # for the reader to fill in, or for a conflict
NAMED = re.compile(
    r"(make (adopt|data|monitor|predict|remote|shadow)|dvc (pull|(exp )?push( data\.dvc)?)|git merge --strategy=ours)$"
)
ELSEWHERE = {  # what runs them instead
    r"apt-get ": ".ci/run",
    r"make (test|check)\b": ".ci/run",
    r"make test-\w+|make (image|smoke)|docker ": "tests/harness/engine/test_image.py",
    r"make adopt DATA=/tmp/visits.csv": "tests/harness/adopt/test_adopt.py",  # a table like it
    r"make (promote|rollback|verify)": "tests/harness/workflows/test_promote.py",
    r"make shadow": "tests/harness/compare/test_shadow.py",
    r"make predict IN=visits": "tests/harness/scale/test_score_folder.py",
    r"make pipeline DASK": "tests/harness/stories/test_dask_pipeline.py",
    r"make track": "tests/harness/stories/test_track.py",
    r"make data FILE=rows.csv APPEND": "tests/harness/stories/test_ssh.py",  # rows of a feature store
    r"make look": "tests/harness/explore/test_look.py",
    r"make setup WITH": "tests/harness/stories/test_boosters.py",
    r"make (up|down)": "tests/harness/engine/test_compose.py",
    r"make retrain LOG": "tests/harness/monitor/test_retraining.py",
    r"make update": "tests/harness/project/test_moved.py",
    r"make remote|git reset --soft|git push --force|gh secret": "tests/harness/stories/test_remote.py",
    r"gh label": ".github/scripts/gate_override.py",  # reads what GitHub alone can make
    r"gh (auth|repo|run) ": ".github/workflows/promote.yml",  # ask GitHub itself
    r"make (audit|lock)": ".github/workflows/audit.yml",  # ask the index
    r"make bench|python -m bench": "bench/__main__.py",  # take minutes
    r"make serve|curl ": "tests/harness/stories/test_documents.py",  # below
}


def lines() -> Iterator[tuple[str, str]]:
    """Page and command, of those that can be typed as they are."""
    for page in PAGES:
        for code in code_of(page):
            for line in TYPED.findall(code):
                if not OPEN.search(line) and not NAMED.match(line):
                    yield short(page), line


LINES = sorted({line: page for page, line in lines()}.items())
BEFORE = {  # what the reader has just typed
    "make gate": "make report BASE=main && ",
    'make pipeline && git add --all && git commit -m "Our table"': "make adopt DATA=~/churn.csv TARGET=churned && ",
}
HERE = [(page, line) for line, page in LINES if not any(re.match(pattern, line) for pattern in ELSEWHERE)]


@pytest.fixture
def ready(lent: Clone, tmp_path: Path) -> Clone:
    """A project like the reader's: evaluated, with the files that the documents speak of."""
    made = Clone(tmp_path / "project")
    shutil.copytree(lent.folder, made.folder, symlinks=True)
    made.commit("what its run recorded")
    rows = pd.read_csv(next(made.folder.glob("data/*.csv")))
    for name in ("new.csv", "april.csv", "rows.csv"):
        rows.to_csv(made.folder / name, index=False)
    rows.to_parquet(made.folder / "rows.parquet")
    with (made.folder / ".git/info/exclude").open("a") as file:
        file.write("/*.csv\n/*.parquet\n")
    customers(400).rename(columns={"churned": "label"}).to_csv(tmp_path / "my.csv", index=False)
    customers(400).to_csv(tmp_path / "churn.csv", index=False)
    return made


@pytest.mark.parametrize(("page", "line"), HERE, ids=[f"{page}: {line}" for page, line in HERE])
def test_a_line_of_a_document_works(ready: Clone, tmp_path: Path, page: str, line: str) -> None:
    done = ready.run("env", f"HOME={tmp_path}", "bash", "-c", BEFORE.get(line, "") + line, check=False)
    assert done.returncode == 0, f"{page}: {line}\n{done.stdout}{done.stderr}"


def test_what_is_typed_elsewhere_is_there() -> None:
    assert [path for path in ELSEWHERE.values() if not (ROOT / path).exists()] == []


def test_the_request_of_the_readme_is_answered(ready: Clone) -> None:
    (request,) = [line for line, page in LINES if page == "README.md" and line.startswith("curl ")]
    with running(ready.folder, ("make", "serve", "PORT=0")) as service:
        asked = request.replace("http://localhost:3000", service.url)
        answer = json.loads(
            ready.run("bash", "-c", asked.replace("curl", "curl --silent --retry 9 --retry-connrefused")).stdout
        )
    assert set(answer) == {"predictions", "model_version"}
