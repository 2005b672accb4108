"""A work tree and its base → the report: which rows, which models, which rules."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import numpy as np

from harness.compare.base_model import Base
from harness.compare.best import compare_with_best
from harness.compare.checks import coverage_checks
from harness.compare.differences import changed_data, changed_files, changed_packages, changed_params
from harness.compare.gate import Comparison, judge, passed, with_allowances, with_values
from harness.compare.judges import Judges, choose_judges
from harness.compare.own_rules import own_rules, rules_differ
from harness.compare.pairing import Pairing, pair_models, with_trainings
from harness.compare.recorded import entities_known, removed_metrics, training_scores
from harness.compare.verdicts import compare, count_flips, lone_change
from harness.compare.yardsticks import choose_yardsticks
from harness.core.contract import Contract, as_text
from harness.core.params import Params
from harness.core.paths import MODEL_PATH, PREPARED, RESULTS
from harness.core.prepared import Prepared
from harness.core.shell import git
from harness.evaluate.bootstrap import Subset
from harness.evaluate.curves import curves_of
from harness.evaluate.metrics import better_of
from harness.evaluate.sample import Sample, build_sample, line_values
from harness.evaluate.slices import Slice, slices_of, why_not_evaluable
from harness.evaluate.units import units_of
from harness.inference.predictor import Predictor
from harness.report.card import Card
from harness.report.checks import BehaviourCheck
from harness.report.report import Change, Curve, Report, Rule, SliceChange

SINCE = "since the last model"  # the slice of the rows that the base's data lack
MOST_POINTS = 200  # of a curve that travels in a report


def build_report(
    base: Base,
    params: Params,
    overridden_by: str | None,
    card: Card | None,
    behaviour: Future[list[BehaviourCheck]],
    meanwhile: Callable[[Report], None],
) -> Report:
    """Score both models on the candidate's test rows, less those that the base was trained on, and judge the change.

    `behaviour` is what the behaviour tests find, which run in a process of their own; `meanwhile` gets the report that
    lacks them and the gate's outcome.
    """
    contract, predictor = Prepared(PREPARED).read_contract(), Predictor(MODEL_PATH)
    rows = Prepared(PREPARED).read_rows("test")
    judges, asked = choose_judges(base, params), Judges(params.evaluate, params.gates, "candidate", Path())
    own = choose_yardsticks(base, params, judges, contract.task)
    pair = pair_models(base, rows, predictor, contract, own)
    if pair.state != "compared":  # nothing is compared, and the base's primary metric may be another task's
        judges = replace(judges, evaluate=params.evaluate)
    pair = with_trainings(pair, base, judges.evaluate.refits, own)
    if pair.state == "compared":
        print(f"comparing on {len(pair.rows)} rows and {judges.evaluate.resamples} resamples of them …", flush=True)
    found = _compare(pair, judges, contract)
    if pair.state == "compared":
        found = replace(found, best=compare_with_best(base, rows, predictor, contract, judges, asked.gates, own))
    # Rules on a value are about the shipped model on all its test rows, those included that the base was trained on.
    alone = build_sample(rows, predictor, own)
    whole = alone.estimates() | line_values(alone)
    gate = _unreadable(judges) + judge(judges.gates, _with_values(found, whole))
    # Next to nothing everything is new, and to list it says nothing.
    since = None if base.state == "first run" else base.commit
    changed, rules = changed_params(base.folder, Path()) if since else ([], [])
    entities, known = entities_known(rows, contract)
    report = Report(
        task=contract.task,
        primary=judges.evaluate.primary,
        commit=git("rev-parse", "HEAD"),
        dirty=bool(git("status", "--porcelain", "--", ".", *(f":(exclude){path}" for path in RESULTS))),
        base_commit=base.commit,
        base_state=pair.state,
        base_reason=pair.reason,
        rows=len(pair.rows),
        rows_left_out=len(rows) - len(pair.rows),
        entities=entities,
        entities_trained_on=known,
        changes=[*found.changes, *removed_metrics(base, pair.candidate[0])],
        values=_finite(whole),
        slices=list(found.slices),
        best=list(found.best),
        cv=training_scores(base),
        flips=count_flips(pair.base[0], pair.candidate[0]) if pair.base else None,
        params=changed,
        gate_rules=rules,
        packages=changed_packages(base.folder, Path()) if since else [],
        files=changed_files(since) if since else [],
        data=changed_data(base.folder, Path(), contract) if base.state == "reproduced" else None,
        gate=gate,
        gate_passed=False,
        own_gate=[],
        same_model=pair.same_model,
        trainings=max(len(pair.base), len(pair.candidate)),
        trainings_reason=pair.trainings_reason,
        distributed=", ".join(f"{name} {value}" for name, value in predictor.distributed.items()),
        gate_source=judges.source,
        overridden_by=overridden_by,
        hashes=predictor.hashes,
        curves=_curves(pair),
        card=card,
        behaviour=[],
        coverage=coverage_checks(),
    )
    meanwhile(report)
    report = report.model_copy(update={"behaviour": behaviour.result()})
    gate += own_rules(report, judges.folder)
    own_gate: list[Rule] = []
    differ = (judges.evaluate, judges.gates) != (asked.evaluate, asked.gates)
    if judges.source == "base" and (differ or rules_differ(judges.folder, asked.folder)):
        again = found if judges.evaluate == asked.evaluate and judges.gates.slices == asked.gates.slices else None
        again = again or replace(_compare(pair, asked, contract), best=found.best)
        own_gate = judge(asked.gates, _with_values(again, whole)) + own_rules(report, asked.folder)
    decided = passed(gate) or overridden_by is not None
    return report.model_copy(update={"gate": gate, "gate_passed": decided, "own_gate": own_gate})


def _compare(pair: Pairing, judges: Judges, contract: Contract) -> Comparison:
    """Changes on all rows and on each slice: its primary metric, and those that its rules name."""
    evaluate, slices = judges.evaluate, slices_of(pair.rows, contract)
    if pair.fresh is not None and pair.fresh.any() and not pair.fresh.all():
        slices.append(Slice(SINCE, "new rows", pair.fresh))
    reasons = [why_not_evaluable(pair.candidate[0].take(part.inside), evaluate) for part in slices]
    parts = [Subset()]
    for part, reason in zip(slices, reasons, strict=True):
        named = [name for name in judges.gates.slices.get(part.column, {}) if name in pair.candidate[0].names()]
        if not reason:
            parts.append(Subset(np.flatnonzero(part.inside), tuple(dict.fromkeys([evaluate.primary, *named]))))
    if pair.base:
        units = units_of(pair.rows, contract)
        tables = compare(
            pair.base, pair.candidate, parts, evaluate.primary, evaluate.resamples, evaluate.random_state, units
        )
    else:
        tables = [_alone(pair.candidate[0], part) for part in parts]
    whole, *others = tables
    rest = iter(others)
    described = [
        SliceChange(
            column=part.column,
            value=as_text(part.value) or "missing",
            rows=int(part.inside.sum()),
            not_evaluable=reason,
            changes=[] if reason else next(rest),
        )
        for part, reason in zip(slices, reasons, strict=True)
    ]
    return with_allowances(judges.gates, Comparison(whole, described, pair.state, pair.reason, pair.same_model))


def _alone(sample: Sample, part: Subset) -> list[Change]:
    """Metrics that have nothing to be compared with."""
    inside = sample if part.rows is None else sample.take(part.rows)
    return [
        lone_change(name, better_of(sample.task, name, sample.own), "new", candidate=value)
        for name, value in _finite(inside.estimates()).items()
        if part.metrics is None or name in part.metrics
    ]


def _with_values(found: Comparison, whole: dict[str, float]) -> Comparison:
    return replace(found, changes=with_values(found.changes, _finite(whole)))


def _finite(values: dict[str, float]) -> dict[str, float | None]:
    return {name: value if np.isfinite(value) else None for name, value in values.items()}


def _unreadable(judges: Judges) -> list[Rule]:
    if not judges.unreadable:
        return []
    return [Rule(rule="the base's rules", value=None, state="fail", reason=judges.unreadable[:2000])]


def _curves(pair: Pairing) -> list[Curve]:
    found = []
    for model, samples in (("base", pair.base), ("candidate", pair.candidate)):
        for plot, curve in (curves_of(samples[0]) if samples else {}).items():
            x, y = (axis.round(4).tolist() for axis in curve.thinned(MOST_POINTS))
            found.append(Curve.model_validate({"plot": plot, "model": model, "x": x, "y": y}))
    return found
