"""publish.yml, run for real: what is trained on main, what is published of it, and what changes nothing."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.clone import Clone
from tests.support.constants import ROOT
from tests.support.warm import programs
from tests.support.webdav import credentials, webdav
from tests.support.workflows.releases import BOT
from tests.support.workflows.runner import Runner, ended, label, set_iterations

RESULTS = ["artifacts/evaluation/metrics.json", "dvc.lock"]
DIGEST = f"sha256:{7:064}"
LOOPBACK, NAME = f"127.0.0.1:5001/model@{DIGEST}", "ghcr.io/team/project"


@pytest.fixture
def cached(runner: Runner, known: Clone) -> Runner:
    """Main's commit is published, and where training may believe the cache it does."""
    shutil.copytree(known.folder / ".dvc/cache", runner.folder / "dvc-cache")
    runner.variables["PUBLISH_CACHE"] = "on"
    sha = head(runner)
    runner.clone.run("git", "-C", str(runner.bare), "tag", f"model-{sha}", sha)
    release = runner.github.releases.write("POST", "releases", {"tag_name": f"model-{sha}"})
    attested = sha256((known.folder / "artifacts/model/model.onnx").read_bytes()).hexdigest()
    (runner.folder / "calls.attested").write_text(f"{attested} {sha}\n", "utf-8")
    for name in ("model/model.onnx", "evaluation/metrics.json"):
        content = (known.folder / "artifacts" / name).read_bytes()
        runner.github.releases.upload(f"releases/{release['id']}/assets", Path(name).name, content)
    return runner


def head(runner: Runner) -> str:
    return runner.clone.run("git", "rev-parse", "HEAD").stdout.strip()


def commit(runner: Runner, iterations: int) -> str:
    """A commit on main that changes max_iter."""
    set_iterations(runner.clone, iterations)
    return runner.push("refs/heads/main")


def on_server(runner: Runner, *command: str) -> list[str]:
    return runner.clone.run("git", "-C", str(runner.bare), *command).stdout.splitlines()


def tags(runner: Runner) -> list[str]:
    return [
        release["tag_name"].removeprefix("model-") for release in runner.github.releases.made if not release["draft"]
    ]


def protect(runner: Runner) -> None:
    hook = runner.bare / "hooks/update"
    hook.write_text('#!/bin/sh\ntest "$1" != refs/heads/main || { echo "GH006: Protected branch" >&2; exit 1; }\n')
    hook.chmod(0o755)


def report_of(runner: Runner) -> Any:
    """report.json of the newest release."""
    asset = next(item for item in runner.github.releases.made[-1]["assets"] if item["name"] == "report.json")
    return json.loads(runner.github.releases.assets[asset["id"]])


