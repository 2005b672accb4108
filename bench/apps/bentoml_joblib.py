"""BentoML as its documentation begins: a pickled pipeline, a DataFrame."""

import os

import bentoml
import joblib
import numpy as np
import pandas as pd


@bentoml.service
class Joblib:
    def __init__(self) -> None:
        self.pipeline = joblib.load(os.environ["PIPELINE"])

    @bentoml.api
    def predict(self, rows: pd.DataFrame) -> np.ndarray:
        return self.pipeline.predict_proba(rows)
