"""Permutation importance (Breiman 2001): how much worse the primary metric gets when one column is shuffled."""

from dataclasses import replace

import numpy as np
import pandas as pd

from harness.core.metrics_file import FeatureImportance
from harness.core.params import EvaluateParams
from harness.core.prepared import feature_columns
from harness.evaluate.metrics import better_of
from harness.evaluate.sample import Sample
from harness.inference.predictor import Predictor

MOST_ROWS = 20_000
SHUFFLES = 5


def importance(
    rows: pd.DataFrame, sample: Sample, predictor: Predictor, params: EvaluateParams
) -> list[FeatureImportance]:
    """Each feature's, the most important first; none whose shuffling leaves the metric undefined."""
    rng = np.random.default_rng(params.random_state)
    if len(rows) > MOST_ROWS:
        chosen = np.sort(rng.choice(len(rows), MOST_ROWS, replace=False))
        rows, sample = rows.iloc[chosen], sample.take(chosen)
    columns = feature_columns(rows, predictor.contract)
    sign = 1 if better_of(sample.task, params.primary, sample.own) == "higher" else -1
    whole = sample.estimates()[params.primary]
    found = []
    for name in columns:
        losses = []
        for _ in range(SHUFFLES):
            scores = predictor.scores({**columns, name: rng.permutation(columns[name])}).astype(np.float64)
            losses.append(sign * (whole - replace(sample, scores=scores).estimates()[params.primary]))
        if np.isfinite(losses).all():
            mean, deviation = float(np.mean(losses)), float(np.std(losses))
            found.append(FeatureImportance(feature=name, mean=mean, standard_deviation=deviation))
    return sorted(found, key=lambda item: -item.mean)
