"""What one more row changes of a metric of the confusion table, and how many rows its noise is of."""

from dataclasses import replace

import numpy as np
import pytest

from harness.evaluate.confusion import noisy_rows, row_effects, unseen_variance
from harness.evaluate.further import FURTHER_METRICS, FurtherMetric
from harness.evaluate.sample import Sample
from harness.evaluate.units import Units
from tests.support.samples import sample


def measured(task: str) -> Sample:
    made = sample(task)
    return replace(made, own={name: FurtherMetric(*parts) for name, parts in FURTHER_METRICS[made.task].items()})


@pytest.mark.parametrize(
    ("task", "names"),
    [
        ("binary", ["accuracy", "balanced_accuracy", "f1", "matthews_corrcoef", "cost"]),
        ("multiclass", ["accuracy", "balanced_accuracy", "f1_macro", "matthews_corrcoef"]),
    ],
)
def test_the_effect_of_a_row_is_the_derivative_of_the_metric(task: str, names: list[str]) -> None:
    made, step = measured(task), 1e-5
    for name in names:
        effects = row_effects(name, made)
        weights = np.vstack([np.ones(300), np.ones((300, 300)) + step * np.eye(300)])
        value, *more = made.values(weights, (name,))[name]
        assert effects is not None
        np.testing.assert_allclose(effects[made.y, made.labels], (np.array(more) - value) / step, atol=1e-8)


def test_the_noise_of_a_share_comes_from_its_rarer_rows() -> None:
    y = np.zeros(1000, int)
    labels = (np.arange(1000) < 20).astype(int)
    made = Sample("binary", y, np.eye(2)[labels], 0.5)
    assert noisy_rows("accuracy", made, Units(1000)) == pytest.approx(20, rel=0.1)
    assert noisy_rows("roc_auc", made, Units(1000)) == np.inf
    of_one_group = Units(1000, groups=np.maximum(np.arange(1000) - 19, 0))
    assert noisy_rows("accuracy", made, of_one_group) == pytest.approx(1, rel=0.1)


def test_equal_models_have_no_unseen_noise() -> None:
    made = sample("binary")
    assert unseen_variance("accuracy", made, made, Units(300)) == 0
    assert unseen_variance("roc_auc", made, replace(made, scores=made.scores[:, ::-1]), Units(300)) == 0
    other = replace(made, scores=made.scores * 0.9 + 0.05)
    assert unseen_variance("accuracy", made, other, Units(300)) == pytest.approx(2 / 300**2)
