"""The same code trained with other seeds alone: how often is that called better or worse, with and without refits?"""

import argparse
from collections.abc import Callable, Iterator
from math import sqrt
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import ExtraTreesClassifier, GradientBoostingClassifier, RandomForestClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.tree import DecisionTreeClassifier

from harness.compare.verdicts import compare
from harness.evaluate.bootstrap import Subset
from harness.evaluate.sample import Sample

COLUMNS = 8
ONLY_PRIMARY = Subset(None, ("roc_auc",))


class Classifier(Protocol):
    """What is trained."""

    def fit(self, X: NDArray[np.float64], y: NDArray[np.int64]) -> object: ...
    def predict_proba(self, X: NDArray[np.float64]) -> NDArray[np.float64]: ...


KINDS: dict[str, Callable[[int], Classifier]] = {
    "forest": lambda seed: RandomForestClassifier(100, random_state=seed),
    "extra_trees": lambda seed: ExtraTreesClassifier(100, random_state=seed),
    "boosting": lambda seed: GradientBoostingClassifier(n_estimators=50, subsample=0.5, random_state=seed),
    "tree": lambda seed: DecisionTreeClassifier(max_depth=6, max_features=3, random_state=seed),
    "mlp": lambda seed: MLPClassifier((16,), max_iter=60, random_state=seed),
}


def draw(rows: int, rng: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Rows with a smooth rule and noise."""
    X = rng.normal(size=(rows, COLUMNS))
    logit = X[:, 0] + X[:, 1] * X[:, 2] + np.sin(2 * X[:, 3])
    return X, (rng.random(rows) < 1 / (1 + np.exp(-logit))).astype(np.int64)


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench seeds", description=__doc__)
    parser.add_argument("--draws", type=int, default=200, help="comparisons of each kind and size (200)")
    parser.add_argument("--rows", type=int, nargs="+", default=[300, 2000], help="test rows (300 2000)")
    parser.add_argument("--train", type=int, default=1000, help="training rows (1000)")
    parser.add_argument("--refits", type=int, default=5, help="trainings of each side (5)")
    parser.add_argument("--pool", type=int, default=60, help="trainings that the sides are drawn from (60)")
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), help=f"of {', '.join(KINDS)} (all)")
    options = parser.parse_args()
    print("percent of the comparisons in which roc_auc gets a verdict though the seeds alone differ, ± one error")
    several = f"{options.refits} trainings each"
    print(f"{'estimator':14}{'rows':>7}{'one training each':>20}{several:>20}  (target: 4)")
    for kind in options.kinds:
        models = trained(kind, options.train, options.pool)
        for rows in options.rows:
            shares = (_share(list(loud(models, rows, k, options.draws))) for k in (1, options.refits))
            print(f"{kind:14}{rows:>7}" + "".join(f"{share:>20}" for share in shares), flush=True)


def trained(kind: str, train: int, pool: int) -> list[Classifier]:
    """The same code trained with so many seeds."""
    X, y = draw(train, np.random.default_rng(0))
    models = [KINDS[kind](seed) for seed in range(pool)]
    for model in models:
        model.fit(X, y)
    return models


def loud(models: list[Classifier], rows: int, k: int, draws: int) -> Iterator[bool]:
    """Whether roc_auc gets a verdict, for each test set."""
    for seed in range(draws):
        rng = np.random.default_rng(seed)
        X, y = draw(rows, rng)
        chosen = rng.choice(len(models), 2 * k, replace=False)
        samples = [Sample("binary", y, models[i].predict_proba(X), 0.5) for i in chosen]
        ((change,),) = compare(samples[:k], samples[k:], [ONLY_PRIMARY], "roc_auc", 500, seed)
        yield change.verdict in {"better", "worse"}


def _share(values: list[bool]) -> str:
    share = float(np.mean(values))
    return f"{100 * share:.1f} ± {100 * sqrt(max(share * (1 - share), 0.001) / len(values)):.1f}"


if __name__ == "__main__":
    main()
