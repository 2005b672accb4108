"""Rows of a test, with a target and scores that are made up."""

import numpy as np

from harness.evaluate.sample import Sample

ROWS = 300


def sample(task: str, seed: int = 0, ties: bool = True) -> Sample:
    rng = np.random.default_rng(seed)
    if task == "regression":
        value = rng.gamma(2, 100, ROWS)
        return Sample("regression", value, (value + rng.normal(size=ROWS) * 30)[:, None])
    classes = 2 if task == "binary" else 4
    y = rng.integers(0, classes, ROWS)
    scores = rng.dirichlet(np.ones(classes), ROWS) + 0.5 * np.eye(classes)[y]
    scores /= scores.sum(axis=1, keepdims=True)
    if ties:
        scores[:, 1:] = scores[:, 1:].round(1 if task == "binary" else 2).clip(0.02, 0.98)
        scores /= scores.sum(axis=1, keepdims=True)
    return Sample(task, y, scores, 0.4 if task == "binary" else None)  # type: ignore[arg-type]
