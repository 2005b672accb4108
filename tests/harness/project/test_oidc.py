"""The documented way without a secret fits into the workflows as they are."""

import copy
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.constants import ROOT

(BLOCK,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/remote.md").read_text("utf-8"), re.DOTALL)
ADDED = yaml.safe_load(BLOCK)
LOGIN = re.compile(r"^    uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", re.MULTILINE)


@pytest.mark.parametrize(("workflow", "job"), [("pull-request.yml", "gate"), ("publish.yml", "train")])
@pytest.mark.parametrize("step", ADDED["steps"], ids=lambda step: step["uses"].split("@")[0])
def test_a_login_of_a_cloud_fits_into_the_job(workflow: str, job: str, step: dict[str, Any], tmp_path: Path) -> None:
    read = copy.deepcopy(yaml.safe_load((ROOT / ".github/workflows" / workflow).read_text("utf-8")))
    made = read["jobs"][job]
    first = next(number for number, each in enumerate(made["steps"]) if "make" in each.get("run", "").split()[:1])
    made["steps"].insert(first, step)
    made["permissions"].update(ADDED["permissions"])
    read["on"] = read.pop(True)  # YAML 1.1 reads `on` so
    path = tmp_path / workflow
    path.write_text(yaml.safe_dump(read), "utf-8")
    checker = Path(sys.executable).parent / "check-jsonschema"
    command = [str(checker), "--builtin-schema", "vendor.github-workflows", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_each_login_is_pinned_and_none_runs_for_a_fork() -> None:
    assert len(LOGIN.findall(BLOCK)) == len(ADDED["steps"])
    assert {step["if"] for step in ADDED["steps"]} == {
        "github.event_name != 'pull_request' || github.event.pull_request.head.repo.full_name == github.repository"
    }
