"""Years of census rows with their truth: does the monitor say what the labels say? The data are in nannyml's wheel."""

from pathlib import Path

import numpy as np
import pandas as pd

from harness.core.contract import Contract, Feature
from harness.evaluate.bounded_loss import bounded_losses, choose_loss, upper_bound
from harness.evaluate.build_reference import BOUND, feature_spreads, number_spread
from harness.evaluate.sample import Sample
from harness.inference.reference import Floats, Reference, Risk
from harness.monitor.betting import follow
from harness.monitor.budget import BETTING
from harness.monitor.design import build_design
from harness.monitor.judge import judge_drift, judge_estimate, limit_of
from harness.monitor.observed import Batch, Observed
from harness.monitor.state import new_purse

MARGIN = 0.02
ROWS = 5000  # of one look
NUMBERS = ("AGEP", "SCHL")
NO_FEATURES = ("id", "employed", "year", "prediction", "predicted_probability")


def run_census(folder: Path) -> None:
    """Reference 2015, then 2016 to 2018 in looks of 5,000 rows; what fires, when, and whether the loss was real."""
    found = {path.stem.removeprefix("employment_MA_"): path for path in folder.rglob("employment_MA_*.pq")}
    old = pd.read_parquet(found["reference"])
    new = pd.read_parquet(found["analysis"]).merge(pd.read_parquet(found["analysis_target"]), on="id")
    contract = _contract(old)
    for kind in ("brier", "error"):
        reference, design = _reference(old, contract, kind)
        _watch(new, reference, design, _losses(old, reference), contract)


def _watch(new: pd.DataFrame, reference: Reference, design: Floats, losses: Floats, contract: Contract) -> None:
    risk = reference.risks[0]
    limit = limit_of(risk, MARGIN)
    print(f"\nCensus, {reference.loss.kind}: test risk {risk.mean:.4f} (bound {risk.upper:.4f}), limit {limit:.4f}")
    wealth, fired, now = new_purse("all", limit).wealth(0), dict[str, str](), _losses(new, reference)
    for look, start in enumerate(range(0, len(new), ROWS)):
        rows = new.iloc[start : start + ROWS]
        real = now[start : start + ROWS].mean()
        when = f"look {look + 1} ({rows['year'].iloc[0]}; real loss of its rows {real:.4f})"
        observed = Observed(reference, contract, 0.5)
        observed.add(Batch(_columns(rows, contract), _scores(rows)))
        for one in judge_drift(reference, observed.counts, look):
            if one.shown:
                fired.setdefault(f"drift of {one.column}", f"{when}, moved by {one.distance:.1%}")
        current = observed.design()
        if current is not None and judge_estimate(design, losses, current, reference, look, MARGIN).shown:
            fired.setdefault("estimated loss", when)
        wealth, path = follow(wealth, now[start : start + ROWS])
        if path.max() >= 1 / BETTING:
            at = start + int((path >= 1 / BETTING).argmax()) + 1
            fired.setdefault("labelled loss", f"{when}, after {at:,} rows")
    for what, when in fired.items():
        print(f"  {what}: {when}")
    years = new["year"].to_numpy()
    yearly = {int(year): round(float(now[years == year].mean()), 4) for year in np.unique(years)}
    above = [year for year, value in yearly.items() if value > limit]
    print(f"  nothing else fired in {look + 1} looks; real losses by year {yearly}; above the limit: {above or 'none'}")


def _contract(rows: pd.DataFrame) -> Contract:
    names = [name for name in rows.columns if name not in NO_FEATURES]
    features = [
        Feature(name, "number", "numeric" if name in NUMBERS else "categorical", True)
        for name in sorted(names, key=lambda name: name not in NUMBERS)
    ]
    return Contract("binary", "employed", (0, 1), tuple(features), id="id")


def _reference(rows: pd.DataFrame, contract: Contract, kind: str) -> tuple[Reference, Floats]:
    scores = _scores(rows)
    sample = Sample("binary", rows["employed"].to_numpy(np.int64), scores, 0.5)
    loss = choose_loss(sample, "error" if kind == "error" else "brier")
    losses = bounded_losses(sample, loss)
    bound = float(upper_bound(losses, BOUND / 2))
    mean, deviation = float(losses.mean()), float(losses.std())
    risk = Risk(column=None, value=None, units=len(rows), mean=mean, deviation=deviation, upper=bound)
    reference = Reference(
        model="0" * 64,
        task="binary",
        rows=len(rows),
        units=float(len(rows)),
        features=feature_spreads(rows, contract),
        score=number_spread("score", scores[:, 1]),
        loss=loss,
        risks=[risk],
    )
    bins = reference.bins(_columns(rows, contract), contract)
    return reference, build_design(bins, scores, 0.5, reference)


def _losses(rows: pd.DataFrame, reference: Reference) -> Floats:
    sample = Sample("binary", rows["employed"].to_numpy(np.int64), _scores(rows), 0.5)
    return bounded_losses(sample, reference.loss)


def _scores(rows: pd.DataFrame) -> Floats:
    chance = rows["predicted_probability"].to_numpy(float)
    return np.column_stack([1 - chance, chance])


def _columns(rows: pd.DataFrame, contract: Contract) -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.generic]]]:
    numeric = contract.names("numeric")
    return {f.name: rows[f.name].to_numpy(float if f.name in numeric else object) for f in contract.features}
