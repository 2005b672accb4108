"""Stage `evaluate`: the model file on the test rows → metrics.json, predictions and plots."""

from harness.core.command import run
from harness.core.files import replacing, write_json
from harness.core.params import load_params
from harness.core.paths import METRICS_PATH, MODEL_PATH, PLOTS, PREDICTIONS_PATH, PREPARED
from harness.core.prepared import Prepared
from harness.evaluate.evaluation import build_sample, check_primary, evaluate_model, predictions
from harness.evaluate.plots import write_plots
from harness.inference.predictor import Predictor


def evaluate() -> None:
    params = load_params().evaluate
    prepared = Prepared(PREPARED)
    contract, rows = prepared.read_contract(), prepared.read_rows("test")
    check_primary(contract, params)
    predictor = Predictor(MODEL_PATH)
    predictor.check_golden()
    sample = build_sample(rows, predictor)
    metrics = evaluate_model(rows, sample, predictor, contract, params)
    write_plots(PLOTS, sample, contract, metrics, params.primary)
    with replacing(PREDICTIONS_PATH) as temporary:
        predictions(rows, sample, predictor, contract).to_parquet(temporary, index=False)
    write_json(METRICS_PATH, metrics)
    print(
        f"{METRICS_PATH}: {params.primary} {metrics['test'].get(params.primary, 'undefined')} on {len(rows)} test rows"
    )


if __name__ == "__main__":
    run(evaluate)
