"""The sections `evaluate` and `gates` of params.yaml: how a model is measured, and the rules that it is held to."""

from typing import Literal

from pydantic import Field, model_validator

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
    """Limits of one metric: on its estimate, and on its change against the base or the best published model."""

    min: float | None = None
    max: float | None = None
    max_drop: float | None = Field(default=None, ge=0)
    max_rise: float | None = Field(default=None, ge=0)
    max_drop_from_best: float | None = Field(default=None, ge=0)
    max_rise_from_best: float | None = Field(default=None, ge=0)
    strict: bool = False  # a rule on a change fails too where the rows show neither that it holds nor that it does not

    def allowed_from_best(self) -> tuple[tuple[str, float | None], ...]:
        """The key and the value of each limit against the best published model."""
        return (("max_drop", self.max_drop_from_best), ("max_rise", self.max_rise_from_best))

    def names_best(self) -> bool:
        """Whether it is held against the best published model."""
        return any(allowed is not None for _, allowed in self.allowed_from_best())


class Gates(Section):
    """All rules of params.yaml."""

    metrics: dict[str, GateRule]
    slices: dict[str, dict[str, GateRule]]

    @model_validator(mode="after")
    def _best_of_all_rows(self) -> "Gates":
        for column, rules in self.slices.items():
            for metric, rule in rules.items():
                if rule.names_best():
                    raise ValueError(f"slices.{column}.{metric}: from_best is for the metrics of all rows alone")
        return self
