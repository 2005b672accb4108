"""A date's time of day has bins of its own: the service counts by them, and a log is read into the same."""

import numpy as np
import pandas as pd
from prometheus_client import CollectorRegistry

from harness.core.contract import Contract, Feature
from harness.core.prepared import feature_columns
from harness.evaluate.build_reference import feature_spreads, number_spread
from harness.inference.predictor import encode
from harness.inference.reference import Loss, Reference, Risk
from harness.monitor.observed import Batch, Observed
from harness.serve.drift_counters import DriftCounters, bin_labels

SOLD = Feature("sold", "date", "numeric", nullable=True, timed=True)
TRIPS = Contract("regression", "y", (), (SOLD, Feature("leaves", "time", "numeric", nullable=True)))
CLOCK = "sold: time of day"


def test_the_time_of_day_of_a_date_is_counted_alike_by_the_service_and_of_a_log() -> None:
    rng = np.random.default_rng(0)
    sold = np.datetime64("2024-01-01", "s") + rng.integers(0, 400 * 86_400, 300).astype("m8[s]")
    leaves = [None if minute < 60 else f"{minute // 60}:{minute % 60:02}" for minute in rng.integers(0, 1440, 300)]
    frame, y = pd.DataFrame({"sold": sold, "leaves": leaves}), rng.normal(size=300)
    columns = feature_columns(frame, TRIPS)
    spreads = {spread.name: spread for spread in feature_spreads(frame, TRIPS)}
    assert [spreads[name].kind for name in ("sold", CLOCK, "leaves")] == ["date", "number", "number"]
    reference = Reference(
        model="0" * 64,
        task="regression",
        rows=300,
        units=300,
        features=list(spreads.values()),
        score=number_spread("score", y),
        loss=Loss(kind="absolute", clip=1.0),
        risks=[Risk(column=None, value=None, units=300, mean=0.1, deviation=0.1, upper=0.2)],
    )
    counted = CollectorRegistry()
    numeric, categorical = encode(columns, TRIPS)
    DriftCounters(reference, TRIPS, counted).count(numeric, categorical, y[:, None].astype("float32"))
    bins = bin_labels(len(spreads[CLOCK].expected))
    asked = [{"model": "0" * 12, "feature": CLOCK, "bin": name} for name in bins]
    found = [counted.get_sample_value("model_feature_rows_total", labels) for labels in asked]
    seen = Observed(reference, TRIPS, None)
    seen.add(Batch(columns, y[:, None]))
    assert found == seen.counts[CLOCK].tolist()
    assert sum(filter(None, found)) == 300
    assert seen.design() is not None  # all features are known
