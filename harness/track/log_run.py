"""Tell MLflow of a run, once for each commit. A program of its own: only MLflow's environment has the package.

`python log_run.py run.json` prints what it did as one JSON line, or one line about what is wrong and exits 1.
"""

import json
import os
import re
import sys
from pathlib import Path
from typing import TypedDict

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

COMMIT = "commit"  # the tag that a run is found by
NOT_A_NAME = re.compile(r"[^\w\-. :/]")  # what MLflow takes in no name of a metric
MOST_PARAMS, MOST_METRICS = 100, 1000  # of one call
LONGEST_PARAM, LONGEST_TAG = 6000, 5000


class Run(TypedDict):
    """What harness/track/run_data.py collects."""

    name: str
    commit: str
    title: str
    params: dict[str, str]
    metrics: dict[str, float]
    tags: dict[str, str]
    files: list[str]
    model: str
    stages: dict[str, str]


def main(path: str) -> None:
    run: Run = json.loads(Path(path).read_text("utf-8"))
    client = MlflowClient()
    experiment = find_experiment(client, run["name"])
    known = client.search_runs([experiment], f"tags.`{COMMIT}` = '{run['commit']}'")
    whole = [one.info.run_id for one in known if one.info.status == "FINISHED"]
    new = not whole
    if new:
        for broken in known:  # a call before was stopped on the way
            client.delete_run(broken.info.run_id)
        whole = [log_run(client, experiment, run)]
    moved = move_aliases(client, run["name"], run["stages"])
    print(json.dumps({"run": whole[0], "new": new, "experiment": experiment, "moved": moved}))


def find_experiment(client: MlflowClient, name: str) -> str:
    """The id; a new one's files go beside a database of this machine, and where the server says otherwise."""
    found = client.get_experiment_by_name(name)
    if found is not None:
        return str(found.experiment_id)
    place = os.environ.get("TRACK_FILES")
    return str(client.create_experiment(name, artifact_location=place))


def log_run(client: MlflowClient, experiment: str, run: Run) -> str:
    """The new run's id; it is finished only when all of it is there, the registered model too."""
    from mlflow.entities import Metric, Param, RunTag  # noqa: PLC0415  beside the client

    named = {COMMIT: run["commit"], "mlflow.source.git.commit": run["commit"], "mlflow.source.type": "JOB"}
    title = f"{run['commit'][:12]} {run['title']}"[:250]
    made = client.create_run(experiment, tags=named, run_name=title)
    number = str(made.info.run_id)
    tags = [RunTag(key, value[:LONGEST_TAG]) for key, value in run["tags"].items()]
    params = [Param(key, value[:LONGEST_PARAM]) for key, value in run["params"].items()]
    now = made.info.start_time
    metrics = [Metric(NOT_A_NAME.sub("_", key), value, now, 0) for key, value in run["metrics"].items()]
    client.log_batch(number, tags=tags)
    for start in range(0, len(params), MOST_PARAMS):
        client.log_batch(number, params=params[start : start + MOST_PARAMS])
    for start in range(0, len(metrics), MOST_METRICS):
        client.log_batch(number, metrics=metrics[start : start + MOST_METRICS])
    for name in run["files"]:
        file = Path(name)
        if file.is_dir():
            client.log_artifacts(number, name, file.name)
        else:
            client.log_artifact(number, name, file.parent.name)
    register_model(client, run, number)
    client.set_terminated(number, "FINISHED")
    return number


def register_model(client: MlflowClient, run: Run, number: str) -> None:
    """The model file as the next version of the registered model."""
    if not client.search_registered_models(f"name = '{run['name']}'"):
        client.create_registered_model(run["name"])
    file = Path(run["model"])
    source = f"{client.get_run(number).info.artifact_uri}/{file.parent.name}"
    client.create_model_version(run["name"], source, number, tags={COMMIT: run["commit"]})


def move_aliases(client: MlflowClient, name: str, stages: dict[str, str]) -> dict[str, str]:
    """Each stage becomes the alias of the version that it runs, where MLflow has been told of that version."""
    versions = {one.tags.get(COMMIT): str(one.version) for one in client.search_model_versions(f"name = '{name}'")}
    held = {key: str(value) for key, value in client.get_registered_model(name).aliases.items()}
    moved = {}
    for stage, commit in stages.items():
        version = versions.get(commit)
        if version is None and stage in held:
            client.delete_registered_model_alias(name, stage)
            moved[stage] = ""
        elif version is not None and held.get(stage) != version:
            client.set_registered_model_alias(name, stage, version)
            moved[stage] = version
    return moved


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except MlflowException as error:
        sys.exit(" ".join(str(error).split()))
    except OSError as error:
        sys.exit(f"{error.filename or 'input/output'}: {error.strerror or error}")