def test_the_first_push_publishes_what_was_trained_from_scratch_and_tried(runner: Runner, known: Clone) -> None:
    shutil.copytree(known.folder / ".dvc/cache", runner.folder / "dvc-cache")  # which is not believed
    (runner.clone.folder / "dvc.lock").write_text("forged")
    (runner.clone.folder / "artifacts/evaluation/metrics.json").write_text("{}")
    runner.clone.commit("forged results")
    sha = runner.push("refs/heads/main")
    runner.variables["MLFLOW_TRACKING_URI"] = "https://mlflow.example.org"
    runner.environment["TRACK"] = "1"  # it does not answer, which stops nothing
    done = runner.publish()
    assert done.code == 0, done.log
    assert "Running stage 'train'" in done.log
    assert runner.calls() == [
        "make track (https://mlflow.example.org)",
        "skopeo inspect --no-tags --format {{.Digest}} docker://python:3.11-slim",
        f"make image IMAGE=model:{sha} BASE_IMAGE=python:3.11-slim@{DIGEST}",
        "docker run --detach --publish 127.0.0.1::5000 registry:3",
        "docker port 0123456789ab 5000",
        f"docker tag model:{sha} 127.0.0.1:5001/model:{sha}",
        f"docker push --quiet 127.0.0.1:5001/model:{sha}",
        f"skopeo inspect --no-tags --tls-verify=false --format {{{{.Digest}}}} docker://127.0.0.1:5001/model:{sha}",
        f"docker image inspect model:{sha}",
        f"skopeo inspect --no-tags --tls-verify=false --config docker://{LOOPBACK}",
        f"skopeo copy --all --preserve-digests --src-tls-verify=false docker://{LOOPBACK} dir:image",
        f"sbom {LOOPBACK}",
        f"make smoke IMAGE={LOOPBACK}",
        "login ghcr.io",
        f"skopeo copy --all --preserve-digests dir:image docker://{NAME}:sha-{sha}",
        f"attest provenance {NAME}@{DIGEST}",
        f"attest sbom.spdx.json {NAME}@{DIGEST}",
        "attest provenance results/artifacts/model/model.onnx",
        f"skopeo copy --all --preserve-digests dir:image docker://{NAME}:latest",
    ]
    assert tags(runner) == [sha]
    assert on_server(runner, "rev-parse", f"model-{sha}", "model@v1.0.0^{commit}") == [sha, sha]
    facts = on_server(runner, "tag", "--list", "--format=%(contents)", "model@*")
    model = (known.folder / "artifacts/model/model.onnx").read_bytes()
    assert facts[0] == "model v1.0.0"
    known_facts = {"Change: major: the first that is published", f"Model: {sha256(model).hexdigest()}"}
    assert known_facts | {f"Image: {NAME}@{DIGEST}"} < set(facts)
    (release,) = runner.github.releases.made
    assert release["body"].startswith(f"Image: `{NAME}@{DIGEST}`\n\n## ⚠️ First model")
    assets = {item["name"]: runner.github.releases.assets[item["id"]] for item in release["assets"]}
    files = ["card.html", "card.md", "metrics.json", "model.onnx"]
    assert sorted(assets) == sorted([*files, "image.txt", "report.json", "sbom.spdx.json"])
    assert sha256(assets["model.onnx"]).hexdigest() in assets["card.md"].decode()
    assert "<details><summary>Model card</summary>" in release["body"]
    assert assets["model.onnx"] == (known.folder / "artifacts/model/model.onnx").read_bytes()
    assert on_server(runner, "show", "--format=%P%n%an%n%s", "--name-only", "main") == [
        sha,
        "github-actions[bot]",
        f"Record the results of {sha[:12]} [skip ci]",
        "",
        *RESULTS,
    ]
    for name in RESULTS:
        assert on_server(runner, "show", f"main:{name}") == (known.folder / name).read_text().splitlines()
    before = (runner.calls(), tags(runner), on_server(runner, "rev-parse", "main"))
    again = runner.publish()
    assert again.code == 0, again.log
    assert "nothing to publish: this commit is published" in again.log
    assert (runner.calls(), tags(runner), on_server(runner, "rev-parse", "main")) == before


def test_the_next_push_is_compared_with_the_published_model(cached: Runner) -> None:
    first, second = head(cached), commit(cached, 90)
    cached.private = True
    done = cached.publish()
    assert done.code == 0, done.log
    assert tags(cached) == [first, second]
    report = report_of(cached)
    assert (report["base_state"], report["base_commit"], report["gate_source"]) == ("compared", first, "main")
    (change,) = on_server(cached, "tag", "--list", "--format=%(contents:body)", "model@v1.0.0")[:1]
    assert change == "Change: patch: a training"
    assert "no attestations (repository variable ATTESTATIONS)" in done.log
    assert not [call for call in cached.calls() if call.startswith("attest")]
    calls = cached.calls()
    cached.clone.run("git", "checkout", "--quiet", first)
    del cached.github.releases.made[0]
    older = cached.publish()
    assert older.code == 0, older.log
    assert f"nothing to publish: a newer commit is published: {second}" in older.log
    assert (cached.calls(), tags(cached)) == (calls, [second])
    assert on_server(cached, "tag", "--list", "model@*") == ["model@v1.0.0"]


