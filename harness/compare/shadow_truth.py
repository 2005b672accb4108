"""A replay with truth: the report's statistics on the rows whose labels have come."""

from pathlib import Path

import numpy as np

from harness.compare.replay import Replay, SlicePart
from harness.compare.shadow_data import MeasuredPart
from harness.compare.verdicts import compare
from harness.core.errors import ProjectError
from harness.core.params import load_params
from harness.evaluate.bootstrap import Subset
from harness.evaluate.further import further_metrics
from harness.evaluate.own_metrics import OWN_METRICS, load_own_metrics
from harness.evaluate.sample import Sample, Yardsticks
from harness.evaluate.slices import why_not_evaluable
from harness.evaluate.units import Units
from harness.inference.predictor import Predictor
from harness.monitor.truth import read_truth


def measure_replay(
    found: Replay,
    models: tuple[Predictor, Predictor],
    parts: list[SlicePart],
    truth: str,
    notices: list[str],
) -> list[MeasuredPart]:
    """The paired changes of the report, joint over all parts, of the rows that have a label."""
    new, old = models
    labels = read_truth(Path(truth), old.contract)
    by_id = found.rows.ids if labels.key == old.contract.id else found.rows.keys
    values = labels.of([] if by_id is None else by_id.tolist())
    if by_id is None or not np.isfinite(values).any():
        raise ProjectError(f"TRUTH={truth}: no label fits a row of the log by {labels.key}")
    known = np.isfinite(values)
    notices.append(f"{int(known.sum())} of {len(known)} rows have a label")
    every = load_params()
    params, cost = every.evaluate, every.train.threshold.cost
    own: Yardsticks = load_own_metrics() if Path(OWN_METRICS).exists() else {}
    own = {**further_metrics(old.contract.task, params, cost), **own}
    y = values[known] if old.contract.task == "regression" else values[known].astype(np.int64)
    before, after = (
        Sample(old.contract.task, y, scores[known].astype(np.float64), model.threshold, own)
        for scores, model in ((found.running, old), (found.candidate, new))
    )
    whys = [why_not_evaluable(before.take(inside[known]), params) for _, _, inside in parts]
    asked = [
        Subset() if column is None else Subset(np.flatnonzero(inside[known]), (params.primary,))
        for (column, _, inside), why in zip(parts, whys, strict=True)
        if not why
    ]
    groups = found.rows.groups
    places = None if groups is None else np.unique(groups[known].astype(str), return_inverse=True)[1]
    if not asked:
        return [MeasuredPart(rows=int(known.sum()), not_evaluable=whys[0] or "", changes=[])]
    tables = iter(
        compare(
            [before],
            [after],
            asked,
            params.primary,
            params.resamples,
            params.random_state,
            Units(int(known.sum()), places),
        )
    )
    return [
        MeasuredPart(
            column=column,
            value=value,
            rows=int(inside[known].sum()),
            not_evaluable=why or "",
            changes=[] if why else next(tables),
        )
        for (column, value, inside), why in zip(parts, whys, strict=True)
    ]
