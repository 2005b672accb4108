"""Print metrics.json for people: each metric with its interval, the slices, and where the pictures are."""

from collections.abc import Iterable

from harness.core.metrics_file import MetricInterval, SliceMetrics, read_metrics_file
from harness.core.params import load_params
from harness.core.paths import CARD_HTML, METRICS_PATH, MODEL_PATH, PLOTS
from harness.report.numbers import interval, number


def print_metrics() -> None:
    """The metrics of the last evaluation."""
    metrics = read_metrics_file(METRICS_PATH)
    print(f"\n{'metric':28} {'test':>9}   95 % interval       ({metrics.rows} rows)")
    why = {item.metric: item.reason for item in metrics.without_interval}
    for name, value in metrics.test.items():
        print(f"{name:28} {number(value):>9}   {_interval(metrics.intervals, name) or why.get(name, '')}".rstrip())
    for item in metrics.calibration_line:
        print(f"{item.metric:28} {number(item.value):>9}   {interval(item.low, item.high)}")
    for name, value in metrics.cv.items():
        print(f"{name:28} {number(value):>9}   cross-validated on the training rows, to choose by")
    if metrics.slices:
        _print_slices(metrics.slices, load_params().evaluate.primary)
    print(f"\nmodel     {MODEL_PATH}\nmetrics   {METRICS_PATH}\npictures  {PLOTS}/*.png\ncard      {CARD_HTML}")


def _print_slices(slices: list[SliceMetrics], metric: str) -> None:
    print(f"\n{'slice':28} {metric:>9}   95 % interval")
    for part in slices:
        name = f"{part.column} = {'missing' if part.value is None else part.value}"
        if part.test is None:
            print(f"{name:28} {'–':>9}   {part.not_evaluable}")
            continue
        why = part.gap.reason if part.gap else ""
        shown = _interval(part.intervals or [], metric) or why or "too many resamples have no value, or the same one"
        rows = "" if shown.startswith(f"{part.rows} rows,") else f"({part.rows} rows)"
        print(f"{name:28} {number(part.test.get(metric)) or '–':>9}   {shown:19} {rows}".rstrip())


def _interval(intervals: Iterable[MetricInterval], metric: str) -> str:
    found = next((item for item in intervals if item.metric == metric), None)
    return interval(found.low, found.high) if found else ""
