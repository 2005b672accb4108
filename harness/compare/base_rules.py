"""The rules of a gate as another commit has them: read strictly, for what does not parse must not pass in silence."""

from pathlib import Path

from pydantic import ValidationError

from harness.core.errors import ProjectError
from harness.core.params import Gates, read_yaml


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
