"""metrics.json: what was measured of a model, as data. Stages write it; the service, the image and the report read it.

DVC reads numbers and mappings as metrics: what it shall not show stands in lists.
"""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness.core.contract import Label
from harness.core.errors import ProjectError
from harness.core.files import read_json, write_json

SIGNIFICANT = 6  # digits; the rest differs from processor to processor
Finite = Annotated[float, Field(allow_inf_nan=False)]


class Measurement(BaseModel):
    """A piece of metrics.json; unknown keys and silent conversions are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class MetricInterval(Measurement):
    """The 95 % interval of one metric's value."""

    metric: str
    low: Finite
    high: Finite
    value: Finite | None = None  # where it stands nowhere else


class NoInterval(Measurement):
    """Why a metric has no 95 % interval."""

    metric: str
    reason: str


class SliceGap(Measurement):
    """The primary metric in a slice minus that on all other rows; its 95 % interval, or why there is none."""

    metric: str
    rest: Finite  # the metric on the other rows
    gap: Finite
    low: Finite | None
    high: Finite | None
    reason: str


class SliceMetrics(Measurement):
    """The rows in which a column has one value (None: where it is missing)."""

    column: str
    value: Label | None
    rows: int
    not_evaluable: str | None = None  # why there are no numbers
    test: dict[str, Finite] | None = None
    intervals: list[MetricInterval] | None = None
    gap: SliceGap | None = None


class Coverage(Measurement):
    """How often intervals, or sets, of a conformal model hold the truth: of all rows (column None), or of a slice."""

    column: str | None
    value: Label | None
    rows: int
    asked: Finite  # the confidence of params.yaml
    coverage: Finite
    low: Finite
    high: Finite
    size: Finite  # mean width of an interval, or mean number of classes in a set


class CalibrationBin(Measurement):
    """Mean prediction and what was observed, of rows that are predicted about the same."""

    predicted: Finite
    observed: Finite
    rows: int


class FeatureImportance(Measurement):
    """How much worse the primary metric gets when the column is shuffled: mean and spread over the shuffles."""

    feature: str
    mean: Finite
    standard_deviation: Finite


class ModelMetrics(Measurement):
    """All of metrics.json."""

    test: dict[str, Finite]
    cv: dict[str, Finite] = {}  # cross-validated on the training rows, where that was done: what to choose by
    rows: int = 0
    intervals: list[MetricInterval] = []
    without_interval: list[NoInterval] = []  # the other metrics of `test`
    slices: list[SliceMetrics] = []
    calibration: list[CalibrationBin] = []
    calibration_line: list[MetricInterval] = []  # slope and intercept, of a binary task
    importance: list[FeatureImportance] = []
    coverage: list[Coverage] = []  # of all rows first; empty without train.conformal


def read_metrics_file(path: Path) -> ModelMetrics:
    """Raises ProjectError if the file is missing, no strict JSON, or holds what metrics.json does not."""
    try:
        return ModelMetrics.model_validate(read_json(path))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ProjectError(f"{path}: not the metrics of a model: {key}: {first['msg']}") from None


def write_metrics_file(path: Path, metrics: ModelMetrics) -> None:
    """Write metrics.json whole, each number with six digits."""
    write_json(path, _rounded(metrics.model_dump(exclude_unset=True)))


def _rounded(value: object) -> object:
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return float(f"{value:.{SIGNIFICANT}g}") if isinstance(value, float) else value
