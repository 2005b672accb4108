"""Whose rules judge a comparison. They are read strictly: what does not parse must not pass in silence."""

from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from harness.compare.base_model import Base
from harness.core.errors import ProjectError
from harness.core.params import Gates, Params, read_yaml
from harness.core.paths import PARAMS_PATH
from harness.report.report import Rule

RulesOf = Literal["base", "candidate", "main"]


def applied_rules(base: Base, params: Params) -> tuple[Gates, RulesOf, list[Rule]]:
    """The base's rules, whatever the candidate says; its own only where the base has no pipeline yet.

    What is to be published is main's: its rules have passed the review of the pull request that changed them. Rules of
    the base that do not parse are a rule that failed, the third of what is returned.
    """
    if base.published:
        return params.gates, "main", []
    if not (base.folder / PARAMS_PATH).exists():
        return params.gates, "candidate", []
    try:
        return read_gates(base.folder / PARAMS_PATH), "base", []
    except ProjectError as error:
        reason = f"{error}; a maintainer has to decide"[:2000]
        return params.gates, "candidate", [Rule(rule="the base's rules", value=None, state="fail", reason=reason)]


def read_gates(path: Path) -> Gates:
    """The section `gates` of a params.yaml. Raises ProjectError with the first key that is wrong."""
    value = read_yaml(path)
    if not isinstance(value, dict) or "gates" not in value:
        raise ProjectError(f"{path.name}: gates is missing")
    try:
        return Gates.model_validate(value["gates"])
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in ("gates", *first["loc"]))
        raise ProjectError(f"{path.name}: {key}: {first['msg']}, got {first['input']!r:.100}") from None
