"""Pictures of one evaluation: CSV for `dvc plots`, PNG for people."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from harness.core.contract import Contract, as_text
from harness.core.files import replacing
from harness.core.metrics_file import CalibrationBin, FeatureImportance, ModelMetrics
from harness.evaluate.canvas import blank, save_picture, square, styled
from harness.evaluate.colours import GREY
from harness.evaluate.curves import CurvePoints, ranking_curves, spread
from harness.evaluate.sample import Sample

MOST_CLASSES = 6  # that have a curve in one picture
CURVE_POINTS = 1000  # of one curve, at most
SCATTERED = 10_000  # rows of the confusion CSV and of a scatter, at most


def write_plots(folder: Path, sample: Sample, contract: Contract, metrics: ModelMetrics, primary: str) -> None:
    """Write every plot of the task as <name>.csv and <name>.png, and the permutation importance."""
    draw = _regression_plots if sample.task == "regression" else _classification_plots
    with styled():
        draw(folder, sample, contract, metrics)
        columns = list(FeatureImportance.model_fields)
        importance = pd.DataFrame([part.model_dump() for part in metrics.importance], columns=columns)
        _save(folder, "importance", importance, _importance(importance, primary))


def _classification_plots(folder: Path, sample: Sample, contract: Contract, metrics: ModelMetrics) -> None:
    names = [as_text(label) for label in contract.classes]
    chosen = [1] if sample.task == "binary" else _drawable(sample)
    curves = {names[k]: ranking_curves(sample.y == k, sample.scores[:, k]) for k in chosen}
    _save(folder, "roc", *_roc({name: found["roc"] for name, found in curves.items()}))
    share = float((sample.y == 1).mean()) if sample.task == "binary" else None
    precision_recall = {name: found["precision_recall"] for name, found in curves.items()}
    _save(folder, "precision_recall", *_precision_recall(precision_recall, share))
    what = (
        f"probability of {contract.target} = {names[1]}"
        if sample.task == "binary"
        else "probability of the predicted class"
    )
    _save(folder, "calibration", *_calibration(metrics.calibration, f"predicted {what}", "observed share"))
    _save(folder, "confusion", _labels(sample, names), _confusion(sample, names, contract.target))


def _drawable(sample: Sample) -> list[int]:
    """The classes that get a curve: neither absent nor alone, and no more than a person can tell apart."""
    counts = np.bincount(sample.y, minlength=sample.scores.shape[1])
    most = np.argsort(-counts, kind="stable")[:MOST_CLASSES]
    return sorted(int(k) for k in most if 0 < counts[k] < len(sample.y))


def _regression_plots(folder: Path, sample: Sample, contract: Contract, metrics: ModelMetrics) -> None:
    axes = (f"predicted {contract.target}", f"mean observed {contract.target}")
    _save(folder, "calibration", *_calibration(metrics.calibration, *axes))
    rows = spread(len(sample.y), SCATTERED)
    frame = pd.DataFrame({"predicted": sample.scores[rows, 0], "actual": sample.y[rows]})
    frame["residual"] = frame["actual"] - frame["predicted"]
    _save(folder, "residuals", frame, _residuals(frame, contract.target))


def _roc(curves: Mapping[str, CurvePoints]) -> tuple[pd.DataFrame, Figure]:
    figure, axes = square("ROC", "false positive rate", "true positive rate")
    axes.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1, label="chance: area 0.5")
    for name, curve in curves.items():
        area = np.trapezoid(curve.y, curve.x)
        label = f"area {area:.3f}" if len(curves) == 1 else f"{name}: area {area:.3f}"
        axes.plot(*curve.thinned(CURVE_POINTS), label=label, linewidth=2)
    axes.legend(loc="lower right")
    return _table(curves, "false_positive_rate", "true_positive_rate"), figure


def _precision_recall(curves: Mapping[str, CurvePoints], share: float | None) -> tuple[pd.DataFrame, Figure]:
    figure, axes = square("Precision and recall", "recall", "precision")
    if share is not None:
        axes.axhline(share, color=GREY, linestyle="--", linewidth=1)
        axes.annotate(f"chance: {share:.2f}", (0.01, share), xytext=(0, 3), textcoords="offset points", color=GREY)
    for name, curve in curves.items():
        axes.plot(*curve.thinned(CURVE_POINTS), label=name, linewidth=2, drawstyle="steps-pre")
    if len(curves) > 1:
        axes.legend(loc="lower left")
    return _table(curves, "recall", "precision"), figure


def _table(curves: Mapping[str, CurvePoints], x: str, y: str) -> pd.DataFrame:
    points = {name: curve.thinned(CURVE_POINTS) for name, curve in curves.items()}
    parts = [pd.DataFrame({x: curve.x, y: curve.y, "class": name}) for name, curve in points.items()]
    return pd.concat(parts, ignore_index=True)


def _calibration(bins: list[CalibrationBin], x: str, y: str) -> tuple[pd.DataFrame, Figure]:
    frame = pd.DataFrame([part.model_dump() for part in bins])
    low, high = frame[["predicted", "observed"]].min().min(), frame[["predicted", "observed"]].max().max()
    chances = low >= 0 and high <= 1
    figure, axes = square("Calibration", x, y, unit=chances)
    ends = [0.0, 1.0] if chances else [low, high]
    axes.plot(ends, ends, color=GREY, linestyle="--", linewidth=1, label="perfect")
    axes.plot(
        frame["predicted"],
        frame["observed"],
        marker="o",
        linewidth=2,
        label=f"bins of about {frame['rows'].median():.0f} rows",
    )
    axes.legend(loc="upper left")
    return frame, figure


def _labels(sample: Sample, names: list[str]) -> pd.DataFrame:
    rows = spread(len(sample.y), SCATTERED)
    take = np.array(names, dtype=object)
    return pd.DataFrame({"actual": take[sample.y[rows]], "predicted": take[sample.labels[rows]]})


def _confusion(sample: Sample, names: list[str], target: str) -> Figure:
    counts = np.zeros((len(names), len(names)), dtype=int)
    np.add.at(counts, (sample.y, sample.labels), 1)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = max(4.0, 0.6 * len(names) + 2)
    figure, axes = blank("Confusion", f"predicted {target}", f"actual {target}", (side + 0.4, side))
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    axes.set_xticks(range(len(names)), names, rotation=0 if max(map(len, names)) < 8 else 45)
    axes.set_yticks(range(len(names)), names)
    if len(names) <= 12:
        for (row, column), share in np.ndenumerate(shares):
            text = f"{counts[row, column]}\n{share:.0%}" if len(names) <= 6 else f"{counts[row, column]}"
            axes.text(column, row, text, ha="center", va="center", color="white" if share > 0.5 else "black")
    return figure


def _residuals(frame: pd.DataFrame, target: str) -> Figure:
    figure, axes = blank("Residuals", f"predicted {target}", "actual − predicted", (6, 4))
    axes.axhline(0, color=GREY, linestyle="--", linewidth=1)
    axes.scatter(frame["predicted"], frame["residual"], s=12, alpha=0.5, linewidths=0)
    return figure


def _importance(frame: pd.DataFrame, primary: str) -> Figure:
    shown = frame.head(20).iloc[::-1]
    figure, axes = blank(
        "Permutation importance",
        f"how much worse {primary} gets when the column is shuffled",
        "",
        (6, 1.2 + 0.3 * len(shown)),
    )
    axes.barh(shown["feature"], shown["mean"], xerr=shown["standard_deviation"], ecolor=GREY)
    axes.axvline(0, color=GREY, linewidth=1)
    axes.grid(visible=False, axis="y")
    return figure


def _save(folder: Path, name: str, frame: pd.DataFrame, figure: Figure) -> None:
    with replacing(folder / f"{name}.csv") as temporary:
        frame.to_csv(temporary, index=False, float_format="%.6g", lineterminator="\n")
    save_picture(folder / f"{name}.png", figure)
