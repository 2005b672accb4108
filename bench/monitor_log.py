"""Write a log of the worked example's model, and labels of some rows. Call: python -m bench.monitor_log ROWS FOLDER"""

import json
import sys
from pathlib import Path

import numpy as np

from harness.core.paths import MODEL_PATH, PREPARED
from harness.core.prepared import Prepared, feature_columns
from harness.inference.predictor import Predictor

FILE_ROWS = 200_000  # of one file of the log
LABELLED = 20  # of so many rows one gets a label


def write_year(rows: int, folder: Path) -> None:
    """A log of test rows drawn again, evenly over a year, and labels of some."""
    predictor, table = Predictor(MODEL_PATH), Prepared(PREPARED).read_rows("test")
    scores = predictor.scores(feature_columns(table, predictor.contract)).tolist()
    names = [feature.name for feature in predictor.contract.features]
    records = json.loads(table[names].to_json(orient="records"))
    ends = [json.dumps({"row": 0, "sample": 1.0, "model": predictor.version, "columns": record, "scores": score})[1:]
            for record, score in zip(records, scores, strict=True)]  # fmt: skip
    truth, drawn = table[predictor.contract.target].tolist(), np.random.default_rng(0)
    step = np.timedelta64(365 * 86_400_000_000 // rows, "us")
    (folder / "log").mkdir()
    with (folder / "truth.csv").open("w", encoding="utf-8") as labels:
        labels.write(f"request_id,{predictor.contract.target}\n")
        for start in range(0, rows, FILE_ROWS):
            numbers = range(start, min(start + FILE_ROWS, rows))
            times = (np.datetime64("2025-01-01T00:00:00", "us") + step * np.arange(start, numbers.stop)).astype(str)
            places = drawn.integers(0, len(ends), len(numbers)).tolist()
            with (folder / f"log/{start:09}.jsonl").open("w", encoding="utf-8") as log:
                for number, time, place in zip(numbers, times.tolist(), places, strict=True):
                    log.write(f'{{"time": "{time}Z", "request": "{number:024x}", {ends[place]}\n')
                    if number % LABELLED == 0:
                        labels.write(f"{number:024x},{truth[place]}\n")


if __name__ == "__main__":
    write_year(int(sys.argv[1]), Path(sys.argv[2]))
