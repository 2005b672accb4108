"""Of many rows a sample is resampled, and rows that stay in their file are measured as those that are held."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from harness.core.contract import Task
from harness.core.errors import ProjectError
from harness.core.prepared import Prepared, chunks_of
from harness.evaluate.bootstrap import Subset, intervals, intervals_of_drawn, resample_parts
from harness.evaluate.build_reference import feature_spreads
from harness.evaluate.further import FURTHER_METRICS, FurtherMetric
from harness.evaluate.large import resample_large, resample_models
from harness.evaluate.ranking import few_at_once, ranking
from harness.evaluate.sample import Sample, build_sample
from harness.evaluate.units import Units
from harness.inference.predictor import Predictor
from tests.support.samples import sample
from tests.support.tables import contract, customers

FEW = (slice(0, 4), slice(4, 6), slice(6, 9))


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    monkeypatch.setattr("harness.evaluate.large.RAREST_RESAMPLED", 50)
    return lambda rows: monkeypatch.setattr("harness.evaluate.large.MOST_RESAMPLED", rows)


@pytest.mark.parametrize("grouped", [False, True])
def test_the_interval_of_a_sample_is_as_wide_as_that_of_all_rows(few: Callable[[int], None], grouped: bool) -> None:
    made = sample("regression").take(np.random.default_rng(0).integers(0, 300, 4000))
    units = Units(4000, np.arange(4000) // 4 if grouped else None)
    few(1000)
    drawn = resample_large(made, [Subset()], 1000, 0, units)
    (low, high), (whole_low, whole_high) = (
        found["mae"]
        for found in (intervals_of_drawn(made, [Subset()], drawn, units)[0], intervals(made, 1000, 0, units))
    )
    assert high - low == pytest.approx(whole_high - whole_low, rel=0.15)
    assert low < made.estimates()["mae"] < high


def test_few_rows_are_resampled_as_ever() -> None:
    made = sample("binary")
    parts = [Subset(), Subset(np.arange(100), ("roc_auc",))]
    for found, expected in zip(
        resample_large(made, parts, 50, 0), resample_parts([made], parts, 50, 0)[0], strict=True
    ):
        assert found.keys() == expected.keys()
        assert all(np.array_equal(found[name], expected[name], equal_nan=True) for name in found)


def test_a_rare_class_is_not_lost_in_the_sample(few: Callable[[int], None]) -> None:
    """Of 20 rows of a class among 4000, a sample of 1000 rows would hold five."""
    made = sample("binary").take(np.random.default_rng(0).integers(0, 300, 4000))
    rare = made.take(np.concatenate([np.flatnonzero(made.y == 0), np.flatnonzero(made.y == 1)[:20]]))
    few(1000)
    drawn = resample_large(rare, [Subset(None, ("roc_auc",))], 300, 0)[0]["roc_auc"]
    every = resample_parts([rare], [Subset(None, ("roc_auc",))], 300, 0)[0][0]["roc_auc"]
    assert drawn.std() == pytest.approx(every.std(), rel=0.2)


def test_two_parts_of_a_large_table_do_not_move_together(few: Callable[[int], None]) -> None:
    made = sample("regression").take(np.random.default_rng(0).integers(0, 300, 2000))
    few(500)
    halves = [Subset(np.arange(1000), ("mae",)), Subset(np.arange(1000, 2000), ("mae",))]
    one, other = resample_large(made, halves, 400, 0)
    assert abs(np.corrcoef(one["mae"], other["mae"])[0, 1]) < 0.2


def test_few_errors_are_not_lost_in_the_sample(few: Callable[[int], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 20 wrong rows among 4000, a sample of 200 rows would hold one."""
    monkeypatch.setattr("harness.evaluate.large.NOISY_RESAMPLED", 10)
    few(200)
    y = np.arange(4000) % 2
    called = np.where(np.arange(4000) < 20, 1 - y, y).astype(float)
    right = Sample("binary", y, np.column_stack([1 - called, called]), 0.5)
    drawn = resample_large(right, [Subset(None, ("accuracy",))], 300, 0)[0]["accuracy"]
    every = resample_parts([right], [Subset(None, ("accuracy",))], 300, 0)[0][0]["accuracy"]
    assert drawn.std() == pytest.approx(every.std(), rel=0.3)


@pytest.mark.parametrize("share", [0.0, 1.0])  # of the truth in the scores: nobody is called, or all are right
def test_metrics_without_noise_do_not_spoil_the_sample(few: Callable[[int], None], share: float) -> None:
    few(200)
    y = np.arange(4000) % 2
    score = share * y + (1 - share) * np.random.default_rng(0).uniform(0.1, 0.4, 4000)
    (drawn,) = resample_large(Sample("binary", y, np.column_stack([1 - score, score]), 0.5), [Subset()], 50, 0)
    assert np.isfinite(drawn["roc_auc"]).all()
    assert drawn["f1"].tolist() == [share] * 50


