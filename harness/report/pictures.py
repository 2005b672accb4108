"""Pictures of a report: both models in one picture, drawn from the report's numbers alone."""

from pathlib import Path

from matplotlib import rc_context

from harness.core.files import replacing
from harness.evaluate.plots import GREY, STYLE, square
from harness.report.report import Curve, Report

LABELS = {
    "roc": ("ROC", "false positive rate", "true positive rate"),
    "precision_recall": ("Precision and recall", "recall", "precision"),
    "calibration": ("Calibration", "predicted", "observed"),
}
COLORS = {"base": GREY, "candidate": "#1f6feb"}
NAMES = {"base": "base", "candidate": "this"}


def write_pictures(report: Report, folder: Path) -> list[str]:
    """Write a PNG for each plot that the report has curves of; their names."""
    names = []
    for plot in LABELS:
        curves = [curve for curve in report.curves if curve.plot == plot]
        if curves:
            _write(folder / f"{plot}.png", plot, curves, report.task == "regression")
            names.append(f"{plot}.png")
    return names


def _write(path: Path, plot: str, curves: list[Curve], values: bool) -> None:
    with rc_context(STYLE):
        figure, axes = square(*LABELS[plot], unit=not values)
        ends = [0.0, 1.0]
        if values:
            everything = [value for curve in curves for value in (*curve.x, *curve.y)]
            ends = [min(everything), max(everything)]
        if plot != "precision_recall":
            axes.plot(ends, ends, color=GREY, linestyle="--", linewidth=1)
        for curve in sorted(curves, key=lambda curve: curve.model):
            marker = "o" if plot == "calibration" else None
            axes.plot(curve.x, curve.y, label=NAMES[curve.model], color=COLORS[curve.model], linewidth=2, marker=marker)
        axes.legend(loc="best")
        with replacing(path) as temporary:
            figure.savefig(temporary, format="png")
