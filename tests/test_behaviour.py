"""Yours: what must not matter, what must not lower, what must not upset the model. Each is three lines; write your own.

These are the worked example's, on its test rows; for another table they are skipped, and say so.
"""

import numpy as np
import pytest

from harness.core.params import load_params
from tests.support.behaviour import Behaviour
from tests.support.clone import Clone
from tests.support.constants import ROOT

pytestmark = pytest.mark.skipif(
    load_params(ROOT / "params.yaml").data.path != "data/titanic.csv", reason="the data is not the worked example's"
)


@pytest.fixture(scope="module")
def model(evaluated: Clone) -> Behaviour:
    return Behaviour.of(evaluated.folder)


def test_invariance_the_port_hardly_matters(model: Behaviour) -> None:
    assert model.flipped(embarked="S") < 0.15


def test_direction_a_worse_class_does_not_help(model: Behaviour) -> None:
    assert (model.scores(pclass=1) >= model.scores(pclass=3) - 0.05).mean() > 0.95


def test_direction_women_are_saved_first(model: Behaviour) -> None:
    assert (model.scores(sex="female") >= model.scores(sex="male")).mean() > 0.9


def test_robustness_a_little_noise_on_the_fare(model: Behaviour) -> None:
    noise = np.random.default_rng(0).normal(1, 0.01, len(model.rows))
    assert model.flipped(fare=lambda fare: fare * noise) < 0.05


def test_robustness_a_missing_port_upsets_few(model: Behaviour) -> None:
    assert model.flipped(embarked=None) < 0.15


def test_robustness_a_missing_age_upsets_few(model: Behaviour) -> None:
    assert model.flipped(age=np.nan) < 0.15
