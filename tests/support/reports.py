"""A report with everything in it, to be changed at will."""

import json
from typing import Any

from harness.report.report import Report

CHANGE = {
    "metric": "roc_auc",
    "better": "higher",
    "base": 0.8,
    "candidate": 0.9,
    "change": 0.1,
    "low": 0.05,
    "high": 0.15,
    "reason": "",
}


def values(**changes: Any) -> dict[str, Any]:
    """A report as a mapping."""
    return {
        "version": 2,
        "task": "binary",
        "primary": "roc_auc",
        "commit": "a" * 40,
        "dirty": False,
        "base_commit": "b" * 40,
        "base_state": "compared",
        "base_reason": "",
        "rows": 262,
        "rows_left_out": 0,
        "changes": [{**CHANGE, "detectable": 0.07, "verdict": "better"}],
        "slices": [],
        "flips": {"to_right": 5, "to_wrong": 2, "wrong_to_wrong": 0},
        "params": [],
        "gate_rules": [],
        "packages": [],
        "files": [],
        "data": None,
        "gate": [{"rule": "roc_auc ≥ 0.8", "value": 0.9, "state": "pass", "reason": ""}],
        "gate_passed": True,
        "own_gate": [],
        "same_model": False,
        "trainings": 1,
        "trainings_reason": "",
        "gate_source": "base",
        "overridden_by": None,
        "hashes": {"data": "0" * 64},
        "curves": [{"plot": "roc", "model": "base", "x": [0, 0.2, 1], "y": [0, 0.9, 1]}],
        **changes,
    }


def report(**changes: Any) -> Report:
    return Report.model_validate_json(json.dumps(values(**changes)))
