"""A work tree and its base → the report: which rows, which models, which rules."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

from harness.compare.base_model import Base
from harness.compare.best import compare_with_best
from harness.compare.checks import coverage_checks
from harness.compare.compare_parts import compare_parts, finite
from harness.compare.comparison import Comparison, with_values
from harness.compare.differences import changed_data, changed_files, changed_packages, changed_params
from harness.compare.gate import judge, passed
from harness.compare.judges import Judges, choose_judges
from harness.compare.lost_rules import find_lost_rules
from harness.compare.own_rules import own_rules, rules_differ
from harness.compare.pairing import Pairing, pair_models, with_trainings
from harness.compare.recorded import entities_known, removed_metrics, training_scores
from harness.compare.verdicts import count_flips
from harness.compare.yardsticks import choose_yardsticks
from harness.core.params import Params
from harness.core.paths import MODEL_PATH, PREPARED
from harness.core.prepared import Prepared
from harness.evaluate.curves import curves_of
from harness.evaluate.sample import build_sample, line_values
from harness.inference.predictor import Predictor
from harness.project.work_tree_state import has_changes, head
from harness.report.card import Card
from harness.report.checks import BehaviourCheck
from harness.report.report import Curve, Report, Rule

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
        print(f"comparing on {len(pair.rows)} rows, by {judges.evaluate.resamples} resamples …", flush=True)
    found = compare_parts(pair, judges, contract)
    if pair.state == "compared":
        found = replace(found, best=compare_with_best(base, rows, predictor, contract, judges, asked.gates, own))
        found = replace(found, lost_rules=find_lost_rules(found, pair, rows, base, judges, contract, own))
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
        commit=head(),
        dirty=has_changes(),
        base_commit=base.commit,
        base_state=pair.state,
        base_reason=pair.reason,
        rows=len(pair.rows),
        rows_left_out=len(rows) - len(pair.rows),
        entities=entities,
        entities_trained_on=known,
        changes=[*found.changes, *removed_metrics(base, pair.candidate[0])],
        values=finite(whole),
        slices=list(found.slices),
        best=list(found.best),
        lost_rules=list(found.lost_rules),
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
        again = again or replace(compare_parts(pair, asked, contract), best=found.best, lost_rules=found.lost_rules)
        own_gate = judge(asked.gates, _with_values(again, whole)) + own_rules(report, asked.folder)
    decided = passed(gate) or overridden_by is not None
    return report.model_copy(update={"gate": gate, "gate_passed": decided, "own_gate": own_gate})


def _with_values(found: Comparison, whole: dict[str, float]) -> Comparison:
    return replace(found, changes=with_values(found.changes, finite(whole)))


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
