"""Permutation importance (Breiman 2001): how much worse the primary metric gets when columns are shuffled.

Columns that say nearly the same are shuffled together: alone, each would seem to matter little, for the model reads
the same in the other one.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.core.contract import Contract
from harness.core.judge_params import EvaluateParams
from harness.core.metrics_file import FeatureImportance
from harness.core.prepared import PreparedRows, chunks_of, feature_columns
from harness.evaluate.association import groups_of
from harness.evaluate.bootstrap import row_weights
from harness.evaluate.metrics import better_of
from harness.evaluate.sample import Sample
from harness.evaluate.units import units_of
from harness.inference.predictor import Encoded, Predictor, Scores

MOST_ROWS = 3_000
SHUFFLES = 5
SPREAD_RESAMPLES = 50  # of the rows, for the spread


def importance(
    rows: pd.DataFrame | PreparedRows, sample: Sample, predictor: Predictor, params: EvaluateParams
) -> list[FeatureImportance]:
    """Each feature's or group of alike features', the most important first; none that leaves the metric undefined.

    The standard deviation is that of other rows and of other shuffles.
    """
    rng = np.random.default_rng(params.random_state)
    if len(rows) > MOST_ROWS:
        chosen = np.sort(rng.choice(len(rows), MOST_ROWS, replace=False))
        rows, sample = rows.take(chosen), sample.take(chosen)
    held = pd.concat(chunks_of(rows))
    weights = np.ones((1, len(held)))
    if params.primary not in sample.called:  # one of those is called once a resample: there are too many here
        drawn = row_weights(SPREAD_RESAMPLES, params.random_state, units_of(held, predictor.contract))
        weights = np.vstack([weights, drawn])
    sign = 1 if better_of(sample.task, params.primary, sample.own) == "higher" else -1

    def measured(scores: NDArray[np.float64]) -> NDArray[np.float64]:
        made = replace(sample, scores=scores)
        if params.primary in sample.called:
            return sign * made.own_values(params.primary, weights)
        return sign * made.values(weights, [params.primary])[params.primary]

    whole = measured(sample.scores)
    found = []
    for name, shuffled in _shuffled(held, predictor, rng):
        losses = np.array([whole - measured(shuffled().astype(np.float64)) for _ in range(SHUFFLES)])
        if np.isfinite(losses[:, 0]).all():
            mean = float(losses[:, 0].mean())
            found.append(FeatureImportance(feature=name, mean=mean, standard_deviation=_spread(losses)))
    return sorted(found, key=lambda item: -item.mean)


def _spread(losses: NDArray[np.float64]) -> float:
    """Of the mean loss: losses (shuffles, 1 + resamples), the first of all rows as they are."""
    shuffles = losses[:, 0].var(ddof=1) / len(losses)
    rows = np.nanvar(losses[:, 1:].mean(axis=0)) if losses.shape[1] > 1 else 0.0
    return float(np.sqrt(shuffles + rows))


def _shuffled(
    rows: pd.DataFrame, predictor: Predictor, rng: np.random.Generator
) -> Iterator[tuple[str, Callable[[], Scores]]]:
    """Each group of columns, raw or derived, and what gives the scores of the rows with it in another order."""
    contract = predictor.contract
    encoded = predictor.encode(feature_columns(rows, contract))  # once: texts take the time

    def scores(names: list[str]) -> Scores:
        return predictor.run(*_permuted(encoded, contract, names, rng.permutation(len(rows))))

    yield from ((" + ".join(names), partial(scores, names)) for names in groups_of(*encoded, contract))
    if contract.derived:
        from harness.evaluate.derived import OpenedModel  # noqa: PLC0415  it loads onnx, which most models do not need

        opened = OpenedModel(predictor)
        wide = opened.widen(*encoded)
        for feature in contract.derived:
            yield feature.name, partial(opened.shuffled_scores, wide, feature.name, rng)


def _permuted(encoded: Encoded, contract: Contract, names: list[str], order: NDArray[np.int64]) -> Encoded:
    """The rows with some columns in another order, the same for all of them."""
    numeric, categorical = encoded[0].copy(), encoded[1].copy()
    numbers = np.isin([*contract.names("numeric"), *contract.timed()], names)
    texts = np.isin(contract.names("categorical"), names)
    numeric[:, numbers] = numeric[order][:, numbers]
    categorical[:, texts] = categorical[order][:, texts]
    return numeric, categorical
