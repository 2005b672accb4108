"""Whose rules decide: the base's `evaluate` and `gates`, whatever the candidate's params.yaml says."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import ValidationError

from harness.compare.base_model import Base
from harness.core.contract import Task
from harness.core.errors import ProjectError
from harness.core.judge_params import EvaluateParams, Gates
from harness.core.params import Params, read_yaml
from harness.core.paths import EXAMPLE_DATA, PARAMS_PATH
from harness.core.stage_params import Section
from harness.evaluate.metrics import UNRULED, rule_metrics

Judge = TypeVar("Judge", bound=Section)


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


def check_gates(gates: Gates, task: Task, others: Iterable[str]) -> None:
    """Raises ProjectError if a rule names no metric that it may."""
    known = rule_metrics(task, others)
    keys = [(f"gates.metrics.{name}", name) for name in gates.metrics]
    keys += [(f"gates.slices.{column}.{name}", name) for column, rules in gates.slices.items() for name in rules]
    for key, name in keys:
        if name == UNRULED:
            raise ProjectError(
                f"{PARAMS_PATH}: {key}: no rule can use it, because chance alone makes it positive; "
                "use debiased_calibration_error"
            )
        if name not in known:
            raise ProjectError(f"{PARAMS_PATH}: {key}: {name} is no known metric; known are {', '.join(known)}")


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
