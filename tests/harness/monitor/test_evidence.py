"""One unit of evidence is one id, or one group; whatever else a log holds costs that line alone."""

import json
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from harness.core.paths import MODEL_PATH, REFERENCE_PATH
from harness.inference.model_file import ModelFile
from harness.inference.reference import read_reference
from harness.monitor.findings import Look
from harness.monitor.judged import Judged
from harness.monitor.log_blocks import LogBlocks
from harness.monitor.log_lines import LogReader
from harness.monitor.observed import Batch, Observed
from harness.monitor.run import monitor
from harness.monitor.truth import Labels
from tests.support.monitoring import START, traffic

NOW = START + np.timedelta64(100, "D")
LOG, OUT, TRUTH = Path("log"), Path("out"), Path("truth.csv")
Line = dict[str, Any]


def look(truth: bool = True, now: np.datetime64 = NOW) -> Look:
    return monitor(str(LOG), str(TRUTH) if truth else "", out=OUT, now=now)


def lines_of(rows: int) -> list[Line]:
    """Lines with the callers' own ids; truth.csv gets their labels by id."""
    made = traffic(rows)
    lines = [{**json.loads(line), "id": str(1000 + number)} for number, line in enumerate(made.lines)]
    labels = made.labels.drop(columns="request_id").assign(customer=[line["id"] for line in lines])
    labels.to_csv(TRUTH, index=False)
    return lines


def send(lines: list[Line], name: str = "a.jsonl") -> None:
    LOG.mkdir(exist_ok=True)
    (LOG / name).write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")


def later(line: Line, days: int) -> Line:
    return {**line, "time": f"{np.datetime64(line['time'][:-1]) + np.timedelta64(days, 'D')}Z"}


@pytest.mark.usefixtures("watched")
def test_a_row_without_an_id_loses_its_own_label_alone() -> None:
    lines = lines_of(300)
    del lines[7]["id"]
    send(lines)
    assert look().risks[0].units == 299


@pytest.mark.usefixtures("watched")
def test_an_id_that_is_asked_again_and_a_file_that_is_copied_are_one_piece_of_evidence() -> None:
    lines = lines_of(300)
    worst = max(lines, key=lambda line: line["scores"][1])
    labels = pd.read_csv(TRUTH, dtype=str)
    labels.loc[labels["customer"] == worst["id"], "churned"] = "no"  # a bad answer, given 300 times
    labels.to_csv(TRUTH, index=False)
    send(lines + [{**later(worst, 1), "request": f"again{number}"} for number in range(300)])
    send(json.loads(json.dumps(lines)), "b.jsonl")
    found = look()
    assert (found.risks[0].shown, found.risks[0].units, found.rows) == (False, 300, 600)
    assert "300 labelled rows repeat a customer that was answered before; its first answer counts" in found.notices
    assert "1 files are copies of another one, and their rows count once" in found.notices


@pytest.mark.usefixtures("watched")
def test_an_id_that_is_asked_again_closes_no_older_rows() -> None:
    lines = lines_of(300)
    every = pd.read_csv(TRUTH, dtype=str)
    every.head(100).to_csv(TRUTH, index=False)
    send([*lines, {**later(lines[0], 3), "request": "again"}])
    first = look()
    every.to_csv(TRUTH, index=False)
    second = look()
    assert (first.risks[0].units, second.risks[0].units) == (100, 300)
    assert second.truth is not None and second.truth.late == 0  # noqa: PT018
    assert second.outcome == "nothing", "labels were judged, though no new row came"


@pytest.mark.usefixtures("watched")
def test_a_file_that_comes_after_a_look_is_counted_at_the_next() -> None:
    lines = lines_of(300)
    send(lines[150:], "b.jsonl")
    assert look(truth=False).rows == 150
    send(lines[:150], "a.jsonl")
    assert look(truth=False).rows == 150
    assert look(truth=False).rows == 0


@pytest.mark.usefixtures("watched")
def test_rows_that_are_too_few_wait_for_the_next_look_and_cost_no_budget() -> None:
    lines = lines_of(400)
    send(lines[:20])
    assert (look(truth=False).outcome, look(truth=False).rows) == ("not evaluable", 20)
    send(lines)
    found = look(truth=False)
    assert (found.number, found.rows) == (2, 400)
    alone = monitor(str(LOG), out=Path("other"), now=NOW)
    assert found.drift == alone.drift, "two looks at nothing took no share of the budget"


def test_a_group_counts_once_by_the_truth_file_and_rows_without_one_are_not_judged() -> None:
    names = [f"t{number // 50}" for number in range(200)]
    rows = pd.DataFrame({"id": [str(number) for number in range(200)], "ticket": names})
    batch = Batch({}, np.full((200, 1), 0.5), np.full(200, NOW), None, None, rows["id"].to_numpy(object))
    for table, units in ((rows, 4), (rows.drop(columns="ticket"), 0)):
        labels = Labels("id", pd.Series(np.ones(200), index=rows["id"]), table, 200, 0, 0)
        judged = Judged(labels, "ticket", None, NOW)
        judged.add(batch)
        known = judged.rows[0].groups if judged.rows else None
        assert (0 if known is None else len(np.unique(known))) == units
    assert judged.notices() == ["200 labelled rows are not judged: nobody knows their ticket"]


@pytest.mark.usefixtures("watched")
def test_rows_of_groups_are_worth_less_than_independent_rows() -> None:
    reference, file = read_reference(REFERENCE_PATH), ModelFile(MODEL_PATH)
    assert Observed(reference, file.contract, None).worth == 1.0
    grouped = reference.model_copy(update={"units": reference.rows / 50})
    observed = Observed(grouped, file.contract, None)
    assert observed.worth == pytest.approx(0.02), "as in the test, where nobody knows the groups"
    observed.group_rows.update({"a": 10, "b": 30})
    assert observed.worth == pytest.approx(0.04)


