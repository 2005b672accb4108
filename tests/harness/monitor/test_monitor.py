"""`make monitor` on logs of a project's own model: what it says, and what it remembers."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from harness.core.errors import ProjectError
from harness.monitor.findings import Look
from harness.monitor.run import monitor
from tests.support.monitoring import START, Traffic, traffic
from tests.support.project import Project
from tests.support.webdav import webdav

NOW = START + np.timedelta64(100, "D")
LOG, OUT, TRUTH = Path("log"), Path("out"), Path("truth.csv")


def look(log: Path = LOG, truth: Path | None = None, now: np.datetime64 = NOW) -> Look:
    return monitor(str(log), str(truth or ""), out=OUT, now=now)


def send(made: Traffic, name: str = "a.jsonl") -> None:
    made.write(LOG / name, TRUTH)


@pytest.mark.usefixtures("watched")
def test_a_quiet_service_is_left_alone_and_all_its_rows_are_judged() -> None:
    send(traffic(500))
    found = look(truth=TRUTH)
    assert (found.outcome, found.rows, found.void) == ("nothing", 500, None)
    assert found.truth is not None
    assert found.truth.labelled == 500
    written = json.loads((OUT / "monitor.json").read_text("utf-8"))
    assert written["outcome"] == "nothing"
    assert "✅ Nothing to do" in (OUT / "monitor.md").read_text("utf-8")
    assert (OUT / "drift.png").exists() and (OUT / "evidence.png").exists()  # noqa: PT018


@pytest.mark.usefixtures("watched")
def test_flipped_labels_are_a_loss_that_only_labels_show() -> None:
    send(traffic(600, flipped=0.5))
    found = look(truth=TRUTH)
    assert found.outcome == "loss shown"
    assert found.risks[0].evidence > found.risks[0].needed
    assert found.estimated is not None and not found.estimated.shown  # noqa: PT018
    assert not any(one.shown for one in found.drift)


@pytest.mark.usefixtures("watched")
def test_rows_that_moved_are_drift_without_a_loss() -> None:
    send(traffic(3000, change=lambda rows: rows.update(pd.Series(["nowhere"] * len(rows), name="region"))))
    found = look()
    assert found.outcome == "drift without shown loss"
    assert [one.column for one in found.drift if one.shown] == ["region"]
    assert [(one.column, one.what) for one in found.quality if one.shown] == [("region", "unseen")]


@pytest.mark.usefixtures("watched")
def test_rows_count_once_whatever_the_schedule() -> None:
    send(traffic(300))
    assert look(truth=TRUTH).rows == 300
    again = look(truth=TRUTH)
    assert (again.rows, again.risks[0].units) == (0, 300)
    assert again.truth is not None and again.truth.late == 0  # noqa: PT018
    assert any("has no new row" in notice for notice in again.notices)
    assert again.outcome == "not evaluable"
    send(traffic(300, seed=1, day=7), "b.jsonl")
    third = look(truth=TRUTH)
    assert (third.rows, third.risks[0].units, third.number) == (300, 600, 2)


@pytest.mark.usefixtures("watched")
def test_rows_that_may_still_get_their_truth_wait(watched: Project) -> None:
    text = (watched.folder / "params.yaml").read_text("utf-8")
    watched.write(params=text + "\nmonitor: {delay: 30}\n")
    send(traffic(300))
    early = look(truth=TRUTH, now=START + np.timedelta64(29, "D"))
    late = look(truth=TRUTH, now=START + np.timedelta64(31, "D"))
    assert (early.risks[0].units, late.risks[0].units) == (0, 300)


@pytest.mark.usefixtures("watched")
def test_a_lost_state_buys_no_new_budget() -> None:
    send(traffic(200))
    look()
    (OUT / "state.jsonl").unlink()
    found = look()
    assert found.void == "out/state.jsonl: 0 of 1 looks at this model are left"
    assert look().void == found.void, "until the next model"
    assert "check an alarm before you act on it" in (OUT / "monitor.md").read_text("utf-8")


@pytest.mark.usefixtures("watched")
def test_a_state_that_was_edited_is_void() -> None:
    send(traffic(200))
    look()
    look()
    path = OUT / "state.jsonl"
    path.write_text(path.read_text("utf-8").replace('"rows": 200', '"rows": 100', 1), "utf-8")
    assert re.search("line 2 does not follow the line before it", look().void or "")


@pytest.mark.usefixtures("watched")
def test_another_margin_while_the_model_runs_is_void(watched: Project) -> None:
    send(traffic(200))
    look()
    text = (watched.folder / "params.yaml").read_text("utf-8")
    watched.write(params=text + "\nmonitor: {margin: 0.3}\n")
    assert re.search("limit was changed", look().void or "")


@pytest.mark.usefixtures("watched")
def test_what_cannot_be_used_is_counted_in_a_line_each() -> None:
    made = traffic(200)
    other = [line.replace('"model": "', '"model": "x', 1) for line in made.lines[:3]]
    future = [line.replace("2025-01-01", "2099-01-01") for line in made.lines[3:5]]
    refused = json.dumps(
        {"time": "2025-01-01T00:00:00Z", "model": json.loads(made.lines[0])["model"], "refused": "age"}
    )
    lines = [*made.lines[5:], *other, *future, "not JSON", refused, '{"time": "2025-01-01T00:0']
    LOG.mkdir()
    (LOG / "a.jsonl").write_text("\n".join(lines), "utf-8")
    found = look()
    assert (found.rows, found.refused) == (195, {"age": 1})
    assert [re.sub("model \\S+ answered.*", "", notice) for notice in found.notices] == [
        "3 rows that ",
        "1 unreadable lines are left out",
        "1 files end in the middle of a line, which is left out",
        "2 rows from the future are left out",
    ]


@pytest.mark.usefixtures("watched")
@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            lambda line: line.update(model="0" * 12),
            "200 rows that model 000000000000 answered are left out; this model is ",
        ),
        (
            lambda line: line.update(columns={"else": 1}),
            "the log lacks columns, which are not judged: member, plan, visits",
        ),
        (lambda line: line["columns"].update(plan=7), "200 unreadable lines are left out"),
        (lambda line: line.update(scores=[0.5]), "200 unreadable lines are left out"),
        (lambda line: line.update(time="yesterday"), "200 unreadable lines are left out"),
    ],
)
def test_a_log_of_another_model_or_contract_is_one_line(change: Callable[[dict[str, Any]], object], told: str) -> None:
    lines = [json.loads(line) for line in traffic(200).lines]
    for line in lines:
        change(line)
    LOG.mkdir()
    (LOG / "a.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    found = look()
    assert len([notice for notice in found.notices if notice.startswith(told)]) == 1, found.notices
    assert (found.rows == 0) == (not told.startswith("the log lacks"))


@pytest.mark.usefixtures("watched")
def test_columns_that_the_log_leaves_out_are_not_missing_values() -> None:
    lines = [json.loads(line) for line in traffic(600).lines]
    for line in lines:
        line["omitted"] = ["age", "region"]
        line["columns"] = {name: value for name, value in line["columns"].items() if name not in line["omitted"]}
    LOG.mkdir()
    (LOG / "a.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    found = look()
    assert found.outcome == "nothing"
    assert {one.column for one in found.drift} == {"score", "plan", "member", "visits"}
    assert "the log lacks columns, which are not judged: age, region" in found.notices


@pytest.mark.usefixtures("watched")
def test_a_log_that_is_a_folder_and_a_truth_that_fits_nothing_are_one_line_each() -> None:
    (LOG / "a.jsonl").mkdir(parents=True)
    with pytest.raises(ProjectError, match=r"^log/a\.jsonl: cannot be read: Is a directory$"):
        look()
    (LOG / "a.jsonl").rmdir()
    send(traffic(100))
    labels = pd.read_csv(TRUTH)
    labels.assign(request_id=[f"x{number}" for number in range(len(labels))]).to_csv(TRUTH, index=False)
    assert "no label belongs to a row of the log (matched by request_id)" in look(truth=TRUTH).notices


@pytest.mark.usefixtures("watched")
def test_log_and_truth_may_lie_at_an_address(tmp_path: Path) -> None:
    send(traffic(200))
    with webdav(tmp_path / "server") as address:
        shutil.copytree(LOG, tmp_path / "server/data/log")
        shutil.copy(TRUTH, tmp_path / "server/data/truth.csv")
        found = monitor(f"{address}/log", f"{address}/truth.csv", out=OUT, now=NOW)
        assert (found.rows, found.risks[0].units) == (200, 200)
        with pytest.raises(ProjectError, match=r"truths\.csv"):
            monitor(f"{address}/log", f"{address}/truths.csv", out=OUT, now=NOW)
    with pytest.raises(ProjectError, match=r"^LOG=127\.0\.0\.1:9/log: cannot be reached") as caught:
        monitor("http://me:hunter2@127.0.0.1:9/log", out=OUT, now=NOW)
    assert "hunter2" not in str(caught.value)


@pytest.mark.usefixtures("watched")
def test_labels_that_repeat_contradict_or_fit_nothing_are_reported() -> None:
    made = traffic(200)
    made.write(LOG / "a.jsonl")
    labels = made.labels.assign(row="0.0")
    flipped = labels.iloc[:2].assign(churned=labels["churned"].iloc[:2].map({"yes": "no", "no": "yes"}))
    strange = pd.DataFrame({"request_id": ["nobody"], "churned": ["yes"], "row": ["0"]})
    pd.concat([labels, labels.iloc[5:8], flipped, strange]).to_csv(TRUTH, index=False)
    truth = look(truth=TRUTH).truth
    assert truth is not None
    assert (truth.given, truth.repeated, truth.contradictory, truth.unmatched, truth.labelled) == (206, 3, 2, 1, 198)


@pytest.mark.usefixtures("watched")
@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("request_id\nr0\n", r"truth.csv: the column churned \(the target\) is absent"),
        ("churned\nyes\n", "truth.csv: must have the column request_id or customer"),
        ("request_id,churned\nr0,perhaps\n", "truth.csv: row 1: churned must be no, yes, got 'perhaps'"),
    ],
)
def test_a_bad_truth_is_one_line_and_nothing_is_written(content: str, message: str) -> None:
    send(traffic(50))
    TRUTH.write_text(content, "utf-8")
    with pytest.raises(ProjectError, match=message):
        look(truth=TRUTH)
    assert not OUT.exists()


@pytest.mark.usefixtures("watched")
def test_a_log_that_others_may_read_shows_no_label(monkeypatch: pytest.MonkeyPatch) -> None:
    send(traffic(50))
    TRUTH.write_text("request_id,churned\nr0,secret\n", "utf-8")
    monkeypatch.setenv("HIDE_VALUES", "1")
    with pytest.raises(ProjectError, match=r"truth.csv: row 1: churned must be no, yes, got something else$"):
        look(truth=TRUTH)


@pytest.mark.usefixtures("watched")
def test_a_log_that_is_not_there_is_one_line() -> None:
    with pytest.raises(ProjectError, match="LOG=nowhere: no such file or folder"):
        look(Path("nowhere"))
    LOG.mkdir()
    with pytest.raises(
        ProjectError, match=r"log: holds no closed log \(\.jsonl, \.ndjson\); a service with LOG_DIR writes them$"
    ):
        look()
    (LOG / "hour.jsonl.tmp").touch()
    with pytest.raises(ProjectError, match=r"\); one of \.jsonl\.tmp is closed when its hour ends or"):
        look()
    (LOG / "hour.jsonl.tmp").unlink()
    with pytest.raises(ProjectError, match=r"http://127\.0\.0\.1:9: Prometheus does not answer"):
        monitor(prometheus="http://127.0.0.1:9", out=OUT)
    for url in ("ftp://host", "http://a b", "http://host:port", "http://me:hunter2@host"):
        with pytest.raises(ProjectError, match=r"^PROMETHEUS=.*: must be http://HOST or https://HOST") as caught:
            monitor(prometheus=url, out=OUT)
        assert "hunter2" not in str(caught.value)


@pytest.mark.usefixtures("watched")
def test_a_scored_file_is_judged_by_id_and_once() -> None:
    scored = pd.read_parquet("artifacts/evaluation/predictions.parquet")
    scored.drop(columns="actual").rename(columns={"predicted": "prediction"}).to_csv("scored.csv", index=False)
    scored.rename(columns={"actual": "churned"})[["customer", "churned"]].to_csv(TRUTH, index=False)
    found = look(Path("scored.csv"), TRUTH)
    assert (found.outcome, found.rows, found.risks[0].units) == ("nothing", len(scored), len(scored))
    with pytest.raises(ProjectError, match=r"scored\.csv: an earlier look has judged this file"):
        look(Path("scored.csv"), TRUTH)


@pytest.mark.usefixtures("watched")
def test_a_scored_file_of_too_few_rows_may_be_looked_at_again_with_its_labels() -> None:
    scored = pd.read_parquet("artifacts/evaluation/predictions.parquet").head(20)
    scored.drop(columns="actual").rename(columns={"predicted": "prediction"}).to_csv("scored.csv", index=False)
    for _ in range(2):
        assert look(Path("scored.csv")).outcome == "not evaluable"
    scored.rename(columns={"actual": "churned"})[["customer", "churned"]].to_csv(TRUTH, index=False)
    assert look(Path("scored.csv"), TRUTH).risks[0].units == 20  # they count now
    with pytest.raises(ProjectError, match=r"scored\.csv: an earlier look has judged this file"):
        look(Path("scored.csv"), TRUTH)


def test_few_rows_are_not_evaluable(watched: Project) -> None:
    assert watched.folder.exists()
    send(traffic(3))
    assert look().outcome == "not evaluable"


def test_a_regression_is_watched_by_its_clipped_error(project: Project) -> None:
    project.become("regression", 2000)
    project.run()
    send(traffic(300))
    found = look(truth=TRUTH)
    assert found.outcome == "nothing"
    assert found.risks[0].now == pytest.approx(found.risks[0].test, abs=0.05)
