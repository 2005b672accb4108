"""The last run as data: what is logged to MLflow, checked to be that of the commit."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from harness.core.contract import as_text
from harness.core.errors import ProjectError
from harness.core.metrics_file import MetricInterval, ModelMetrics, read_metrics_file
from harness.core.params import load_params, read_yaml
from harness.core.paths import (
    CARD_HTML,
    CARD_MARKDOWN,
    METRICS_PATH,
    MODEL_PATH,
    PARAMS_PATH,
    PLOTS,
    REFERENCE_PATH,
    REPORT_FOLDER,
    REPORT_PATH,
    RESULTS,
)
from harness.core.shell import dvc, git
from harness.inference.model_file import ModelFile
from harness.report.report_file import read_report
from harness.stages.registry import Registry

TRACKED_SECTIONS = (
    "data",
    "task",
    "preprocess",
    "train",
    "evaluate",
)  # of params.yaml, what a model is made and measured by
TRACKED_FILES = (MODEL_PATH, REFERENCE_PATH, CARD_MARKDOWN, CARD_HTML, METRICS_PATH, PLOTS)
RunData = dict[str, object]  # what log_run.py reads


def collect_run(name: str, registry: Registry) -> RunData:
    """All that is logged of the work tree's run; `name` is that of the experiment and of the registered model.

    Raises ProjectError if a file differs from the commit, or the results are not its pipeline's.
    """
    check_committed()
    params, metrics, commit = load_params(), read_metrics_file(METRICS_PATH), git("rev-parse", "HEAD")
    model = ModelFile(MODEL_PATH)
    version = next((one.name for one in registry.versions if one.commit == commit), "")
    files = [path for path in TRACKED_FILES if path.exists()]
    return {
        "name": name,
        "commit": commit,
        "title": git("log", "-1", "--format=%s"),
        "params": dict(_flat({key: read_yaml(PARAMS_PATH).get(key) for key in TRACKED_SECTIONS})),
        "metrics": dict(_metrics(metrics)),
        "tags": {
            **dict(_intervals("", metrics.intervals)),
            "estimator": params.train.estimator,
            "primary": params.evaluate.primary,
            "rows": str(metrics.rows),
            "data_sha256": str(model.hashes.get("data", "")),
            **({"version": version} if version else {}),
        },
        "files": [str(path) for path in (*files, *_report(commit))],
        "model": str(MODEL_PATH),
        "stages": stage_commits(registry),
    }


def check_committed() -> None:
    """A run is logged under its commit: raises ProjectError if that would not give these results."""
    results = [f":!{path}" for path in RESULTS]
    changed = git("status", "--porcelain", "--untracked-files=no", "--", ".", *results).splitlines()
    if changed:
        raise ProjectError(
            f"{changed[0][3:]}: has uncommitted changes, and a run is recorded under its commit; commit it first"
        )
    stale = json.loads(dvc("status", "--json"))
    if stale:
        raise ProjectError(f"{min(stale)}: its results are not those of this commit; run: make pipeline")


def stage_commits(registry: Registry) -> dict[str, str]:
    """For each stage the commit whose model runs there, the empty text where none does any more."""
    commits = {version.name: version.commit for version in registry.versions}
    found = {stage: registry.current(stage) for stage in registry.stages()}
    return {stage: commits.get(one.version, "") if one else "" for stage, one in found.items()}


def _flat(value: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    """train.params.learning_rate of nested sections, as DVC writes it; lists are JSON."""
    for key, item in value.items():
        name = f"{prefix}{key}"
        if isinstance(item, Mapping) and item:
            yield from _flat(item, f"{name}.")
        else:
            yield name, item if isinstance(item, str) else json.dumps(item, ensure_ascii=False)


def _metrics(metrics: ModelMetrics) -> Iterator[tuple[str, float]]:
    yield from metrics.test.items()
    for part in metrics.slices:
        for metric, value in (part.test or {}).items():
            yield f"{part.column}: {as_text(part.value) or 'missing'} / {metric}", value


def _intervals(prefix: str, found: list[MetricInterval]) -> Iterator[tuple[str, str]]:
    for one in found:
        yield f"{prefix}{one.metric}.interval", f"{one.low:.4g} to {one.high:.4g} (95 %)"


def _report(commit: str) -> list[Path]:
    """The comparison, where `make report` has made one of this very commit."""
    if not REPORT_PATH.exists():
        return []
    report = read_report(REPORT_PATH)
    return [REPORT_FOLDER] if report.commit == commit and not report.dirty else []
