"""What a report shows of a model beside its metrics: how it behaves, and whether its intervals hold the truth."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from harness.core.metrics_file import Finite
from harness.report.escape import prose, text, visible
from harness.report.look import RULE_SIGNS
from harness.report.numbers import number

Said = Annotated[str, StringConstraints(max_length=300)]


class CheckPart(BaseModel):
    """A piece of the report; unknown keys and silent conversions are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class BehaviourCheck(CheckPart):
    """A test of tests/test_behaviour.py, asked of the candidate."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    state: Literal["pass", "fail", "skipped"]
    reason: Said


class CoverageCheck(CheckPart):
    """How often the candidate's prediction intervals, or sets, hold the truth: of all test rows, or of a slice."""

    part: Said
    rows: Annotated[int, Field(ge=0, le=10**12)]
    asked: Finite
    coverage: Finite
    low: Finite
    high: Finite
    size: Finite


def behaviour_table(checks: list[BehaviourCheck]) -> list[str]:
    """A row for each test, those that fail first."""
    if not checks:
        return []
    signs = {**RULE_SIGNS, "skipped": "➖"}
    rows = [
        f"| {signs[one.state]} {one.state} | {text(one.name)} | {prose(one.reason)} |"
        for one in sorted(checks, key=lambda one: one.state != "fail")
    ]
    return ["| behaviour | of this model | |", "|---|---|---|", *rows]


def coverage_table(checks: list[CoverageCheck]) -> list[str]:
    """A row for all test rows, then for each slice."""
    if not checks:
        return []
    rows = [
        f"| {text(one.part)} | {one.rows} | {number(one.coverage)} | {number(one.low)} to {number(one.high)} "
        f"| {number(one.size)} |"
        for one in checks
    ]
    return [
        f"Asked for: {checks[0].asked:g}, on average over rows like the calibration rows. This does not promise it for "
        "each slice, nor for later rows. The size is an interval's mean width, or a set's mean number of classes.",
        "",
        "| of | rows | holds the truth | 95 % interval | size |",
        "|---|--:|--:|---|--:|",
        *rows,
    ]


def checks_on_terminal(behaviour: list[BehaviourCheck], coverage: list[CoverageCheck]) -> list[str]:
    """A line for all behaviour tests, one for each that fails, and one for the intervals."""
    lines = []
    if coverage:
        whole = coverage[0]
        found = f"{number(whole.coverage)} ({number(whole.low)} to {number(whole.high)})"
        lines.append(f"prediction intervals hold the truth of {found}, asked for {whole.asked:g}")
    failed = [one for one in behaviour if one.state == "fail"]
    if behaviour:
        passed = sum(one.state == "pass" for one in behaviour)
        lines.append(f"behaviour tests: {passed} of {len(behaviour)} pass")
    return lines + [f"fail: {visible(one.name)}: {visible(one.reason)}" for one in failed]