def test_what_a_sample_does_not_know_is_resampled_exactly_up_to_a_limit(
    few: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    few(1000)
    own = {name: FurtherMetric(*made) for name, made in FURTHER_METRICS["binary"].items()}
    made = replace(sample("binary"), own=own).take(np.random.default_rng(0).integers(0, 300, 4000))
    asked = [Subset(None, ("recall_at_precision", "accuracy"))]
    assert np.isfinite(resample_large(made, asked, 100, 0)[0]["recall_at_precision"]).all()
    monkeypatch.setattr("harness.evaluate.large.MOST_EXACT", 3000)
    (found,) = resample_large(made, asked, 100, 0)
    assert np.isnan(found["recall_at_precision"]).all()
    assert np.isfinite(found["accuracy"]).all()


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_the_change_between_two_models_is_as_noisy_in_a_sample_as_in_all_rows(
    few: Callable[[int], None], task: Task
) -> None:
    """A report resampled all rows of both models, 10⁶ of them in minutes."""
    one = sample(task).take(np.random.default_rng(0).integers(0, 300, 4000))
    noise = np.random.default_rng(1).normal(size=one.scores.shape)
    other = replace(one, scores=one.scores + 100 * noise if task == "regression" else sharper(one.scores, noise))
    few(1000)
    names = ("mae",) if task == "regression" else ("accuracy", "log_loss")
    parts = [Subset(None, names), Subset(np.arange(2000), names)]
    sampled, every = (made([one, other], parts, 600, 0) for made in (resample_models, resample_parts))
    for j, part in enumerate(parts):
        for name in names:
            found, expected = (drawn[1][j][name] - drawn[0][j][name] for drawn in (sampled, every))
            moved = part.of(other).estimates()[name] - part.of(one).estimates()[name]
            assert found.std() == pytest.approx(expected.std(), rel=0.2)
            assert found.mean() == pytest.approx(moved, abs=expected.std())


def sharper(scores: np.ndarray, noise: np.ndarray) -> np.ndarray:
    made = np.exp(np.log(scores.clip(1e-6)) + 0.5 * noise)
    return np.asarray(made / made.sum(axis=1, keepdims=True))


def test_the_few_rows_on_which_two_models_differ_are_not_lost_in_the_sample(
    few: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 20 rows that a second model calls otherwise among 4000, a sample of 200 would hold one."""
    monkeypatch.setattr("harness.evaluate.large.NOISY_RESAMPLED", 10)
    few(200)
    one = sample("binary").take(np.random.default_rng(0).integers(0, 300, 4000))
    turned = np.arange(4000) % 200 == 0
    other = replace(one, scores=np.where(turned[:, None], one.scores[:, ::-1], one.scores))
    part = [Subset(None, ("accuracy",))]
    sampled, every = (made([one, other], part, 400, 0) for made in (resample_models, resample_parts))
    noise, whole = (float((drawn[1][0]["accuracy"] - drawn[0][0]["accuracy"]).std()) for drawn in (sampled, every))
    assert noise == pytest.approx(whole, rel=0.35)


def test_a_change_of_a_maximum_is_resampled_exactly(
    few: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without an interval a rule on it would fail, for no other reason than many rows."""
    few(1000)
    monkeypatch.setattr("harness.evaluate.large.MOST_EXACT", 3000)
    own = {name: FurtherMetric(*made) for name, made in FURTHER_METRICS["binary"].items()}
    made = replace(sample("binary"), own=own).take(np.random.default_rng(0).integers(0, 300, 4000))
    found = resample_models([made, made], [Subset(None, ("recall_at_precision",))], 50, 0)
    assert all(np.isfinite(part["recall_at_precision"]).all() for (part,) in found)


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_metrics_made_by_blocks_are_those_of_all_rows(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = sample(task).estimates()
    for module in ("sample", "formulas"):
        monkeypatch.setattr(f"harness.evaluate.{module}.BLOCK_ROWS", 64)
    assert sample(task).estimates() == pytest.approx(expected, rel=1e-12)


def test_weightings_that_are_measured_a_few_at_a_time_give_the_same_bits() -> None:
    rng = np.random.default_rng(0)
    score = rng.random(30_000)
    rank = ranking(rng.random(30_000) < score, score)
    weights = rng.poisson(1.0, (9, 30_000)).astype(float)
    assert len(few_at_once(weights)) > 1
    assert [len(few) for few in few_at_once(weights)] == [3, 2, 2, 2]
    alone = [np.concatenate(found) for found in zip(*(rank(weights[rows]) for rows in FEW), strict=True)]
    assert all(np.array_equal(one, other) for one, other in zip(rank(weights), alone, strict=True))


def test_rows_in_their_file_are_those_that_are_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.core.prepared.SCORED_TOGETHER", 64)
    table = customers(300).drop(columns="name")
    Prepared(tmp_path).write(table, table, contract(), {})
    held, opened = Prepared(tmp_path).read_rows("test"), Prepared(tmp_path).open_rows("test")
    assert len(opened) == 300
    for name in map(str, held):
        pd.testing.assert_series_equal(held[name], opened[name])
    chosen = np.array([0, 63, 64, 299])
    pd.testing.assert_frame_equal(opened.take(chosen).reset_index(drop=True), held.iloc[chosen].reset_index(drop=True))
    assert [len(chunk) for chunk in chunks_of(held)] == [len(chunk) for chunk in chunks_of(opened)] == [64] * 4 + [44]
    assert feature_spreads(held, contract()) == feature_spreads(opened, contract())


def test_too_many_test_rows_for_the_memory_are_refused_before_they_are_scored(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.evaluate.sample.BLOCK_ROWS", 64)
    monkeypatch.setenv("MEMORY_GB", "0.3")
    table = customers(300).drop(columns="name")
    Prepared(tmp_path).write(table, table, contract(), {})
    expected = r"test.parquet: evaluating 300 test rows needs about 0.4 GB of memory, and 0.3 GB are there \(MEMORY_GB"
    with pytest.raises(ProjectError, match=expected):
        build_sample(Prepared(tmp_path).open_rows("test"), Predictor(model))
