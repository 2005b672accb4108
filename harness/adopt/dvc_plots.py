"""The plots of dvc.yaml that a task has: `dvc plots` looks for no picture that evaluate does not write."""

import io
from typing import Any

from ruamel.yaml import YAML

FOLDER = "artifacts/evaluation/plots"
PLOTS_OF_CLASSES = ("ROC", "Precision and recall", "Calibration", "Confusion", "Permutation importance")
PLOTS_OF_NUMBERS = ("Calibration of numbers", "Residuals", "Permutation importance")
# title: template, CSV, column of x, column of y, labels of both axes
DVC_PLOTS = {
    "ROC": ("", "roc", "false_positive_rate", "true_positive_rate", "false positive rate", "true positive rate"),
    "Precision and recall": ("", "precision_recall", "recall", "precision", "recall", "precision"),
    "Calibration": ("", "calibration", "predicted", "observed", "predicted probability", "observed share"),
    "Calibration of numbers": ("", "calibration", "predicted", "observed", "predicted", "mean observed"),
    "Confusion": ("confusion", "confusion", "actual", "predicted", "actual", "predicted"),
    "Permutation importance": (
        "bar_horizontal",
        "importance",
        "mean",
        "feature",
        "how much worse the primary metric gets when the column is shuffled",
        "feature",
    ),
    "Residuals": ("", "residuals", "predicted", "residual", "predicted", "actual − predicted"),
}


def with_plots(old: str, task: str) -> str:
    """dvc.yaml's text with the plots of the task in the place of another's; stages, comments and own plots stay."""
    yaml = YAML()
    yaml.width, yaml.preserve_quotes = 4096, True
    yaml.indent(mapping=2, sequence=4, offset=2)
    pipeline = yaml.load(old)
    own = [plot for plot in pipeline.get("plots") or [] if not (isinstance(plot, dict) and set(plot) <= set(DVC_PLOTS))]
    pipeline["plots"] = [*plots_of(task), *own]
    written = io.StringIO()
    yaml.dump(pipeline, written)
    return written.getvalue()


def plots_of(task: str) -> list[dict[str, Any]]:
    """The entries of `plots`, as DVC reads them."""
    return [{title: _plot(title)} for title in (PLOTS_OF_NUMBERS if task == "regression" else PLOTS_OF_CLASSES)]


def _plot(title: str) -> dict[str, Any]:
    template, name, x, y, x_label, y_label = DVC_PLOTS[title]
    drawn: dict[str, Any] = {"template": template} if template else {}
    return drawn | {
        "x": x,
        "y": {f"{FOLDER}/{name}.csv": y},
        "title": title.removesuffix(" of numbers"),
        "x_label": x_label,
        "y_label": y_label,
    }
