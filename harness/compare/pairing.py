"""Which rows, and which models, may be held against each other."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Literal

import pandas as pd

from harness.compare.base_model import Base
from harness.compare.differences import read_mapping
from harness.core.contract import Contract, as_text
from harness.core.errors import ProjectError
from harness.core.paths import MODEL_PATH, PARAMS_PATH, PREPARED
from harness.core.prepared import Prepared
from harness.evaluate.own_metrics import OwnMetric
from harness.evaluate.sample import Sample, build_sample
from harness.inference.predictor import Predictor

Comparability = Literal["compared", "first run", "failed", "not comparable"]


@dataclass(frozen=True)
class Pairing:
    """The base's model and the candidate's on the rows that both may be judged on; without a base, on all rows."""

    state: Comparability
    reason: str
    rows: pd.DataFrame
    base: Sample | None
    candidate: Sample


def pair_models(
    base: Base, rows: pd.DataFrame, predictor: Predictor, contract: Contract, own: Mapping[str, OwnMetric]
) -> Pairing:
    """Score both models on the test rows, less those that the base was trained on."""
    alone = build_sample(rows, predictor, own)
    if base.state != "reproduced":
        return Pairing(base.state, base.reason, rows, None, alone)
    try:
        before = Predictor(base.folder / MODEL_PATH)
        reason = why_incomparable(base, before.contract, contract)
        if not reason:
            seen = _trained_on(base, rows, contract).to_numpy(dtype=bool)
            if not seen.all():
                kept = rows[~seen]
                return Pairing("compared", base.reason, kept, build_sample(kept, before, own), alone.take(~seen))
            reason = "the base model was trained on every test row"
    except (ProjectError, KeyError, ValueError) as error:
        reason = f"the base model cannot score these rows: {error}"
    return Pairing("not comparable", reason, rows, None, alone)


def why_incomparable(base: Base, before: Contract, after: Contract) -> str:
    """Why the two models cannot be held against each other; empty if they can."""
    for what in ("task", "target", "classes"):
        old, new = getattr(before, what), getattr(after, what)
        if old != new:
            return f"the {what} changed from {old!r} to {new!r}"
    old, new = (read_mapping(folder / PARAMS_PATH).get("preprocess") for folder in (base.folder, Path()))
    if old != new:
        return f"the split changed: preprocess was {old} and is {new}"
    features = {feature.name: feature for feature in after.features}
    for feature in before.features:
        if feature.name not in features:
            return f"the base model needs the column {feature.name}, which is no feature any more"
        now = features[feature.name]
        if now.role != feature.role:
            return f"the column {feature.name} was {feature.role} and is {now.role}"
        if now.type != feature.type and "date" in {now.type, feature.type}:
            return f"the column {feature.name} was of type {feature.type} and is of type {now.type}"
    return ""


def _trained_on(base: Base, rows: pd.DataFrame, contract: Contract) -> "pd.Series[bool]":
    """Which rows the base model has seen; without an id, rows that are equal in every shared column count as seen."""
    seen = Prepared(base.folder / PREPARED).read_rows("train")
    columns = [contract.id] if contract.id in seen.columns else [name for name in rows.columns if name in seen.columns]
    known, asked = (_as_keys(frame[columns]) for frame in (seen, rows))
    return asked.isin(set(known))


def _as_keys(frame: pd.DataFrame) -> "pd.Series[str]":
    """Each row as one text; column by column, for a call a row takes ten times as long."""
    return reduce(lambda key, column: key + "\x1f" + column, (frame[name].map(as_text) for name in frame))
