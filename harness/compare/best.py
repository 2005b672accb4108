"""The best of the models that were published: ten small losses, each of them allowed, do not add up against it.

All published models at hand are scored on the candidate's test rows. The best in a metric is the one whose interval's
bad end is best: the highest value of many would be a lucky one's.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pandas as pd

from harness.compare.base_model import Base, prepared_at
from harness.compare.judges import Judges
from harness.compare.pairing import is_among, why_incomparable
from harness.compare.verdicts import compare
from harness.core.contract import Contract
from harness.core.errors import ProjectError
from harness.core.judge_params import GateRule, Gates
from harness.core.paths import EARLIER_MODELS, MODEL_PATH
from harness.core.shell import git
from harness.evaluate.bootstrap import Subset, intervals_of_drawn
from harness.evaluate.large import resample_large
from harness.evaluate.metrics import better_of
from harness.evaluate.sample import Sample, Yardsticks, build_sample
from harness.evaluate.units import units_of
from harness.inference.predictor import Predictor
from harness.report.report import BestChange

MOST_MODELS = 30  # published ones that are scored


class PublishedModel(NamedTuple):
    """A model file, and its scores of the candidate's test rows."""

    commit: str
    predictor: Predictor
    sample: Sample


def compare_with_best(
    base: Base,
    rows: pd.DataFrame,
    predictor: Predictor,
    contract: Contract,
    judges: Judges,
    asked: Gates,
    own: Yardsticks,
) -> list[BestChange]:
    """The candidate beside the best published model, for each metric that a rule holds against it.

    `asked` are the candidate's own rules, which are tried too.
    """
    rules = best_rules(asked) | best_rules(judges.gates)
    if not rules:
        return []
    models = list(_published(base, rows, contract, own))
    candidate = build_sample(rows, predictor, own)
    return [
        _beside_best(name, rule, models, candidate, rows, predictor, judges)
        for name, rule in rules.items()
        if name in candidate.names()
    ]


def best_rules(gates: Gates) -> dict[str, GateRule]:
    """The metrics that are held against the best published model, and their rules."""
    return {name: rule for name, rule in gates.metrics.items() if rule.names_best()}


def _published(base: Base, rows: pd.DataFrame, contract: Contract, own: Yardsticks) -> Iterator[PublishedModel]:
    """Those that can score these rows and belong to this history."""
    paths = {
        path.stem: path for path in sorted(EARLIER_MODELS.glob("*.onnx")) if re.fullmatch("[0-9a-f]{40}", path.stem)
    }
    if base.published and base.commit and base.state == "reproduced":
        paths[base.commit] = base.folder / MODEL_PATH
    for commit in newest(list(paths)):
        try:
            model = Predictor(paths[commit])
            if not why_incomparable(model.contract, contract):
                yield PublishedModel(commit, model, build_sample(rows, model, own))
        except (ProjectError, KeyError, ValueError):
            continue  # another table's, or another version's


def newest(commits: Sequence[str]) -> list[str]:
    """The newest of the commits that are here, by their own date."""
    if not commits:
        return []
    return git("rev-list", "--no-walk=sorted", "--ignore-missing", *commits).split()[:MOST_MODELS]


def _beside_best(
    name: str,
    rule: GateRule,
    models: Sequence[PublishedModel],
    candidate: Sample,
    rows: pd.DataFrame,
    predictor: Predictor,
    judges: Judges,
) -> BestChange:
    evaluate, contract = judges.evaluate, predictor.contract
    units = units_of(rows, contract)
    sign = 1 if better_of(contract.task, name, candidate.own) == "higher" else -1
    part, ends = Subset(None, (name,)), {}
    for model in models:
        drawn = resample_large(model.sample, [part], evaluate.resamples, evaluate.random_state, units)
        (found,) = intervals_of_drawn(model.sample, [part], drawn, units)
        if name in found:
            ends[model.commit] = min(sign * end for end in found[name])
    if not ends:
        why = (
            f"none of {len(models)} published models has an interval of it" if models else "no published model is here"
        )
        return BestChange(metric=name, commit=None, models=len(models), rows=0, change=None, reason=why)
    best = max((model for model in models if model.commit in ends), key=lambda model: ends[model.commit])
    with prepared_at(best.commit) as held:
        if held.state != "reproduced":
            why = f"the rows that {best.commit[:12]} was trained on are not known: {held.reason}"
            return BestChange(metric=name, commit=best.commit, models=len(ends), rows=0, change=None, reason=why[:2000])
        kept = ~is_among(held, ("train",), rows, contract)
    if not kept.any():
        why = f"{best.commit[:12]} was trained on every test row"
        return BestChange(metric=name, commit=best.commit, models=len(ends), rows=0, change=None, reason=why)
    sides = [best.sample.take(kept)], [candidate.take(kept)]
    ((change,),) = compare(
        *sides, [part], name, evaluate.resamples, evaluate.random_state, units_of(rows[kept], contract)
    )
    allowed = rule.max_drop_from_best if change.better == "higher" else rule.max_rise_from_best
    same = best.predictor.sha256 == predictor.sha256
    return BestChange(
        metric=name,
        commit=best.commit,
        models=len(ends),
        rows=int(kept.sum()),
        change=change.model_copy(update={"allowed": allowed}),
        reason="",
        same_model=same,
    )