BAD_LINES = [
    b"null",
    b"",
    b' {"model": 1}',
    b'null{"time": 1}',
    b'{"time": null} null',
    b'{"columns": ' + b"[" * 400_000,
    b'{"columns": ' + b'{"age":' * 100_000 + b"1" + b"}" * 100_001,
    b'{"id": "' + b"x" * 2_100_000 + b'"}',
    b'{"columns": {"region": "\xff"}}',
    b'{"columns": null, "scores": null, "time": "now"}',
    b'{"model": 7}',
]


@pytest.mark.usefixtures("watched")
def test_a_hostile_line_costs_that_line_alone() -> None:
    good = [json.dumps(line).encode() for line in lines_of(100)]
    file = ModelFile(MODEL_PATH)
    for bad in BAD_LINES:
        for lines in ([bad, *good], [*good[:50], bad, *good[50:]], [*good, bad]):
            Path("a.jsonl").write_bytes(b"\n".join(lines) + b"\n")
            reader = LogReader(file.contract, file.version)
            rows = sum(len(batch.scores) for batch in reader.read(LogBlocks(Path("a.jsonl")), NOW))
            assert (rows, reader.unreadable >= bool(bad), reader.unreadable <= 2) == (100, True, True), bad[:40]


@pytest.mark.usefixtures("watched")
def test_a_few_bad_lines_do_not_make_a_long_log_slow() -> None:
    good = [json.dumps(line).encode() for line in lines_of(200)] * 150
    for place in range(0, len(good), 3000):
        good[place] = b'{"time":'
    Path("a.jsonl").write_bytes(b"\n".join(good) + b"\n")
    file, begin = ModelFile(MODEL_PATH), time.process_time()
    reader = LogReader(file.contract, file.version)
    assert sum(len(batch.scores) for batch in reader.read(LogBlocks(Path("a.jsonl")), NOW)) == 29_990
    assert reader.unreadable == 10
    assert time.process_time() - begin < 5


@pytest.mark.usefixtures("watched")
@pytest.mark.parametrize(
    ("change", "rows"),
    [
        (lambda line: line.update(scores=[None, None]), 299),
        (lambda line: line.update(scores=[-5.0, 6.0]), 299),
        (lambda line: line.update(scores=[1e308, 1e308]), 299),
        (lambda line: line.update(model="m" * 5000), 299),
        (lambda line: line.update(refused="r" * 5000), 299),
        (lambda line: line.update(time="1970-01-01T00:00:00Z"), 300),
        (lambda line: line.update(time="now"), 299),
    ],
)
def test_a_row_that_no_model_answered_so_is_left_out(change: Callable[[Line], object], rows: int) -> None:
    lines = lines_of(300)
    change(lines[5])
    send(lines)
    found = look()
    assert (found.rows, found.risks[0].units) == (rows, rows)


def edited(**changes: object) -> Callable[[list[str]], list[str]]:
    return lambda lines: [*lines[:-1], json.dumps({**json.loads(lines[-1]), **changes})]


@pytest.mark.usefixtures("watched")
@pytest.mark.parametrize(
    ("change", "told"),
    [
        (edited(void=None, outcome="else"), "out/state.jsonl: line 2 is not what the last look wrote; it was edited"),
        (edited(look=-5), "out/state.jsonl: line 2 is not as make monitor writes it"),
        (edited(look=10**30), "out/state.jsonl: line 2 is not as make monitor writes it"),
        (edited(seen_until="not a time"), "out/state.jsonl: line 2 is not as make monitor writes it"),
        (
            edited(closed_until="2099-01-01T00:00:00"),
            "out/state.jsonl: line 2 is from the future; is the clock of this machine right?",
        ),
        (edited(made="2025-19-39T00:00:00Z"), "out/state.jsonl: line 2 is not as make monitor writes it"),
        (lambda lines: [*lines[:-1], lines[-1][:50]], "out/state.jsonl: line 2 is not as make monitor writes it"),
        (lambda lines: [*lines, "garbage"], "out/state.jsonl: line 3 is not as make monitor writes it"),
        (lambda lines: lines[:1], "out/state.jsonl: 1 of 2 looks at this model are left"),
    ],
)
def test_a_state_that_was_edited_is_named_by_its_line_and_buys_no_budget(
    change: Callable[[list[str]], list[str]], told: str
) -> None:
    send(lines_of(100))
    look()
    look()
    path = OUT / "state.jsonl"
    path.write_text("\n".join(change(path.read_text("utf-8").splitlines())) + "\n", "utf-8")
    assert look().void == told
    assert look().void == told, "until the next model"


@pytest.mark.usefixtures("watched")
def test_another_models_broken_line_is_no_matter_of_this_model() -> None:
    send(lines_of(100))
    OUT.mkdir()
    (OUT / "state.jsonl").write_text("garbage\n", "utf-8")
    assert look().void == "out/state.jsonl: line 1 is not as make monitor writes it", "it may have been this model's"
    (OUT / "state.jsonl").unlink()
    (OUT / "monitor.json").unlink()
    look()
    entry = (OUT / "state.jsonl").read_text("utf-8")
    other = json.dumps({**json.loads(entry), "model": "0" * 12, "previous": sha256(b"garbage").hexdigest()})
    (OUT / "monitor.json").unlink()
    (OUT / "state.jsonl").write_text(f"garbage\n{other}\n", "utf-8")
    assert look().void is None
