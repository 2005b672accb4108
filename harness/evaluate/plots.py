"""Curves of one evaluation: CSV for `dvc plots`, PNG for people."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from cycler import cycler
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.metrics import auc, confusion_matrix, precision_recall_curve, roc_curve

from harness.core.contract import Contract, as_text
from harness.core.files import replacing
from harness.evaluate.metrics import Sample

CURVES = 6  # of different classes in one picture, at most
POINTS = 1000  # of one curve, at most
CELLS = 10_000  # rows of the confusion CSV and of a scatter, at most
STYLE: Any = {
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e6e6e6",
    "axes.axisbelow": True,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.prop_cycle": cycler(color=["#1f6feb", "#d1242f", "#1a7f37", "#9a6700", "#8250df", "#57606a"]),
    "font.size": 10,
    "legend.frameon": False,
    "text.parse_math": False,  # a class named $x$ is a name
}
GREY = "#8c959f"


def write_plots(folder: Path, sample: Sample, contract: Contract, metrics: Mapping[str, Any], primary: str) -> None:
    """Write every plot of the task as <name>.csv and <name>.png, and the permutation importance."""
    draw = _regression_plots if sample.task == "regression" else _classification_plots
    with rc_context(STYLE):
        draw(folder, sample, contract, metrics)
        importance = pd.DataFrame(metrics["importance"], columns=["feature", "mean", "standard_deviation"])
        _save(folder, "importance", importance, _importance(importance, primary))


def _classification_plots(folder: Path, sample: Sample, contract: Contract, metrics: Mapping[str, Any]) -> None:
    names = [as_text(label) for label in contract.classes]
    chosen = [1] if sample.task == "binary" else _drawable(sample)
    curves = {names[k]: _curves(sample.y == k, sample.scores[:, k]) for k in chosen}
    _save(folder, "roc", *_roc({name: roc for name, (roc, _) in curves.items()}))
    share = float((sample.y == 1).mean()) if sample.task == "binary" else None
    _save(folder, "precision_recall", *_precision_recall({name: pr for name, (_, pr) in curves.items()}, share))
    what = (
        f"probability of {contract.target} = {names[1]}"
        if sample.task == "binary"
        else "probability of the predicted class"
    )
    _save(folder, "calibration", *_calibration(metrics["calibration"], f"predicted {what}", "observed share"))
    _save(folder, "confusion", _labels(sample, names), _confusion(sample, names, contract.target))


def _drawable(sample: Sample) -> list[int]:
    """The classes that get a curve: neither absent nor alone, and no more than a person can tell apart."""
    counts = np.bincount(sample.y, minlength=sample.scores.shape[1])
    most = np.argsort(-counts, kind="stable")[:CURVES]
    return sorted(int(k) for k in most if 0 < counts[k] < len(sample.y))


def _regression_plots(folder: Path, sample: Sample, contract: Contract, metrics: Mapping[str, Any]) -> None:
    axes = (f"predicted {contract.target}", f"mean observed {contract.target}")
    _save(folder, "calibration", *_calibration(metrics["calibration"], *axes))
    rows = _spread(len(sample.y), CELLS)
    frame = pd.DataFrame({"predicted": sample.scores[rows, 0], "actual": sample.y[rows]})
    frame["residual"] = frame["actual"] - frame["predicted"]
    _save(folder, "residuals", frame, _residuals(frame, contract.target))


def _curves(positive: Any, score: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
    false_positive_rate, true_positive_rate, _ = roc_curve(positive, score)
    precision, recall, _ = precision_recall_curve(positive, score)
    roc = pd.DataFrame({"false_positive_rate": false_positive_rate, "true_positive_rate": true_positive_rate})
    pr = pd.DataFrame({"recall": recall[::-1], "precision": precision[::-1]})
    return roc.iloc[_spread(len(roc), POINTS)], pr.iloc[_spread(len(pr), POINTS)]


def _spread(rows: int, most: int) -> Any:
    """Positions of at most `most` rows, evenly spread, first and last among them."""
    return np.unique(np.linspace(0, rows - 1, min(rows, most)).round().astype(int))


def _roc(curves: Mapping[str, pd.DataFrame]) -> tuple[pd.DataFrame, Figure]:
    figure, axes = square("ROC", "false positive rate", "true positive rate")
    axes.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1, label="chance: area 0.5")
    for name, curve in curves.items():
        area = auc(curve["false_positive_rate"], curve["true_positive_rate"])
        label = f"area {area:.3f}" if len(curves) == 1 else f"{name}: area {area:.3f}"
        axes.plot(curve["false_positive_rate"], curve["true_positive_rate"], label=label, linewidth=2)
    axes.legend(loc="lower right")
    return _stack(curves), figure


def _precision_recall(curves: Mapping[str, pd.DataFrame], share: float | None) -> tuple[pd.DataFrame, Figure]:
    figure, axes = square("Precision and recall", "recall", "precision")
    if share is not None:
        axes.axhline(share, color=GREY, linestyle="--", linewidth=1)
        axes.annotate(f"chance: {share:.2f}", (0.01, share), xytext=(0, 3), textcoords="offset points", color=GREY)
    for name, curve in curves.items():
        axes.plot(curve["recall"], curve["precision"], label=name, linewidth=2, drawstyle="steps-pre")
    if len(curves) > 1:
        axes.legend(loc="lower left")
    return _stack(curves), figure


def _stack(curves: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    return pd.concat([curve.assign(**{"class": name}) for name, curve in curves.items()], ignore_index=True)


def _calibration(bins: list[dict[str, float]], x: str, y: str) -> tuple[pd.DataFrame, Figure]:
    frame = pd.DataFrame(bins)
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
    rows = _spread(len(sample.y), CELLS)
    take = np.array(names, dtype=object)
    return pd.DataFrame({"actual": take[sample.y[rows]], "predicted": take[sample.labels[rows]]})


def _confusion(sample: Sample, names: list[str], target: str) -> Figure:
    counts = confusion_matrix(sample.y, sample.labels, labels=range(len(names)))
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = max(4.0, 0.6 * len(names) + 2)
    figure, axes = _figure("Confusion", f"predicted {target}", f"actual {target}", (side + 0.4, side))
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
    figure, axes = _figure("Residuals", f"predicted {target}", "actual − predicted", (6, 4))
    axes.axhline(0, color=GREY, linestyle="--", linewidth=1)
    axes.scatter(frame["predicted"], frame["residual"], s=12, alpha=0.5, linewidths=0)
    return figure


def _importance(frame: pd.DataFrame, primary: str) -> Figure:
    shown = frame.head(20).iloc[::-1]
    figure, axes = _figure(
        "Permutation importance",
        f"how much worse {primary} gets when the column is shuffled",
        "",
        (6, 1.2 + 0.3 * len(shown)),
    )
    axes.barh(shown["feature"], shown["mean"], xerr=shown["standard_deviation"], ecolor=GREY)
    axes.axvline(0, color=GREY, linewidth=1)
    axes.grid(visible=False, axis="y")
    return figure


def square(title: str, x: str, y: str, unit: bool = True) -> tuple[Figure, Axes]:
    """An empty square figure; with `unit` both axes run from 0 to 1."""
    figure, axes = _figure(title, x, y, (4.6, 4.4))
    if unit:
        axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect="equal")
    return figure, axes


def _figure(title: str, x: str, y: str, size: tuple[float, float]) -> tuple[Figure, Axes]:
    figure = Figure(figsize=size, dpi=120, layout="constrained")
    axes = figure.add_subplot()
    axes.set(title=title, xlabel=x, ylabel=y)
    return figure, axes


def _save(folder: Path, name: str, frame: pd.DataFrame, figure: Figure) -> None:
    with replacing(folder / f"{name}.csv") as temporary:
        frame.to_csv(temporary, index=False, float_format="%.6g", lineterminator="\n")
    with replacing(folder / f"{name}.png") as temporary:
        figure.savefig(temporary, format="png")
