"""Test rows → reference.json: what the running model is compared with. Scores of training rows would be too good."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.core.contract import FEW_ROWS, Contract, Feature, as_text
from harness.core.files import write_bytes
from harness.core.params import Params
from harness.core.prepared import PreparedRows, chunks_of, feature_columns
from harness.evaluate.bounded_loss import bounded_losses, choose_loss, unit_means, upper_bound
from harness.evaluate.sample import Sample, build_sample, entities
from harness.evaluate.slices import slices_of
from harness.inference.predictor import Predictor, encode
from harness.inference.reference import INNER, Floats, Reference, Risk, Spread, watched_scores

OWN = INNER - 1  # categories with a bin of their own
LISTED = 1000  # further ones that are listed
SLICES = 20
LEAST_UNITS = 30  # units of a slice that is watched
BOUND = 0.004  # chance that a bound of the test risk fails: half for all rows, half for the slices together


def build_reference(
    rows: pd.DataFrame | PreparedRows,
    predictor: Predictor,
    contract: Contract,
    params: Params | None = None,
    scored: Sample | None = None,
) -> Reference:
    """The bins of every feature and of the score, and the risk with its upper bound, of test rows.

    `scored` are the rows' scores where they are known already.
    """
    sample = scored or build_sample(rows, predictor)
    cost = params.train.threshold.cost if params else None
    costs = (cost.false_positive, cost.false_negative) if cost else (1.0, 1.0)
    loss = choose_loss(sample, params.evaluate.monitored_loss if params else None, costs)
    groups = entities(rows, contract)
    sizes = np.ones(len(rows)) if groups is None else np.bincount(groups).astype(float)
    return Reference(
        model=predictor.sha256,
        task=contract.task,
        rows=len(rows),
        units=float(sizes.sum() ** 2 / (sizes**2).sum()),
        features=feature_spreads(rows, contract),
        score=number_spread("score", watched_scores(sample.scores.astype(np.float32), contract.task)),
        loss=loss,
        risks=_risks(rows, bounded_losses(sample, loss), groups, contract),
    )


def write_reference(reference: Reference, path: Path) -> None:
    """Write reference.json; equal references give equal bytes."""
    write_bytes(path, (reference.model_dump_json(indent=1) + "\n").encode())


def feature_spreads(rows: pd.DataFrame | PreparedRows, contract: Contract) -> list[Spread]:
    """The bins of each feature, numbers first; the time of day of a date has its own."""
    found: dict[str, Spread] = {}
    for feature in contract.features:  # one after the other: all of them may be too much at once
        alone = replace(contract, features=(feature,), derived=())
        parts = (encode(feature_columns(chunk, alone), alone) for chunk in chunks_of(rows, [feature.name]))
        if feature.role == "numeric":
            numbers = np.concatenate([numeric for numeric, _ in parts])
            for place, name in enumerate(alone.columns("numeric")):
                kind = "date" if name in alone.dates() else "number"
                found[name] = number_spread(name, numbers[:, place], kind)
        elif not feature.free:  # free texts all differ, and may tell who wrote them
            texts = chain.from_iterable(categorical[:, 0].tolist() for _, categorical in parts)
            found[feature.name] = category_spread(feature.name, texts, feature)
    names = [*contract.columns("numeric"), *contract.names("categorical")]
    return [found[name] for name in names if name in found]


def number_spread(name: str, values: NDArray[np.floating], kind: str = "number") -> Spread:
    """Ten bins of about equally many of the values (n,), NaN: missing; fewer bins if values repeat."""
    present = values[~np.isnan(values)].astype(np.float64)
    cuts = np.quantile(present, np.linspace(0, 1, INNER + 1)[1:-1], method="higher") if len(present) else np.empty(0)
    finite = cuts[np.isfinite(cuts)]
    edges = np.unique(finite[finite > present.min()]) if len(present) else finite
    counts = np.bincount(np.searchsorted(edges, present, side="right"), minlength=len(edges) + 1)
    return Spread.model_validate(
        {
            "name": name,
            "kind": kind,
            "edges": edges.tolist(),
            "values": [],
            "known": None,
            "shares": (counts / max(len(values), 1)).tolist(),
            "missing": 1 - len(present) / max(len(values), 1),
            "unseen": 0.0,
        }
    )


def category_spread(name: str, texts: Iterable[str], feature: Feature | None = None) -> Spread:
    """A bin for each of the nine commonest categories and one for all others.

    Of an open set no category of few rows is named, unless it has the role rare: they and what is unseen are others.
    """
    closed = feature is not None and feature.isin is not None
    counts = Counter(texts)
    rows = max(counts.total(), 1)
    missing = counts.pop("", 0)
    ordered = sorted(counts, key=lambda value: (-counts[value], value))
    named = (
        ordered if closed or (feature and feature.rare) else [value for value in ordered if counts[value] >= FEW_ROWS]
    )
    own, rest = named[:OWN], named[OWN:]
    others = counts.total() - sum(counts[value] for value in own)
    told = len(named) == len(ordered) and len(rest) <= LISTED
    once = sum(1 for value in ordered if counts[value] == 1)
    shares = [counts[value] / rows for value in own]
    return Spread(
        name=name,
        kind="category",
        edges=[],
        values=own,
        known=rest if told else None,
        shares=[*shares, others / rows],
        missing=missing / rows,
        unseen=once / rows if told and not closed else 0.0,
    )


def _risks(
    rows: pd.DataFrame | PreparedRows, losses: Floats, groups: NDArray[np.int64] | None, contract: Contract
) -> list[Risk]:
    """The risk of all rows, and of the slices with units enough, whose bounds hold together."""
    parts = []
    for part in slices_of(rows, contract):
        inside = groups[part.inside] if groups is not None else None
        units = unit_means(losses[part.inside], inside)
        if len(units) >= LEAST_UNITS:
            parts.append((part.column, as_text(part.value), units))
    whole = unit_means(losses, groups)
    found = [_risk(None, None, whole, BOUND / 2)]
    kept = sorted(parts, key=lambda part: -len(part[2]))[:SLICES]
    return found + [_risk(column, value, units, BOUND / 2 / len(kept)) for column, value, units in kept]


def _risk(column: str | None, value: str | None, units: Floats, level: float) -> Risk:
    return Risk(
        column=column,
        value=value,
        units=len(units),
        mean=float(units.mean()),
        deviation=float(units.std()),
        upper=float(upper_bound(units, level)),
    )
