"""`make report` in real clones: both models on the same rows, whatever the branch did."""

import json
import re
import shutil
import subprocess
from dataclasses import replace
from hashlib import md5
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from harness.compare.base_model import Base
from harness.compare.pairing import pair_models, why_incomparable
from harness.core.contract import Contract, Role
from harness.core.paths import MODEL_PATH, PREPARED
from harness.inference.predictor import Predictor
from tests.support.clone import Clone
from tests.support.tables import contract, customers

DATA = "data/customers.csv"


@pytest.fixture
def branch(reproduced: Clone) -> Clone:
    """A branch off main."""
    reproduced.run("git", "switch", "--quiet", "--create", "branch")
    return reproduced


def report(clone: Clone, base: str = "main", *options: str) -> dict[str, Any]:
    clone.run("python", "-m", "harness", "report", f"--base={base}", *options)
    found: dict[str, Any] = json.loads((clone.folder / "artifacts/report/report.json").read_text("utf-8"))
    assert (clone.folder / "artifacts/report/report.md").read_text("utf-8").startswith("## ")
    assert clone.run("git", "worktree", "list").stdout.count("\n") == 1
    return found


def gate(clone: Clone) -> subprocess.CompletedProcess[str]:
    return clone.run("python", "-m", "harness", "gate", check=False)


def primary(found: dict[str, Any]) -> dict[str, Any]:
    change: dict[str, Any] = next(change for change in found["changes"] if change["metric"] == found["primary"])
    return change


def shuffle_target(clone: Clone) -> None:
    path = clone.folder / "src/train.py"
    code = path.read_text("utf-8")
    shuffled = (
        "__import__('dataclasses').replace(rows, y=__import__('numpy').random.default_rng(0).permutation(rows.y))"
    )
    broken = code.replace("train_model(rows, ", f"train_model({shuffled}, ", 1)
    assert broken != code
    path.write_text(broken, "utf-8")


def test_nothing_changed_at_all(branch: Clone) -> None:
    found = report(branch)
    assert (found["base_state"], found["rows_left_out"], found["dirty"]) == ("compared", 0, False)
    assert {change["change"] for change in found["changes"]} == {0}
    assert found["params"] == found["gate_rules"] == found["packages"] == found["files"] == []
    assert (found["data"]["added"], found["data"]["removed"], found["data"]["changed"]) == (0, 0, 0)
    assert gate(branch).returncode == 0
    assert (
        "was compared with itself; to compare with an earlier commit: make report BASE=HEAD~1"
        in branch.run("python", "-m", "harness", "report").stdout
    )
    assert "note: " not in gate(branch).stdout
    branch.edit_params(lambda params: params["evaluate"].update(resamples=300))
    other = gate(branch)
    assert (other.returncode, other.stdout) == (1, "")
    assert re.fullmatch(
        r"error: \S+report.json: judges \w{12}, not this work tree; run: make report BASE=main\n", other.stderr
    )


def test_a_report_judges_the_files_whether_they_are_committed_or_not(branch: Clone) -> None:
    shuffle_target(branch)
    (branch.folder / "src/new.py").write_text("")
    report(branch)
    branch.commit("what the report has judged")
    assert "the gate failed" in gate(branch).stderr
    (branch.folder / "src/new.py").write_text("x = 1\n")
    assert "not this work tree" in gate(branch).stderr
    branch.run("git", "checkout", "--quiet", "src/new.py")
    (branch.folder / "src/other.py").write_text("")
    assert "not this work tree" in gate(branch).stderr
    (branch.folder / "src/other.py").unlink()
    for name in ("scores.csv", "src/.model.py.swp"):  # by-products
        (branch.folder / name).write_text("x")
    assert "the gate failed" in gate(branch).stderr
    with next((branch.folder / "data").iterdir()).open("a") as data:
        data.write("\n")
    assert "not this work tree" in gate(branch).stderr


