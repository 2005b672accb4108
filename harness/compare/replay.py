"""The rows of a prediction log, for two model files: read, checked against the candidate's contract, scored by both."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter_ns

import numpy as np
from numpy.typing import NDArray

from harness.core.contract import Feature
from harness.core.errors import ProjectError
from harness.core.files import file_hash
from harness.inference.predictor import Predictor, Scores
from harness.monitor.observed import Batch, joined
from harness.monitor.sources import LogSource, opened
from harness.project.web_address import one_line

Inside = NDArray[np.bool_]
SlicePart = tuple[str | None, str | None, Inside]  # column, value and rows of a slice; None, None: all rows
TIMED_ROWS = 500  # answered one by one, for the latency


@dataclass(frozen=True)
class Replay:
    """Rows that the running model answered, with the scores (n, classes) or (n, 1) of both files."""

    rows: Batch
    running: Scores
    candidate: Scores
    refused: dict[str, int]  # column → rows whose value the candidate's contract refuses
    notices: list[str]
    logged_apart: float  # largest difference between what the log says and what the running file says now
    latency: dict[str, tuple[float, float]]  # file → median and 99th percentile of one row, microseconds


def replay(log: str, running: Predictor, candidate: Predictor) -> Replay:
    """Score the log's rows with both. Raises ProjectError if it holds none of the model's, or columns are missing."""
    check_alike(running, candidate)
    with opened(log) as path:
        source = LogSource(path, running.contract, running.version)
        if source.scored is not None:
            raise ProjectError(f"LOG={log}: must be a prediction log (.jsonl) or a folder of them")
        batches = list(source.batches(np.datetime64("now", "us")))
    notices = source.notices()
    if not batches:
        why = f": {'; '.join(notices)}" if notices else ""
        raise ProjectError(f"LOG={log}: holds no row that model {running.version} answered{why}")
    rows = joined(batches)
    for predictor, name in ((running, "the running model"), (candidate, "the candidate")):
        absent = [feature.name for feature in predictor.contract.features if feature.name not in rows.columns]
        if absent:
            raise ProjectError(
                f"LOG={log}: the column {absent[0]} is missing in some lines, and {name} needs it; "
                "the service must log it (LOG_COLUMNS)"
            )
    scores, scored = running.scores(rows.columns), candidate.scores(rows.columns)
    apart = float(np.abs(scores - rows.scores).max())
    refused = dict(_refused(rows, candidate))
    latency = {"running": _latency(running, rows), "candidate": _latency(candidate, rows)}
    return Replay(rows, scores, scored, refused, notices, apart, latency)


def check_alike(running: Predictor, candidate: Predictor) -> None:
    """Raises ProjectError unless the candidate answers the requests of the running model with answers of its kind."""
    for key in ("task", "target", "classes"):
        old, new = (getattr(predictor.contract, key) for predictor in (running, candidate))
        if old != new:
            raise ProjectError(
                f"CANDIDATE={candidate.path}: has another contract: its {key} is {new!r}, the log's is {old!r}"
            )
    known = {feature.name: feature.type for feature in running.contract.features}
    for feature in candidate.contract.features:
        if feature.name not in known:
            raise ProjectError(
                f"CANDIDATE={candidate.path}: has another contract: it needs {feature.name}, "
                "which no request of the log has"
            )
        if known[feature.name] != feature.type:
            told = f"its {feature.name} is {feature.type}, the log's is {known[feature.name]}"
            raise ProjectError(f"CANDIDATE={candidate.path}: has another contract: {told}")
    if file_hash(running.path) == file_hash(candidate.path):
        raise ProjectError(f"CANDIDATE={candidate.path}: is the running model itself ({running.version})")


def _refused(rows: Batch, candidate: Predictor) -> Iterator[tuple[str, int]]:
    for feature in candidate.contract.features:
        count = int(_outside(rows.columns[feature.name], feature).sum())
        if count:
            yield feature.name, count


def _outside(values: NDArray[np.generic], feature: Feature) -> NDArray[np.bool_]:
    """Whether each value breaks a feature's bounds, set or need."""
    missing = np.array([value is None or value != value for value in values.tolist()], dtype=bool)  # noqa: PLR0124
    bad: Inside = missing & (not feature.nullable)
    if feature.isin is not None:
        allowed = set(feature.isin)
        bad |= ~missing & np.array([value not in allowed for value in values.tolist()], dtype=bool)
        return bad
    if values.dtype.kind == "f":
        numbers = values.astype(float)
        for bound, breaks in ((feature.ge, np.less), (feature.gt, np.less_equal), (feature.le, np.greater)):
            bad |= breaks(numbers, bound) if bound is not None else False
        bad |= numbers >= feature.lt if feature.lt is not None else False
    return bad


def _latency(predictor: Predictor, rows: Batch) -> tuple[float, float]:
    """Median and 99th percentile of one row in process, microseconds; the first ones warm up."""
    taken = []
    for at in range(min(len(rows.scores), TIMED_ROWS)):
        one = rows.take(np.array([at])).columns
        start = perf_counter_ns()
        predictor.scores(one)
        taken.append((perf_counter_ns() - start) / 1000)
    kept = taken[len(taken) // 10 :]
    return float(np.quantile(kept, 0.5)), float(np.quantile(kept, 0.99))


def model_at(place: str, key: str) -> Predictor:
    """A model file given on the command line. Raises ProjectError if it is not a model."""
    if not place:
        raise ProjectError(f"{key} is missing; run: make shadow LOG=folder CANDIDATE=model.onnx [TRUTH=labels.csv]")
    if not Path(place).is_file():  # make pipeline need not be the cure
        why = "is a folder, must be a model file" if Path(place).is_dir() else "no such file"
        raise ProjectError(f"{key}={one_line(place)}: {why}")
    try:
        predictor = Predictor(Path(place))
        predictor.check_golden()
    except ProjectError as error:
        raise ProjectError(f"{key}={one_line(error)}") from None  # which begins with the path
    return predictor
