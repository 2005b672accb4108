"""What a look found, as data: strict JSON, from which the Markdown and the pictures are made."""

from typing import Annotated, Literal

from pydantic import Field

from harness.core.metrics_file import Finite
from harness.inference.reference import ShortText, Stored
from harness.report.report import Count

Outcome = Literal["nothing", "drift without shown loss", "loss estimated", "loss shown", "not evaluable"]
Moment = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]


class Drifted(Stored):
    """How far one column (or the score) has moved from the test rows."""

    column: ShortText
    rows: Count
    distance: Finite  # share of rows that would have to move
    lower: Finite  # it is above this
    detectable: Finite  # what these rows would show in half of all cases
    stability_index: Finite  # PSI, for information
    shown: bool


class Risen(Stored):
    """How far the share of missing values or unseen categories has risen."""

    column: ShortText
    what: Literal["missing", "unseen"]
    before: Finite
    now: Finite
    least: Finite  # it rose by at least this
    shown: bool


class ExpectedLoss(Stored):
    """The loss that is expected without labels."""

    test: Finite
    loss: Finite
    least: Finite | None  # it rose by at least this; None: too few test rows look like today's
    detectable: Finite
    shown: bool
    margin: Finite | None = None  # an alarm needs a rise by more than this


class Shown(Stored):
    """The loss of rows whose truth is known, against the limit; over the model's whole life."""

    column: ShortText | None
    value: ShortText | None
    test: Finite
    limit: Finite  # the test risk's upper bound plus the margin
    units: Count  # rows or, where a group is declared, groups
    now: Finite | None  # of all rows so far
    evidence: Finite  # wealth of who bet against the limit, at its highest
    needed: Finite
    detectable: Finite | None
    shown: bool


class LiveMetric(Stored):
    """A metric of the report on the rows whose truth came at this look, beside the test's."""

    metric: ShortText
    test: Finite | None
    now: Finite | None
    low: Finite | None
    high: Finite | None


class TruthCount(Stored):
    """What came of the labels."""

    given: Count
    matched: Count
    repeated: Count
    contradictory: Count
    unmatched: Count
    closed_rows: Count  # rows that are old enough to be judged
    labelled: Count  # of them
    late: Count  # labels of rows that were judged before


class Look(Stored):
    version: Literal[1] = 1
    model: ShortText
    number: Count  # looks at this model before this one
    made: Moment
    since: Moment | None
    until: Moment | None
    rows: Count
    group: ShortText | None = None  # the column whose equal values make rows one unit of evidence
    refused: dict[ShortText, Count]
    void: ShortText | None  # why the 5 % do not hold
    outcome: Outcome
    reason: ShortText
    retrain: ShortText | None = None  # why a new model is due
    drift: list[Drifted]
    quality: list[Risen]
    estimated: ExpectedLoss | None
    risks: list[Shown]
    metrics: list[LiveMetric]
    truth: TruthCount | None
    notices: list[ShortText]
    state: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None  # hash of the state's last line