def test_a_broken_model_fails_the_gate(reproduced: Clone) -> None:
    reproduced.edit_params(lambda params: params["evaluate"].update(refits=2))
    reproduced.commit("two trainings of each model")
    reproduced.run("git", "switch", "--quiet", "--create", "branch")
    branch = reproduced
    shuffle_target(branch)
    branch.commit("a shuffled target")
    found = report(branch)
    assert primary(found)["verdict"] == "worse"
    assert found["files"] == ["M src/train.py"]
    assert found["gate_passed"] is False
    failed = gate(branch)
    assert failed.returncode == 1
    assert "error: the gate failed: " in failed.stderr


def test_a_metric_that_is_measured_no_more_is_shown_with_its_last_value(branch: Clone) -> None:
    path = branch.folder / "harness/evaluate/metrics.py"
    code = path.read_text("utf-8")
    less = code.replace('    "brier": Metric("lower", 250, RARE),\n', "", 1)
    assert less != code
    path.write_text(less, "utf-8")
    branch.commit("no Brier score")
    found = report(branch)
    brier = json.loads(branch.run("git", "show", "main:artifacts/evaluation/metrics.json").stdout)["test"]["brier"]
    gone = {**dict.fromkeys(("candidate", "change", "low", "high", "detectable")), "metric": "brier", "base": brier}
    assert [change for change in found["changes"] if change["metric"] == "brier"] == [
        {**gone, "better": "higher", "verdict": "removed", "reason": "", "allowed": None}
    ]
    shown = (branch.folder / "artifacts/report/report.md").read_text("utf-8")
    assert f"| `brier` |  | removed |  | {brier:.4f} |  |  |" in shown  # which way was better is not known


def test_a_forged_lock_and_forged_metrics_change_nothing(branch: Clone) -> None:
    shuffle_target(branch)
    code = (branch.folder / "src/train.py").read_bytes()
    digest = md5(code, usedforsecurity=False).hexdigest()

    def forge(lock: dict[str, Any]) -> None:
        (dep,) = (dep for dep in lock["stages"]["train"]["deps"] if dep["path"] == "src/train.py")
        dep.update(md5=digest, size=len(code))

    branch.edit_yaml("dvc.lock", forge)
    path = branch.folder / "artifacts/evaluation/metrics.json"
    path.write_text(json.dumps({"test": {"roc_auc": 0.999999}}))
    branch.commit("forged")
    assert "Running stage 'train'" not in branch.run("dvc", "repro", "--dry", "train").stdout  # DVC believes it
    found = report(branch)
    assert primary(found)["verdict"] == "worse"
    assert gate(branch).returncode == 1


def test_changed_rules_are_shown_and_the_bases_apply(branch: Clone) -> None:
    shuffle_target(branch)
    branch.edit_params(lambda params: params["gates"].update(metrics={}, slices={}))
    branch.commit("no rules")
    found = report(branch)
    assert found["gate_source"] == "base"
    assert found["gate_rules"]
    assert gate(branch).returncode == 1


def test_a_changed_split_is_not_comparable_unless_overridden(branch: Clone) -> None:
    branch.edit_params(lambda params: params["preprocess"].update(seed=params["preprocess"]["seed"] + 1))
    branch.commit("another split")
    found = report(branch)
    assert (found["base_state"], found["base_reason"][:17]) == ("not comparable", "the split changed")
    assert gate(branch).returncode == 1
    found = report(branch, "main", "--overridden-by", "ada")
    assert (found["overridden_by"], found["gate_passed"]) == ("ada", True)
    assert "overridden by ada" in gate(branch).stdout


def test_changed_data_is_counted_by_id(branch: Clone, tmp_path: Path) -> None:
    frame = pd.read_csv(branch.folder / DATA, dtype=str, keep_default_na=False)
    frame.iloc[20:].to_csv(tmp_path / "fewer.csv", index=False)
    branch.run("python", "-m", "harness", "data", f"--file={tmp_path / 'fewer.csv'}")
    branch.commit("fewer rows")
    found = report(branch)
    assert (found["data"]["added"], found["data"]["removed"], found["data"]["changed"]) == (0, 20, 0)
    assert "20 rows removed" in (branch.folder / "artifacts/report/report.md").read_text("utf-8")


