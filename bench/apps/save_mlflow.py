"""The pickled pipeline as a model of MLflow's: `python save_mlflow.py PIPELINE FOLDER`."""

import sys

import joblib
import mlflow.sklearn

mlflow.sklearn.save_model(
    joblib.load(sys.argv[1]),
    sys.argv[2],
    pyfunc_predict_fn="predict_proba",
    serialization_format="cloudpickle",
    pip_requirements=[],
)
