"""What a model learns of an outcome that the hour decides: R² on later rows, without the time of day and with it."""

import argparse

import numpy as np
import pandas as pd
from sklearn.metrics import r2_score

from harness.core.contract import Contract, Feature
from harness.core.params import load_params
from harness.core.prepared import feature_columns, target_values
from harness.data.times import with_times
from harness.model.pipeline import to_frame
from harness.model.tuning import train_pipeline

BY_HOUR = Contract(
    "regression",
    "rides",
    (),
    (Feature("start", "date", "numeric", nullable=False), Feature("warmth", "number", "numeric", nullable=False)),
)
ESTIMATORS = ("ensemble.HistGradientBoostingRegressor", "linear_model.Ridge")
LEAST = 0.9  # R² with the time of day, by trees


def build_rides(rows: int) -> pd.DataFrame:
    """Rides of bicycles by the hour of two years: two peaks on weekdays, a flat hill at weekends, more in summer."""
    rng = np.random.default_rng(0)
    start = pd.Series(pd.date_range("2023-01-01", "2024-12-31 23:00", periods=rows).floor("h"))
    hour, weekend = start.dt.hour.to_numpy(), start.dt.weekday.to_numpy() > 4
    peaks = 300 * np.exp(-((hour - 8) ** 2) / 4) + 400 * np.exp(-((hour - 17) ** 2) / 6)
    hill = 250 * np.exp(-((hour - 14) ** 2) / 25)
    warmth = 12 - 10 * np.cos(2 * np.pi * start.dt.dayofyear.to_numpy() / 365) + rng.normal(scale=3, size=rows)
    rides = (np.where(weekend, hill, peaks) + 20) * (0.6 + warmth / 30) + rng.normal(scale=25, size=rows)
    return pd.DataFrame({"rides": rides, "start": start, "warmth": warmth})


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench hours", description=__doc__)
    parser.add_argument("--rows", type=int, default=17_520, help="hours (17520, which is all of two years)")
    rides = build_rides(parser.parse_args().rows)
    split = len(rides) * 3 // 4
    print(f"{'estimator':32}{'date alone':>12}{'with its time':>15}")
    for estimator in ESTIMATORS:
        found = []
        for contract in (BY_HOUR, with_times(BY_HOUR, rides)):
            X, y = to_frame(feature_columns(rides, contract), contract), target_values(rides, contract)
            params = load_params().train.model_copy(update={"estimator": f"sklearn.{estimator}", "params": {}})
            model = train_pipeline(X[:split], y[:split], contract, params).pipeline
            found.append(float(r2_score(y[split:], model.predict(X[split:]))))
        verdict = "" if "linear" in estimator else "   met" if found[1] >= LEAST else f"   MISSED: < {LEAST}"
        print(f"{estimator:32}{found[0]:12.2f}{found[1]:15.2f}{verdict}", flush=True)


if __name__ == "__main__":
    main()