def test_a_worse_model_is_not_published_unless_a_maintainer_overrode_the_gate(cached: Runner) -> None:
    first, sha = head(cached), commit(cached, 2)
    done = cached.publish()
    assert done.code != 0
    assert "the gate failed: " in done.log
    assert "## ❌ Not published: " in done.read("results", "artifacts/report/report.md")
    assert (cached.calls(), tags(cached), on_server(cached, "rev-parse", "main")) == ([], [first], [sha])
    pull = cached.github.open_pull(1, "a" * 40)
    pull.update(state="closed", merged_at="2026-01-01T02:00:00Z", merge_commit_sha=sha)
    cached.github.runs.append({**ended("a" * 40), "path": ".github/workflows/pull-request.yml"})
    cached.github.events[1] = [label()]
    cached.github.permissions["maintainer"] = "write"
    done = cached.publish()
    assert done.code == 0, done.log
    assert tags(cached) == [first, sha]
    assert report_of(cached)["overridden_by"] == "maintainer"


def test_an_image_that_fails_is_not_published(cached: Runner) -> None:
    first = head(cached)
    commit(cached, 90)
    cached.environment["SMOKE"] = "1"
    done = cached.publish()
    assert done.code != 0
    assert cached.calls()[-1] == f"make smoke IMAGE={LOOPBACK}"
    assert tags(cached) == [first]


def test_a_protected_branch_gets_its_results_as_a_pull_request(cached: Runner) -> None:
    """Its image is fine here: after a called workflow that failed act runs no further job, as GitHub would."""
    first, sha = head(cached), commit(cached, 90)
    protect(cached)
    cached.github.merges_itself = True
    done = cached.publish()
    assert done.code == 0, done.log
    assert tags(cached) == [first, sha]
    assert on_server(cached, "rev-parse", "main") == [sha]
    (pull,) = cached.github.pulls.values()
    assert pull["auto_merge"]
    assert pull["head"]["ref"].startswith("results-")
    shown = on_server(cached, "show", "--format=%P%n%an%n%B", "--name-only", pull["head"]["ref"])
    assert shown == [sha, "github-actions[bot]", f"Record the results of {sha[:12]}", "", "", *RESULTS]
    assert pull["head"]["ref"] not in {"main", "results-"}


def release(runner: Runner, sha: str, content: bytes, author: str = BOT) -> None:
    """A release of a commit, made now."""
    runner.clone.run("git", "-C", str(runner.bare), "tag", "--force", f"model-{sha}", sha)
    values = {"tag_name": f"model-{sha}", "author": {"login": author}}
    made = runner.github.releases.write("POST", "releases", values)
    runner.github.releases.upload(f"releases/{made['id']}/assets", "model.onnx", content)


def last_published(runner: Runner, sha: str, **more: str) -> tuple[str, bytes, str]:
    """Commit and model of what was published last, and why they are not believed, as a run at a commit sees them."""
    folder = Path(tempfile.mkdtemp(dir=runner.folder)) / "published"
    output = runner.script("last_published.py", {}, str(folder), GITHUB_SHA=sha, **more)[1]
    assert output == "publish=true\n"
    reason = (folder / "refused").read_text("utf-8") if (folder / "refused").exists() else ""
    return (folder / "commit").read_text("utf-8").strip(), (folder / "model.onnx").read_bytes(), reason


def test_the_published_models_are_brought_where_a_rule_is_held_against_the_best(runner: Runner, tmp_path: Path) -> None:
    first, second = head(runner), commit(runner, 90)
    release(runner, first, b"one")
    release(runner, second, b"two")
    release(runner, second, b"false", author="mallory")
    (tmp_path / "params.yaml").write_text("gates: {metrics: {roc_auc: {max_drop: 0.1}}}", "utf-8")
    folder = tmp_path / "earlier"
    arguments = (str(tmp_path / "params.yaml"), str(folder))
    assert "no rule compares" in runner.script("find_published.py", {}, *arguments)[0]
    assert not folder.exists()
    (tmp_path / "params.yaml").write_text("gates: {metrics: {roc_auc: {max_drop_from_best: 0.1}}}", "utf-8")
    assert "2 published models" in runner.script("find_published.py", {}, *arguments)[0]
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        f"{first}.onnx": b"one",
        f"{second}.onnx": b"two",
    }


