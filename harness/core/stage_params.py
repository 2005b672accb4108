"""The section `stages` of params.yaml: what a version must show before it may run somewhere."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Seed = Annotated[int, Field(ge=0, lt=2**32)]


class Section(BaseModel):
    """A part of params.yaml; unknown keys and silent conversions ("5" for 5) are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class StageLimit(Section):
    """What a metric of a version must be."""

    min: float | None = None
    max: float | None = None


class StageRules(Section):
    """What a version must show before it may run at a stage; see docs/deploy.md."""

    after: str | None = None  # the stage at which it must have run before
    calm_days: float = Field(default=0, ge=0)  # for so long the monitor has watched it, without a loss
    metrics: dict[str, StageLimit] = {}
    slices: dict[str, dict[str, StageLimit]] = {}  # column → metric: for each of its values


StageName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*[a-z0-9]$")]


def default_stages() -> dict[str, StageRules]:
    """Of a params.yaml from before there were any."""
    return {"staging": StageRules(), "prod": StageRules(after="staging")}
