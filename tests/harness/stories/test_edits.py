"""What a team does on its second day: each wish is one edit of one file, trained, compared, and served."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from harness.inference.predictor import Predictor
from tests.support.clone import Clone, clone_of, embed, lend_environment
from tests.support.serving import running
from tests.support.tables import customers

Edit = Callable[[Clone], None]
ROWS = 1000
WORDS = np.array(["refund", "late", "kind", "broken", "größe", "fast", "thanks", "invoice"])
STACK = """\
from sklearn.ensemble import StackingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from harness.model.estimator import build_estimator


def model(contract, params):
    line = make_pipeline(StandardScaler(), LogisticRegression())
    return StackingClassifier([("named", build_estimator(contract, params)), ("line", line)])
"""


@pytest.fixture(scope="module")
def team(origin: Clone, tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """A project of the made-up customers, who call at some time of day and say something; its reports are short."""
    made = clone_of(origin, tmp_path_factory.mktemp("team") / "clone")
    lend_environment(made)
    (made.folder / "tests/test_behaviour.py").unlink()  # of the worked example
    embed(made)
    rng = np.random.default_rng(0)
    called = np.datetime64("2024-01-01T00:00:00") + rng.integers(0, 300 * 86_400, ROWS).astype("m8[s]")
    said = [" ".join(rng.choice(WORDS, 3)) + f" {number}" for number in range(ROWS)]
    table = tmp_path_factory.mktemp("table") / "customers.csv"
    frame = customers(ROWS).drop(columns="name").assign(called=pd.Series(called).dt.strftime("%Y-%m-%dT%H:%M:%S"))
    frame.assign(said=said).to_csv(table, index=False)
    made.run("python", "-m", "harness", "adopt", f"--data={table}", "--target=churned", "--slices=plan", "--time=none")
    made.edit_params(lambda params: params["evaluate"].update(resamples=200, refits=0))
    made.run("make", "pipeline")
    made.commit("customers")
    return made


def feature(line: str) -> Edit:
    def edit(clone: Clone) -> None:
        code = f"def features(xp, row):\n    return {{{line}}}\n"
        (clone.folder / "src/features.py").write_text(code)

    return edit


def text(clone: Clone) -> None:
    with (clone.folder / "src/schema.py").open("a") as file:
        file.write('    said: str = pa.Field(metadata={"role": ["text"]})\n')


def forest(clone: Clone) -> None:
    named = {"estimator": "sklearn.ensemble.RandomForestClassifier", "params": {"n_estimators": 500}}
    clone.edit_params(lambda params: params["train"].update(named))


def stacking(clone: Clone) -> None:
    (clone.folder / "src/model.py").write_text(STACK)


def own_metric(clone: Clone) -> None:
    path = clone.folder / "src/metrics.py"
    on = 'METRICS = {"recall_at_5_percent": OwnMetric(recall_at_5_percent, better="higher")}'
    path.write_text(path.read_text().replace("METRICS: dict[str, OwnMetric] = {}", on))


def calibrated(clone: Clone) -> None:
    clone.edit_params(lambda params: params["train"].update(calibration="isotonic"))


EDITS: dict[str, Edit] = {
    "ratio": feature('"each": row["visits"] / (row["age"] + 1)'),
    "logarithm": feature('"log_visits": xp.log1p(row["visits"])'),
    "hour": feature('"hour": row.hour("called")'),
    "text": text,
    "forest of 500": forest,
    "stacking": stacking,
    "own metric": own_metric,
    "isotonic": calibrated,
}  # LightGBM has a story of its own: test_boosters.py


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_is_trained_compared_and_answered(team: Clone, name: str) -> None:
    team.run("git", "checkout", "--quiet", "-B", "edit", "main")
    EDITS[name](team)
    changed = team.status().split()
    assert len(changed) == 2, changed  # one file
    team.run("make", "pipeline")
    told = team.run("make", "report", "BASE=main").stdout
    report: dict[str, Any] = json.loads((team.folder / "artifacts/report/report.json").read_text())
    assert report["base_state"] == "compared", report["base_reason"]
    measured = {change["metric"]: change for change in report["changes"]}
    assert measured["roc_auc"]["change"] is not None
    if name == "own metric":
        assert measured["recall_at_5_percent"]["candidate"] is not None
        assert "recall_at_5_percent" in told
    golden = Predictor(team.folder / "artifacts/model/model.onnx").golden
    command = (str(team.folder / ".venv/bin/python"), "-m", "harness.serve.server", "--port", "0")
    with running(team.folder, command) as server:
        server.until(server.is_ready)
        answer = server.predict({"rows": golden["rows"]}).json()
    found = [list(prediction["probabilities"].values()) for prediction in answer["predictions"]]
    assert np.abs(np.array(found) - golden["answers"]).max() <= golden["tolerance"]
    team.run("git", "checkout", "--quiet", "--force", "main")
