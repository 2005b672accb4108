"""What watches the service: drift counters and the prediction log, which never fail or delay a request."""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from prometheus_client import CollectorRegistry

from harness.core.errors import ProjectError
from harness.inference.predictor import Predictor, encode, to_columns
from harness.inference.reference import Reference
from harness.serve.drift_counters import DriftCounters
from harness.serve.log_form import LogForm
from harness.serve.log_settings import LogSettings, read_log_settings
from harness.serve.prediction_log import PredictionLog
from harness.serve.request_id import row_ids
from tests.support.serving import Server, serving
from tests.support.tables import contract, customers

ROW = {"plan": "pro", "region": "elsewhere", "member": True, "age": None, "visits": 3}


@pytest.fixture(scope="module")
def service(model: Path, reference: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("log")
    with serving(model, REFERENCE_FILE=str(reference), LOG_DIR=str(folder), WORKERS="2") as server:
        yield server


def counted(server: Server) -> dict[tuple[str, str], int]:
    """Rows by feature and bin, of those that have any."""
    pattern = r'model_feature_rows_total\{bin="(\w+)",feature="([^"]+)",model="\w{12}"\} (\S+)'
    return {(f, b): int(float(n)) for b, f, n in re.findall(pattern, server.get("/metrics").text) if float(n)}


def test_rows_are_counted_by_feature_and_bin_over_all_workers(service: Server) -> None:
    for _ in range(20):
        assert service.predict({"rows": [ROW]}).status_code == 200
    service.predict({"rows": [ROW] * 30})
    service.until(lambda: sum(n for (f, _), n in counted(service).items() if f == "region") == 50)
    found = counted(service)
    by_feature = {f: sum(n for (own, _), n in found.items() if own == f) for f, _ in found}
    assert by_feature == {"(score)": 50, "age": 50, "member": 50, "plan": 50, "region": 50, "visits": 50}
    assert (found["region", "unseen"], found["age", "missing"]) == (50, 50)
    text = service.get("/metrics").text
    assert re.search(r'model_feature_expected\{bin="0",feature="plan",model="\w{12}"\} 0\.3', text)


def test_a_refused_request_is_counted_by_its_column(service: Server) -> None:
    service.predict({"rows": [{**ROW, "age": 999}]})
    service.predict({"rows": [{**ROW, "stranger": 1}]})
    service.predict(b"{")
    text = service.get("/metrics").text
    assert re.search(r'model_refused_total\{reason="age"\} 1\.0', text)
    assert re.search(r'model_refused_total\{reason="form"\} 2\.0', text)


def test_a_logged_request_gets_the_id_that_is_in_the_log(service: Server) -> None:
    given = {service.predict({"rows": [ROW]}).headers["x-request-id"] for _ in range(3)}
    assert len(given) == 3
    assert "x-request-id" not in service.get("/model").headers


def test_the_callers_own_ids_are_taken_and_one_is_needed_for_each_row(service: Server) -> None:
    columns = {name: [value] for name, value in ROW.items()}
    assert service.predict({"rows": [ROW, ROW], "ids": [4711, "a"]}).status_code == 200
    assert service.predict({"columns": columns, "ids": [4711]}).status_code == 200
    refused = service.predict({"rows": [ROW, ROW], "ids": [4711]})
    told = {"error": "ids must hold one id per row: 2 rows, got 1 ids"}
    assert (refused.status_code, refused.json()) == (400, told)
    assert service.predict({"rows": [ROW], "ids": [4.5]}).status_code == 400


def test_the_callers_ids_are_in_the_log(tmp_path: Path) -> None:
    log, _ = log_to(tmp_path)
    row_ids.set([4711, "a"])
    log.put([ROW, ROW], np.tile(SCORE, (2, 1)))
    row_ids.set(None)
    log.put([ROW], SCORE)
    assert [line.get("id") for line in lines_of(log, tmp_path)] == ["4711", "a", None]


def test_one_row_and_many_fall_into_the_same_bins(predictor: Predictor, reference: Path) -> None:
    known = Reference.model_validate_json(reference.read_bytes())
    rows = json.loads(customers(100, seed=2)[list(ROW)].to_json(orient="records"))
    encoded = encode(to_columns(rows, predictor.contract), predictor.contract)
    scores, found = predictor.run(*encoded), []
    for size in (1, 100):
        registry = CollectorRegistry()
        counters = DriftCounters(known, predictor.contract, registry)
        for start in range(0, 100, size):
            part = slice(start, start + size)
            counters.count(encoded[0][part], encoded[1][part], scores[part])
        samples = [sample for metric in registry.collect() for sample in metric.samples]
        found.append([(s.labels, s.value) for s in samples if s.name == "model_feature_rows_total"])
    assert found[0] == found[1]
    assert sum(value for labels, value in found[0] if labels["feature"] == "age") == 100


SCORE = np.array([[0.2, 0.8]], np.float32)


def log_to(folder: Path, personal: tuple[str, ...] = (), **more: Any) -> tuple[PredictionLog, CollectorRegistry]:
    registry, settings = CollectorRegistry(), LogSettings(folder, **more)
    form = LogForm.of(replace(contract(), personal=personal), "0" * 12, settings)
    return PredictionLog(settings, form, registry), registry


def test_the_log_is_whole_lines_in_private_files_that_get_their_name_when_closed(tmp_path: Path) -> None:
    log, _ = log_to(tmp_path / "log")
    for _ in range(3):
        log.put([ROW, ROW], np.array([[0.2, 0.8], [0.3, 0.7]], np.float32))
    log.close()
    (path,) = (tmp_path / "log").iterdir()
    assert path.suffix == ".jsonl"
    assert path.stat().st_mode & 0o777 == 0o600
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert [line["row"] for line in lines] == [0, 1] * 3
    assert lines[0]["columns"] == ROW
    assert len({line["request"] for line in lines}) == 3


def lines_of(log: PredictionLog, folder: Path) -> list[dict[str, Any]]:
    """What a log that is closed holds."""
    log.close()
    return [json.loads(line) for path in folder.glob("*.jsonl") for line in path.read_text("utf-8").splitlines()]


def test_a_file_gets_its_name_when_its_hour_is_over_though_nobody_asks_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.serve.prediction_log.HOUR", 1)
    log, _ = log_to(tmp_path)
    log.put([ROW], SCORE)
    deadline = time.monotonic() + 30
    while not list(tmp_path.glob("*.jsonl")):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert len(lines_of(log, tmp_path)) == 1


def test_columns_that_are_not_to_be_logged_are_left_out_and_named(tmp_path: Path) -> None:
    log, _ = log_to(tmp_path, columns=frozenset({"plan"}))
    log.put([ROW], SCORE)
    (line,) = lines_of(log, tmp_path)
    assert (line["columns"], line["omitted"]) == ({"plan": "pro"}, ["region", "member", "age", "visits"])


def test_personal_columns_are_left_out_or_hashed_by_a_key(tmp_path: Path) -> None:
    for name, key in (("without", ""), ("one", "k" * 16), ("again", "k" * 16), ("two", "x" * 16)):
        log, _ = log_to(tmp_path / name, personal=("region", "age", "customer"), key=key)
        row_ids.set([4711])
        log.put([{**ROW, "age": None}], SCORE)
        row_ids.set(None)
        lines_of(log, tmp_path / name)
    without, one, again, two = (
        json.loads(next((tmp_path / name).iterdir()).read_text("utf-8")) for name in ("without", "one", "again", "two")
    )
    for line in (without, one, again, two):
        assert line["columns"] == {"plan": "pro", "member": True, "visits": 3}
        assert line["omitted"] == ["region", "age"]
        assert "elsewhere" not in json.dumps(line)
        assert "4711" not in json.dumps({**line, "time": "", "request": ""})
    assert not {"hashed", "id"} & set(without)
    assert re.fullmatch("[0-9a-f]{16}", one["hashed"]["region"])
    assert one["hashed"]["age"] is None
    assert (one["hashed"], one["id"]) == (again["hashed"], again["id"])
    assert one["hashed"]["region"] != two["hashed"]["region"]
    assert one["id"] != two["id"]


def test_a_key_that_could_be_guessed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_DIR", "log")
    monkeypatch.setenv("LOG_KEY", "short")
    with pytest.raises(ProjectError, match=r"^LOG_KEY must have at least 16 characters, got 5$"):
        read_log_settings()


def test_texts_that_look_like_the_end_of_a_line_stay_texts(tmp_path: Path) -> None:
    log, _ = log_to(tmp_path)
    for text in ('},{"time":', "}\n{", '\\"},{\\"time\\":'):
        log.put([{**ROW, "region": text}] * 40, np.tile(SCORE, (40, 1)))
    lines = lines_of(log, tmp_path)
    assert [line["columns"]["region"] for line in lines[::40]] == ['},{"time":', "}\n{", '\\"},{\\"time\\":']
    assert [line["row"] for line in lines] == [*range(40)] * 3


def test_a_folder_that_cannot_be_written_costs_the_rows_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    log, registry = log_to(tmp_path / "file")
    for _ in range(5):
        log.put([ROW], np.array([[0.2, 0.8]], np.float32))
    log.close()
    assert registry.get_sample_value("model_log_dropped_rows_total") == 5


def test_a_full_queue_drops_and_counts(tmp_path: Path) -> None:
    log, registry = log_to(tmp_path)
    with log._lock:  # the writer waits, as on a slow disk
        began = time.monotonic()
        for _ in range(12):
            log.put([ROW] * 5000, np.tile(np.array([[0.2, 0.8]], np.float32), (5000, 1)))
        assert time.monotonic() - began < 1
        assert (registry.get_sample_value("model_log_dropped_rows_total") or 0) >= 5000
    log.close()


def test_the_oldest_files_go_first(tmp_path: Path) -> None:
    for hour in range(3):
        (tmp_path / f"2020010{hour}.jsonl").write_bytes(b"x" * 1000)
    log, _ = log_to(tmp_path, most_bytes=2500)
    log.put([ROW], np.array([[0.2, 0.8]], np.float32))
    log.close()
    assert sorted(path.name[:9] for path in tmp_path.glob("2020*")) == ["20200101.", "20200102."]


@pytest.mark.parametrize("sample", ["0", "2", "half"])
def test_a_sample_out_of_bounds_is_refused(monkeypatch: pytest.MonkeyPatch, sample: str) -> None:
    monkeypatch.setenv("LOG_DIR", "log")
    monkeypatch.setenv("LOG_SAMPLE", sample)
    with pytest.raises(ProjectError, match="LOG_SAMPLE must be a number above 0, up to 1"):
        read_log_settings()
