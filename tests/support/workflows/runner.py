"""GitHub on loopback, a bare repository, and act, which runs the real workflow files on this machine."""

import io
import json
import os
import shutil
import stat
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from tests.support.clone import Clone, clone_of
from tests.support.constants import ROOT
from tests.support.warm import environment, programs
from tests.support.workflows import tools
from tests.support.workflows.github import REPOSITORY, GitHub

HERE = Path(__file__).parent
STARTED, LATER = "2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z"


@dataclass
class Runner:
    """The repository on its server, and what runs its workflows."""

    github: GitHub
    folder: Path
    clone: Clone
    variables: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=lambda: {"GITHUB_TOKEN": "token"})
    engine: Path = HERE / "engine"  # its programs, which play one
    environment: dict[str, str] = field(default_factory=lambda: {"PLAYED": "yes"})
    private: bool = False
    runs: int = 0

    def push(self, ref: str, revision: str = "HEAD") -> str:
        """Put a commit on the server; its hash."""
        self.clone.run("git", "push", "--quiet", "--force", str(self.bare), f"{revision}:{ref}")
        return self.clone.run("git", "rev-parse", revision).stdout.strip()

    @property
    def bare(self) -> Path:
        return self.folder / "server" / REPOSITORY

    def run(self, workflow: str, event: str, payload: dict[str, Any], checkout: str = "refs/heads/main") -> "Run":
        """Run a workflow file; its log, and what it uploaded."""
        self.runs += 1
        folder = self.folder / f"run{self.runs}"
        (folder / "artifacts").mkdir(parents=True)
        repository = {"full_name": REPOSITORY, "default_branch": "main", "private": self.private}
        full = {**payload, "repository": repository}
        (folder / "event.json").write_text(json.dumps(full), "utf-8")
        path = self.clone.folder / ".github/workflows" / workflow
        command = [str(tools.act()), event, "--workflows", str(path), "--eventpath", str(folder / "event.json")]
        command += ["--platform", "ubuntu-latest=-self-hosted", "--no-skip-checkout", "--no-cache-server"]
        command += ["--platform", "own=-self-hosted"]  # a label of the team's own
        command += ["--pull=false", *(f"--secret={name}={value}" for name, value in self.secrets.items())]
        here = f"{REPOSITORY}@{self.clone.run('git', 'rev-parse', 'HEAD').stdout.strip()}"  # of a called workflow
        command += [f"--local-repository={here}={self.clone.folder}"]
        command += [f"--local-repository={pin}={HERE / 'actions' / pin.split('@')[0].split('/')[1]}" for pin in _pins()]
        for name, value in {**self._environment(folder, checkout), "GOJQ": str(tools.gojq())}.items():
            command += ["--env", f"{name}={value}"]
        for name, value in self.variables.items():
            command += ["--var", f"{name}={value}"]
        outside = {
            **os.environ,
            "XDG_CACHE_HOME": str(folder / "cache"),
            "PATH": f"{HERE / 'bin'}:{self.engine}:{programs()}:{os.environ['PATH']}",
        }
        done = subprocess.run(
            command, cwd=self.clone.folder, env=outside, capture_output=True, text=True, timeout=600, check=False
        )
        return Run(done.returncode, done.stdout + done.stderr, folder / "artifacts")

    def publish(self, revision: str = "HEAD") -> "Run":
        """What follows when a commit has been pushed to main."""
        sha = self.clone.run("git", "rev-parse", revision).stdout.strip()
        return self.run("publish.yml", "push", {"ref": "refs/heads/main", "after": sha}, sha)

    def promote(self, version: str, stage: str, redeploy: bool = False) -> "Run":
        """What somebody starts who wants a version at a stage."""
        inputs = {"version": version, "stage": stage, "redeploy": str(redeploy).lower()}
        payload = {"ref": "refs/heads/main", "inputs": inputs}
        return self.run("promote.yml", "workflow_dispatch", payload)

    def models(self) -> str:
        """What `make models` prints in a clone."""
        self.clone.run("git", "remote", "set-url", "origin", str(self.bare))
        return self.clone.run("python", "-m", "harness", "models").stdout

    def moves(self) -> list[str]:
        """The lines of it that tell the moves of the stages, without their times."""
        return [line[18:] for line in self.models().splitlines() if ", by " in line]

    def calls(self) -> list[str]:
        """What the workflows have asked of the container engine and the registries, in this order."""
        path = self.folder / "calls"
        return path.read_text("utf-8").splitlines() if path.exists() else []

    def comment(self, run: dict[str, Any]) -> "Run":
        """What follows when a run of the first workflow has ended."""
        return self.run("comment.yml", "workflow_run", {"workflow_run": run})

    def script(self, name: str, payload: dict[str, Any], *arguments: str, **more: str) -> tuple[str, str]:
        """Run one script alone; what it prints, and its outputs."""
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        full = {"repository": {"full_name": REPOSITORY, "default_branch": "main"}, **payload}
        (folder / "event.json").write_text(json.dumps(full), "utf-8")
        (folder / "output").write_text("", "utf-8")
        environment = {
            **os.environ,
            **self._environment(folder, ""),
            "GITHUB_EVENT_PATH": str(folder / "event.json"),
            "GITHUB_OUTPUT": str(folder / "output"),
            "GITHUB_TOKEN": "token",
            "GH_TOKEN": "token",
            "ATTESTATIONS": "off",
            "PATH": f"{HERE / 'bin'}:{os.environ['PATH']}",
            **more,
        }
        command = [str(programs() / "python"), str(ROOT / ".github/scripts" / name), *arguments]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout, (folder / "output").read_text("utf-8")

    def _environment(self, folder: Path, checkout: str) -> dict[str, str]:
        return {
            "ARTIFACTS": str(folder / "artifacts"),
            "CALLS": str(self.folder / "calls"),
            "CHECKOUT": checkout,
            "DVC_CACHE": str(self.folder / "dvc-cache"),
            "GIT_CONFIG_GLOBAL": str(self.folder / "gitconfig"),
            "GITHUB_API_URL": f"{self.github.url}/api/v3",
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_SERVER_URL": self.github.url,
            "NODE_EXTRA_CA_CERTS": str(self.github.certificate),
            "GH_ENTERPRISE_TOKEN": "token",
            "GH_HOST": urlsplit(self.github.url).netloc,
            "REAL_GH": shutil.which("gh") or "",
            "REAL_MAKE": shutil.which("make") or "make",
            "SSL_CERT_FILE": str(self.github.certificate),
            "STUBS": str(HERE / "actions"),
            "VENV": str(environment()),
            **self.environment,
        }