def test_a_pull_request_that_drops_the_rule_against_the_best_does_not_hide_the_models(
    runner: Runner, tmp_path: Path
) -> None:
    """The base's rules judge it: without the models this one was "not evaluable", and passed."""
    release(runner, head(runner), b"one")
    params = tmp_path / "params.yaml"
    params.write_text("gates: {metrics: {roc_auc: {max_drop_from_best: 0.1}}}", "utf-8")
    for command in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "--message", "a rule"]):
        runner.clone.run("git", "-C", str(tmp_path), *command)
    params.write_text("gates: {metrics: {}}", "utf-8")
    arguments = (str(params), str(tmp_path / "earlier"))
    assert "no rule compares" in runner.script("find_published.py", {}, *arguments)[0]
    assert "1 published models" in runner.script("find_published.py", {}, *arguments, BASE="HEAD")[0]


def test_a_release_that_is_made_late_is_not_the_last_published(runner: Runner) -> None:
    first, second, third = head(runner), commit(runner, 90), commit(runner, 91)
    fourth = commit(runner, 92)
    for sha, content in ((first, b"one"), (third, b"three"), (second, b"two")):
        release(runner, sha, content)
    assert last_published(runner, fourth) == (third, b"three", "")
    for sha, reason in ((third, "this commit is published"), (second, f"a newer commit is published: {third}")):
        printed, output = runner.script("last_published.py", {}, GITHUB_SHA=sha)
        assert f"nothing to publish: {reason}" in printed
        assert output == "publish=false\n"


def test_a_release_of_somebody_else_is_none(runner: Runner) -> None:
    first, second = head(runner), commit(runner, 90)
    release(runner, first, b"genuine")
    release(runner, first, b"weak", author="mallory")
    release(runner, second, b"", author="mallory")
    assert last_published(runner, second) == (first, b"genuine", "")


def test_a_release_of_another_history_is_none_unless_there_is_no_other(runner: Runner) -> None:
    first = head(runner)
    runner.clone.run("git", "checkout", "--quiet", "-b", "aside")
    set_iterations(runner.clone, 7)
    aside = runner.push("refs/heads/aside")
    runner.clone.run("git", "checkout", "--quiet", "main")
    second = commit(runner, 90)
    release(runner, aside, b"aside")
    assert last_published(runner, second)[0] == aside  # which the gate then tells
    release(runner, first, b"one")
    assert last_published(runner, second)[0] == first


def test_a_model_that_was_replaced_or_is_not_attested_is_not_believed(runner: Runner) -> None:
    first, second = head(runner), commit(runner, 90)
    release(runner, first, b"one")
    reason = f"the model of the release model-{first} has no attestation that .github/workflows/image.yml signed"
    assert last_published(runner, second, ATTESTATIONS="on")[2].startswith(reason)
    (runner.folder / "calls.attested").write_text(f"{sha256(b'one').hexdigest()} {first}\n", "utf-8")
    assert last_published(runner, second, ATTESTATIONS="on")[2] == ""
    runner.github.releases.made[-1]["assets"][0]["uploader"] = {"login": "mallory"}
    replaced = f"model.onnx of the release model-{first} was replaced, and not by the bot\n"
    assert last_published(runner, second)[2] == replaced


def test_a_release_is_made_only_while_it_is_the_newest(runner: Runner) -> None:
    first, second = head(runner), commit(runner, 90)
    release(runner, second, b"two")
    printed, _ = runner.script("make_release.py", {}, "results", GITHUB_SHA=first, IMAGE="image")
    assert printed == f"::notice::no release: a newer commit is published: {second}\n"
    assert tags(runner) == [second]


def test_a_registry_that_holds_another_image_than_was_built_is_told(cached: Runner) -> None:
    first = head(cached)
    commit(cached, 90)
    cached.environment["HELD"] = "sha256:2"
    done = cached.publish()
    assert done.code != 0
    assert "the registry holds other layers than were built" in done.log
    assert tags(cached) == [first]


def merged(number: int, sha: str, head_sha: str = "a" * 40) -> dict[str, Any]:
    head_of = {"sha": head_sha, "ref": "change"}
    return {"number": number, "state": "closed", "merged_at": "2026-01-01", "merge_commit_sha": sha, "head": head_of}


