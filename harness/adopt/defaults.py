"""The estimator's parameters for a table that nobody has tried one on: gradient boosting, by the number of rows."""

from typing import TypeAlias

Boosting: TypeAlias = dict[str, float | int | bool | str]
FEW_TO_LEARN = 1000  # rows that must not be learnt by heart
MANY_ROWS = 4000  # for which a hundred small steps are too few; a part of them tells when to stop


def boosting(rows: int) -> Boosting:
    """Parameters of scikit-learn's HistGradientBoosting; equal rows give an equal model.

    `python -m bench adopt` compares them with scikit-learn's own.
    """
    if rows < MANY_ROWS:
        leaves, leaf = (12, 10) if rows < FEW_TO_LEARN else (31, 20)
        return {"learning_rate": 0.05, "max_iter": 100, "max_leaf_nodes": leaves, "min_samples_leaf": leaf}
    stop = {"early_stopping": True, "validation_fraction": 0.1, "n_iter_no_change": 10}  # noisy tables end early
    return {"learning_rate": 0.1, "max_iter": 300, "max_leaf_nodes": 31, "min_samples_leaf": 20, **stop}