def test_the_first_run_is_judged_by_values_alone(reproduced: Clone) -> None:
    reproduced.run("git", "switch", "--quiet", "--orphan", "fresh")
    reproduced.run("git", "commit", "--quiet", "--allow-empty", "--message", "nothing yet")
    reproduced.run("git", "branch", "nothing")
    reproduced.run("git", "checkout", "--quiet", "main", "--", ".")
    reproduced.run("dvc", "checkout", "--quiet", check=False)
    reproduced.commit("the pipeline")
    found = report(reproduced, "nothing")
    assert (found["base_state"], found["gate_source"]) == ("first run", "candidate")
    assert {change["verdict"] for change in found["changes"]} == {"new"}
    assert gate(reproduced).returncode == 0


def test_a_base_that_cannot_be_reproduced_fails_the_gate_and_is_shown(branch: Clone) -> None:
    path = branch.folder / "src/train.py"
    good = path.read_text("utf-8")
    path.write_text(
        good.replace("def train() -> None:\n", "def train() -> None:\n    raise OSError(5, 'it is broken')\n"), "utf-8"
    )
    branch.run("git", "switch", "--quiet", "main")
    branch.commit("broken")
    branch.run("git", "switch", "--quiet", "--create", "repair")
    path.write_text(good, "utf-8")
    branch.commit("repaired")
    found = report(branch)
    assert found["base_state"] == "failed"
    assert "it is broken" in found["base_reason"]
    assert gate(branch).returncode == 1


def test_a_base_whose_packages_cannot_be_installed_is_reproduced_and_it_is_said(branch: Clone) -> None:
    """Its lock names another package, and its Makefile cannot install: this branch's packages serve, with a note."""
    (branch.folder / "Makefile").write_text("setup:\n\t@false\n")
    with (branch.folder / "requirements/pipeline.txt").open("a") as file:
        file.write("another==1.0 \\\n    --hash=sha256:0\n")
    branch.run("git", "switch", "--quiet", "main")
    branch.commit("another package")
    branch.run("git", "switch", "--quiet", "--create", "without")
    lock = (branch.folder / "requirements/pipeline.txt").read_text().replace("another==1.0", "another==2.0")
    (branch.folder / "requirements/pipeline.txt").write_text(lock)
    branch.commit("a newer package")
    found = report(branch)
    assert found["base_state"] == "compared"
    assert "packages cannot be installed" in found["base_reason"]
    assert found["packages"] == [{"key": "another", "old": "1.0", "new": "2.0"}]


def test_small_losses_are_held_against_the_best_published_model(reproduced: Clone) -> None:
    """Of two published models the better one counts, though the base itself is as bad as the branch."""
    folder = reproduced.folder / "artifacts/published/earlier"
    folder.mkdir(parents=True)
    best = reproduced.run("git", "rev-parse", "HEAD").stdout.strip()
    shutil.copy(reproduced.folder / MODEL_PATH, folder / f"{best}.onnx")
    reproduced.edit_params(lambda params: params["train"]["params"].update(max_iter=1, max_leaf_nodes=2))
    rule = {"max_drop": 1, "max_drop_from_best": 0.001}
    reproduced.edit_params(lambda params: params["gates"].update(metrics={"roc_auc": rule}, slices={}))
    reproduced.run("dvc", "repro", "--quiet")
    reproduced.commit("a worse model")
    worse = reproduced.run("git", "rev-parse", "HEAD").stdout.strip()
    shutil.copy(reproduced.folder / MODEL_PATH, folder / f"{worse}.onnx")
    reproduced.run("git", "switch", "--quiet", "--create", "branch")
    reproduced.edit_params(lambda params: params["train"]["params"].update(learning_rate=0.049))
    reproduced.commit("as bad as the base")
    found = report(reproduced)
    (held,) = found["best"]
    assert (held["commit"], held["models"], held["change"]["verdict"]) == (best, 2, "worse")
    assert {rule["rule"]: rule["state"] for rule in found["gate"]} == {
        "roc_auc max_drop 1": "pass",
        "roc_auc max_drop_from_best 0.001": "fail",
    }
    assert gate(reproduced).returncode == 1


