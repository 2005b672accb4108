"""Pictures of a report: both models in one picture, drawn from the report's numbers alone.

One more picture is one more line in PICTURES (and its curve in harness/evaluate/curves.py).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.evaluate.canvas import panel_below, save_picture, square, styled
from harness.evaluate.colours import GREY
from harness.report.look import MODEL_COLOURS, MODEL_NAMES
from harness.report.numbers import number, signed
from harness.report.report import Curve, Report


@dataclass(frozen=True)
class CurvePicture:
    """A plot of both models' curves; its file is `<plot>.png`."""

    plot: str
    title: str
    x: str
    y: str
    diagonal: bool = True
    marker: str | None = None
    differences: bool = False  # a panel below: y − x, where lines along the diagonal cover each other
    shares: bool = False  # x is a share of the rows, y any value


PICTURES = (
    CurvePicture("roc", "ROC", "false positive rate", "true positive rate"),
    CurvePicture("precision_recall", "Precision and recall", "recall", "precision", diagonal=False),
    CurvePicture("calibration", "Calibration", "predicted", "observed", marker="o", differences=True),
    CurvePicture("residuals", "Residuals", "share of the rows", "actual − predicted", diagonal=False, shares=True),
)
AREA_METRICS = {"roc": "roc_auc", "precision_recall": "average_precision"}


def write_pictures(report: Report, folder: Path) -> list[str]:
    """Write a PNG for each plot that the report has curves of; their names."""
    names = []
    for picture in PICTURES:
        curves = [curve for curve in report.curves if curve.plot == picture.plot]
        if curves:
            names.append(f"{picture.plot}.png")
            _write(folder / names[-1], picture, curves, report.task == "regression")
    return names


def curve_text(report: Report, plot: str) -> str:
    """What a picture shows, for who cannot see it: its title, and both models' numbers."""
    title = next(picture.title for picture in PICTURES if picture.plot == plot)
    told = _areas(report, AREA_METRICS[plot]) if plot in AREA_METRICS else _points(report, plot)
    both = any(curve.model == "base" for curve in report.curves if curve.plot == plot)
    return f"{title} of {'both models' if both else 'this model'}{told}"


def _areas(report: Report, metric: str) -> str:
    change = next((change for change in report.changes if change.metric == metric), None)
    if change is None:
        return ""
    values = (("base", change.base), ("this", change.candidate))
    areas = ", ".join(f"{name} {number(value)}" for name, value in values if value is not None)
    return f"; {metric}: {areas}"


def _points(report: Report, plot: str) -> str:
    curves = [curve for curve in sorted(report.curves, key=lambda curve: curve.model) if curve.plot == plot and curve.x]
    told = [f"{MODEL_NAMES[curve.model]} {POINTS[plot](curve)}" for curve in curves]
    return f"; {MEASURES[plot]}: {'; '.join(told)}" if told else ""


def _largest_gap(curve: Curve) -> str:
    predicted, observed = max(zip(curve.x, curve.y, strict=True), key=lambda point: abs(point[1] - point[0]))
    return f"{signed(observed - predicted)} at {number(predicted)}"


def _nine_in_ten(curve: Curve) -> str:
    low, median, high = (
        next((y for x, y in zip(curve.x, curve.y, strict=True) if x >= share), curve.y[-1])
        for share in (0.05, 0.5, 0.95)
    )
    return f"{signed(low)} … {signed(high)}, median {signed(median)}"


MEASURES = {"calibration": "largest observed − predicted of a bin", "residuals": "nine rows in ten"}
POINTS = {"calibration": _largest_gap, "residuals": _nine_in_ten}


def _write(path: Path, picture: CurvePicture, curves: list[Curve], values: bool) -> None:
    with styled():
        figure, axes = square(picture.title, picture.x, picture.y, unit=not values)
        if picture.diagonal:
            axes.plot(*_diagonal(curves, values), color=GREY, linestyle=":", linewidth=1)
        if picture.shares:
            axes.axhline(0, color=GREY, linestyle=":", linewidth=1)
        below = panel_below(figure, axes, f"{picture.y} − {picture.x}") if picture.differences else None
        if below is not None:
            below.axhline(0, color=GREY, linestyle=":", linewidth=1)
        for curve in sorted(curves, key=lambda curve: curve.model):
            look: Any = {  # matplotlib's keywords
                "color": MODEL_COLOURS[curve.model],
                "linestyle": "--" if curve.model == "base" else "-",
                "linewidth": 2,
                "marker": picture.marker,
                "zorder": 3 if curve.model == "base" else 2,  # dashes on a line show both, where they are equal too
            }
            axes.plot(curve.x, curve.y, label=MODEL_NAMES[curve.model], **look)
            if below is not None:
                below.plot(curve.x, [y - x for x, y in zip(curve.x, curve.y, strict=True)], **look)
        axes.legend(loc="best")
        save_picture(path, figure)


def _diagonal(curves: list[Curve], values: bool) -> tuple[list[float], list[float]]:
    everything = [value for curve in curves for value in (*curve.x, *curve.y)] if values else [0.0, 1.0]
    ends = [min(everything), max(everything)]
    return ends, ends
