"""Stage `train`: fit one scikit-learn Pipeline on the training rows, export it as one ONNX file."""

from pathlib import Path

from harness.core.command import run
from harness.core.files import write_json
from harness.core.loader import load_hook
from harness.core.params import load_params
from harness.core.paths import MODEL_PATH, PREPARED, TRAINING_PATH
from harness.core.prepared import Prepared
from harness.model.export import export
from harness.model.training import read_training_rows, train_model

PROJECT = Path(__file__).parents[1]


def train() -> None:
    params = load_params()
    rows = read_training_rows(Prepared(PREPARED), params)
    features, model = load_hook("features", "features", PROJECT), load_hook("model", "model", PROJECT)
    training = train_model(rows, params, features, model)
    parity = export(training, rows.contract, rows.hashes, rows.columns, rows.y, MODEL_PATH)
    write_json(TRAINING_PATH, training.summary())
    print(f"{MODEL_PATH}: {parity}")


if __name__ == "__main__":
    run(train)
