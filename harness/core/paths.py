"""Every path of a project, relative to its folder: which is where a command runs, or the checked-out base's."""

from pathlib import Path

PARAMS_PATH = Path("params.yaml")
SCHEMA_PATH = Path("src/schema.py")

DATA_DVC = Path("data.dvc")
DVC_YAML = Path("dvc.yaml")
DVC_LOCK = Path("dvc.lock")
DVC_CONFIG = Path(".dvc/config")
DVC_TMP = Path(".dvc/tmp")
REFITS = Path(".dvc/cache/refits")  # models of further seeds, by what they were trained from
STORE = Path(".dvc/store")  # the embedded remote

PREPARED = Path("artifacts/prepared")
MODEL_PATH = Path("artifacts/model/model.onnx")
REFERENCE_PATH = Path("artifacts/model/reference.json")  # written by evaluate: the service counts by it
CARD_MARKDOWN = Path("artifacts/model/card.md")  # the model card, written after evaluate
CARD_HTML = Path("artifacts/model/card.html")  # GET /model/card
MODEL_DOCUMENT = Path("docs/model.md")  # what people say of the model
TRAINING_PATH = Path("artifacts/model/training.json")
METRICS_PATH = Path("artifacts/evaluation/metrics.json")
PREDICTIONS_PATH = Path("artifacts/evaluation/predictions.parquet")
PLOTS = Path("artifacts/evaluation/plots")
REPORT_FOLDER = Path("artifacts/report")
REPORT_PATH = REPORT_FOLDER / "report.json"
VERSION_PATH = REPORT_FOLDER / "version.json"  # what is published with the model, and read by make_release.py
MOVE_PATH = Path("artifacts/models/move.json")  # what promote.yml is about to do
RECORD_FOLDER = Path("artifacts/published")  # where workflows put what was published
EARLIER_MODELS = RECORD_FOLDER / "earlier"  # <commit>.onnx: published models that a rule holds a change against
MONITOR_STATE = Path("artifacts/monitor/state.jsonl")
LOOK_PATH = Path("artifacts/look.html")
HISTORY_PICTURE = Path("artifacts/models/history.png")

PIPELINE_LOCK = Path("requirements/pipeline.txt")
LOCKS = {name: Path(f"requirements/{name}.txt") for name in ("service", "pipeline", "dev")}  # each holds the one before

# Of groups that pyproject.toml may switch on, and of those that have an environment of their own.
OPTIONAL_LOCKS = {name: Path(f"requirements/{name}.txt") for name in ("boosters", "explore", "scale")}
SEPARATE_LOCKS = {name: Path(f"requirements/{name}.txt") for name in ("mlflow", "airflow")}

EXAMPLE_DATA = "data/titanic.csv"  # as data.path names them
EXAMPLE_PICTURE = Path(".github/comment.png")  # README's, of a comment on the worked example
EXAMPLE_TESTS = (Path("tests/test_titanic.py"), Path("tests/test_behaviour.py"))  # they go with its data
RESULTS = (DVC_LOCK, METRICS_PATH)  # what a run records and git keeps


def pipeline_lock(lock: Path = PIPELINE_LOCK) -> Path:
    """A lock of packages: the project's own or, of a second project in the repository, the one beside the harness."""
    return lock if lock.exists() else Path(__file__).parents[2] / lock
