"""The candidate's behaviour tests and coverage, as rows of the report."""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess
from xml.etree import ElementTree

from harness.core.contract import as_text
from harness.core.errors import ProjectError
from harness.core.metrics_file import read_metrics_file
from harness.core.paths import METRICS_PATH
from harness.core.shell import try_program
from harness.report.checks import BehaviourCheck, CoverageCheck

BEHAVIOUR_TESTS = Path("tests/test_behaviour.py")
MOST_CHECKS = 100
MOST_SIGNS = 300  # of a reason
OWN_ERROR = f"{ProjectError.__module__}.{ProjectError.__name__}: "  # before a reason that is meant to be read
# The installed plugins take longer to load than these tests run; the options of pyproject.toml are theirs.
WITHOUT_PLUGINS = (("-o", "addopts="), {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"})


def behaviour_checks() -> list[BehaviourCheck]:
    """Run the project's tests of its model's behaviour, where it has any, on the work tree's model."""
    if not BEHAVIOUR_TESTS.exists():
        return []
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "told.xml"
        done = _run_tests(told, *WITHOUT_PLUGINS)
        if done.returncode:  # a test of the project may need a plugin: what counts is a run with all of them
            told.unlink(missing_ok=True)
            done = _run_tests(told, ("-n", "0"), {})
        if told.exists():
            return list(_outcomes(told))[:MOST_CHECKS]
    lines = (done.stderr or done.stdout).strip().splitlines() or ["pytest said nothing"]
    return [BehaviourCheck(name=str(BEHAVIOUR_TESTS), state="fail", reason=lines[-1][:MOST_SIGNS])]


def _run_tests(told: Path, options: tuple[str, ...], environment: dict[str, str]) -> CompletedProcess[str]:
    command = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={told}", *options)
    return try_program(
        *command, str(BEHAVIOUR_TESTS), environment={"EVALUATED_PROJECT": str(Path.cwd()), **environment}
    )


def _outcomes(told: Path) -> Iterator[BehaviourCheck]:
    for case in ElementTree.parse(told).iter("testcase"):  # noqa: S314  (pytest has just written it)
        name = case.get("name", "").removeprefix("test_").replace("_", " ")[:200] or "a test"
        for child in case:
            if child.tag in {"failure", "error", "skipped"}:
                reason = child.get("message", "").partition("\n")[0].removeprefix(OWN_ERROR)[:MOST_SIGNS]
                yield BehaviourCheck(name=name, state="skipped" if child.tag == "skipped" else "fail", reason=reason)
                break
        else:
            yield BehaviourCheck(name=name, state="pass", reason="")


def coverage_checks() -> list[CoverageCheck]:
    """What `evaluate` found of the work tree's model; nothing where it has no intervals or sets."""
    try:
        found = read_metrics_file(METRICS_PATH).coverage[:MOST_CHECKS]
    except (FileNotFoundError, ProjectError):
        return []
    return [
        CoverageCheck(
            part="all rows" if one.column is None else f"{one.column} = {as_text(one.value) or 'missing'}"[:300],
            **one.model_dump(include={"rows", "asked", "coverage", "low", "high", "size"}),
        )
        for one in found
    ]
