"""Whose rules decide: the base's `evaluate` and `gates`, whatever the candidate's params.yaml says."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import ValidationError

from harness.compare.base_model import Base
from harness.core.errors import ProjectError
from harness.core.params import EvaluateParams, Gates, Params, Section, read_yaml
from harness.core.paths import PARAMS_PATH

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
    if base.published or base.state == "first run":
        return own
    try:
        written = read_yaml(base.folder / PARAMS_PATH)
        evaluate = _section(written, "evaluate", EvaluateParams)
        return Judges(evaluate, _section(written, "gates", Gates), "base", base.folder)
    except ProjectError as error:
        return Judges(params.evaluate, params.gates, "base", base.folder, str(error))


def _section(written: object, name: str, kind: type[Judge]) -> Judge:
    if not isinstance(written, dict) or name not in written:
        raise ProjectError(f"the base's {PARAMS_PATH} has no section {name}")
    try:
        return kind.model_validate(written[name])
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join([name, *(str(part) for part in first["loc"])])
        raise ProjectError(f"the base's {PARAMS_PATH}: {key}: {first['msg']}, got {first['input']!r:.100}") from None
