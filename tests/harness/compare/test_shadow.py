"""`make shadow`: a log through the running model and a candidate, on a project's own model and real lines."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.compare.shadow import compare_shadow
from harness.compare.shadow_data import write_shadow
from harness.compare.shadow_markdown import print_shadow, shadow_markdown
from harness.core.errors import ProjectError
from harness.core.params import load_params
from harness.core.paths import MODEL_PATH
from tests.support.models import exported, exported_with_dates
from tests.support.monitoring import Traffic, traffic
from tests.support.project import project_in

CANDIDATE, LOG, TRUTH = "candidate.onnx", "log/a.jsonl", "truth.csv"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project with a running model and a worse candidate; not to be changed but for its log."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        made = tmp_path_factory.mktemp("shadow")
        project = project_in(made, monkeypatch)
        project.become("binary", 1500)
        project.run()
        shutil.copy(MODEL_PATH, "running.onnx")
        text = (made / "params.yaml").read_text("utf-8")
        assert load_params().train.params == {}
        (made / "params.yaml").write_text(text.replace("params: {}", "params: {C: 0.0001}"), "utf-8")
        project.run(("train",))
        shutil.move(MODEL_PATH, CANDIDATE)
        shutil.copy("running.onnx", MODEL_PATH)
        yield made


@pytest.fixture(autouse=True)
def sent(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Traffic:
    monkeypatch.chdir(folder)
    made = traffic(400)
    made.write(Path(LOG), Path(TRUTH))
    return made


def test_the_replay_counts_changed_labels_by_slice_and_the_largest_differences() -> None:
    found = compare_shadow("log", CANDIDATE)
    whole, *slices = found.moved
    assert whole.rows == 400
    assert whole.changed
    assert sum(part.changed or 0 for part in slices) == whole.changed
    assert sum(part.rows for part in slices) == 400
    assert {part.column for part in slices} == {"plan"}
    assert found.largest[0].difference <= whole.largest
    assert found.largest[0].running != found.largest[0].candidate
    assert found.logged_apart < 1e-6
    assert all(0 < middle <= tail for middle, tail in found.latency.values())
    assert found.measured == []


def test_with_truth_the_reports_statistics_say_which_model_is_better() -> None:
    found = compare_shadow("log", CANDIDATE, TRUTH)
    whole = {change.metric: change for change in found.measured[0].changes}
    assert whole["log_loss"].verdict == "worse"
    assert found.measured[0].rows == 400
    assert "400 of 400 rows have a label" in found.notices


def test_what_is_written_is_strict_json_and_readable(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    found = compare_shadow("log", CANDIDATE, TRUTH)
    write_shadow(found, shadow_markdown(found), tmp_path)
    written = json.loads((tmp_path / "shadow.json").read_text("utf-8"), parse_constant=pytest.fail)
    assert written["moved"][0]["rows"] == 400
    markdown = (tmp_path / "shadow.md").read_text("utf-8")
    assert f"{found.moved[0].changed} labels would have changed" in markdown
    assert "| log_loss | 400 |" in markdown
    print_shadow(found)
    assert "log_loss" in capsys.readouterr().out


def test_lines_that_are_torn_or_anothers_are_left_out_and_said(sent: Traffic) -> None:
    other = sent.lines[0].replace(json.loads(sent.lines[0])["model"], "abc")
    Path(LOG).write_text("\n".join([*sent.lines[:300], other, "{torn", "[" * 100_000, sent.lines[300][:40]]), "utf-8")
    found = compare_shadow("log", CANDIDATE)
    assert found.moved[0].rows == 300
    assert found.notices == [
        f"1 rows that model abc answered are left out; this model is {found.running}",
        "2 unreadable lines are left out",
        "1 files end in the middle of a line, which is left out",
    ]


def test_a_log_of_another_model_is_one_line(sent: Traffic) -> None:
    version = json.loads(sent.lines[0])["model"]
    Path(LOG).write_text("\n".join(line.replace(version, "abc") for line in sent.lines) + "\n", "utf-8")
    told = rf"^LOG=log: holds no row that model {version} answered: 400 rows that model abc answered are left out"
    with pytest.raises(ProjectError, match=told):
        compare_shadow("log", CANDIDATE)


def test_a_log_s_other_model_stays_in_our_line_and_scores_that_are_no_numbers_are_left_out(sent: Traffic) -> None:
    """The log comes from the machine that runs the service: a line of its own would be a command of the runner."""
    lines = [json.loads(line) for line in sent.lines]
    hostile = [{**line, "model": "\n::error::x\x1b[2J"} for line in lines]
    Path(LOG).write_text("".join(json.dumps(line) + "\n" for line in hostile), "utf-8")
    with pytest.raises(ProjectError, match=r": 400 rows that model \?::error::x\?\[2J answered are left out") as caught:
        compare_shadow("log", CANDIDATE)
    assert str(caught.value).isprintable()
    nothing = [{**line, "scores": [float("nan"), float("inf")]} for line in lines]
    Path(LOG).write_text("".join(json.dumps(line) + "\n" for line in nothing), "utf-8")
    with pytest.raises(ProjectError, match=r"^LOG=log: holds no row that .*: 400 unreadable lines are left out$"):
        compare_shadow("log", CANDIDATE)
    Path(LOG).write_text("".join(json.dumps(line) + "\n" for line in [*nothing[:5], *lines[5:]]), "utf-8")
    found = compare_shadow("log", CANDIDATE)
    assert (found.moved[0].rows, found.notices) == (395, ["5 unreadable lines are left out"])


def test_a_log_without_a_column_is_one_line(sent: Traffic) -> None:
    lines = [json.loads(line) for line in sent.lines]
    for line in lines:
        del line["columns"]["visits"]
    Path(LOG).write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    told = r"^LOG=log: the column visits is missing in some lines, and the running model needs it; .* \(LOG_COLUMNS\)$"
    with pytest.raises(ProjectError, match=told):
        compare_shadow("log", CANDIDATE)


def test_a_candidate_of_another_contract_is_one_line(tmp_path: Path) -> None:
    exported_with_dates(tmp_path / "dates.onnx")
    with pytest.raises(ProjectError, match=r"has another contract: it needs since, which no request of the log has$"):
        compare_shadow("log", str(tmp_path / "dates.onnx"))
    exported(tmp_path / "value.onnx", "regression")
    with pytest.raises(ProjectError, match=r"another contract: its task is 'regression', the log's is 'binary'$"):
        compare_shadow("log", str(tmp_path / "value.onnx"))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("", CANDIDATE), "^LOG is missing; run: make shadow "),
        (("log", ""), "^CANDIDATE is missing; run: make shadow "),
        (("nowhere", CANDIDATE), "^LOG=nowhere: no such file or folder$"),
        (("log", "nowhere.onnx"), "^CANDIDATE=nowhere.onnx: no such file"),
        (("no\n::error::x", CANDIDATE), r"^LOG=no\?::error::x: no such file or folder$"),
        (("log", "no\n::error::x"), r"^CANDIDATE=no\?::error::x: no such file$"),
        (("log", "log"), "^CANDIDATE=log: is a folder, must be a model file$"),
        (("log", TRUTH), rf"^CANDIDATE={TRUTH}: not an ONNX model, or a truncated one$"),
        (
            ("http://127.0.0.1:9/a.jsonl", CANDIDATE),
            r"^LOG=http://127\.0\.0\.1:9/a\.jsonl: cannot be reached: .*refused$",
        ),
        (("http://host:x/a.jsonl", CANDIDATE), r"^LOG=http://host:x/a\.jsonl: cannot be reached: "),
        (("log", "running.onnx"), r"^CANDIDATE=running\.onnx: is the running model itself"),
        ((TRUTH, CANDIDATE), rf"^LOG={TRUTH}: must be a prediction log"),
        (("log", CANDIDATE, "nowhere.csv"), "^nowhere.csv: no such file$"),
    ],
)
def test_what_cannot_be_used_is_named(arguments: tuple[str, ...], told: str) -> None:
    with pytest.raises(ProjectError, match=told):
        compare_shadow(*arguments)