@pytest.mark.parametrize(
    ("pulls", "says"),
    [
        ([merged(1, "c" * 40)], "set by maintainer"),
        ([merged(2, "c" * 40)], "it is not set"),
        ([merged(1, "d" * 40)], "no pull request was merged into this commit"),
        ([merged(1, "c" * 40) | {"merged_at": None}], "no pull request was merged into this commit"),
        ([], "no pull request was merged into this commit"),
    ],
)
def test_the_label_of_the_merged_pull_request_counts(runner: Runner, pulls: list[Any], says: str) -> None:
    runner.github.pulls = {pull["number"]: pull for pull in pulls}
    runner.github.runs.append({**ended("a" * 40), "path": ".github/workflows/pull-request.yml"})
    runner.github.events[1] = [label()]
    runner.github.permissions["maintainer"] = "write"
    printed, output = runner.script("find_override.py", {"after": "c" * 40}, GITHUB_SHA="c" * 40)
    assert printed == f"gate-override: {says}\n"
    assert output == ("login=maintainer\n" if says == "set by maintainer" else "")


def test_results_that_others_recorded_since_are_kept(runner: Runner, tmp_path: Path) -> None:
    sha = head(runner)
    for name in RESULTS:
        (tmp_path / "results" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "results" / name).write_text("mine")
    (runner.clone.folder / "README.md").write_text("other")
    runner.clone.commit("a commit that changes no result")
    runner.push("refs/heads/main")

    def record() -> str:
        return runner.script("record_results.py", {}, str(tmp_path / "results"), GITHUB_SHA=sha)[0]

    assert record().endswith("results: recorded\n")
    assert on_server(runner, "diff", "--name-only", sha, "main") == ["README.md", *RESULTS]
    assert record() == "::notice::results: unchanged\n"
    (tmp_path / "results/dvc.lock").write_text("mine again, and too late")
    assert record() == "::notice::results: newer\n"


def test_a_remote_gives_its_data_to_who_has_its_secret_and_gets_the_model_of_main(runner: Runner) -> None:
    """And a pull request without it, a fork's, is told why it fails."""
    with webdav(runner.folder / "remote", "secret-1") as address:
        runner.clone.run("dvc", "pull", "data.dvc")
        local = runner.clone.folder / ".dvc/config.local"
        local.write_text(credentials("secret-1"), "utf-8")
        runner.clone.run("python", "-m", "harness", "remote", f"--url={address}")
        local.unlink()
        runner.clone.commit("data at a remote")
        sha = runner.push("refs/heads/main")
        payload = {"pull_request": {"number": 1, "head": {"sha": sha, "ref": "change"}, "base": {"ref": "main"}}}
        done = runner.run("pull-request.yml", "pull_request", payload, "refs/heads/main")
        assert done.code != 0
        assert "error: data.dvc: its data could not be fetched: webdav://" in done.log
        assert "; it needs credentials, which a fork's pull request never has: docs/remote.md" in done.log
        runner.secrets.update(dict.fromkeys(("DVC_CONFIG_READ", "DVC_CONFIG_WRITE"), credentials("secret-1")))
        done = runner.publish()
        assert done.code == 0, done.log
        trained = yaml.safe_load("\n".join(on_server(runner, "show", "main:dvc.lock")))["stages"]["train"]["outs"]
        assert {out["path"] for out in trained} >= {"artifacts/model/model.onnx"}
        for md5 in (out["md5"] for out in trained):
            assert (runner.folder / "remote/data/files/md5" / md5[:2] / md5[2:]).exists()
        # What was published is compared on its own data, which no cache holds.
        local.write_text(credentials("secret-1"), "utf-8")
        fewer = runner.folder / "fewer.csv"
        lines = (runner.clone.folder / "data/customers.csv").read_text().splitlines(keepends=True)
        fewer.write_text("".join(lines[:-20]))
        runner.clone.run("python", "-m", "harness", "data", f"--file={fewer}")
        runner.clone.run("dvc", "push", "data.dvc")
        local.unlink()
        runner.clone.commit("fewer rows")
        second = runner.push("refs/heads/main")
        done = runner.publish()
        assert done.code == 0, done.log
    assert tags(runner) == [sha, second]
    assert report_of(runner)["data"]["removed"] == 20


