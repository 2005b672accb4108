"""The workflows as text: what the checkers say, and the rules that this project sets itself. Part of `make check`."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.harness.workflows import tools

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
    "iterative/setup-cml": "f12ea7685438c1fc438d50f77519b3860cf5fa98 # v2",
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
    passes("zizmor", "--offline", "--no-progress", "--persona=pedantic", ".github")


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
    passes("shellcheck", *sorted(tmp_path.glob("*.sh")))


@each
def test_every_action_is_pinned_to_its_commit(path: Path) -> None:
    for used in re.findall(r"uses: (.*)", path.read_text("utf-8")):
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
        assert "timeout-minutes" in job, name


@workflow
def test_no_workflow_runs_untrusted_code_with_rights(path: Path) -> None:
    events = read(path)[True]  # YAML's `on`
    assert "pull_request_target" not in events
    if "pull_request" in events:
        assert set(re.findall(r"secrets\b(.{16})", path.read_text("utf-8"))) <= {".DVC_CONFIG_READ"}
        assert {right for _, job in jobs(path) for right in job["permissions"].values()} == {"read"}


def test_only_the_main_branch_saves_caches() -> None:
    for path in FILES:
        used = {step["uses"].split("@")[0] for step in steps(path) if "uses" in step}
        assert "actions/cache" not in used  # it restores and saves
        if "actions/cache/save" in used:
            events = read(path)[True]
            assert set(events) == {"push", "workflow_dispatch"}
            assert events["push"]["branches"] == ["main"]
            first, *others = (job for _, job in jobs(path))
            # By hand a workflow can be started on any branch.
            assert first["if"] == "github.ref == format('refs/heads/{0}', github.event.repository.default_branch)"
            assert all("needs" in job for job in others)


def test_a_job_with_a_write_right_restores_no_cache() -> None:
    for path in WORKFLOWS:
        for name, job in jobs(path):
            if "write" in job["permissions"].values():
                used = [step["uses"] for step in job["steps"] if "uses" in step]
                assert not [action for action in used if "actions/cache" in action or action.startswith("./")], name


def test_what_cml_runs_beside_is_no_code_of_the_project() -> None:
    post = dict(jobs(ROOT / ".github/workflows/comment.yml"))["post"]
    assert not [step for step in post["steps"] if "checkout" in step.get("uses", "") or "make" in step.get("run", "")]
    assert post["permissions"] == {"pull-requests": "write"}


@pytest.mark.parametrize(
    ("job", "rights"),
    [
        ("train", {"contents": "read"}),
        ("image", {"contents": "read"}),
        ("record", {"contents": "write"}),
        ("propose", {"contents": "write", "pull-requests": "write"}),
        ("push", {"attestations": "write", "contents": "read", "id-token": "write", "packages": "write"}),
        ("release", {"contents": "write"}),
    ],
)
def test_what_trains_builds_or_tries_has_no_right_to_publish(job: str, rights: dict[str, str]) -> None:
    found = dict(jobs(ROOT / ".github/workflows/publish.yml"))[job]
    assert found["permissions"] == rights
    if "write" in rights.values():
        assert not [step for step in found["steps"] if "make " in step.get("run", "")]


@pytest.mark.parametrize(
    ("changed", "published"),
    [
        (["README.md", "docs/data.md", "LICENSE"], False),
        (["dvc.lock", "artifacts/evaluation/metrics.json"], False),  # the record of what was published
        ([".github/comment.png", ".github/rulesets/main.json"], False),
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
    patterns = [re.escape(one).replace(r"\*\*", ".*").replace(r"\*", "[^/]*") for one in ignored]
    assert published == any(not any(re.fullmatch(pattern, name) for pattern in patterns) for name in changed)


def test_the_ruleset_requires_a_job_that_is_never_skipped() -> None:
    ruleset = json.loads((ROOT / ".github/rulesets/main.json").read_text("utf-8"))
    rules = {rule["type"]: rule.get("parameters") for rule in ruleset["rules"]}
    (required,) = rules["required_status_checks"]["required_status_checks"]
    job = dict(jobs(ROOT / ".github/workflows/pull-request.yml"))[required["context"]]
    assert "name" not in job
    assert job["if"] == "${{ !cancelled() }}"  # a skipped job counts as passed


def test_workflows_follow_each_other_by_name() -> None:
    followed = read(ROOT / ".github/workflows/comment.yml")[True]["workflow_run"]["workflows"]
    assert followed == [read(ROOT / ".github/workflows/pull-request.yml")["name"]]
