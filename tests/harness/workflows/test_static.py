"""The workflows as text: what the checkers say, and the rules that this project sets itself. Part of `make check`."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.workflows import tools

ROOT = Path(__file__).parents[3]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
FILES = [*WORKFLOWS, *sorted((ROOT / ".github/actions").glob("*/action.yml"))]
PINS = {
    "actions/attest": "1e69f48acb82d1966a394da916b4c1698aa569d6 # v4.2.2",
    "actions/cache": "27d5ce7f107fe9357f9df03efb73ab90386fccae # v5.0.5",
    "actions/checkout": "3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1",
    "actions/download-artifact": "3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c # v8.0.1",
    "actions/setup-python": "5fda3b95a4ea91299a34e894583c3862153e4b97 # v7.0.0",
    "actions/upload-artifact": "bbbca2ddaa5d8feaa63e36b76fdaad77386f024f # v7.0.0",
    "anchore/sbom-action": "e22c389904149dbc22b58101806040fa8d37a610 # v0.24.0",
    "docker/login-action": "4907a6ddec9925e35a0a9e82d7399ccc52663121 # v4.1.0",
    "actions/dependency-review-action": "2031cfc080254a8a887f58cffee85186f0e49e48 # v4.9.0",
    "github/codeql-action": "8aad20d150bbac5944a9f9d289da16a4b0d87c1e # v4.36.2",
    "iterative/setup-cml": "f12ea7685438c1fc438d50f77519b3860cf5fa98 # v2",
    "ossf/scorecard-action": "2d1146689b8cda280b9bc96326124645441f03bc # v2.4.4",
}


def by_name(path: Path) -> str:
    return str(path.relative_to(ROOT / ".github"))


workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=by_name)
each = pytest.mark.parametrize("path", FILES, ids=by_name)


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))


def jobs(path: Path) -> Iterator[tuple[str, Any]]:
    yield from read(path).get("jobs", {}).items()


def steps(path: Path) -> Iterator[Any]:
    for _, job in jobs(path):
        yield from job.get("steps", [])
    yield from read(path).get("runs", {}).get("steps", [])


def passes(*command: str | Path) -> None:
    name = Path(sys.executable).parent / command[0]
    program = str(name if name.exists() else command[0])
    if not shutil.which(program):
        pytest.fail(f"{command[0]} is not installed")
    done = subprocess.run([program, *map(str, command[1:])], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_zizmor_finds_nothing() -> None:
    """As its auditor, who asks most; what is left has its reason beside it."""
    passes("zizmor", "--offline", "--no-progress", "--persona=auditor", ".github")
    left = [line for path in FILES for line in path.read_text("utf-8").splitlines() if "zizmor: ignore" in line]
    assert [re.findall(r"ignore\[([\w-]+)\] \w", line) for line in left] == [
        ["dangerous-triggers"],
        ["secrets-outside-env"],
    ]


@pytest.mark.parametrize(
    ("schema", "paths"),
    [("workflows", WORKFLOWS), ("actions", FILES[len(WORKFLOWS) :])],
)
def test_files_have_the_form_that_github_takes(schema: str, paths: list[Path]) -> None:
    passes("check-jsonschema", "--builtin-schema", f"vendor.github-{schema}", *paths)


def test_dependabot_has_the_form_that_github_takes() -> None:
    passes("check-jsonschema", "--builtin-schema", "vendor.dependabot", ".github/dependabot.yml")


def test_actionlint_finds_nothing() -> None:
    passes(tools.actionlint(), *(path.relative_to(ROOT) for path in WORKFLOWS))


@each
def test_shellcheck_finds_nothing_in_what_is_run(path: Path, tmp_path: Path) -> None:
    for number, step in enumerate(steps(path)):
        if "run" in step:
            (tmp_path / f"{number}.sh").write_text(f"#!/bin/bash\nset -e\n{step['run']}\n", "utf-8")
    if scripts := sorted(tmp_path.glob("*.sh")):
        passes("shellcheck", *scripts)


@each
def test_every_action_is_pinned_to_its_commit(path: Path) -> None:
    for used in re.findall(r"^[ -]*uses: (.*)", path.read_text("utf-8"), re.MULTILINE):
        if not used.startswith("./"):
            name, _, pin = used.partition("@")
            assert pin == PINS["/".join(name.split("/")[:2])]


@each
def test_what_is_run_is_short_and_takes_its_values_from_the_environment(path: Path) -> None:
    for step in steps(path):
        assert "${{" not in step.get("run", "")
        assert len(step.get("run", "").splitlines()) <= 3


@each
def test_no_checkout_leaves_its_token(path: Path) -> None:
    for step in steps(path):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


@workflow
def test_a_workflow_has_no_right_but_what_a_job_asks_for(path: Path) -> None:
    assert read(path)["permissions"] == {}
    for name, job in jobs(path):
        assert job["permissions"], name
        assert "write-all" not in str(job["permissions"])


@workflow
def test_every_job_ends_in_time_and_every_workflow_says_what_runs_beside_it(path: Path) -> None:
    assert "concurrency" in read(path)
    for name, job in jobs(path):
        assert "timeout-minutes" in job or job["uses"].startswith("./"), name


# GitHub's analyser tells what it finds by a right of its own; it runs nothing of the project.
ANALYSERS = {"analysis.yml": {"code"}}


@workflow
def test_no_workflow_runs_untrusted_code_with_rights(path: Path) -> None:
    events = read(path)[True]  # YAML's `on`
    assert "pull_request_target" not in events
    if "pull_request" in events:
        assert set(re.findall(r"secrets\b(?!-)(.{16})", path.read_text("utf-8"))) <= {".DVC_CONFIG_READ"}
        known = ANALYSERS.get(path.name, set())
        assert {right for name, job in jobs(path) if name not in known for right in job["permissions"].values()} == {
            "read"
        }
        assert not [step for name, job in jobs(path) if name in known for step in job["steps"] if "run" in step]


def test_only_the_default_branch_saves_caches() -> None:
    for path in FILES:
        used = {step["uses"].split("@")[0] for step in steps(path) if "uses" in step}
        assert "actions/cache" not in used  # it restores and saves
        if "actions/cache/save" in used:
            assert set(read(path)[True]) == {"push", "workflow_dispatch"}
            first, *others = (job for _, job in jobs(path))
            # By hand a workflow can be started on any branch.
            assert first["if"] == "github.ref == format('refs/heads/{0}', github.event.repository.default_branch)"
            assert all("needs" in job for job in others)


def test_packages_are_saved_before_anything_of_the_project_runs() -> None:
    train = dict(jobs(ROOT / ".github/workflows/publish.yml"))["train"]["steps"]
    (saved,) = (number for number, step in enumerate(train) if step.get("with", {}).get("path") == "~/.cache/uv")
    assert [step["uses"].split("@")[0] for step in train[:saved]] == ["actions/checkout", "./.github/actions/setup"]


def test_caches_are_restored_for_pull_requests_alone() -> None:
    """What is in a cache is not checked again: nothing that publishes, judges or may write believes one.

    The exception is a choice: results of main's earlier runs, where PUBLISH_CACHE is on.
    """
    for path in WORKFLOWS:
        for name, job in jobs(path):
            asked = {
                key: value
                for step in job.get("steps", [])
                for key, value in step.get("with", {}).items()
                if key in {"package-cache", "dvc-cache"}
            }
            if (path.name, name) == ("publish.yml", "train"):
                assert asked == {"dvc-cache": "${{ vars.PUBLISH_CACHE == 'on' }}"}
            elif (path.name, name) not in {("pull-request.yml", "gate"), ("tests.yml", "test")}:
                assert asked == {}, f"{path.name}: {name}"
            used = [step["uses"] for step in job.get("steps", []) if "uses" in step]
            assert not [action for action in used if action.startswith("actions/cache/restore")], name
    inputs = read(ROOT / ".github/actions/setup/action.yml")["inputs"]
    assert (inputs["package-cache"]["default"], inputs["dvc-cache"]["default"]) == ("false", "false")


def test_every_job_runs_where_the_repository_wants_it() -> None:
    """What a pull request brings runs apart from what may write; GitHub's analysers need GitHub's own runners."""
    for path in WORKFLOWS:
        for name, job in jobs(path):
            if path.name in {"pull-request.yml", "tests.yml"}:
                expected = "${{ vars.PR_RUNNER || 'ubuntu-latest' }}"
            elif path.name == "systems.yml":  # GitHub's own, one of each system
                expected = "${{ matrix.runner }}"
            elif (path.name, name) == ("publish.yml", "train"):
                expected = "${{ vars.PUBLISH_RUNNER || vars.RUNNER || 'ubuntu-latest' }}"
            else:
                expected = "ubuntu-latest" if path.name == "analysis.yml" else "${{ vars.RUNNER || 'ubuntu-latest' }}"
            assert job.get("runs-on", expected) == expected, f"{path.name}: {name}"
            assert "runs-on" in job or job["uses"].startswith("./")
        assert "sudo" not in path.read_text("utf-8")


def test_every_variable_does_something_and_is_documented() -> None:
    used = {name for path in FILES for name in re.findall(r"\bvars\.([A-Z_]+)", path.read_text("utf-8"))}
    table = (ROOT / "docs/workflows.md").read_text("utf-8").partition("## Repository variables")[2]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    assert used == {name for row in rows for name in re.findall("`([A-Z_]+)`", row)}


def test_billed_minutes_are_counted_over_every_job_of_a_pull_request() -> None:
    """`tidy` runs where an older comment is in the way; analysis.yml where nobody pays: in public repositories."""
    text = (ROOT / "docs/workflows.md").read_text("utf-8").partition("## What it costs")[2].partition("\n## ")[0]
    counted = {name: int(minutes) for name, minutes in re.findall(r"`(\w+)` (\d+)", text)}
    names = {name for path in ("pull-request", "comment") for name, _ in jobs(ROOT / f".github/workflows/{path}.yml")}
    assert set(counted) == names - {"tidy"}
    (total,) = re.findall(r"\*\*(\d+)\*\*", text)
    assert sum(counted.values()) == int(total) <= 10


def test_what_github_bills_is_counted_over_every_job() -> None:
    text = (ROOT / "docs/github.md").read_text("utf-8").partition("## What it costs")[2].partition("\n## ")[0]
    counted = [int(row.split("|")[2]) for row in re.findall(r"^\| (?:a |the audit|`monitor).*", text, re.MULTILINE)]
    jobs_of = {
        path.stem: [name for name, job in jobs(path) if not job.get("uses", "").startswith("./")] for path in WORKFLOWS
    }
    request = set(jobs_of["pull-request"] + jobs_of["comment"]) - {"tidy"}
    merge = jobs_of["publish"] + jobs_of["image"]
    by_hand = {"switched_off"}  # monitor.yml's, which no schedule starts
    monitor = set(jobs_of["monitor"]) - by_hand
    assert counted == [len(request), len(merge), len(jobs_of["audit"]), 0, len(monitor)]


def test_what_cml_runs_beside_is_nothing() -> None:
    """It is downloaded without a check: it gets a token of one right, and a job of its own."""
    post = dict(jobs(ROOT / ".github/workflows/comment.yml"))["post"]
    used = [step.get("uses", "cml").split("@")[0] for step in post["steps"]]
    assert used == ["actions/download-artifact", "iterative/setup-cml", "cml"]
    assert post["permissions"] == {"pull-requests": "write"}
    for path in WORKFLOWS:
        for name, job in jobs(path):
            if name != "post":
                assert "setup-cml" not in str(job.get("steps")), name


@pytest.mark.parametrize(
    ("name", "job", "rights"),
    [
        ("publish", "train", {"contents": "read"}),
        ("publish", "record", {"contents": "write"}),
        ("publish", "propose", {"contents": "write", "pull-requests": "write"}),
        ("image", "build", {"contents": "read"}),
        ("image", "push", {"attestations": "write", "contents": "read", "id-token": "write", "packages": "write"}),
        ("image", "release", {"contents": "write"}),
        ("promote", "check", {"attestations": "read", "contents": "read", "packages": "read"}),
        ("promote", "assign", {"contents": "write"}),
        ("deploy", "run", {"contents": "read", "id-token": "write"}),
        ("deploy", "back", {"contents": "read", "id-token": "write"}),
        ("deploy", "record", {"contents": "write"}),
        ("comment", "render", {"actions": "read", "contents": "read", "pull-requests": "read"}),
        ("comment", "status", {"contents": "read", "statuses": "write"}),
        ("comment", "pictures", {"contents": "write"}),
        ("comment", "tidy", {"contents": "read", "pull-requests": "write"}),
    ],
)
def test_what_trains_builds_or_tries_has_no_right_to_publish(name: str, job: str, rights: dict[str, str]) -> None:
    found = dict(jobs(ROOT / f".github/workflows/{name}.yml"))[job]
    assert found["permissions"] == rights
    if "write" in rights.values():
        assert not [step for step in found["steps"] if "make " in step.get("run", "")]


@pytest.mark.parametrize(("name", "called"), [("publish", "image"), ("promote", "deploy")])
def test_a_called_workflow_gets_the_rights_that_its_jobs_ask_for(name: str, called: str) -> None:
    caller = dict(jobs(ROOT / f".github/workflows/{name}.yml"))[called]
    asked: dict[str, str] = {}
    for _, job in jobs(ROOT / f".github/workflows/{called}.yml"):
        asked |= {right: level for right, level in job["permissions"].items() if level == "write" or right not in asked}
    assert caller["permissions"] == asked


def test_a_run_that_is_cancelled_after_its_tag_goes_back() -> None:
    """A cancelled run still starts what asks for it: the jobs that put a stage back, and the call that holds them."""
    called = dict(jobs(ROOT / ".github/workflows/promote.yml"))["deploy"]
    assert called["if"] == "${{ always() && needs.assign.result == 'success' }}"
    parts = dict(jobs(ROOT / ".github/workflows/deploy.yml"))
    assert "if" not in parts["run"]  # not after a cancellation
    for name in ("back", "record"):
        outcome = "needs.run.outputs.outcome || 'none'"
        assert parts[name]["if"] == f"${{{{ always() && !contains('verified overtaken', {outcome}) }}}}"


def test_a_deployment_that_github_repeats_asks_first_whether_its_stage_was_moved_since() -> None:
    first, asks, *others = dict(jobs(ROOT / ".github/workflows/deploy.yml"))["run"]["steps"]
    assert first["uses"].startswith("actions/checkout@")
    assert asks["run"] == 'python3 .github/scripts/find_stage.py "$STAGE" "$COMMIT"'
    assert all("find_stage" not in str(step) for step in others)


def test_a_stage_that_waits_for_its_reviewers_holds_no_other_stage() -> None:
    for name in ("promote", "deploy"):
        found = read(ROOT / f".github/workflows/{name}.yml")["concurrency"]
        assert found == {"group": f"{name}-${{{{ inputs.stage }}}}", "cancel-in-progress": False}


def test_the_job_s_token_goes_to_no_registry_but_github_s_own() -> None:
    """Whoever keeps another registry could use it for as long as the job lasts."""
    found = [
        step["with"] for path in WORKFLOWS for step in steps(path) if "docker/login-action" in step.get("uses", "")
    ]
    own = "(vars.REGISTRY || 'ghcr.io') == 'ghcr.io'"
    assert len(found) == 2
    for given in found:
        assert given["registry"] == "${{ vars.REGISTRY || 'ghcr.io' }}"
        assert given["password"] == f"${{{{ {own} && github.token || secrets.REGISTRY_PASSWORD }}}}"


def test_jobs_with_a_secret_have_an_environment() -> None:
    """But the one that pull requests run: no rule of an environment could tell their branches apart."""
    for path in WORKFLOWS:
        for name, job in jobs(path):
            if "secrets." in str(job) and name != "gate" and "uses" not in job:  # a called one has its own
                own = "${{ inputs.stage }}-deploy" if path.name == "deploy.yml" else "publish"
                assert job["environment"] == own, name


@pytest.mark.parametrize("pattern", ["*.yml", "workflows/*.yml", "actions/*/action.yml", "scripts/*.py"])
def test_lines_have_120_characters(pattern: str) -> None:
    found = sorted((ROOT / ".github").glob(pattern))
    assert found
    for path in found:
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
            assert len(line) <= 120, f"{path}:{number}"


def test_a_script_is_a_library_or_a_command() -> None:
    """A library's name is a noun; what is run begins with a verb, but for two that tell what they print or check."""
    for path in (ROOT / ".github/scripts").glob("*.py"):
        runs = '__name__ == "__main__"' in path.read_text("utf-8")
        verb = path.stem.split("_")[0] in {
            "assign", "delete", "deploy", "find", "make", "propose", "publish", "push", "record", "render", "set",
            "write",
        }  # fmt: skip
        assert runs == (verb or path.stem in {"last_published", "project_folder"}), path.name


