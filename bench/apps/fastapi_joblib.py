"""What most people write: a pickled pipeline, a DataFrame, FastAPI."""

import os
from typing import Any

import joblib
import pandas as pd
from fastapi import FastAPI
from pydantic import BaseModel

pipeline = joblib.load(os.environ["PIPELINE"])
app = FastAPI()


class Request(BaseModel):
    rows: list[dict[str, Any]]


@app.post("/predict")
def predict(request: Request) -> list[list[float]]:
    return pipeline.predict_proba(pd.DataFrame(request.rows)).tolist()
