"""params.yaml as frozen, checked values."""

from collections.abc import Iterable
from copy import deepcopy
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from harness.core.conformal_params import ConformalParams
from harness.core.contract import Label, Task
from harness.core.errors import ProjectError
from harness.core.judge_params import EvaluateParams, Gates
from harness.core.nearest import did_you_mean
from harness.core.paths import PARAMS_PATH
from harness.core.stage_params import Section, Seed, StageName, StageRules, default_stages


class DataParams(Section):
    path: str = Field(pattern=r"^data/.+\.(csv|parquet)$")


class TaskParams(Section):
    type: Task
    positive: Label | None = None


class PreprocessParams(Section):
    test_size: float = Field(gt=0, lt=1)
    seed: Seed
    test_from: str  # quoted in the file: DVC takes no dates

    @field_validator("test_from")
    @classmethod
    def _moment(cls, value: str) -> str:
        if value != "latest":
            try:
                datetime.fromisoformat(value)
            except ValueError:
                raise ValueError(f"must be latest, or a date in quotes such as '2024-01-31', got {value!r}") from None
        return value


class Range(Section):
    low: int | float
    high: int | float
    log: bool = False

    @model_validator(mode="after")
    def _ordered(self) -> "Range":
        if not (self.low < self.high and (self.low > 0 or not self.log)):
            raise ValueError(f"low must be below high (and above 0 with log), got {self.low} and {self.high}")
        return self


class SearchParams(Section):
    method: Literal["none", "grid", "random", "halving"]
    scoring: str
    n_iter: int = Field(ge=1)
    space: dict[str, Range | list[Any]]

    @model_validator(mode="after")
    def _searchable(self) -> "SearchParams":
        if self.method != "none" and not self.space:
            raise ValueError(f"space must name at least one parameter for method {self.method}")
        ranges = [name for name, values in self.space.items() if isinstance(values, Range)]
        if self.method == "grid" and ranges:
            raise ValueError(f"space.{ranges[0]} must be a list for method grid")
        return self


class Cost(Section):
    false_positive: float = Field(ge=0)
    false_negative: float = Field(ge=0)


class ThresholdParams(Section):
    method: Literal["fixed", "tuned"]
    value: float = Field(gt=0, lt=1)
    metric: str
    cost: Cost


class TrainParams(Section):
    estimator: str
    params: dict[str, Any]
    class_weight: Literal["none", "balanced"] | dict[Label, float]
    random_state: Seed
    calibration: Literal["none", "sigmoid", "isotonic"] = "none"
    conformal: Literal["none"] | ConformalParams = "none"
    categories: Literal["one_hot", "ordinal"] = "one_hot"  # ordinal: a number per listed value, in the schema's order
    cv: int = Field(ge=2)
    cross_validate: bool = False
    distributed: bool = False  # by the workers of DASK=
    search: SearchParams
    threshold: ThresholdParams


class MonitorParams(Section):
    """What the running model is held to; see docs/monitor.md."""

    margin: float = Field(default=0.02, ge=0, lt=1)
    delay: float = Field(default=0, ge=0)
    retrain_rows: int = Field(default=1000, ge=1)


class Params(Section):
    data: DataParams
    task: TaskParams
    preprocess: PreprocessParams
    train: TrainParams
    evaluate: EvaluateParams
    gates: Gates
    monitor: MonitorParams = MonitorParams()
    stages: dict[StageName, StageRules] = Field(default_factory=default_stages)

    @model_validator(mode="after")
    def _stages_known(self) -> "Params":
        for name, rules in self.stages.items():
            if rules.after is not None and rules.after not in self.stages:
                raise ValueError(f"stages.{name}.after must be one of {', '.join(self.stages)}, got {rules.after!r}")
        return self


def load_params(path: Path = PARAMS_PATH) -> Params:
    """Read and check params.yaml.

    Raises ProjectError with a line for each unknown key, wrong type or value out of range.
    """
    value = read_yaml(path)
    try:
        return Params.model_validate(value)
    except ValidationError as error:
        raise ProjectError("\n".join(_lines(path, value, error))) from None


def read_yaml(path: Path) -> Any:
    """The content of a YAML 1.2 file, read as DVC reads it: yes is a text, 1e-3 a number, a key given twice an error.

    Raises ProjectError if the file is missing or is not YAML.
    """
    try:
        return deepcopy(_parsed(path.read_text("utf-8")))
    except FileNotFoundError:
        raise ProjectError(f"{path}: not found") from None
    except (YAMLError, UnicodeDecodeError) as error:
        said = " ".join(str(error).replace('in "<unicode string>", ', "").split())
        raise ProjectError(f"{path}: not YAML: {said[:300]}") from None


@lru_cache(maxsize=32)
def _parsed(text: str) -> Any:
    """Read once: a command asks for the same files several times, and pure Python takes a while."""
    return YAML(typ="safe", pure=True).load(text)


def _lines(path: Path, value: Any, error: ValidationError) -> Iterable[str]:
    """A line for each wrong key: what is wrong first with it."""
    told: set[str] = set()
    missing = [str(problem["loc"][-1]) for problem in error.errors() if problem["type"] == "missing"]
    for problem in error.errors():
        key = _key(value, problem["loc"], missing=problem["type"] == "missing") or "the file"
        if any(key == other or key.startswith(f"{other}.") for other in told):
            continue
        told.add(key)
        if problem["type"] == "extra_forbidden":
            near = did_you_mean(str(problem["loc"][-1]), missing)
            yield f"{path}: {key} is not a known key{near}; its value: {problem['input']!r}"
        elif problem["type"] == "missing":
            yield f"{path}: {key} is missing"
        elif problem["type"] == "value_error":
            yield f"{path}: {key}: {problem['ctx']['error']}"
        else:
            said = problem["msg"].replace("Input should", "must", 1).replace("String should", "must", 1)
            yield f"{path}: {key} {said}, got {problem['input']!r}"


def _key(value: Any, location: tuple[int | str, ...], missing: bool) -> str:
    """The dotted key of a problem, without the names of the types that were tried on its value."""
    known = []
    for position, part in enumerate(location):
        if isinstance(value, dict | list) and (part in value if isinstance(value, dict) else isinstance(part, int)):
            known.append(str(part))
            value = value[part]  # type: ignore[index]
        elif missing and position == len(location) - 1:
            known.append(str(part))
    return ".".join(known)
