"""The verdict on a stranger's report: drawn from its numbers, by the rules of the branch that it goes to."""

import html
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.compare.judge_again import comment_again
from harness.core.errors import ProjectError
from tests.support.reports import CHANGE, report

GATES = {"metrics": {"roc_auc": {"min": 0.8, "max_drop": 0.01}}, "slices": {}}
NUMBERS = {"candidate": 0.7, "change": -0.1, "low": -0.15, "high": -0.05, "detectable": 0.07}
WORSE = [{**CHANGE, **NUMBERS, "verdict": "worse"}]


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without rules of its own."""
    monkeypatch.chdir(tmp_path)


def judged(tmp_path: Path, trusted: dict[str, Any], params: object = None, **changes: Any) -> tuple[bool, str, str]:
    """Whether it holds, its title, and the comment."""
    known = {"branch": "main", "succeeded": True, "overridden_by": None, "void": "", "files": [], "listed_all": True}
    (tmp_path / "trusted.json").write_text(json.dumps({**known, "of_branch": True, **trusted}), "utf-8")
    if params is not None:
        (tmp_path / "branch.yaml").write_text(yaml.safe_dump(params), "utf-8")
    (tmp_path / "report.json").write_text(report(curves=[], **changes).model_dump_json(), "utf-8")
    comment_again(tmp_path / "report.json", tmp_path / "out", tmp_path)
    verdict = json.loads((tmp_path / "out/verdict.json").read_text("utf-8"))
    text = (tmp_path / "out/report.md").read_text("utf-8")
    summary = (tmp_path / "out/summary.md").read_text("utf-8")
    assert summary == re.sub(r"!\[Changes with joint 95 % intervals: [^\]]*\]\(changes\.png\)\n\n", "", text)
    assert (tmp_path / "out/changes.png").exists() == (summary != text)
    return verdict["passed"], verdict["title"], text


def test_a_report_that_the_rules_let_pass_holds(tmp_path: Path) -> None:
    passed, title, text = judged(tmp_path, {}, {"gates": GATES})
    assert (passed, title) == (True, "the gate holds: 2 rules")
    assert text.startswith("## ✅")


def test_what_the_report_says_of_itself_is_void(tmp_path: Path) -> None:
    passed, title, text = judged(tmp_path, {}, {"gates": GATES}, changes=WORSE, gate=[], overridden_by="mallory")
    assert (passed, title) == (False, "the gate failed: 2 of 2 rules")
    assert text.startswith("## ❌ Do not merge: 2 of 2 rules of the gate failed")


def test_a_rule_on_a_value_is_about_all_test_rows(tmp_path: Path) -> None:
    assert judged(tmp_path, {}, {"gates": GATES}, values={"roc_auc": 0.79})[0] is False
    assert judged(tmp_path, {}, {"gates": GATES}, values={"roc_auc": 0.81})[0] is True


def test_what_the_base_could_judge_and_the_run_could_not_fails(tmp_path: Path) -> None:
    gates = {"metrics": {}, "slices": {"sex": {"roc_auc": {"max_drop": 0.05}}}}
    part = {"column": "sex", "value": "female", "rows": 40, "not_evaluable": "40 rows", "changes": []}
    lost = {"column": "sex", "value": "female", "metric": "roc_auc", "kind": "change", "reason": "it had 90 rows"}
    assert judged(tmp_path, {}, {"gates": gates}, slices=[part])[0] is True
    passed, _, text = judged(tmp_path, {}, {"gates": gates}, slices=[part], lost_rules=[lost])
    assert not passed
    assert "it had 90 rows" in text


def test_an_override_that_github_confirms_passes(tmp_path: Path) -> None:
    passed, title, text = judged(tmp_path, {"overridden_by": "ada"}, {"gates": GATES}, changes=WORSE)
    assert (passed, title) == (True, "overridden by ada")
    assert text.startswith("## ⚠️ The gate was overridden by `ada`")


@pytest.mark.parametrize(
    ("trusted", "params", "changes", "says"),
    [
        ({"of_branch": False}, {"gates": GATES}, {}, "which is not a commit of main"),
        ({}, {"gates": GATES}, {"base_state": "first run", "base_commit": None}, "main has a pipeline"),
        ({}, {"gate": GATES}, {}, "gates is missing"),
        ({}, {"gates": {**GATES, "rows": 1}}, {}, "gates.rows"),
        ({}, ["gates"], {}, "gates is missing"),
    ],
)
def test_what_cannot_be_judged_fails_and_says_why(
    tmp_path: Path, trusted: dict[str, Any], params: object, changes: dict[str, Any], says: str
) -> None:
    passed, _, text = judged(tmp_path, trusted, params, **changes)
    assert not passed
    assert says in html.unescape(text)


def test_a_branch_without_a_pipeline_is_judged_by_the_rules_that_come(tmp_path: Path) -> None:
    (tmp_path / "after.yaml").write_text(yaml.safe_dump({"gates": GATES}), "utf-8")
    new = [{**CHANGE, "base": None, "change": None, "low": None, "high": None, "detectable": None, "verdict": "new"}]
    changes = {"base_state": "first run", "base_commit": None, "changes": new}
    assert judged(tmp_path, {}, None, **changes)[:2] == (True, "the gate holds: 2 rules (1 not evaluable)")


def test_the_first_model_of_an_adopted_table_is_judged_by_its_own_rules(tmp_path: Path) -> None:
    new = [{**CHANGE, "base": None, "change": None, "low": None, "high": None, "detectable": None, "verdict": "new"}]
    changes = {"base_state": "first run", "changes": new}
    for path, holds in (("data/wine.csv", True), ("data/titanic.csv", False)):
        after = {"gates": GATES, "data": {"path": path}}
        (tmp_path / "after.yaml").write_text(yaml.safe_dump(after), "utf-8")
        example = {"gates": GATES, "data": {"path": "data/titanic.csv"}}
        assert judged(tmp_path, {}, example, **changes)[0] is holds


def test_a_run_that_failed_fails_whatever_its_report_says(tmp_path: Path) -> None:
    passed, title, text = judged(tmp_path, {"succeeded": False}, {"gates": GATES})
    assert (passed, title) == (False, "the run itself failed")
    assert text.startswith("> ⚠️ The run itself failed")


def test_the_projects_own_rules_judge_too(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src/__init__.py").touch()
    (tmp_path / "src/rules.py").write_text("def rules(report): raise ValueError('no')\n", "utf-8")
    assert judged(tmp_path, {}, {"gates": GATES})[0] is False


def test_judging_files_stand_above_the_verdict_as_text(tmp_path: Path) -> None:
    (tmp_path / "before.yaml").write_text(yaml.safe_dump({"gates": GATES, "evaluate": {"resamples": 2000}}), "utf-8")
    (tmp_path / "after.yaml").write_text(yaml.safe_dump({"gates": GATES, "evaluate": {"resamples": 100}}), "utf-8")
    files = ["harness/<b>.py", "params.yaml"]
    _, _, text = judged(tmp_path, {"files": files, "listed_all": False}, {"gates": GATES})
    assert text.startswith("> ⚠️ **This changes what judges it**: <code>harness/&#60;b&#62;.py</code>, evaluate in")
    assert "> ⚠️ **GitHub does not list every changed file**" in text


def test_a_params_file_that_would_fill_the_memory_is_named(tmp_path: Path) -> None:
    """Nine lists of nine of the list before: an alias can stand for very many values."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    (tmp_path / "after.yaml").write_text("\n".join([*lines, "gates: *a8"]), "utf-8")
    (tmp_path / "before.yaml").write_text(yaml.safe_dump({"gates": GATES}), "utf-8")
    _, _, text = judged(tmp_path, {"files": ["params.yaml"]}, {"gates": GATES})
    assert "something that cannot be read in `params.yaml`" in text


def test_what_github_says_must_be_what_the_workflow_writes(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"trusted.json: not what the workflow writes"):
        judged(tmp_path, {"files": "all"}, {"gates": GATES})
