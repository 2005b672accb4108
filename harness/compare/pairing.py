"""Which rows, and which models, may be held against each other."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.compare.base_model import Base
from harness.compare.differences import read_mapping
from harness.compare.judges import replaces_example
from harness.compare.refit import refitted
from harness.core.contract import Contract, as_text
from harness.core.errors import ProjectError
from harness.core.paths import MODEL_PATH, PARAMS_PATH, PREPARED
from harness.core.prepared import Prepared
from harness.evaluate.sample import Sample, Yardsticks, build_sample
from harness.inference.predictor import Predictor
from harness.report.report import SEEDLESS_REASON

Comparability = Literal["compared", "first run", "failed", "not comparable"]


@dataclass(frozen=True)
class Pairing:
    """The base's model and the candidate's on the rows that both may be judged on; without a base, on all rows."""

    state: Comparability
    reason: str
    rows: pd.DataFrame
    base: tuple[Sample, ...]  # the shipped model first, then the same code trained with other seeds; empty: no base
    candidate: tuple[Sample, ...]
    same_model: bool = False  # the files are equal to the last byte
    fresh: NDArray[np.bool_] | None = None  # rows (n,) that the base's data lack: they came since
    trainings_reason: str = ""  # why there is but one training of each


def pair_models(base: Base, rows: pd.DataFrame, predictor: Predictor, contract: Contract, own: Yardsticks) -> Pairing:
    """Score both models on the test rows, less those that the base was trained on."""
    alone = build_sample(rows, predictor, own)
    if base.state != "reproduced":
        return Pairing(base.state, base.reason, rows, (), (alone,))
    try:
        before = Predictor(base.folder / MODEL_PATH)
        if replaces_example(base.folder / PARAMS_PATH, PARAMS_PATH):
            first = "this is the first model of your data: the base has the worked example, so nothing is compared"
            return Pairing("first run", first, rows, (), (alone,))
        reason = why_incomparable(before.contract, contract) or _why_other_split(base)
        if not reason:
            seen = is_among(base, ("train",), rows, contract)
            if not seen.all():
                kept, same = rows[~seen], before.sha256 == predictor.sha256
                sides = (build_sample(kept, before, own),), (alone.take(~seen),)
                fresh = ~is_among(base, ("train", "test"), kept, contract)
                return Pairing("compared", base.reason, kept, *sides, same, fresh)
            reason = "the base model was trained on every test row"
    except (ProjectError, KeyError, ValueError) as error:
        reason = f"the base model cannot score these rows: {error}"
    return Pairing("not comparable", reason, rows, (), (alone,))


def with_trainings(pair: Pairing, base: Base, count: int, own: Yardsticks) -> Pairing:
    """The pairing with each side trained `count` times in all; where that fails it is as it was, and says why."""
    if pair.state != "compared" or pair.same_model or count < 2:
        return pair
    try:
        with refitted((base.folder, Path()), count - 1, keep=not base.published) as paths:
            before, after = ([build_sample(pair.rows, Predictor(path), own) for path in side] for side in paths)
    except ProjectError as error:
        return replace(pair, trainings_reason=str(error))
    seedless = "" if before or after else SEEDLESS_REASON
    return replace(pair, base=(*pair.base, *before), candidate=(*pair.candidate, *after), trainings_reason=seedless)


def _why_other_split(base: Base) -> str:
    """Why the rows of one side's test are not kept from the other's training; empty if they are."""
    found = (read_mapping(folder / PARAMS_PATH).get("preprocess") for folder in (base.folder, Path()))
    old, new = (section if isinstance(section, dict) else {} for section in found)
    keys = [key for key in {**old, **new} if old.get(key) != new.get(key)]
    changed = ", ".join(f"preprocess.{key} was {old.get(key)} and is {new.get(key)}" for key in keys)
    return f"the split changed: {changed}" if changed else ""


def why_incomparable(before: Contract, after: Contract) -> str:
    """Why the two models cannot be held against each other; empty if they can."""
    for what in ("task", "target", "classes"):
        old, new = getattr(before, what), getattr(after, what)
        if old != new:
            return f"the {what} changed from {old!r} to {new!r}"
    features = {feature.name: feature for feature in after.features}
    for feature in before.features:
        if feature.name not in features:
            return f"the base model needs the column {feature.name}, which is no longer a feature"
        now = features[feature.name]
        if now.role != feature.role:
            return f"the column {feature.name} was {feature.role} and is {now.role}"
        if now.type != feature.type and "date" in {now.type, feature.type}:
            return f"the column {feature.name} was of type {feature.type} and is of type {now.type}"
    return ""


def is_among(base: Base, parts: Sequence[str], rows: pd.DataFrame, contract: Contract) -> NDArray[np.bool_]:
    """Which rows (n,) are in parts of the base's data: by id, otherwise by equality in every shared column."""
    held = Prepared(base.folder / PREPARED)
    seen = pd.concat([held.read_rows(part) for part in parts])
    columns = [contract.id] if contract.id in seen.columns else [name for name in rows.columns if name in seen.columns]
    known, asked = (_as_keys(frame[columns]) for frame in (seen, rows))
    return asked.isin(set(known)).to_numpy(dtype=bool)


def _as_keys(frame: pd.DataFrame) -> "pd.Series[str]":
    """Each row as one text; column by column, for a call a row takes ten times as long."""
    return reduce(lambda key, column: key + "\x1f" + column, (frame[name].map(as_text) for name in frame))
