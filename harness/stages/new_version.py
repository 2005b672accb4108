"""What is recorded of a model when it is published, and how its version follows from the one before."""

import re
from pathlib import Path
from typing import TypedDict

from harness.core.errors import ProjectError
from harness.core.files import write_json
from harness.core.metrics_file import read_metrics_file
from harness.core.params import load_params
from harness.core.paths import METRICS_PATH, MODEL_PATH, VERSION_PATH
from harness.inference.model_file import ModelFile
from harness.stages.contract_change import ContractChange, contract_change


class NewVersion(TypedDict):
    """What the release needs to name the version, and the lines of its tag."""

    level: str
    facts: dict[str, str]


def write_new_version(record: Path) -> NewVersion:
    """Describe the model of the work tree beside the last published one, whose folder is given; write and return it."""
    model, metrics, primary = ModelFile(MODEL_PATH), read_metrics_file(METRICS_PATH), load_params().evaluate.primary
    change = _change_since(record / MODEL_PATH.name, model)
    facts = {
        "Change": f"{change.level}: {'; '.join(change.reasons)}"[:300],
        "Data": model.hashes.get("data", ""),
        "Model": model.sha256,
        "Metric": primary,
        "Value": repr(metrics.test[primary]) if primary in metrics.test else "",
    }
    for found in metrics.intervals:
        if found.metric == primary:
            facts |= {"Low": repr(found.low), "High": repr(found.high)}
    made = NewVersion(level=change.level, facts={key: _one_line(value) for key, value in facts.items() if value})
    write_json(VERSION_PATH, made)
    return made


def _change_since(path: Path, model: ModelFile) -> ContractChange:
    """Since the published model; where there is none, or none to be read, everybody has to look."""
    if not path.exists():
        return ContractChange("major", ["the first that is published"])
    try:
        old = ModelFile(path)
        return contract_change(old.contract, model.contract, old.conformal is not None, model.conformal is not None)
    except ProjectError as error:
        return ContractChange("major", [f"the published model cannot be read: {error}"])


def _one_line(value: str) -> str:
    return re.sub(r"\s+", " ", value)
