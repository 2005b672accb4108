"""Stage `evaluate`: score the test rows with the model file; write metrics.json, predictions and plots."""

from pathlib import Path

from harness.core.command import run
from harness.core.params import load_params
from harness.core.paths import METRICS_PATH, MODEL_PATH, PREPARED, REFERENCE_PATH
from harness.core.prepared import Prepared
from harness.evaluate.build_reference import build_reference, write_reference
from harness.evaluate.evaluation import check_primary, evaluate_model, write_evaluation
from harness.evaluate.project_metrics import project_metrics
from harness.evaluate.sample import build_sample
from harness.inference.predictor import Predictor

PROJECT = Path(__file__).parents[1]


def evaluate() -> None:
    every = load_params()
    params, own = every.evaluate, project_metrics(every, PROJECT)
    contract, rows = Prepared(PREPARED).read_contract(), Prepared(PREPARED).open_rows("test")
    check_primary(contract, params, own)
    predictor = Predictor(MODEL_PATH)
    predictor.check_golden()
    sample = build_sample(rows, predictor, own)
    metrics = evaluate_model(rows, sample, predictor, contract, params)
    reference = build_reference(rows, predictor, contract, every, sample)
    write_evaluation(metrics, rows, sample, predictor, contract, params)
    write_reference(reference, REFERENCE_PATH)
    found = metrics.test.get(params.primary, float("nan"))
    print(f"{METRICS_PATH}: {params.primary} {found:.4f} on {len(rows)} test rows")


if __name__ == "__main__":
    run(evaluate)
