"""The rules of the gate that an adopted table begins with, and which rules went with the table before."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from harness.adopt.trial import Trial
from harness.core.contract import Task
from harness.core.judge_params import GateRule, Gates

GateRules: TypeAlias = Mapping[str, Mapping[str, float]]  # metric → its rules
PRIMARIES = {"multiclass": ["roc_auc_ovr", "accuracy"], "regression": ["rmse", "mae"], "binary": ["roc_auc"]}
SKEWED = 0.05  # share of the rarer class
SHOWN = 6  # rules that are gone


def find_primaries(task: Task, rare: float, outliers: bool) -> list[str]:
    """Metrics that may decide, the better one first: `rare` is the rarer class's share, `outliers` the target's."""
    if task == "binary" and rare < SKEWED:
        return ["average_precision", "roc_auc"]
    return ["mae"] if outliers else PRIMARIES[task]


def first_rules(task: Task, primaries: Sequence[str], trial: Trial, spread: float) -> tuple[str, GateRules]:
    """The primary metric and the gate: rules only where the test rows are enough for an interval."""
    primary = next((name for name in primaries if name in trial.honest), primaries[0])
    if task == "regression":
        limits: GateRules = {primary: {"max_rise": float(f"{spread / 50:.2g}")}}
    else:
        limits = {primary: {"max_drop": 0.01}, "log_loss": {"max_rise": 0.02}}
    return primary, {name: rule for name, rule in limits.items() if name in trial.honest}


def gate_notes(task: Task, primary: str, new: GateRules, before: Gates) -> Iterator[str]:
    """What the new rules can judge, which rules are gone, and the one that people have to set themselves."""
    rules = [f"{metric} {key} {limit:g}" for metric, limits in new.items() for key, limit in limits.items()]
    if rules:
        yield f"{', '.join(rules)}: compare with a base, which this first model does not have"
    else:
        yield "no rules: the test rows are too few for intervals"
    gone = [rule for rule in _written(before) if rule not in rules]
    if gone:
        more = f" and {len(gone) - SHOWN} more" if len(gone) > SHOWN else ""
        yield f"removed, because it judged the table before: {', '.join(gone[:SHOWN])}{more}"
    yield f"set yours in params.yaml: gates.metrics.{primary}.{'max' if task == 'regression' else 'min'}"


def _written(gates: Gates) -> Iterator[str]:
    for metric, rule in gates.metrics.items():
        yield from (f"{metric} {limit}" for limit in _limits(rule))
    for column, rules in gates.slices.items():
        for metric, rule in rules.items():
            yield from (f"{metric} {limit} of each {column}" for limit in _limits(rule))


def _limits(rule: GateRule) -> Iterator[str]:
    yield from (f"{key} {value:g}" for key, value in rule.model_dump(exclude_none=True, exclude={"strict"}).items())
