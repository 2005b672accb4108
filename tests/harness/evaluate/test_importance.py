"""Importance: rows are encoded once, alike columns are shuffled together, and the spread is that of rows too."""

from pathlib import Path

import numpy as np
import pytest

from harness.core.contract import Contract, Feature
from harness.core.judge_params import EvaluateParams
from harness.core.params import load_params
from harness.evaluate.association import groups_of
from harness.evaluate.importance import importance
from harness.evaluate.own_metrics import OwnMetric
from harness.evaluate.sample import build_sample
from harness.inference import predictor as inference
from harness.inference.predictor import Predictor
from tests.support.models import exported
from tests.support.tables import customers

PARAMS = load_params().evaluate


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("importance") / "model.onnx"
    exported(path)
    return path


def contract(numbers: tuple[str, ...], texts: tuple[str, ...] = ()) -> Contract:
    features = [Feature(name, "number", "numeric", nullable=False) for name in numbers]
    features += [Feature(name, "string", "categorical", nullable=False) for name in texts]
    return Contract("binary", "y", (0, 1), tuple(features))


def test_columns_that_say_nearly_the_same_are_one_group() -> None:
    rng = np.random.default_rng(0)
    base, town = rng.normal(size=(500, 3)), rng.integers(0, 4, 500)
    numeric = np.column_stack([base[:, 0], np.exp(base[:, 0]), base[:, 1], base[:, 1] + base[:, 2]]).astype(np.float32)
    colour = rng.permutation(town)
    texts = np.column_stack(
        [np.char.add(stem, codes.astype(str)) for stem, codes in zip("tzc", (town, town, colour), strict=True)]
    )
    found = groups_of(numeric, texts.astype(object), contract(("a", "a2", "b", "bc"), ("town", "zip", "colour")))
    assert found == [["a", "a2"], ["b"], ["bc"], ["town", "zip"], ["colour"]]


def test_a_date_is_one_feature_with_its_time_of_day() -> None:
    """A schema with a timed date and two categories once ended evaluate in a traceback."""
    seen = Feature("seen", "date", "numeric", nullable=False, timed=True)
    texts = contract((), ("town", "colour"))
    known = Contract("binary", "y", (0, 1), (seen, *texts.features))
    rng = np.random.default_rng(0)
    numeric, categorical = rng.normal(size=(100, 2)), rng.choice(["a", "b"], size=(100, 2)).astype(object)
    assert groups_of(numeric.astype(np.float32), categorical, known) == [["seen"], ["town"], ["colour"]]


def test_a_constant_column_and_few_rows_make_no_group() -> None:
    same = np.ones((100, 2), np.float32)
    none = np.empty((100, 0), object)
    assert groups_of(same, none, contract(("a", "b"))) == [["a"], ["b"]]
    few = np.arange(20, dtype=np.float32).reshape(10, 2)
    assert groups_of(few, none[:10], contract(("a", "b"))) == [["a"], ["b"]]


def test_rows_are_encoded_once(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At ca9dd0b they were encoded 82 times, which took half of the stage's time on 100,000 rows."""
    calls: list[int] = []
    encode = inference.Encoder.encode

    def counted(self: inference.Encoder, columns: inference.Columns) -> inference.Encoded:
        calls.append(1)
        return encode(self, columns)

    rows, predictor = customers(300), Predictor(model)
    sample = build_sample(rows, predictor)
    monkeypatch.setattr(inference.Encoder, "encode", counted)
    found = importance(rows, sample, predictor, PARAMS)
    assert len(calls) == 1
    assert {item.feature for item in found} == {"plan", "region", "member", "age", "visits"}


def test_the_spread_is_that_of_other_rows_too(model: Path) -> None:
    """Four times the rows halve it; over the shuffles alone it would not say how far other rows differ."""
    predictor = Predictor(model)
    spreads = []
    for rows in (customers(300), customers(1200)):
        found = importance(rows, build_sample(rows, predictor), predictor, PARAMS)
        spreads.append(found[0].standard_deviation)
    assert 0.3 < spreads[1] / spreads[0] < 0.8


def test_an_own_metric_may_be_the_one_that_importance_is_of(model: Path) -> None:
    rows, predictor = customers(300), Predictor(model)
    own = {"hits": OwnMetric(lambda y, scores: float(((scores >= 0.5) == y).mean()))}
    found = importance(rows, build_sample(rows, predictor, own), predictor, replace_primary("hits"))
    assert len(found) == 5


def replace_primary(name: str) -> EvaluateParams:
    return PARAMS.model_copy(update={"primary": name})
