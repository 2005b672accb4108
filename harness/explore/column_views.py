"""Each feature in a few bins: how the training and the test rows are spread over them, and the target in each."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pandas as pd

from harness.core.clock import DAY
from harness.core.contract import Contract, as_text
from harness.core.prepared import feature_columns, target_values
from harness.evaluate.build_reference import feature_spreads
from harness.inference.predictor import encode
from harness.inference.reference import Bins, Floats, Spread
from harness.monitor.drift import population_stability

CLASSES_SHOWN = 6  # of a multiclass target that have a column of their own


@dataclass(frozen=True)
class BinView:
    """A bin: its name, the share of training and of test rows in it, and the target's means over its training rows."""

    label: str
    train: float
    test: float
    target: tuple[float | None, ...]


@dataclass(frozen=True)
class ColumnView:
    """A feature: its bins, how much of the target its bins explain (0 to 1), and how far test lies from train (PSI)."""

    name: str
    bins: tuple[BinView, ...]
    explained: float
    shift: float


def target_names(contract: Contract) -> list[str]:
    """What `BinView.target` holds: the mean, or the share of the positive class, or of each of the first classes."""
    if contract.task == "regression":
        return [f"mean {contract.target}"]
    classes = contract.classes[1:] if contract.task == "binary" else contract.classes[:CLASSES_SHOWN]
    return [f"{contract.target} = {as_text(label)}" for label in classes]


def target_columns(rows: pd.DataFrame, contract: Contract) -> Floats:
    """The target as (n, 1) values or (n, classes) zeros and ones."""
    y = target_values(rows, contract)
    if contract.task == "regression":
        return np.asarray(y, dtype=np.float64).reshape(-1, 1)
    return np.asarray(np.eye(len(contract.classes))[y], dtype=np.float64)


def view_columns(train: pd.DataFrame, test: pd.DataFrame, contract: Contract) -> list[ColumnView]:
    """Every feature but free texts, the one that says most about the target first; bins are the training rows'."""
    spreads = feature_spreads(train, contract)
    y = target_columns(train, contract)
    both = zip(spreads, _placed(train, spreads, contract), _placed(test, spreads, contract), strict=True)
    views = [_view(spread, y, seen, held, contract) for spread, seen, held in both]
    return sorted(views, key=lambda view: -view.explained)


def _placed(rows: pd.DataFrame, spreads: list[Spread], contract: Contract) -> Iterator[Bins]:
    numeric, categorical = encode(feature_columns(rows, contract), contract)
    numbers, texts = contract.names("numeric"), contract.names("categorical")
    for spread in spreads:
        if spread.name in numbers:
            yield spread.number_bins(numeric[:, numbers.index(spread.name)])
        else:
            yield spread.text_bins(categorical[:, texts.index(spread.name)].tolist())


def _view(spread: Spread, y: Floats, train: Bins, test: Bins, contract: Contract) -> ColumnView:
    labels = _dates(spread) if spread.kind == "date" else spread.labels
    seen, held = (np.bincount(places, minlength=len(labels)).astype(float) for places in (train, test))
    sums = np.column_stack([np.bincount(train, column, minlength=len(labels)) for column in y.T])
    with np.errstate(invalid="ignore", divide="ignore"):
        means = sums / seen[:, None]
    shown = means[:, 1:2] if contract.task == "binary" else means[:, :CLASSES_SHOWN]
    bins = tuple(
        BinView(
            label,
            seen[place] / max(seen.sum(), 1),
            held[place] / max(held.sum(), 1),
            tuple(float(value) if np.isfinite(value) else None for value in shown[place]),
        )
        for place, label in enumerate(labels)
        if seen[place] or held[place]
    )
    shift = float(population_stability(seen / max(seen.sum(), 1), held[None, :])[0])
    return ColumnView(spread.name, bins, explained_share(y, seen, means), shift)


def explained_share(y: Floats, rows: Floats, means: Floats) -> float:
    """The part of the target's variance that lies between bins: η², of classes Goodman and Kruskal's τ (1954).

    y (n, columns); rows (bins,) and the target's means (bins, columns) in each.
    """
    whole = y.mean(axis=0)
    total = ((y - whole) ** 2).sum()
    between = (rows[:, None] * (np.nan_to_num(means, nan=0.0) - whole) ** 2)[rows > 0].sum()
    return float(between / total) if total > 0 else 0.0


def _dates(spread: Spread) -> list[str]:
    """Days since 1970-01-01 as dates."""
    ends = [datetime.fromtimestamp(edge * DAY, UTC).date().isoformat() for edge in spread.edges]
    own = [f"{low} to {high}" for low, high in zip(["first", *ends], [*ends, "last"], strict=True)]
    return [*own, *spread.labels[-2:]]
