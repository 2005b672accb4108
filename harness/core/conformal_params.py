"""The section `train.conformal` of params.yaml."""

from pydantic import Field

from harness.core.stage_params import Section


class ConformalParams(Section):
    """Prediction intervals, or sets, that hold the truth so often; made on rows that are kept out of the training."""

    confidence: float = Field(default=0.9, gt=0, lt=1)
    calibration_size: float = Field(default=0.2, gt=0, lt=1)  # share of the training rows, or groups