def record(clone: Clone, commit: str | None = None) -> Path:
    """What a publication of the work tree leaves; its commit is HEAD."""
    folder = clone.folder / "artifacts/published"
    folder.mkdir()
    for name in ("model/model.onnx", "evaluation/metrics.json"):
        shutil.copy(clone.folder / "artifacts" / name, folder)
    head = clone.run("git", "rev-parse", "HEAD").stdout.strip()
    (folder / "commit").write_text(f"{head if commit is None else commit}\n")
    return folder


def published_report(clone: Clone) -> dict[str, Any]:
    return report(clone, "main", "--published", "artifacts/published")


def test_what_is_to_be_published_is_compared_with_what_was(branch: Clone) -> None:
    """Its data come from its commit, whatever the lock there says; its bytes from the record; the rules are main's."""
    lock = branch.folder / "dvc.lock"
    good = lock.read_bytes()
    lock.write_text("forged")
    branch.commit("published, with a lock that cannot be read")
    lock.write_bytes(good)
    record(branch)
    head = branch.run("git", "rev-parse", "HEAD").stdout.strip()
    branch.edit_params(lambda params: params["train"]["params"].update(max_iter=1, max_leaf_nodes=2))
    branch.edit_params(lambda params: params["gates"].update(metrics={"roc_auc": {"max_drop": 1}}, slices={}))
    branch.commit("a worse model that new rules allow")
    found = published_report(branch)
    assert (found["base_state"], found["base_commit"], found["gate_source"]) == ("compared", head, "main")
    assert (primary(found)["verdict"], found["rows_left_out"]) == ("worse", 0)
    assert found["files"] == ["M params.yaml"]
    assert gate(branch).returncode == 0
    assert f"gh release download model-{head}" in (branch.folder / "artifacts/report/report.md").read_text("utf-8")


def test_before_anything_is_published_values_decide(branch: Clone) -> None:
    record(branch, commit="")
    found = published_report(branch)
    assert (found["base_state"], found["base_commit"], found["gate_source"]) == ("first run", None, "main")
    assert gate(branch).returncode == 0


def test_a_published_model_that_cannot_be_held_against_fails_the_gate(branch: Clone) -> None:
    folder = record(branch)
    (folder / "model.onnx").write_bytes((folder / "model.onnx").read_bytes()[:1000])
    found = published_report(branch)
    assert found["base_state"] == "failed"
    assert found["base_reason"].startswith("the published model cannot be read: artifacts/published/model.onnx: ")
    (folder / "commit").write_text("a" * 40)
    found = published_report(branch)
    assert (found["base_state"], found["base_commit"]) == ("failed", None)
    assert (
        found["base_reason"] == f"the model was last published from {'a' * 40}, which is not in this branch's history"
    )
    assert gate(branch).returncode == 1
    assert (branch.folder / "artifacts/report/report.md").read_text("utf-8").startswith("## ❌ Not published: ")


@pytest.mark.parametrize(("commit", "message"), [(None, "not found"), ("main", "must be a commit of 40 digits")])
def test_a_record_that_is_none_is_told(branch: Clone, commit: str | None, message: str) -> None:
    if commit:
        record(branch, commit)
    done = branch.run("python", "-m", "harness", "report", "--published=artifacts/published", check=False)
    assert done.returncode == 1
    assert f"error: artifacts/published/commit: {message}" in done.stderr


