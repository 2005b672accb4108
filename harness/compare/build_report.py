"""A work tree and its base → the report: which rows, which models, which rules."""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.compare.base_model import Base
from harness.compare.base_rules import applied_rules
from harness.compare.differences import changed_data, changed_files, changed_packages, changed_params
from harness.compare.gate import judge, judge_by_own_rules, passed
from harness.compare.pairing import pair_models
from harness.compare.verdicts import compare, correct_verdicts, count_flips, empty_change
from harness.core.contract import Contract, as_text
from harness.core.errors import ProjectError
from harness.core.loader import load_module
from harness.core.metrics_file import read_metrics_file
from harness.core.params import Params
from harness.core.paths import METRICS_PATH, MODEL_PATH, PREPARED, RESULTS
from harness.core.prepared import Prepared
from harness.core.shell import git
from harness.evaluate.curves import curves_of
from harness.evaluate.metrics import KNOWN_METRICS, better_of
from harness.evaluate.own_metrics import check_own
from harness.evaluate.sample import Sample, build_sample, entities
from harness.evaluate.slices import slices_of, why_not_evaluable
from harness.inference.predictor import Predictor
from harness.report.report import Change, Curve, Report, SliceChange

MOST_POINTS = 200  # of a curve that travels in a report


def build_report(base: Base, params: Params, overridden_by: str | None) -> Report:
    """Score both models on the candidate's test rows, less those that the base was trained on, and judge the change."""
    contract, predictor = Prepared(PREPARED).read_contract(), Predictor(MODEL_PATH)
    rows = Prepared(PREPARED).read_rows("test")
    own = check_own(getattr(load_module("metrics"), "METRICS", None))
    pair = pair_models(base, rows, predictor, contract, own)
    tables, slices = _tables(pair.rows, pair.base, pair.candidate, contract, params)
    gates, source, broken = applied_rules(base, params)
    whole = build_sample(rows, predictor, own)
    of_all_rows = _with_all_rows(tables, whole)
    gate = judge(gates, of_all_rows, slices, pair.state, pair.reason) + broken
    # Next to nothing everything is new, and to list it says nothing.
    since = None if base.state == "first run" else base.commit
    changed, rules = changed_params(base.folder, Path()) if since else ([], [])
    report = Report(
        task=contract.task,
        primary=params.evaluate.primary,
        commit=git("rev-parse", "HEAD"),
        dirty=bool(git("status", "--porcelain", "--", ".", *(f":(exclude){path}" for path in RESULTS))),
        base_commit=base.commit,
        base_state=pair.state,
        base_reason=pair.reason,
        rows=len(pair.rows),
        rows_left_out=len(rows) - len(pair.rows),
        changes=tables + _removed(base, contract),
        values={change.metric: change.candidate for change in of_all_rows},
        slices=slices,
        flips=count_flips(pair.base, pair.candidate) if pair.base else None,
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
        curves=_curves(pair.base, pair.candidate),
    )
    return judge_by_own_rules(report, base.folder if source == "base" else Path())


def _curves(base: Sample | None, candidate: Sample) -> list[Curve]:
    found = []
    for model, sample in (("base", base), ("candidate", candidate)):
        for plot, curve in (curves_of(sample) if sample else {}).items():
            x, y = (axis.round(4).tolist() for axis in curve.thinned(MOST_POINTS))
            found.append(Curve.model_validate({"plot": plot, "model": model, "x": x, "y": y}))
    return found


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
    groups = entities(rows[inside], contract)
    return compare(before.take(inside), part, params.evaluate.resamples, params.evaluate.random_state, groups)


def _alone(name: str, value: float, sample: Sample) -> Change:
    """A metric that has nothing to be compared with."""
    found = value if np.isfinite(value) else None
    return empty_change(name, better_of(sample.task, name, sample.own), "new", candidate=found)


def _removed(base: Base, contract: Contract) -> list[Change]:
    """Metrics that the base recorded and that are measured no more."""
    if base.state != "reproduced" or not (base.folder / METRICS_PATH).exists():
        return []
    try:
        recorded = read_metrics_file(base.folder / METRICS_PATH).test
    except ProjectError:  # of an older or a newer version of the template
        return []
    gone = [name for name in recorded if name not in KNOWN_METRICS[contract.task]]
    return [empty_change(name, "higher", "removed", base=recorded[name]) for name in gone[:5]]


def _with_all_rows(changes: list[Change], whole: Sample) -> list[Change]:
    """For rules on a value: measured on all test rows, those included that the base was trained on."""
    values = {name: value if np.isfinite(value) else None for name, value in whole.estimates().items()}
    return [change.model_copy(update={"candidate": values[change.metric]}) for change in changes]
