"""Stage `train`: fit one scikit-learn Pipeline, export it as one ONNX file."""

from hashlib import sha256

from harness.core.command import run
from harness.core.contract import as_text
from harness.core.files import file_hash, read_json, write_json
from harness.core.params import load_params
from harness.core.paths import MODEL_PATH, PIPELINE_LOCK, PREPARED, TRAINING_PATH
from harness.core.prepared import Prepared, feature_columns, target_values
from harness.model.export import check_convertible, export
from harness.model.pipeline import build_estimator, to_frame
from harness.model.tuning import train_pipeline


def train() -> None:
    params = load_params()
    prepared = Prepared(PREPARED)
    contract, rows = prepared.read_contract(), prepared.read_rows("train")
    if contract.time:
        rows = rows.sort_values(contract.time, kind="stable")
    check_convertible(build_estimator(contract, params.train), contract)
    columns, y = feature_columns(rows, contract), target_values(rows, contract)
    groups = rows[contract.group].map(as_text).to_numpy() if contract.group else None
    training = train_pipeline(to_frame(columns, contract), y, contract, params.train, groups)
    hashes = {
        "data": read_json(PREPARED / "profile.json")["data_sha256"],
        "params": sha256(params.model_dump_json(include={"task", "train"}).encode()).hexdigest(),
        "lock": file_hash(PIPELINE_LOCK),
    }
    parity = export(training, contract, hashes, columns, y, MODEL_PATH)
    write_json(
        TRAINING_PATH, {"threshold": training.threshold, "chosen": training.chosen, "cross_validated": training.scores}
    )
    print(f"{MODEL_PATH}: answers as scikit-learn does on {parity.rows} rows")
    print(f"{MODEL_PATH}: largest difference {parity.difference:.1e} (allowed {parity.tolerance:.1e})")


if __name__ == "__main__":
    run(train)
