"""Isotonic calibration that a model file can repeat: its steps are no finer than a model's scores can be told apart."""

from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.isotonic import IsotonicRegression
from sklearn.model_selection import check_cv, cross_val_predict

LOG_ODDS_STEPS = 3  # per unit of the log odds, below an even chance
EVEN_STEPS = 12  # from an even chance on; around it the two are equally wide
SMALLEST = 1e-7  # a probability below it counts as this

Shares = NDArray[np.float64]
ShareCurve = tuple[Shares, Shares]  # knots, and the share of hits at each


class IsotonicCalibration(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """An estimator's probabilities → the share of rows that turned out so (Zadrozny & Elkan, KDD 2002).

    Found on cross-validated predictions, as by CalibratedClassifierCV(method="isotonic", ensemble=False). That one puts
    a step between any two scores of training rows: 1e-9 apart, they could differ by all that there is, and float32
    scores would fall on either side. Here scores are first taken to a grid, so that a curve's slope is bounded. And no
    probability is below 1/(n + 2): n rows cannot say that something never happens.
    """

    def __init__(self, estimator: BaseEstimator, cv: object = None) -> None:
        self.estimator = estimator
        self.cv = cv

    def fit(self, X: pd.DataFrame | NDArray[np.generic], y: NDArray[np.generic]) -> Self:
        """Fit X (n, columns) and y (n,). Raises ValueError if a class is too rare for the folds."""
        self.classes_ = np.unique(y)
        folds = check_cv(self.cv, y, classifier=True)
        scores = cross_val_predict(clone(self.estimator), X, y, cv=folds, method="predict_proba").astype(np.float64)
        asked = [1] if len(self.classes_) == 2 else range(len(self.classes_))
        self.curves_: list[ShareCurve] = [_curve(scores[:, k], y == self.classes_[k]) for k in asked]
        self.estimator_ = clone(self.estimator).fit(X, y)
        return self

    def predict_proba(self, X: pd.DataFrame | NDArray[np.generic]) -> Shares:
        """Calibrated probabilities (n, classes)."""
        given = self.estimator_.predict_proba(X).astype(np.float64)
        if len(self.classes_) == 2:
            positive = np.interp(given[:, 1], *self.curves_[0])
            return np.column_stack([1 - positive, positive])
        every = np.column_stack([np.interp(given[:, k], *curve) for k, curve in enumerate(self.curves_)])
        shares: Shares = every / every.sum(axis=1, keepdims=True)
        return shares

    def predict(self, X: pd.DataFrame | NDArray[np.generic]) -> NDArray[np.generic]:
        """The likeliest class of each row (n,)."""
        found: NDArray[np.generic] = self.classes_[self.predict_proba(X).argmax(axis=1)]
        return found


def to_grid(chances: Shares) -> Shares:
    """Probabilities as multiples of a step: of the log odds below 0.5, of themselves above."""
    low = np.clip(chances, SMALLEST, 0.5)
    odds = np.exp(np.round(np.log(low / (1 - low)) * LOG_ODDS_STEPS) / LOG_ODDS_STEPS)
    return np.where(chances < 0.5, odds / (1 + odds), np.round(chances * EVEN_STEPS) / EVEN_STEPS)


def _curve(scores: Shares, hits: NDArray[np.bool_]) -> ShareCurve:
    fitted = IsotonicRegression(out_of_bounds="clip").fit(to_grid(scores), hits.astype(np.float64))
    knots, shares = fitted.X_thresholds_.astype(np.float64), fitted.y_thresholds_.astype(np.float64)
    least = 1 / (len(scores) + 2)
    return knots, np.clip(shares, least, 1 - least)
