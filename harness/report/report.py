"""report.json: what a comparison found, as data. Strict, bounded and versioned, for it crosses a trust boundary."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from harness.core.contract import Task
from harness.core.metrics_file import Finite
from harness.evaluate.metrics import Better
from harness.report.card import Card
from harness.report.checks import BehaviourCheck, CoverageCheck

MOST_REPORTED_SLICES = 200
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Text = Annotated[str, StringConstraints(max_length=2000)]
Count = Annotated[int, Field(ge=0, le=10**12)]
Commit = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40}$")]
Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{0,64}$")]
SEEDLESS_REASON = "another seed gives the same models"
Verdict = Literal["better", "worse", "no evidence", "not evaluable", "new", "removed"]
RuleState = Literal["pass", "fail", "undecided", "not evaluable"]


class ReportPart(BaseModel):
    """A piece of the report; unknown keys and silent conversions are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Change(ReportPart):
    """One metric of both models on the same rows; the interval is that of the paired change."""

    metric: Name
    better: Better
    base: Finite | None
    candidate: Finite | None
    change: Finite | None
    low: Finite | None
    high: Finite | None
    detectable: Finite | None  # the smallest change that this test had a chance of 80 % to show
    verdict: Verdict
    reason: Text  # why there is no interval
    allowed: Finite | None = None  # drop or rise that the gate allows


class BestChange(ReportPart):
    """A metric's change against the published model that is best in it, both on the same rows."""

    metric: Name
    commit: Commit | None  # of the best one; None: there is none
    models: Count  # published ones that were scored
    rows: Count
    change: Change | None
    reason: Text  # why there is no change
    same_model: bool = False  # the model file is the best one's to the last byte


class LostRule(ReportPart):
    """What the base can judge on its own test rows, and the candidate's rows cannot, or say less than half of."""

    column: Name | None  # None: all rows
    value: Text
    metric: Name
    kind: Literal["change", "value", "best"]  # rules on which of them
    reason: Text


class TrainingScore(ReportPart):
    """A cross-validated score of the training rows."""

    metric: Name
    base: Finite | None
    candidate: Finite | None


class SliceChange(ReportPart):
    column: Name
    value: Text
    rows: Count
    not_evaluable: Name | None
    changes: Annotated[list[Change], Field(max_length=20)]


class Flips(ReportPart):
    """Rows whose predicted label is another one now."""

    to_right: Count
    to_wrong: Count
    wrong_to_wrong: Count


class ValueChange(ReportPart):
    """A parameter or a package: its old and new value, None where there was or is none."""

    key: Name
    old: Text | None
    new: Text | None


class Shift(ReportPart):
    """Population stability index of one column between the base's data and the candidate's."""

    column: Name
    psi: Finite


class DataChange(ReportPart):
    added: Count | None  # None: rows have no id, so that they cannot be followed
    removed: Count | None
    changed: Count | None
    columns_added: Annotated[list[Name], Field(max_length=100)]
    columns_removed: Annotated[list[Name], Field(max_length=100)]
    shifts: Annotated[list[Shift], Field(max_length=100)]


class Rule(ReportPart):
    """One rule of the gate and how it came out."""

    rule: Name
    value: Finite | None
    state: RuleState
    reason: Text


class Curve(ReportPart):
    plot: Literal["roc", "precision_recall", "calibration", "residuals"]
    model: Literal["base", "candidate"]
    x: Annotated[list[Finite], Field(max_length=300)]
    y: Annotated[list[Finite], Field(max_length=300)]

    @model_validator(mode="after")
    def check_lengths(self) -> "Curve":
        if len(self.x) != len(self.y):
            raise ValueError(f"x has {len(self.x)} values, y {len(self.y)}")
        return self


class Report(ReportPart):
    version: Literal[2] = 2
    task: Task
    primary: Name
    commit: Commit
    dirty: bool  # the work tree holds more than the commit
    work_tree: Hash = ""  # of all its files
    base_commit: Commit | None
    base_state: Literal["compared", "first run", "failed", "not comparable"]
    base_reason: Text
    rows: Count
    rows_left_out: Count  # test rows that the base was trained on
    entities: Count = 0  # groups of the test rows, where a time splits and a group is declared
    entities_trained_on: Count = 0  # those of them that are among the training rows too
    changes: Annotated[list[Change], Field(max_length=20)]
    # The candidate's metrics on all test rows, those included that are left out: rules on a value are about them.
    values: Annotated[dict[Name, Finite | None], Field(max_length=50)] = Field(default_factory=dict)
    slices: Annotated[list[SliceChange], Field(max_length=MOST_REPORTED_SLICES)]
    best: Annotated[list[BestChange], Field(max_length=20)] = Field(default_factory=list)
    lost_rules: Annotated[list[LostRule], Field(max_length=200)] = Field(default_factory=list)
    cv: Annotated[list[TrainingScore], Field(max_length=20)] = Field(default_factory=list)
    flips: Flips | None
    params: Annotated[list[ValueChange], Field(max_length=200)]
    gate_rules: Annotated[list[ValueChange], Field(max_length=200)]
    packages: Annotated[list[ValueChange], Field(max_length=500)]
    files: Annotated[list[Name], Field(max_length=200)]
    data: DataChange | None
    gate: Annotated[list[Rule], Field(max_length=200)]
    gate_passed: bool
    own_gate: Annotated[
        list[Rule], Field(max_length=200)
    ]  # the candidate's rules, where they differ from those that decide
    same_model: bool  # the two model files are equal to the last byte
    trainings: Annotated[int, Field(ge=0, le=100)]  # of each model, over which a change is the average
    trainings_reason: Text  # why there is but one
    distributed: Text = ""  # by which cluster the candidate was trained, if by one
    gate_source: Literal["base", "candidate", "main"]  # main: compared with what was published last
    overridden_by: Name | None
    hashes: Annotated[dict[Name, Hash], Field(max_length=5)]
    curves: Annotated[list[Curve], Field(max_length=6)]
    card: Card | None = None  # of the candidate
    behaviour: Annotated[list[BehaviourCheck], Field(max_length=100)] = []  # tests/test_behaviour.py, of the candidate
    coverage: Annotated[list[CoverageCheck], Field(max_length=100)] = []  # of its prediction intervals, or sets
