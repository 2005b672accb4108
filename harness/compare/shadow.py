"""`make shadow`: yesterday's requests through the running model and a candidate; what would have been answered."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.compare.replay import Inside, Replay, SlicePart, model_at, replay
from harness.compare.shadow_data import AnswersApart, RowApart, Shadow
from harness.compare.shadow_truth import measure_replay
from harness.core.contract import Contract, Label, as_text
from harness.core.errors import ProjectError
from harness.core.paths import MODEL_PATH
from harness.inference.predictor import Predictor, decide
from harness.inference.reference import watched_scores

SHADOW_FOLDER = Path("artifacts/shadow")
MOST_SLICES, LARGEST = 50, 20


def compare_shadow(log: str, candidate: str, truth: str = "", running: str = str(MODEL_PATH)) -> Shadow:
    """Replay the log through both files. Raises ProjectError if log, model or truth cannot be used."""
    if not log:
        raise ProjectError("LOG is missing; run: make shadow LOG=folder CANDIDATE=model.onnx [TRUTH=labels.csv]")
    models = model_at(candidate, "CANDIDATE"), model_at(running, "MODEL")
    new, old = models
    found = replay(log, old, new)
    difference = np.abs(
        watched_scores(found.candidate, old.contract.task) - watched_scores(found.running, old.contract.task)
    )
    changed = (
        None if old.contract.task == "regression" else _labels(found.running, old) != _labels(found.candidate, new)
    )
    parts = _parts(found, old.contract)
    moved = [_moved(column, value, inside, difference, changed) for column, value, inside in parts]
    times = found.rows.times
    notices = list(found.notices)
    measured = measure_replay(found, models, parts, truth, notices) if truth else []
    return Shadow(
        running=old.version,
        candidate=new.version,
        first=str(times.min()) if times is not None else "",
        last=str(times.max()) if times is not None else "",
        moved=moved,
        largest=_largest(found, models, difference, changed),
        refused=found.refused,
        logged_apart=found.logged_apart,
        latency=found.latency,
        measured=measured,
        notices=notices,
    )


def _labels(scores: NDArray[np.float32], predictor: Predictor) -> NDArray[np.int64]:
    return decide(scores, predictor.threshold)


def _parts(found: Replay, contract: Contract) -> list[SlicePart]:
    """All rows, then each value of each slice column that the log holds, the commonest first."""
    parts: list[SlicePart] = [(None, None, np.ones(len(found.running), dtype=bool))]
    for column in contract.slices:
        if column in found.rows.columns:
            texts = np.array([_as_value(value) for value in found.rows.columns[column].tolist()], dtype=object)
            values, counts = np.unique(texts.astype(str), return_counts=True)
            parts += [(column, str(values[at]), texts == values[at]) for at in np.argsort(-counts, kind="stable")]
    return parts[: MOST_SLICES + 1]


def _as_value(value: Label | None) -> str:
    return "missing" if value is None or value != value else as_text(value)  # noqa: PLR0124


def _moved(
    column: str | None, value: str | None, inside: Inside, difference: NDArray[np.float64], changed: Inside | None
) -> AnswersApart:
    apart = difference[inside]
    labels = None if changed is None else int(changed[inside].sum())
    mean, largest = float(apart.mean()), float(apart.max())
    return AnswersApart(column=column, value=value, rows=len(apart), changed=labels, mean=mean, largest=largest)


def _largest(
    found: Replay, models: tuple[Predictor, Predictor], difference: NDArray[np.float64], changed: Inside | None
) -> list[RowApart]:
    """The rows whose answers lie farthest apart, changed labels first."""
    first = np.zeros(len(difference), dtype=bool) if changed is None else changed
    order = [at for at in np.lexsort((-difference, ~first))[:LARGEST].tolist() if difference[at] > 0]
    new, old = models
    keys = found.rows.keys
    names = [feature.name for feature in old.contract.features]
    return [
        RowApart(
            request=str(keys[at]) if keys is not None else str(at),
            columns={name: _as_value(found.rows.columns[name][at : at + 1].tolist()[0]) for name in names},
            running=_answer(old, found.running[at : at + 1]),
            candidate=_answer(new, found.candidate[at : at + 1]),
            difference=float(difference[at]),
        )
        for at in order
    ]


def _answer(predictor: Predictor, scores: NDArray[np.float32]) -> str:
    label = as_text(predictor.predict(scores)[0])
    if predictor.contract.task == "regression":
        return f"{float(scores[0, 0]):.6g}"
    return f"{label} ({float(watched_scores(scores, predictor.contract.task)[0]):.4f})"
