"""`make monitor PROMETHEUS=`: a real Prometheus that scrapes the real service, which is restarted in between."""

import json
import shutil
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.core.errors import ProjectError
from harness.core.paths import MODEL_PATH
from harness.monitor.run import monitor
from tests.support.card import card_project
from tests.support.constants import PATIENCE
from tests.support.engine import process
from tests.support.serving import free_port, serving

PROGRAM = shutil.which("prometheus")
pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no Prometheus; on Debian: apt-get install prometheus")
ROW = {"plan": "pro", "region": "elsewhere", "member": True, "age": None, "visits": 3}
COUNTED = 'sum(model_feature_rows_total{feature="plan"})'


@pytest.fixture
def scraped(tmp_path: Path) -> Iterator[tuple[str, int]]:
    """The address of a Prometheus, and the port at which it scrapes a service each second."""
    listen, port = f"127.0.0.1:{free_port()}", free_port()
    scrape = {"job_name": "model", "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}
    settings = {"global": {"scrape_interval": "1s"}, "scrape_configs": [scrape]}
    (tmp_path / "prometheus.yml").write_text(json.dumps(settings), "utf-8")
    command = [str(PROGRAM), f"--config.file={tmp_path}/prometheus.yml", f"--storage.tsdb.path={tmp_path}/data"]
    with (tmp_path / "prometheus.log").open("w") as log, process([*command, f"--web.listen-address={listen}"], log):
        yield f"http://{listen}", port


def until(url: str, rows: float) -> None:
    """Wait until Prometheus has seen so many rows."""
    deadline = time.monotonic() + PATIENCE
    while True:
        assert time.monotonic() < deadline
        asked = f"{url}/api/v1/query?{urllib.parse.urlencode({'query': COUNTED})}"
        try:
            with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310 loopback
                found = json.load(answer)["data"]["result"]
        except OSError:
            found = []
        if found and float(found[0]["value"][1]) == rows:
            return
        time.sleep(0.3)


def test_counters_that_began_again_lose_no_rows_and_a_prometheus_that_is_gone_is_one_line(
    scraped: tuple[str, int], model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, port = scraped
    folder = card_project(tmp_path / "project", model)
    command = (sys.executable, "-m", "harness.serve.server", "--port", str(port))
    for rows in (200, 100):
        with serving(folder / MODEL_PATH, command) as service:
            until(url, 0)
            assert service.predict({"rows": [ROW] * rows}).status_code == 200
            until(url, rows)
    monkeypatch.chdir(folder)
    found = monitor(prometheus=url, out=Path("out"))
    # `increase` guesses what lies before the first and after the last scrape of a run: a sixth too much was seen.
    assert found.rows == pytest.approx(300, rel=0.25)
    assert {one.column for one in found.drift} == {"score", *ROW}
    before = (folder / "out/state.jsonl").read_bytes()
    with pytest.raises(ProjectError, match=r"^http://127\.0\.0\.1:9: Prometheus does not answer: .*refused$"):
        monitor(prometheus="http://127.0.0.1:9", out=Path("out"))
    assert (folder / "out/state.jsonl").read_bytes() == before
