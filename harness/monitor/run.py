"""`make monitor`: read what the running model has seen, judge it, write artifacts/monitor/ and print it."""

from collections import Counter
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from harness.core.contract import Contract
from harness.core.errors import ProjectError
from harness.core.files import write_bytes
from harness.core.metrics_file import read_metrics_file
from harness.core.nearest import did_you_mean
from harness.core.params import load_params
from harness.core.paths import METRICS_PATH, MODEL_PATH, PREPARED, REFERENCE_PATH
from harness.core.prepared import Prepared, feature_columns
from harness.evaluate.bounded_loss import bounded_losses
from harness.evaluate.sample import build_sample
from harness.inference.model_file import ModelFile
from harness.inference.predictor import Predictor
from harness.inference.reference import Reference, read_reference
from harness.monitor.advice import retrain_command
from harness.monitor.circle import Circle, TestRows
from harness.monitor.counters import read_counters, read_refused
from harness.monitor.design import build_design
from harness.monitor.findings import Look
from harness.monitor.judged import Judged
from harness.monitor.look import Memory, take_look
from harness.monitor.markdown import write_markdown
from harness.monitor.observed import Observed
from harness.monitor.pictures import write_looks
from harness.monitor.sources import LogSource, opened
from harness.monitor.state import WatchState
from harness.monitor.terminal import print_look
from harness.monitor.truth import REQUEST, Labels, read_truth

OUT = Path("artifacts/monitor")
WEEK = 7 * 86_400


def monitor(
    log: str = "", truth: str = "", prometheus: str = "", out: Path = OUT, now: np.datetime64 | None = None
) -> Look:
    """Take one look, write monitor.json, monitor.md and pictures to `out`, where the state grows by a line; print it.

    Raises ProjectError where nothing can be read; nothing is written then.
    """
    if not (log or prometheus):
        raise ProjectError("LOG is missing; run: make monitor LOG=folder [TRUTH=labels.csv] [PROMETHEUS=url]")
    now = now if now is not None else np.datetime64("now", "us")
    circle = _circle(out, now)
    observed = Observed(circle.reference, circle.contract, circle.threshold)
    labels = None
    if truth:
        with opened(truth, "TRUTH") as path:
            labels = read_truth(path, circle.contract)
    judged, memory = None, Memory()
    if log:
        judged, memory = _read(log, circle, observed, labels, now)
    if prometheus:
        _count(prometheus, circle, observed, now, bool(log))
    look = take_look(circle, observed, judged, now, memory)
    write_bytes(out / "monitor.json", (look.model_dump_json(indent=1) + "\n").encode())
    write_bytes(out / "monitor.prom", heartbeat(look).encode())
    pictures = write_looks(look, circle.state.of(circle.model), out)
    write_markdown(look, out, pictures)
    print_look(look, retrain_command(log, truth))
    return look


def heartbeat(look: Look) -> str:
    """The moment of the look, as Prometheus reads it of a file: its age says that nobody looks any more."""
    name, when = "model_monitor_last_look_timestamp_seconds", np.datetime64(look.made.removesuffix("Z"), "s")
    return f'# TYPE {name} gauge\n{name}{{model="{look.model}"}} {when.astype(np.int64)}\n'


def _circle(out: Path, now: np.datetime64) -> Circle:
    reference, file = read_reference(REFERENCE_PATH), ModelFile(MODEL_PATH)
    if reference.model != file.sha256:
        raise ProjectError(
            f"{REFERENCE_PATH}: belongs to model {reference.model[:12]}, not to {file.version}; run: make pipeline"
        )
    params = load_params().monitor
    state, contract, report = WatchState(out / "state.jsonl", now), file.contract, _last_report(out / "monitor.json")
    known = report if report and report.model == reference.model[:12] else None
    return Circle(
        reference,
        contract,
        file.threshold,
        params.margin,
        state,
        _test_rows(reference, contract),
        params.retrain_rows,
        known.number + 1 if known else 0,
        known.state if known else None,
    )


def _last_report(path: Path) -> Look | None:
    """What a state that was lost or edited does not know better."""
    try:
        return Look.model_validate_json(path.read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def _test_rows(reference: Reference, contract: Contract) -> TestRows | None:
    """The test rows, where this folder still has them."""
    if not (PREPARED / "test.parquet").exists():
        return None
    rows, predictor = Prepared(PREPARED).read_rows("test"), Predictor(MODEL_PATH)
    if len(rows) != reference.rows:
        return None
    sample = build_sample(rows, predictor)
    bins = reference.bins(feature_columns(rows, contract), contract)
    design = build_design(bins, sample.scores, predictor.threshold, reference)
    metrics = dict(read_metrics_file(METRICS_PATH).test) if METRICS_PATH.exists() else {}
    return TestRows(design, bounded_losses(sample, reference.loss), metrics)


def _read(
    log: str, circle: Circle, observed: Observed, truth: Labels | None, now: np.datetime64
) -> tuple[Judged | None, Memory]:
    own, last = circle.state.of(circle.model), circle.last()
    closed = np.datetime64(last.closed_until) if last and last.closed_until else None
    latest = now - np.timedelta64(round(load_params().monitor.delay * 86_400), "s")
    before = sum(entry.labelled for entry in own)
    judged = Judged(truth, circle.contract.group, closed, latest, before) if truth else None
    with opened(log) as path:
        source = LogSource(path, circle.contract, circle.model, truth is not None and truth.key == REQUEST)
        mark = f"file:{source.scored[:16]}" if source.scored else ""
        if mark and any(mark in entry.groups for entry in own):
            raise ProjectError(
                f"{log}: an earlier look has judged this file, and its rows count only once; labels belong to a file's "
                "first look (TRUTH=labels.csv), and later rows into another file"
            )
        known = {name: end for entry in own for name, end in entry.files.items()}
        for batch, new in source.new_and_old(now, known, truth is not None):
            if new:
                observed.add(batch)
            if judged:
                judged.add(batch)
        observed.refused.update(source.reader.refused)
        observed.notices += source.notices()
    if judged and judged.ungrouped and not judged.parts:
        why = f"rows of one {judged.group} are one unit of evidence, so no loss can be judged"
        near = did_you_mean(judged.group or "", judged.truth.rows.columns)
        raise ProjectError(f"TRUTH: the column {judged.group} (the group) is absent{near}: {why}")
    if mark:
        observed.notices.append("a scored file has no times and no model version; it is treated as this model's")
    if judged:
        observed.notices += judged.notices()
    if not observed.rows and not (judged and judged.labelled):
        observed.notices.append(f"the log has no new row of model {circle.model}: does the service get requests?")
    return judged, Memory(mark, {name: end for name, end in source.ends.items() if known.get(name) != end})


def _count(url: str, circle: Circle, observed: Observed, now: np.datetime64, beside_log: bool) -> None:
    """Take the counts from Prometheus, where no log was read; the refused rows in either case."""
    last = circle.last()
    since = np.datetime64(last.made.removesuffix("Z")) if last else None
    seconds = WEEK if since is None else max(int((now - since) / np.timedelta64(1, "s")), 60)
    observed.refused = Counter(read_refused(url, seconds))
    if not beside_log:
        observed.counts = read_counters(url, circle.reference, seconds)
        observed.rows = int(max(row.sum() for row in observed.counts.values()))
