"""What a version must have shown before it may run at a stage: `stages` of params.yaml, checked one by one."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from harness.core.errors import ProjectError
from harness.core.metrics_file import ModelMetrics, read_metrics_file
from harness.core.paths import METRICS_PATH
from harness.core.stage_params import StageLimit, StageRules
from harness.monitor.state import Entry, WatchState
from harness.report.numbers import number
from harness.stages.registry import Registry, Version

LOSSES = {"loss shown", "loss estimated"}
NOT_JUDGED = "not evaluable"
OLDEST_LOOK = timedelta(days=2)  # who has not looked since does not know


def check_rules(
    version: Version, stage: str, rules: StageRules, registry: Registry, unstaged: bool, record: Path, state: Path
) -> None:
    """Raises ProjectError with a line for each rule that the version does not meet."""
    broken = []
    if rules.after and not unstaged and not any(one.version == version.name for one in registry.of(rules.after)):
        broken.append(
            f"{version.name} was never in {rules.after}, so it can't go to {stage}; first: make promote "
            f"VERSION={version.name} STAGE={rules.after}"
        )
    if rules.calm_days:
        entries = WatchState(state).of(version.facts.get("Model", "")[:12])
        broken += [
            f"stages.{stage}.calm_days: {reason}" for reason in not_calm(entries, rules.calm_days, datetime.now(UTC))
        ]
    if rules.metrics or rules.slices:
        broken += [f"stages.{stage}.{reason}" for reason in _beyond_limits(rules, _metrics_of(version, record))]
    if broken:
        raise ProjectError("\n".join(broken))


def not_calm(entries: list[Entry], days: float, now: datetime) -> Iterator[str]:
    """Why the monitor's looks at a model do not show so many calm days."""
    made = [datetime.fromisoformat(entry.made) for entry in entries]
    since = now - timedelta(days=days)
    if not made or made[0] > since:
        first = f"its first look is of {made[0]:%Y-%m-%d}" if made else "no look is recorded"
        yield f"must have been watched for {days:g} days, but {first}"
        return
    if now - made[-1] > OLDEST_LOOK:
        yield f"the last look, of {made[-1]:%Y-%m-%d}, is older than {OLDEST_LOOK.days} days; run make monitor"
    recent = [entry for entry, moment in zip(entries, made, strict=True) if moment >= since]
    if losses := [entry for entry in recent if entry.outcome in LOSSES]:
        yield f"{losses[-1].outcome} at the look of {losses[-1].made[:10]}"
    elif all(entry.outcome == NOT_JUDGED for entry in recent):
        yield "no look in these days could judge the model"


def _metrics_of(version: Version, record: Path) -> ModelMetrics:
    """The metrics in the folder of what was published; the commit beside them must be the version's."""
    try:
        commit = (record / "commit").read_text("utf-8").strip()
    except FileNotFoundError:
        commit = ""
    if commit != version.commit:
        told = f"RECORD={record}: must hold commit and metrics.json of {version.name} ({version.commit[:12]})"
        raise ProjectError(f"{told}, which promote.yml downloads; got {commit[:12] or 'no commit'}")
    return read_metrics_file(record / METRICS_PATH.name)


def _beyond_limits(rules: StageRules, metrics: ModelMetrics) -> Iterator[str]:
    for metric, limit in rules.metrics.items():
        if reason := _beyond(metrics.test, metric, limit):
            yield f"metrics.{metric}: {reason}"
    for column, limits in rules.slices.items():
        parts = [part for part in metrics.slices if part.column == column]
        if not parts:
            yield f"slices.{column}: no slice of this column was evaluated"
        for part in parts:
            for metric, limit in limits.items():
                reason = part.not_evaluable or _beyond(part.test or {}, metric, limit)
                if reason:
                    yield f"slices.{column}.{metric}: of {part.value}: {reason}"


def _beyond(values: Mapping[str, float], metric: str, limit: StageLimit) -> str:
    if metric not in values:
        return "was not measured"
    value = values[metric]
    if limit.min is not None and value < limit.min:
        return f"must be at least {number(limit.min)}, is {number(value)}"
    if limit.max is not None and value > limit.max:
        return f"must be at most {number(limit.max)}, is {number(value)}"
    return ""