def test_a_revision_that_is_none_is_told(branch: Clone) -> None:
    done = branch.run("python", "-m", "harness", "report", "--base=nowhere", check=False)
    assert done.returncode == 1
    assert "error: BASE=nowhere: no common commit with HEAD" in done.stderr
    assert branch.status() == ""


def test_no_report_no_gate(clone: Clone) -> None:
    done = gate(clone)
    assert done.returncode == 1
    assert "error: artifacts/report/report.json: there is no report yet; run: make report BASE=main" in done.stderr


@pytest.mark.parametrize("command", ["report", "gate"])
def test_without_a_commit_the_commit_is_asked_for(reproduced: Clone, command: str) -> None:
    """The advice was to fetch main from an origin that is not there, or to run the other of the two commands."""
    shutil.rmtree(reproduced.folder / ".git")
    reproduced.run("git", "init", "--quiet")
    done = reproduced.run("python", "-m", "harness", command, check=False)
    told = "error: nothing is committed yet, so there is nothing to compare with: git add --all, git commit\n"
    assert (done.returncode, done.stderr) == (1, told)


def drop(made: Contract, name: str) -> Contract:
    return replace(made, features=tuple(feature for feature in made.features if feature.name != name))


def with_role(made: Contract, name: str, role: Role) -> Contract:
    features = (replace(f, role=role) if f.name == name else f for f in made.features)
    return replace(made, features=tuple(features))


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        (contract(), contract(), ""),
        (drop(contract(), "age"), contract(), ""),  # a new column is no obstacle
        (contract(), drop(contract(), "age"), "the base model needs the column age, which is no longer a feature"),
        (
            contract(),
            with_role(contract(), "visits", "categorical"),
            "the column visits was numeric and is categorical",
        ),
        (contract(), contract("regression"), "the task changed from 'binary' to 'regression'"),
        (contract(), replace(contract(), target="left"), "the target changed from 'churned' to 'left'"),
        (
            contract(),
            replace(contract(), classes=("yes", "no")),
            "the classes changed from ('no', 'yes') to ('yes', 'no')",
        ),
    ],
)
def test_models_that_cannot_be_compared_are_told_apart(before: Contract, after: Contract, reason: str) -> None:
    assert why_incomparable(before, after) == reason


def test_a_table_that_shares_no_column_with_the_bases_is_not_comparable(model: Path, tmp_path: Path) -> None:
    """As after `make adopt`: rows without an id are known by the columns that both have."""
    (tmp_path / MODEL_PATH).parent.mkdir(parents=True)
    shutil.copy(model, tmp_path / MODEL_PATH)
    (tmp_path / PREPARED).mkdir()
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / PREPARED / "train.parquet")
    after = replace(contract(), target="y", id=None)
    rows, base = customers(50), Base("0" * 40, tmp_path, "reproduced")
    found = pair_models(base, rows, Predictor(model), after, {})
    assert (found.state, found.reason) == ("not comparable", "the target changed from 'churned' to 'y'")


@pytest.mark.parametrize("revision", ["--help", "--all", "nowhere", "two\nlines"])
def test_a_base_that_is_no_commit_changes_nothing(branch: Clone, revision: str) -> None:
    """`BASE=--help` once wrote git's manual over the recorded results."""
    done = branch.run("python", "-m", "harness", "report", f"--base={revision}", check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(
        f"error: BASE={' '.join(revision.split())}: no common commit with HEAD (git merge-base"
    )
    assert done.stderr.count("\n") == 1
    assert branch.status() == ""


def test_a_report_that_fails_leaves_the_last_good_results(branch: Clone) -> None:
    model = (branch.folder / MODEL_PATH).read_bytes()
    (branch.folder / "src/model.py").write_text("def model(contract, params):\n    return 5\n")
    done = branch.run("python", "-m", "harness", "report", "--base=main", check=False)
    assert done.returncode == 1
    assert "src/model.py:1: model must return a BaseEstimator, got int" in done.stderr
    assert (branch.folder / MODEL_PATH).read_bytes() == model
    assert branch.status() == " M src/model.py\n"