@dataclass(frozen=True)
class Run:
    code: int
    log: str
    artifacts: Path

    def read(self, artifact: str, name: str) -> str:
        return self.read_bytes(artifact, name).decode()

    def read_bytes(self, artifact: str, name: str) -> bytes:
        with zipfile.ZipFile(self.artifacts / f"{artifact}.zip") as archive:
            return archive.read(name)


def _pins() -> set[str]:
    """Every action that the workflows use, as owner/name@commit."""
    found = set()
    for path in [*ROOT.glob(".github/workflows/*.yml"), *ROOT.glob(".github/actions/*/action.yml")]:
        read = yaml.safe_load(path.read_text("utf-8"))
        for job in [*read.get("jobs", {}).values(), read.get("runs", {})]:
            for used in [step["uses"] for step in job.get("steps", []) if "uses" in step]:
                if not used.startswith("./"):
                    name, commit = used.split("@")
                    found.add(f"{'/'.join(name.split('/')[:2])}@{commit}")
    return {pin for pin in found if (HERE / "actions" / pin.split("@")[0].split("/")[1]).exists()}


@pytest.fixture
def runner(known: Clone, tmp_path: Path) -> Iterator[Runner]:
    """The known project on a server of its own, on the branch main."""
    with served(clone_of(known, tmp_path / "clone"), tmp_path) as made:
        yield made


@contextmanager
def served(clone: Clone, folder: Path) -> Iterator[Runner]:
    """A clone's commit on a server of its own, on the branch main."""
    github = GitHub(folder)
    made = Runner(github, folder, clone)
    # Linked to the clone's objects, not packed anew.
    subprocess.run(["git", "clone", "--quiet", "--bare", str(clone.folder), str(made.bare)], check=True)
    subprocess.run(["git", "-C", str(made.bare), "remote", "remove", "origin"], check=True)
    made.bare.with_name("project.git").symlink_to("project")
    places = [github.url, github.url.replace("://", "://token:token@")]  # as it is, and as CML writes it
    instead = "".join(f"\tinsteadOf = {place}/\n" for place in places)
    (folder / "gitconfig").write_text(f'[url "file://{folder}/server/"]\n{instead}', "utf-8")
    try:
        yield made
    finally:
        github.server.shutdown()
        github.server.server_close()


def ended(sha: str, conclusion: str = "success", owner: str = "team", number: int = 7) -> dict[str, Any]:
    """The event of a run of the first workflow that has ended."""
    return {
        "id": number,
        "event": "pull_request",
        "conclusion": conclusion,
        "head_sha": sha,
        "head_branch": "change",
        "head_repository": {"full_name": f"{owner}/project", "owner": {"login": owner}},
        "run_started_at": STARTED,
        "created_at": STARTED,
    }


def label(login: str = "maintainer", at: str = LATER, event: str = "labeled", name: str = "gate-override") -> Any:
    """An event of a pull request: the label was set."""
    return {"event": event, "label": {"name": name}, "actor": {"login": login}, "created_at": at}


def set_iterations(clone: Clone, iterations: int) -> None:
    """Commit another number of boosting rounds."""
    clone.edit_params(lambda params: params["train"]["params"].update(max_iter=iterations))
    clone.commit(f"max_iter: {iterations}")


def archive(content: bytes, name: str = "report.json", link: bool = False) -> bytes:
    """A zip of one file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        entry = zipfile.ZipInfo(name)
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = ((stat.S_IFLNK if link else stat.S_IFREG) | 0o644) << 16
        file.writestr(entry, content)
    return buffer.getvalue()
