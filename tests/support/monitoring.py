"""Prediction logs and labels as the service and the world would write them, made from a project's own test rows."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from harness.core.paths import MODEL_PATH, PREPARED
from harness.core.prepared import Prepared, feature_columns
from harness.inference.predictor import Predictor

START = np.datetime64("2025-01-01T00:00:00")


@dataclass(frozen=True)
class Traffic:
    """Rows that the model answered: the lines of the log, and their labels."""

    lines: list[str]
    labels: pd.DataFrame

    def write(self, log: Path, truth: Path | None = None) -> None:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text("".join(line + "\n" for line in self.lines), "utf-8")
        if truth:
            self.labels.to_csv(truth, index=False)


def traffic(
    rows: int, seed: int = 0, flipped: float = 0.0, day: int = 0, change: Callable[[pd.DataFrame], object] | None = None
) -> Traffic:
    """Test rows drawn again, one a second from a day on; `change` may alter them before the model answers."""
    predictor = Predictor(MODEL_PATH)
    contract = predictor.contract
    drawn = Prepared(PREPARED).read_rows("test").sample(rows, replace=True, random_state=seed).reset_index(drop=True)
    truth, rng = drawn[contract.target].copy(), np.random.default_rng(seed)
    if change:
        change(drawn)
    scores = predictor.scores(feature_columns(drawn, contract)).tolist()
    names = [feature.name for feature in contract.features]
    records: list[dict[str, Any]] = json.loads(drawn[names].to_json(orient="records"))
    start = START + np.timedelta64(day, "D")
    lines, requests = [], []
    for number, (record, score) in enumerate(zip(records, scores, strict=True)):
        requests.append(f"r{day}-{number}")
        line = {"time": f"{start + np.timedelta64(number, 's')}Z", "model": predictor.version, "request": requests[-1]}
        lines.append(json.dumps({**line, "row": 0, "sample": 1.0, "columns": record, "scores": score}))
    if contract.classes:
        other = dict(zip(contract.classes, contract.classes[1:] + contract.classes[:1], strict=True))
        truth = truth.where(rng.random(rows) >= flipped, truth.map(other))
    return Traffic(lines, pd.DataFrame({"request_id": requests, contract.target: truth}))
