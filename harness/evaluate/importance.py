"""Permutation importance (Breiman 2001): how much worse the primary metric gets when one column is shuffled."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.core.metrics_file import FeatureImportance
from harness.core.params import EvaluateParams
from harness.core.prepared import feature_columns
from harness.evaluate.derived import OpenedModel
from harness.evaluate.metrics import better_of
from harness.evaluate.sample import Sample
from harness.inference.predictor import Predictor, Scores, encode

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

    def loss(scores: Scores) -> float:
        return float(sign * (whole - replace(sample, scores=scores.astype(np.float64)).estimates()[params.primary]))

    found = []
    for name, shuffled in _shuffled(columns, predictor, rng):
        losses = [loss(shuffled()) for _ in range(SHUFFLES)]
        if np.isfinite(losses).all():
            mean, deviation = float(np.mean(losses)), float(np.std(losses))
            found.append(FeatureImportance(feature=name, mean=mean, standard_deviation=deviation))
    return sorted(found, key=lambda item: -item.mean)


def _shuffled(
    columns: dict[str, NDArray[np.generic]], predictor: Predictor, rng: np.random.Generator
) -> Iterator[tuple[str, Callable[[], Scores]]]:
    """Each column, raw or derived, and what gives the scores of the rows with it in another order."""

    def scores(name: str) -> Scores:
        return predictor.scores({**columns, name: rng.permutation(columns[name])})

    yield from ((name, partial(scores, name)) for name in columns)
    if predictor.contract.derived:
        opened = OpenedModel(predictor)
        wide = opened.widen(*encode(columns, predictor.contract))
        for feature in predictor.contract.derived:
            yield feature.name, partial(opened.shuffled_scores, wide, feature.name, rng)
