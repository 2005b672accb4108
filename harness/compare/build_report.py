"""A work tree and its base → the report: which rows, which models, which rules."""

from functools import reduce
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.compare.base_model import Base
from harness.compare.base_rules import applied_rules
from harness.compare.differences import (
    changed_data,
    changed_files,
    changed_packages,
    changed_params,
    read_mapping,
)
from harness.compare.gate import judge, passed
from harness.compare.verdicts import compare, correct_verdicts, count_flips, empty_change
from harness.core.contract import Contract, as_text
from harness.core.errors import ProjectError
from harness.core.files import read_json
from harness.core.params import Params
from harness.core.paths import METRICS_PATH, MODEL_PATH, PARAMS_PATH, PREPARED, RESULTS
from harness.core.prepared import Prepared
from harness.core.shell import git
from harness.evaluate.curves import curves
from harness.evaluate.evaluation import build_sample, clusters
from harness.evaluate.metrics import METRICS as KNOWN
from harness.evaluate.metrics import Sample
from harness.evaluate.slices import slices_of, why_not_evaluable
from harness.inference.predictor import Predictor
from harness.report.report import Change, Report, SliceChange

State = Literal["compared", "first run", "failed", "not comparable"]


def build_report(base: Base, params: Params, overridden_by: str | None) -> Report:
    """Score both models on the candidate's test rows, less those that the base was trained on, and judge the change."""
    contract, predictor = Prepared(PREPARED).read_contract(), Predictor(MODEL_PATH)
    rows = Prepared(PREPARED).read_rows("test")
    whole = build_sample(rows, predictor)
    state, reason, before, kept = _pair(base, rows, contract)
    candidate = whole if kept is rows else build_sample(kept, predictor)
    tables, slices = _tables(kept, before, candidate, contract, params)
    gates, source, broken = applied_rules(base, params)
    of_all_rows = _with_all_rows(tables, whole)
    gate = judge(gates, of_all_rows, slices, state, reason) + broken
    # Next to nothing everything is new, and to list it says nothing.
    since = None if base.state == "first run" else base.commit
    changed, rules = changed_params(base.folder, Path()) if since else ([], [])
    return Report(
        task=contract.task,
        primary=params.evaluate.primary,
        commit=git("rev-parse", "HEAD"),
        dirty=bool(git("status", "--porcelain", "--", ".", *(f":(exclude){path}" for path in RESULTS))),
        base_commit=base.commit,
        base_state=state,
        base_reason=reason,
        rows=len(kept),
        rows_left_out=len(rows) - len(kept),
        changes=tables + _removed(base, contract),
        values={change.metric: change.candidate for change in of_all_rows},
        slices=slices,
        flips=count_flips(before, candidate) if before else None,
        params=changed,
        gate_rules=rules,
        packages=changed_packages(base.folder, Path()) if since else [],
        files=changed_files(since) if since else [],
        data=changed_data(base.folder, Path(), contract) if base.state == "reproduced" else None,
        gate=gate,
        gate_passed=passed(gate) or overridden_by is not None,
        gate_source=source,
        overridden_by=overridden_by,
        hashes=predictor.hashes,
        curves=curves(before, candidate),
    )


def _pair(base: Base, rows: pd.DataFrame, contract: Contract) -> tuple[State, str, Sample | None, pd.DataFrame]:
    """The state and its reason; the base's sample and the rows that both models may be judged on."""
    if base.state != "reproduced":
        return base.state, base.reason, None, rows
    try:
        before = Predictor(base.folder / MODEL_PATH)
        reason = _incomparable(base, before.contract, contract)
        kept = rows if reason else rows[~_trained_on(base, rows, contract)]
        if not reason and kept.empty:
            reason = "the base model was trained on every test row"
        if not reason:
            return "compared", base.reason, build_sample(kept, before), kept if len(kept) < len(rows) else rows
    except (ProjectError, KeyError, ValueError) as error:
        reason = f"the base model cannot score these rows: {error}"
    return "not comparable", reason, None, rows


def _incomparable(base: Base, before: Contract, after: Contract) -> str:
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


def _tables(
    rows: pd.DataFrame, before: Sample | None, after: Sample, contract: Contract, params: Params
) -> tuple[list[Change], list[SliceChange]]:
    """Changes on all rows and on each slice, their verdicts corrected together."""
    parts = slices_of(rows, contract)
    reasons = [why_not_evaluable(after.take(part.inside), params.evaluate) for part in parts]
    tables = [_changes(rows, before, after, np.ones(len(rows), dtype=bool), contract, params)]
    for part, reason in zip(parts, reasons, strict=True):
        tables.append([] if reason else _changes(rows, before, after, part.inside, contract, params))
    first, *others = correct_verdicts(tables, params.evaluate.primary)
    slices = [
        SliceChange(
            column=part.column,
            value=as_text(part.value) or "missing",
            rows=int(part.inside.sum()),
            not_evaluable=reason,
            changes=table,
        )
        for part, reason, table in zip(parts, reasons, others, strict=True)
    ]
    return first, slices


def _changes(
    rows: pd.DataFrame,
    before: Sample | None,
    after: Sample,
    inside: NDArray[np.bool_],
    contract: Contract,
    params: Params,
) -> list[Change]:
    part = after.take(inside)
    if before is None:
        return [_alone(name, value, after) for name, value in part.estimates().items()]
    groups = clusters(rows[inside], contract)
    return compare(before.take(inside), part, params.evaluate.resamples, params.evaluate.random_state, groups)


def _alone(name: str, value: float, sample: Sample) -> Change:
    """A metric that has nothing to be compared with."""
    found = value if np.isfinite(value) else None
    return empty_change(name, KNOWN[sample.task][name].better, "new", candidate=found)


def _removed(base: Base, contract: Contract) -> list[Change]:
    """Metrics that the base recorded and that are measured no more."""
    if base.state != "reproduced" or not (base.folder / METRICS_PATH).exists():
        return []
    recorded = read_json(base.folder / METRICS_PATH).get("test", {})
    gone = [name for name in recorded if name not in KNOWN[contract.task]]
    return [empty_change(name, "higher", "removed", base=recorded[name]) for name in gone[:5]]


def _with_all_rows(changes: list[Change], whole: Sample) -> list[Change]:
    """For rules on a value: measured on all test rows, those included that the base was trained on."""
    values = {name: value if np.isfinite(value) else None for name, value in whole.estimates().items()}
    return [change.model_copy(update={"candidate": values[change.metric]}) for change in changes]
