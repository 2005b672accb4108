"""Whose rules decide: the base's `evaluate` and `gates`, whatever the candidate's params.yaml says."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import ValidationError

from harness.compare.base_model import Base
from harness.core.contract import Task
from harness.core.errors import ProjectError
from harness.core.judge_params import EvaluateParams, GateRule, Gates
from harness.core.nearest import did_you_mean
from harness.core.params import Params, read_yaml
from harness.core.paths import EXAMPLE_DATA, PARAMS_PATH
from harness.core.stage_params import Section
from harness.evaluate.metrics import UNRULED, Better, Directed, better_of, judged_by_change, rule_metrics

Judge = TypeVar("Judge", bound=Section)
ON_CHANGE = ("max_drop", "max_rise", "max_drop_from_best", "max_rise_from_best")  # limits of a GateRule


@dataclass(frozen=True)
class Judges:
    """How the comparison is made and by which rules it is judged."""

    evaluate: EvaluateParams
    gates: Gates
    source: Literal["base", "candidate", "main"]
    folder: Path  # whose src/rules.py is asked
    unreadable: str = ""  # why the base's rules cannot be read: then the gate fails


def choose_judges(base: Base, params: Params) -> Judges:
    """The base's, once it has a pipeline. What is to be published is main's: its rules have passed their review."""
    own = Judges(params.evaluate, params.gates, "main" if base.published else "candidate", Path())
    if base.published or base.state == "first run" or replaces_example(base.folder / PARAMS_PATH, PARAMS_PATH):
        return own
    try:
        path = base.folder / PARAMS_PATH
        return Judges(_section(path, "evaluate", EvaluateParams), read_gates(path), "base", base.folder)
    except ProjectError as error:
        return Judges(params.evaluate, params.gates, "base", base.folder, f"{error}; a maintainer has to decide")


def replaces_example(before: Path, after: Path) -> bool:
    """Whether `make adopt` came between two params.yaml: the template's worked example, and another table.

    Of no other base a comparison is dispensed with: no pull request gets rid of it by a change of its own data.
    """
    try:
        old, new = (read_yaml(path)["data"]["path"] for path in (before, after))
    except (ProjectError, KeyError, TypeError):
        return False
    return bool(old == EXAMPLE_DATA != new)


def read_gates(path: Path) -> Gates:
    """The section `gates` of a params.yaml, read strictly. Raises ProjectError with the first key that is wrong."""
    return _section(path, "gates", Gates)


def check_gates(gates: Gates, task: Task, others: Mapping[str, Directed]) -> None:
    """Raises ProjectError if a rule names no metric that it may, or would fail an improvement."""
    known = rule_metrics(task, others)
    parts = {"gates.metrics": gates.metrics} | {f"gates.slices.{name}": rules for name, rules in gates.slices.items()}
    keys = [(f"{part}.{name}", name, rule) for part, rules in parts.items() for name, rule in rules.items()]
    for key, name, rule in keys:
        if name == UNRULED:
            raise ProjectError(
                f"{PARAMS_PATH}: {key}: no rule can use it, because chance alone makes it positive; "
                "use debiased_calibration_error"
            )
        if name not in known:
            said = f"{name} is not a known metric{did_you_mean(name, known)}; known are {', '.join(known)}"
            raise ProjectError(f"{PARAMS_PATH}: {key}: {said}")
        _check_direction(key, name, rule, better_of(task, name, others) if judged_by_change(name) else None)


def _check_direction(key: str, name: str, rule: GateRule, better: Better | None) -> None:
    """Who limits both ways means it; one limit on the good side alone would let every loss pass."""
    limits = [limit for limit in ON_CHANGE if getattr(rule, limit) is not None]
    if limits and better is None:
        raise ProjectError(f"{PARAMS_PATH}: {key}.{limits[0]}: a change of {name} has no interval; use min or max")
    right = "max_drop" if better == "higher" else "max_rise"
    if limits and not any(limit.startswith(right) for limit in limits):
        raise ProjectError(
            f"{PARAMS_PATH}: {key}.{limits[0]}: a {better} {name} is better, so this would fail only improvements; "
            f"use {right}{limits[0].removeprefix('max_drop').removeprefix('max_rise')}"
        )


def _section(path: Path, name: str, kind: type[Judge]) -> Judge:
    written = read_yaml(path)
    if not isinstance(written, dict) or name not in written:
        raise ProjectError(f"{path.name}: {name} is missing")
    try:
        return kind.model_validate(written[name])
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join([name, *(str(part) for part in first["loc"])])
        raise ProjectError(f"{path.name}: {key}: {first['msg']}, got {first['input']!r:.100}") from None
