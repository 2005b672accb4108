"""Week two of a team: their table at a real S3 server that checks who asks, two branches at once, and a fork.

The project installs an environment of its own, as a team's does: so this is none of `make test`.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from tests.support.clone import Clone, clone_of, copy_of_work_tree
from tests.support.s3 import BUCKET, S3, account, s3_server, settings
from tests.support.tables import customers

URL = f"s3://{BUCKET}/customers"
ROWS = 20_000


@dataclass
class Team:
    """One who works in a clone, with the environment that the first of them installed."""

    clone: Clone
    venv: Path
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        variables = [f"{name}={value}" for name, value in self.environment.items()]
        path = f"PATH={self.venv}/bin:/usr/local/bin:/usr/bin:/bin"
        return self.clone.run("env", path, *variables, *command, check=check)

    def colleague(self, folder: Path, **environment: str) -> "Team":
        """Another clone of what was committed; it has no data yet."""
        return Team(clone_of(self.clone, folder), self.venv, environment)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3]:
    with s3_server(tmp_path_factory.mktemp("s3")) as made:
        yield made


@pytest.fixture(scope="module")
def team(server: S3, tmp_path_factory: pytest.TempPathFactory) -> Team:
    """A table of 20 MB adopted, at the remote, and committed: what a user types is what stands here."""
    folder = tmp_path_factory.mktemp("team")
    made = Team(copy_of_work_tree(folder / "project"), folder / "project/.venv", account("writer"))
    frame = customers(ROWS)
    letters = np.random.default_rng(0).choice(list("abcdefgh  "), (ROWS, 1000))
    frame["note"] = ["".join(row) for row in letters]
    frame.to_csv(folder / "customers.csv", index=False)
    assert (folder / "customers.csv").stat().st_size > 20_000_000
    server.make_bucket(_python_with_botocore(folder))
    made.clone.run("env", f"PATH={_system_path()}", "make", "setup")
    place = [f"REMOTE={URL}", f"ENDPOINT={server.address}", "REGION=us-east-1"]
    told = made.run("make", "adopt", f"DATA={folder}/customers.csv", "TARGET=churned", *place)
    (line,) = re.findall(r"^next: (.*) && git push$", told.stdout, re.MULTILINE)
    assert "dvc-s3" in (made.clone.folder / "pyproject.toml").read_text("utf-8")
    assert not (made.clone.folder / ".dvc/store").exists()
    made.run("sh", "-c", line)
    assert made.clone.status() == ""
    return made


def _system_path() -> str:
    return f"{Path(sys.base_prefix)}/bin:/usr/local/bin:/usr/bin:/bin"


def _python_with_botocore(folder: Path) -> Path:
    """No package of ours brings it before the remote is there."""
    subprocess.run([sys.executable, "-m", "venv", str(folder / "client")], check=True)
    python = folder / "client/bin/python"
    subprocess.run([str(python), "-m", "pip", "install", "--quiet", "botocore"], check=True)
    return python


def change(member: Team, rate: float, branch: str) -> None:
    """A branch with another parameter, its results committed too, as some people do."""
    member.run("git", "checkout", "--quiet", "-b", branch)
    member.clone.edit_params(lambda params: params["train"]["params"].update(learning_rate=rate))
    member.run("make", "pipeline")
    member.clone.commit(branch)


def test_a_team_works_with_data_at_a_remote(team: Team, server: S3, tmp_path: Path) -> None:
    reader = team.colleague(tmp_path / "reader")
    local = reader.clone.folder / ".dvc/config.local"
    local.write_text(settings("reader", URL))
    assert "roc_auc" in reader.run("make", "pipeline").stdout
    reader.clone.commit("results")

    # Two branches change parameters, both with results: git finds both sides changed, and either side is right.
    change(reader, 0.02, "slow")
    reader.run("git", "checkout", "--quiet", "main")
    change(reader, 0.05, "fast")
    merged = reader.run("git", "merge", "slow", check=False)
    assert "CONFLICT (content): Merge conflict in dvc.lock" in merged.stdout
    reader.run("git", "checkout", "--ours", "params.yaml")
    refused = reader.run("make", "pipeline", check=False)
    (line,) = re.findall(r"^error: dvc\.lock: .* take either side: (git checkout --ours .*)$", refused.stderr, re.M)
    reader.run("sh", "-c", line)
    reader.run("make", "pipeline")
    reader.clone.commit("both")

    # The report needs the base's data too, with the credential that only reads.
    assert "the base cannot be reproduced" not in reader.run("make", "report", "BASE=main").stdout

    # Who may only read pushes nothing, and is told why; who publishes may.
    refused = reader.run("dvc", "push", check=False)
    assert refused.returncode != 0
    told = reader.run("make", "remote", f"URL=s3://{BUCKET}/elsewhere", f"ENDPOINT={server.address}", check=False)
    assert "Access Denied (AccessDenied from PutObject); it needs credentials that may write" in told.stderr
    assert reader.clone.status() == ""
    local.write_text(settings("writer", URL))
    assert "pushed" in reader.run("dvc", "push").stdout


def test_a_fork_is_told_what_it_lacks(team: Team, tmp_path: Path) -> None:
    fork = team.colleague(tmp_path / "fork", AWS_EC2_METADATA_DISABLED="true", HOME=str(tmp_path))
    told = fork.run("make", "pipeline", check=False)
    assert told.returncode != 0
    (line,) = [line for line in told.stderr.splitlines() if line.startswith("error: ")]
    assert re.fullmatch(
        rf"error: data.dvc: its data could not be fetched: {URL}: .*Unable to locate credentials; .*", line
    )
    assert line.endswith("; it needs credentials, which a fork's pull request never has: docs/remote.md")
