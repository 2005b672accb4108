"""Print metrics.json for people: each metric with its interval, the slices, and where the pictures are."""

from typing import Any

from harness.core.files import read_json
from harness.core.params import load_params
from harness.core.paths import METRICS_PATH, MODEL_PATH, PLOTS


def print_metrics() -> None:
    """Raises ProjectError if metrics.json is absent or is not JSON."""
    metrics = read_json(METRICS_PATH)
    intervals = {item["metric"]: item for item in metrics["intervals"]}
    print(f"\n{'metric':28} {'test':>9}   95 % interval     ({metrics['rows']} rows)")
    for name, value in metrics["test"].items():
        print(f"{name:28} {_number(value):>9}   {_range(intervals.get(name))}")
    if metrics["slices"]:
        _print_slices(metrics["slices"], load_params().evaluate.primary)
    print(f"\nmodel     {MODEL_PATH}\nmetrics   {METRICS_PATH}\npictures  {PLOTS}/*.png")


def _print_slices(slices: list[dict[str, Any]], metric: str) -> None:
    print(f"\n{'slice':28} {metric:>9}   95 % interval")
    for part in slices:
        name = f"{part['column']} = {'missing' if part['value'] is None else part['value']}"
        if "test" not in part:
            print(f"{name:28} {'–':>9}   {part['not_evaluable']} ({part['rows']})")
            continue
        interval = next((item for item in part["intervals"] if item["metric"] == metric), None)
        shown = _range(interval) or "too few for an interval"
        print(f"{name:28} {_number(part['test'].get(metric)):>9}   {shown:17} ({part['rows']} rows)")


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"


def _range(interval: dict[str, float] | None) -> str:
    return f"{_number(interval['low'])} – {_number(interval['high'])}" if interval else ""
