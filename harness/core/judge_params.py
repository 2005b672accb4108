"""The sections `evaluate` and `gates` of params.yaml: how a model is measured, and the rules that it is held to."""

from typing import Literal

from pydantic import Field

from harness.core.stage_params import Section, Seed


class EvaluateParams(Section):
    primary: str
    resamples: int = Field(ge=100, le=100_000)
    min_slice_rows: int = Field(ge=2)
    random_state: Seed
    refits: int = Field(default=0, ge=0, le=20)  # absent in a params.yaml from before there were any
    monitored_loss: Literal["brier", "error", "cost"] = "brier"
    further: list[str] = Field(default_factory=list)  # built-in metrics beside the task's own ones
    precision: float = Field(default=0.9, gt=0, le=1)  # of recall_at_precision
    top_k: int = Field(default=2, ge=2)  # of top_k_accuracy


class GateRule(Section):
    """Limits of one metric: on its estimate, and on its change against the base."""

    min: float | None = None
    max: float | None = None
    max_drop: float | None = Field(default=None, ge=0)
    max_rise: float | None = Field(default=None, ge=0)
    strict: bool = False  # a rule on a change fails too where the rows show neither that it holds nor that it does not


class Gates(Section):
    metrics: dict[str, GateRule]
    slices: dict[str, dict[str, GateRule]]
