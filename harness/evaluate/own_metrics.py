"""The project's own metrics (src/metrics.py): plain functions of y and scores."""

import difflib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import numpy as np

from harness.core.contract import Task
from harness.core.errors import ProjectError
from harness.core.hooks import place
from harness.core.loader import load_module
from harness.evaluate.formulas import Truth
from harness.evaluate.metrics import KNOWN_METRICS, Better

OWN_METRICS = "src/metrics.py"
LONGEST_NAME = 100  # a line of the report holds it


@dataclass(frozen=True)
class OwnMetric:
    """A metric of the project's own.

    `function` takes y (n,) and scores: binary (n,), the probability of the positive class; multiclass (n, classes);
    regression (n,), the predicted value. It returns one number; NaN where the rows do not define it.
    """

    function: Callable[[Truth, Truth], float]
    better: Better = "higher"


def measure_own(own: Mapping[str, OwnMetric], task: Task, y: Truth, scores: Truth) -> dict[str, float]:
    """Each of the project's metrics. Raises ProjectError if one fails or returns no number."""
    given = scores if task == "multiclass" else scores[:, -1]
    return {name: _measured(name, metric, _locked(y), _locked(given)) for name, metric in own.items()}


def check_defined(own: Mapping[str, OwnMetric], estimates: Mapping[str, float], rows: int) -> None:
    """Raises ProjectError if one of the project's metrics has no number for all the test rows together."""
    for name in own:
        if not np.isfinite(estimates[name]):
            raise ProjectError(f"{OWN_METRICS}: {name} returned {estimates[name]} for all {rows} test rows")


def _locked(values: Truth) -> Truth:
    """What a metric cannot change."""
    view = values.view()
    view.flags.writeable = False
    return view


def load_own_metrics(folder: Path = Path()) -> dict[str, OwnMetric]:
    """What a project's src/metrics.py switches on. Raises ProjectError if it fails, or holds no mapping of metrics."""
    held = vars(load_module("metrics", folder))
    own = check_own(held.get("METRICS"))
    check_names(held, own)
    return own


def check_own(own: object) -> dict[str, OwnMetric]:
    """What src/metrics.py switches on, checked. Raises ProjectError if it is no mapping of names to metrics."""
    if not isinstance(own, dict):
        raise ProjectError(f"{OWN_METRICS}: METRICS must be a dict of name to OwnMetric, got {type(own).__name__}")
    built_in = {name for names in KNOWN_METRICS.values() for name in names}
    for name, metric in own.items():
        if name in built_in:
            raise ProjectError(f"{OWN_METRICS}: METRICS[{name!r}] is a built-in metric's name; take another")
        if not (isinstance(name, str) and isinstance(metric, OwnMetric) and callable(metric.function)):
            raise ProjectError(f"{OWN_METRICS}: METRICS[{name!r}] must be an OwnMetric, got {metric!r}")
        if not (name.strip() and name.isprintable() and len(name) <= LONGEST_NAME):
            raise ProjectError(
                f"{OWN_METRICS}: METRICS[{name!r}] needs a name of 1 to {LONGEST_NAME} printable letters"
            )
        if metric.better not in get_args(Better):
            allowed = " or ".join(get_args(Better))
            raise ProjectError(f"{OWN_METRICS}: METRICS[{name!r}]: better must be {allowed}, got {metric.better!r}")
    return dict(own)


def check_names(held: Mapping[str, object], own: Mapping[str, OwnMetric]) -> None:
    """Raises ProjectError if src/metrics.py holds metrics under another name, which nobody would read."""
    for name, value in held.items():
        values = list(value.values()) if isinstance(value, dict) else [value]
        unread = any(isinstance(one, OwnMetric) and one not in own.values() for one in values)
        meant = isinstance(value, dict) and difflib.get_close_matches(name.upper(), ["METRICS"], cutoff=0.85)
        if not name.startswith("_") and name != "METRICS" and (unread or meant):
            raise ProjectError(f"{OWN_METRICS}: {name} is not used: only what METRICS holds is measured")


def _measured(name: str, metric: OwnMetric, y: Truth, scores: Truth) -> float:
    try:
        value = metric.function(y, scores)
    except Exception as error:  # whatever a project's own function may raise
        said = " ".join(str(error).split())
        raise ProjectError(f"{_place(metric, error)}: {name} failed: {type(error).__name__}: {said}") from error
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        raise ProjectError(f"{OWN_METRICS}: {name} must return a number, got {type(value).__name__}")
    try:
        return float(value)
    except OverflowError:
        raise ProjectError(f"{OWN_METRICS}: {name} returned a number that is too large") from None


def _place(metric: OwnMetric, error: Exception) -> str:
    """The file, and the line in it that failed; a function of another file has no line here."""
    function = inspect.unwrap(metric.function)
    own = inspect.isfunction(function) and Path(function.__code__.co_filename).name == Path(OWN_METRICS).name
    return place(function, error.__traceback__) if own else OWN_METRICS
