"""What both sides' metrics.json say beside what is compared: metrics that are gone, cross-validated scores."""

import pandas as pd

from harness.compare.base_model import Base
from harness.compare.verdicts import lone_change
from harness.core.contract import Contract, as_text
from harness.core.errors import ProjectError
from harness.core.metrics_file import ModelMetrics, read_metrics_file
from harness.core.paths import METRICS_PATH, PREPARED
from harness.core.prepared import Prepared
from harness.evaluate.sample import Sample
from harness.report.report import Change, TrainingScore


def removed_metrics(base: Base, now: Sample) -> list[Change]:
    """Metrics that the base recorded and that are measured no more."""
    recorded = recorded_of_base(base).test
    gone = [name for name in recorded if name not in now.names()]
    return [lone_change(name, "higher", "removed", base=recorded[name]) for name in gone[:5]]


def training_scores(base: Base) -> list[TrainingScore]:
    """Cross-validated scores of both trainings, where either has some."""
    before, after = recorded_of_base(base).cv, read_metrics_file(METRICS_PATH).cv if METRICS_PATH.exists() else {}
    names = list(dict.fromkeys([*after, *before]))[:20]
    return [TrainingScore(metric=name, base=before.get(name), candidate=after.get(name)) for name in names]


def entities_known(rows: pd.DataFrame, contract: Contract) -> tuple[int, int]:
    """Groups of the test rows, and how many of them are learnt from too: a time splits whatever the group is."""
    if not (contract.time and contract.group):
        return 0, 0
    held, learnt = (set(part[contract.group].map(as_text)) for part in (rows, Prepared(PREPARED).read_rows("train")))
    return len(held), len(held & learnt)


def recorded_of_base(base: Base) -> ModelMetrics:
    """The base's metrics.json, as its stages made it; empty where there is none, or one of another version."""
    if base.state != "reproduced" or not (base.folder / METRICS_PATH).exists():
        return ModelMetrics(test={})
    try:
        return read_metrics_file(base.folder / METRICS_PATH)
    except ProjectError:
        return ModelMetrics(test={})
