"""The prediction log on a disk that is full, that hangs, and in a service that is killed: no request is the worse."""

import json
import os
import re
import time
from pathlib import Path

import numpy as np
import psutil
from prometheus_client import CollectorRegistry

from harness.serve.log_form import LogForm
from harness.serve.log_settings import LogSettings
from harness.serve.prediction_log import PredictionLog
from tests.support.disks import frozen_disk, small_disk
from tests.support.serving import Server, serving
from tests.support.tables import contract

ROW = {"plan": "pro", "region": "elsewhere", "member": True, "age": None, "visits": 3}


def logged(folder: Path) -> list[Path]:
    """The log's files that hold anything."""
    return [path for path in folder.glob("2*.jsonl*") if path.stat().st_size]


def count(server: Server, name: str) -> float:
    found = re.findall(rf"^{name} (\S+)$", server.get("/metrics").text, re.MULTILINE)
    return float(found[0]) if found else 0.0


def test_a_full_disk_costs_the_rows_that_do_not_fit_and_tears_no_line(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as folder:
        registry, settings = CollectorRegistry(), LogSettings(folder)
        log = PredictionLog(settings, LogForm.of(contract(), "0" * 12, settings), registry)
        for _ in range(100):
            log.put([ROW] * 32, np.tile(np.array([[0.2, 0.8]], np.float32), (32, 1)))
        log.close()
        (path,) = logged(folder)
        lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    dropped = registry.get_sample_value("model_log_dropped_rows_total") or 0
    assert len(lines) == registry.get_sample_value("model_log_rows_total")
    assert (len(lines) + dropped, len(lines) > 0, dropped > 0) == (3200, True, True)


def test_a_flood_fills_no_more_than_its_hours_share_and_deletes_no_other_hour(tmp_path: Path) -> None:
    honest = tmp_path / "20250101T00-000000000000-1-abcdef.jsonl"
    honest.write_bytes(b"x" * 500_000)
    dead = tmp_path / "20250101T01-000000000000-2-abcdef.jsonl.tmp"
    dead.write_bytes(b"x")
    os.utime(dead, (0, 0))  # of a process that was killed long ago
    registry, settings = CollectorRegistry(), LogSettings(tmp_path, most_bytes=1_000_000, days=30)
    log = PredictionLog(settings, LogForm.of(contract(), "0" * 12, settings), registry)
    for _ in range(100):
        log.put([ROW] * 32, np.tile(np.array([[0.2, 0.8]], np.float32), (32, 1)))
    log.close()
    (flood,) = {path for path in logged(tmp_path) if path != honest}
    assert 90_000 < flood.stat().st_size <= 100_000
    assert (honest.exists(), dead.exists(), dead.with_suffix("").exists()) == (True, False, False)
    assert (registry.get_sample_value("model_log_dropped_rows_total") or 0) > 0


def test_a_full_disk_fails_no_request_and_the_log_goes_on_once_there_is_room(model: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as folder:
        (folder / "other").write_bytes(b"x" * 65_536)
        with serving(model, LOG_DIR=str(folder)) as server:
            assert [server.predict({"rows": [ROW] * 50}).status_code for _ in range(3)] == [200] * 3
            server.until(lambda: count(server, "model_log_dropped_rows_total") == 150)
            assert any("the prediction log cannot be written: [Errno 28]" in line for line in server.log())
            (folder / "other").unlink()
            server.until(lambda: server.predict({"rows": [ROW]}).status_code == 200 and bool(logged(folder)))


def test_a_disk_that_hangs_delays_no_request_and_loses_no_row(model: Path, tmp_path: Path) -> None:
    with frozen_disk(tmp_path / "disk") as (folder, freeze), serving(model, LOG_DIR=str(folder)) as server:
        server.predict({"rows": [ROW]})
        server.until(lambda: count(server, "model_log_rows_total") == 1)
        freeze(True)
        began = time.monotonic()
        assert {server.predict({"rows": [ROW] * 10}).status_code for _ in range(20)} == {200}
        assert time.monotonic() - began < 5
        assert count(server, "model_log_rows_total") == 1  # all wait for the disk, and nobody for them
        freeze(False)
        server.until(lambda: count(server, "model_log_rows_total") == 201)
        assert count(server, "model_log_dropped_rows_total") == 0


def test_a_service_that_is_killed_leaves_whole_lines_that_are_taken_over(model: Path, tmp_path: Path) -> None:
    with serving(model, LOG_DIR=str(tmp_path)) as server:
        given = server.predict({"rows": [ROW] * 40}).headers["x-request-id"]
        server.until(lambda: count(server, "model_log_rows_total") == 40)
        for worker in server.workers():
            worker.kill()
            psutil.wait_procs([worker])
        server.process.kill()
    (path,) = logged(tmp_path)
    assert path.suffix == ".tmp"
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert [(line["request"], line["row"]) for line in lines] == [(given, row) for row in range(40)]
    hours_ago = time.time() - 3 * 3600  # for two hours another container might still write it
    os.utime(path, (hours_ago, hours_ago))
    with serving(model, LOG_DIR=str(tmp_path)):
        assert [one.suffix for one in logged(tmp_path)] == [".jsonl"]