def test_the_parts_of_a_secret_are_hidden_and_nothing_is_left_where_a_remote_is_away(tmp_path: Path) -> None:
    (tmp_path / ".dvc").mkdir()
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/dvc").symlink_to("/bin/false")
    environment = {**os.environ, "DVC_CONFIG": credentials("secret-1").strip(), "GITHUB_OUTPUT": str(tmp_path / "out")}

    def run(script: str) -> list[str]:
        command = [sys.executable, str(ROOT / ".github/scripts" / script)]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
        return done.stdout.splitlines()

    assert run("write_dvc_config.py") == ["::add-mask::secret-1"]
    assert (tmp_path / ".dvc/config.local").read_text() == credentials("secret-1")
    assert run("push_trained.py") == [
        "::add-mask::secret-1",
        "::warning::dvc push failed: the model of this run is not at the DVC remote",
    ]
    assert list((tmp_path / ".dvc").iterdir()) == []


REGISTER = "import sys, pathlib, version_tags as v; print(v.register(pathlib.Path(sys.argv[1]), *sys.argv[2:]))"


def test_a_version_follows_the_highest_and_a_commit_gets_one(runner: Runner, tmp_path: Path) -> None:
    """The last commit twice, as a job sees it that is repeated after it failed between the version and the release."""
    api = {"GITHUB_API_URL": f"{runner.github.url}/api/v3", "GITHUB_REPOSITORY": "team/project", "GITHUB_TOKEN": "t"}
    paths = {"PYTHONPATH": str(ROOT / ".github/scripts"), "SSL_CERT_FILE": str(runner.github.certificate)}

    def register(sha: str, level: str, change: str = "because", model: str = "a") -> subprocess.CompletedProcess[str]:
        described = {"level": level, "facts": {"Change": change, "Model": model}}
        (tmp_path / "version.json").write_text(json.dumps(described))
        command = [sys.executable, "-c", REGISTER, str(tmp_path / "version.json"), sha, "image@sha256:1"]
        environment = {**os.environ, **api, **paths}
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    commits = [head(runner), *(commit(runner, iterations) for iterations in (90, 91, 92, 93))]
    levels = ["patch", "minor", "patch", "patch", "major"]
    named = [register(sha, level).stdout.strip() for sha, level in zip(commits, levels, strict=True)]
    assert named == ["v1.0.0", "v1.1.0", "v1.1.1", "v1.1.2", "v2.0.0"]
    assert register(commits[-1], "patch").stdout.strip() == "v2.0.0"
    assert on_server(runner, "rev-parse", "model@v1.1.0^{commit}") == [commits[1]]
    # A tag that somebody added by hand first, or that names another model, is not taken for this run's version.
    taken = register(commits[-1], "patch", model="b")
    assert taken.stderr == (
        "error: model@v2.0.0 is at this commit already, with another Model than this run's: nothing is released; "
        "push another commit, which gets the next version\n"
    )
    refused = register(commit(runner, 94), "patch", "two\nLow: 1")
    assert refused.returncode == 1
    assert refused.stderr.strip().endswith("version.json: must hold facts of one line each")
    assert len(on_server(runner, "tag", "--list", "model@*")) == 5


@pytest.mark.parametrize("shared", ["true", "false"])
@pytest.mark.parametrize("secret", [credentials("secret-1").strip(), ""])
def test_a_cache_that_a_runners_jobs_share_is_used_where_results_may_be_believed(
    tmp_path: Path, shared: str, secret: str
) -> None:
    """In the environment of a runner; a job that publishes does not ask for it."""
    python, dvc = str(programs() / "python"), str(programs() / "dvc")
    subprocess.run([dvc, "init", "--quiet", "--no-scm"], cwd=tmp_path, check=True)
    folder, output = tmp_path / "srv/cache", tmp_path / "out"
    environment = {**os.environ, "DVC_CONFIG": secret, "GITHUB_OUTPUT": str(output)}
    environment |= {"DVC_CACHE_DIR": str(folder), "SHARED": shared}
    script = str(ROOT / ".github/scripts/write_dvc_config.py")
    subprocess.run([python, script], cwd=tmp_path, env=environment, check=True, capture_output=True)
    asked = subprocess.run([dvc, "cache", "dir"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert (asked.stdout.strip() == str(folder)) == (shared == "true")
    assert output.read_text() == f"shared={shared}\n"
    kept = subprocess.run(
        [dvc, "config", "--local", "--list"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert ("password=secret-1" in kept.stdout) == bool(secret)
