"""What both models are measured by: the base's settings and its copy of the project's own metrics, where it has any."""

from collections.abc import Mapping

from pydantic import ValidationError

from harness.compare.base_model import Base
from harness.compare.differences import read_mapping
from harness.compare.judges import Judges, check_gates
from harness.core.contract import Task
from harness.core.params import Cost, Params
from harness.core.paths import PARAMS_PATH
from harness.evaluate.further import FURTHER_METRICS, further_metrics
from harness.evaluate.own_metrics import OWN_METRICS, OwnMetric, load_own_metrics
from harness.evaluate.sample import Yardsticks


def choose_yardsticks(base: Base, params: Params, judges: Judges, task: Task) -> Yardsticks:
    """All that is measured beside the task's own metrics. Raises ProjectError if a rule names no metric."""
    own = checked_own_metrics(params, task)
    cost = params.train.threshold.cost if judges.source != "base" else _cost_of(base, params)
    # What the candidate asks for is shown beside, with the settings of who judges.
    asked = judges.evaluate.model_copy(
        update={"further": [*judges.evaluate.further, *params.evaluate.further, params.evaluate.primary]}
    )
    asked = asked.model_copy(update={"further": [name for name in asked.further if name in FURTHER_METRICS[task]]})
    further = further_metrics(task, asked, cost, judges.gates, params.gates)
    return {**further, **own, **_of_base(base)}


def checked_own_metrics(params: Params, task: Task) -> Mapping[str, OwnMetric]:
    """The project's own metrics. Raises ProjectError if a rule of params.yaml names no metric, or the wrong side."""
    own = load_own_metrics()
    check_gates(params.gates, task, {**{name: needs for name, (_, needs) in FURTHER_METRICS[task].items()}, **own})
    return own


def _cost_of(base: Base, params: Params) -> Cost:
    """The base's costs: nobody redefines what an error costs while he is judged by it."""
    train = read_mapping(base.folder / PARAMS_PATH).get("train")
    try:
        return Cost.model_validate(train["threshold"]["cost"])  # type: ignore[index]
    except (KeyError, TypeError, ValidationError):
        return params.train.threshold.cost


def _of_base(base: Base) -> dict[str, OwnMetric]:
    """The base's copy of the project's own metrics measures both models: nobody redefines his own yardstick."""
    if base.published or base.state != "reproduced" or not (base.folder / OWN_METRICS).exists():
        return {}
    return load_own_metrics(base.folder)
