"""The alert rules under promtool of Prometheus 3, which Go builds: `make test` asks Debian's of Prometheus 2."""

import subprocess

import pytest

from tests.support.constants import ROOT
from tests.support.workflows.tools import promtool


@pytest.mark.parametrize(
    "command",
    [["test", "rules", "rules_test.yml"], ["check", "rules", "rules.yml"], ["check", "config", "prometheus.yml"]],
)
def test_prometheus_3_takes_the_rules_and_every_case_holds(command: list[str]) -> None:
    folder = ROOT / "deploy/prometheus"
    done = subprocess.run([promtool(), *command], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
