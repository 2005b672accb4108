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
from tests.support.constants import ROOT
from tests.support.s3 import BUCKET, S3, account, s3_server
from tests.support.tables import customers
from tests.support.workflows.runner import Runner, served

URL = f"s3://{BUCKET}/customers"
ROWS = 20_000
LACKS = "; it needs credentials, which a fork's pull request never has: docs/remote.md"
MOST_TYPED = 4  # lines that a team types from its table to a colleague's first result and to CI


@dataclass
class Team:
    """One who works in a clone, with the environment that the first of them installed."""

    clone: Clone
    venv: Path
    environment: dict[str, str] = field(default_factory=dict)
    secret: str = ""  # the form of CI's secrets, as `make adopt` prints it
    typed: list[str] = field(default_factory=list)

    def run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        variables = [f"{name}={value}" for name, value in self.environment.items()]
        path = f"PATH={self.venv}/bin:/usr/local/bin:/usr/bin:/bin"
        return self.clone.run("env", path, *variables, *command, check=check)

    def colleague(self, folder: Path, **environment: str) -> "Team":
        """Another clone of what was committed; it has no data yet."""
        return Team(clone_of(self.clone, folder), self.venv, environment, self.secret, self.typed)

    def secret_of(self, who: str) -> str:
        """The printed form, filled in for one of the accounts."""
        keys = account(who)
        text = self.secret.replace("access_key_id = …", f"access_key_id = {keys['AWS_ACCESS_KEY_ID']}", 1)
        return text.replace("secret_access_key = …", f"secret_access_key = {keys['AWS_SECRET_ACCESS_KEY']}")


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
    adopt = f"make adopt DATA={folder}/customers.csv TARGET=churned REMOTE={URL} ENDPOINT={{}} REGION=us-east-1"
    # A wrong endpoint first: one line, and everything is as before.
    refused = made.run(*adopt.format("http://127.0.0.1:9").split(), check=False)
    (line,) = [line for line in refused.stderr.splitlines() if line.startswith("error: ")]
    assert re.match(rf"error: data.dvc: its data could not be pushed: {URL}: .*http://127.0.0.1:9", line)
    assert made.clone.status() == ""
    told = made.run(*adopt.format(server.address).split()).stdout
    (line,) = re.findall(r"^next: (.*) && git push$", told, re.MULTILINE)
    made.secret = told.partition("each of this form:\n")[2].partition("secret_access_key = …\n")[0]
    made.secret += "secret_access_key = …\n"
    assert "dvc-s3" in (made.clone.folder / "pyproject.toml").read_text("utf-8")
    assert not (made.clone.folder / ".dvc/store").exists()
    made.run("sh", "-c", line)
    assert made.clone.status() == ""
    made.typed = [adopt, f"{line} && git push"]
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
    (reader.clone.folder / ".dvc/config.local").write_text(team.secret_of("reader"))
    assert "roc_auc" in reader.run("make", "pipeline").stdout
    (secrets,) = re.findall("^    (gh secret set .*)$", (ROOT / "docs/remote.md").read_text("utf-8"), re.MULTILINE)
    assert len([*team.typed, secrets, f"git clone {team.clone.folder} reader && make -C reader pipeline"]) <= MOST_TYPED
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

    # Who may only read pushes nothing, and is told why.
    refused = reader.run("dvc", "push", check=False)
    assert refused.returncode != 0
    told = reader.run("make", "remote", f"URL=s3://{BUCKET}/elsewhere", f"ENDPOINT={server.address}", check=False)
    assert "Access Denied (AccessDenied from PutObject); it needs credentials with write access" in told.stderr
    assert reader.clone.status() == ""


@pytest.fixture
def hub(team: Team, tmp_path: Path) -> Iterator[Runner]:
    """What the team has pushed, where its workflows run; they have the team's packages, and no credentials."""
    with served(team.colleague(tmp_path / "pushed").clone, tmp_path) as made:
        made.environment |= {"VENV": str(team.venv), "AWS_EC2_METADATA_DISABLED": "true", "HOME": str(tmp_path)}
        yield made


def test_main_publishes_with_the_two_secrets_and_a_fork_is_told_what_it_lacks(team: Team, hub: Runner) -> None:
    sha = hub.clone.run("git", "rev-parse", "HEAD").stdout.strip()
    payload = {"pull_request": {"number": 1, "head": {"sha": sha, "ref": "change"}, "base": {"ref": "main"}}}
    done = hub.run("pull-request.yml", "pull_request", payload, "refs/heads/main")
    assert done.code != 0
    (line,) = set(re.findall(r"error: data\.dvc: its data could not be fetched: .*", done.log))
    assert re.search(rf": {URL}: .*Unable to locate credentials", line), line
    assert line.strip().endswith(LACKS)

    # A secret that only reads publishes the model, and says that the remote has not got it; one that writes brings it.
    hub.secrets.update(dict.fromkeys(("DVC_CONFIG_READ", "DVC_CONFIG_WRITE"), team.secret_of("reader")))
    done = hub.publish()
    assert done.code == 0, done.log
    assert "dvc push failed: the model of this run is not at the DVC remote" in done.log
    assert [release["tag_name"] for release in hub.github.releases.made] == [f"model-{sha}"]
    hub.secrets["DVC_CONFIG_WRITE"] = team.secret_of("writer")
    hub.clone.edit_params(lambda params: params["train"]["params"].update(max_iter=90))
    hub.clone.commit("fewer rounds")
    second = hub.push("refs/heads/main")
    done = hub.publish()
    assert done.code == 0, done.log
    assert "dvc push failed" not in done.log
    release = hub.github.releases.made[-1]
    assert release["tag_name"] == f"model-{second}"
    (asset,) = [asset for asset in release["assets"] if asset["name"] == "model.onnx"]

    # Whoever may read gets from the remote the model that main's record names: the published one.
    hub.clone.run("git", "pull", "--quiet", "--ff-only", str(hub.bare), "main")
    reader = Team(hub.clone, team.venv)
    (hub.clone.folder / ".dvc/config.local").write_text(team.secret_of("reader"))
    reader.run("dvc", "pull", "train")
    pulled = (hub.clone.folder / "artifacts/model/model.onnx").read_bytes()
    assert pulled == hub.github.releases.assets[asset["id"]]


def test_a_fork_is_told_what_it_lacks_on_its_own_machine_too(team: Team, tmp_path: Path) -> None:
    fork = team.colleague(tmp_path / "fork", AWS_EC2_METADATA_DISABLED="true", HOME=str(tmp_path))
    told = fork.run("make", "pipeline", check=False)
    assert told.returncode != 0
    (line,) = [line for line in told.stderr.splitlines() if line.startswith("error: ")]
    assert re.fullmatch(
        rf"error: data.dvc: its data could not be fetched: {URL}: .*Unable to locate credentials; .*", line
    )
    assert line.endswith(LACKS)
