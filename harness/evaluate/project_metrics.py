"""All that is measured of a project's models beside the task's own metrics: further built-in ones, and its own."""

from pathlib import Path

from harness.core.params import Params
from harness.evaluate.further import further_metrics
from harness.evaluate.own_metrics import load_own_metrics
from harness.evaluate.sample import Yardsticks


def project_metrics(params: Params, folder: Path = Path()) -> Yardsticks:
    """Raises ProjectError if src/metrics.py fails, or params.yaml names what there is not."""
    further = further_metrics(params.task.type, params.evaluate, params.train.threshold.cost)
    return {**further, **load_own_metrics(folder)}
