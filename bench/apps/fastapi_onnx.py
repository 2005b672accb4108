"""The bare minimum: the ONNX file behind FastAPI, without checks, counts or a log."""

import os
from typing import Any

import numpy as np
import onnxruntime as ort
from fastapi import FastAPI
from pydantic import BaseModel

options = ort.SessionOptions()
options.intra_op_num_threads = 1
session = ort.InferenceSession(os.environ["MODEL_FILE"], options, providers=["CPUExecutionProvider"])
width = session.get_inputs()[0].shape[1]
app = FastAPI()


class Request(BaseModel):
    rows: list[dict[str, Any]]


@app.post("/predict")
async def predict(request: Request) -> list[list[float]]:
    cells = [list(row.values()) for row in request.rows]
    numeric = np.array([row[:width] for row in cells], dtype=np.float32)
    categorical = np.array([row[width:] for row in cells], dtype=object)
    return session.run(None, {"numeric": numeric, "categorical": categorical})[0].tolist()