@pytest.mark.parametrize(
    ("changed", "published"),
    [
        (["README.md", "docs/data.md", "LICENSE"], False),
        (["project/README.md", "project/dvc.lock"], False),  # of a project in a folder of its own
        (["dvc.lock", "artifacts/evaluation/metrics.json"], False),  # the record of what was published
        ([".github/comment.png", ".github/rulesets/solo.json"], False),
        (["README.md", "params.yaml"], True),
        (["src/schema.py"], True),
        (["data.dvc"], True),
        (["requirements/service.txt"], True),
        ([".github/workflows/publish.yml"], True),
        ([".github/actions/setup/action.yml"], True),
        (["bentofile.yaml"], True),
    ],
)
def test_a_merge_of_texts_alone_publishes_nothing(changed: list[str], published: bool) -> None:
    """`*` ends at a slash and `**` does not, as GitHub reads the patterns."""
    ignored = read(ROOT / ".github/workflows/publish.yml")[True]["push"]["paths-ignore"]
    patterns = [
        re.escape(one).replace(r"\*\*/", "(.*/)?").replace(r"\*\*", ".*").replace(r"\*", "[^/]*") for one in ignored
    ]
    assert published == any(not any(re.fullmatch(pattern, name) for pattern in patterns) for name in changed)


@pytest.mark.parametrize(("name", "approvals"), [("solo", 0), ("team", 1)])
def test_a_ruleset_requires_what_is_never_skipped(name: str, approvals: int) -> None:
    ruleset = json.loads((ROOT / f".github/rulesets/{name}.json").read_text("utf-8"))
    assert ruleset["name"] == name
    rules = {rule["type"]: rule.get("parameters") for rule in ruleset["rules"]}
    required = [check["context"] for check in rules["required_status_checks"]["required_status_checks"]]
    assert required == ["gate", "model-gate"]
    job = dict(jobs(ROOT / ".github/workflows/pull-request.yml"))["gate"]
    assert "name" not in job
    assert job["if"] == "${{ !cancelled() }}"  # a skipped job counts as passed
    assert dict(jobs(ROOT / ".github/workflows/comment.yml"))["status"]["if"] == "${{ !cancelled() }}"
    assert 'CONTEXT = "model-gate"' in (ROOT / ".github/scripts/set_status.py").read_text("utf-8")
    asked = rules["pull_request"]
    assert asked["required_approving_review_count"] == approvals
    assert asked["require_code_owner_review"] == (name == "team")


def test_tags_of_published_models_stay() -> None:
    ruleset = json.loads((ROOT / ".github/rulesets/published.json").read_text("utf-8"))
    assert {rule["type"] for rule in ruleset["rules"]} == {"deletion", "non_fast_forward", "update"}
    assert ruleset["conditions"]["ref_name"]["include"] == [f"refs/tags/model{sign}*" for sign in "-@#"]


@pytest.mark.parametrize(("project", "error"), [(".", ""), ("docs", "must be"), ("..", "must be"), ("none", "must be")])
def test_a_folder_that_holds_no_project_is_told(project: str, error: str) -> None:
    command = [sys.executable, ".github/scripts/project_folder.py"]
    environment = {**os.environ, "PROJECT": project}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    message = f"::error::PROJECT={project}: must be a folder of this repository that holds a project (params.yaml)\n"
    assert (done.returncode, done.stderr) == ((1, message) if error else (0, ""))


def test_workflows_follow_each_other_by_name() -> None:
    followed = read(ROOT / ".github/workflows/comment.yml")[True]["workflow_run"]["workflows"]
    assert followed == [read(ROOT / ".github/workflows/pull-request.yml")["name"]]
