"""Files scored in chunks: the predictor's own answers, every bad row told, and nothing half-written."""

import csv
import os
import signal
import subprocess
import sys
import time
from argparse import Namespace
from contextlib import nullcontext
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from harness.batch.score import score_file, score_opened
from harness.core.errors import ProjectError
from harness.core.prepared import feature_columns
from harness.inference.predictor import Predictor
from tests.support.constants import PATIENCE, ROOT
from tests.support.models import exported
from tests.support.tables import CLASSES, customers
from tests.support.warm import programs

GOOD = {"plan": "pro", "region": "north", "member": "true", "age": "30", "visits": "2"}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("models")
    for task in CLASSES:
        exported(folder / f"{task}.onnx", task)
    return {task: folder / f"{task}.onnx" for task in CLASSES}


@pytest.fixture
def model(models: dict[str, Path]) -> Path:
    return models["binary"]


def write_csv(path: Path, *rows: dict[str, str]) -> Path:
    lines = [",".join(GOOD), *(",".join((GOOD | row).values()) for row in rows)]
    path.write_text("\n".join([*lines, ""]), "utf-8")
    return path


def rejects(path: Path) -> list[tuple[str, str]]:
    """Number and reason of each rejected row."""
    with path.with_suffix(".rejects.csv").open(encoding="utf-8", newline="") as file:
        return [(row["row"], row["reason"]) for row in csv.DictReader(file)]


def verdict(folder: Path, model: Path, column: Any, name: str) -> list[tuple[str, str]]:
    """The rejects of a Parquet file in which one column is replaced."""
    table = pa.table({key: [value] * len(column) for key, value in GOOD.items()})
    typed = {"member": pa.bool_(), "age": pa.float64(), "visits": pa.int64()}
    table = pa.table({key: table[key].cast(typed.get(key, pa.string())) for key in GOOD} | {name: column})
    pq.write_table(table, folder / "in.parquet")
    score_file(folder / "in.parquet", folder / "out.parquet", model)
    return rejects(folder / "out.parquet") if (folder / "out.rejects.csv").exists() else []


@pytest.mark.parametrize("task", CLASSES)
@pytest.mark.parametrize(("source", "target"), [("in.csv", "out.parquet"), ("in.parquet", "out.csv")])
def test_a_file_gets_the_predictors_answers(
    models: dict[str, Path], tmp_path: Path, task: str, source: str, target: str
) -> None:
    frame, predictor = customers(50, task=task), Predictor(models[task])
    write: Any = frame.to_csv if source == "in.csv" else frame.to_parquet
    write(tmp_path / source, index=False)
    score_file(tmp_path / source, tmp_path / target, models[task], most=7)
    read: Any = pd.read_csv if target == "out.csv" else pd.read_parquet
    found = read(tmp_path / target)
    scores = predictor.scores(feature_columns(frame, predictor.contract))
    labels = predictor.predict(scores)
    shares = [f"probability_{label}" for label in predictor.contract.classes]
    assert list(found.columns) == ["row", "customer", "prediction", *shares]
    assert found["row"].tolist() == list(range(1, 51))
    assert found["customer"].astype(int).tolist() == frame["customer"].tolist()
    np.testing.assert_allclose(found[shares].to_numpy(), scores[:, : len(shares)], rtol=0, atol=1e-6)
    if task == "regression":
        np.testing.assert_allclose(found["prediction"], np.array(labels, dtype=float), rtol=1e-6)
    else:
        assert found["prediction"].tolist() == labels
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([source, target])


def test_an_ending_in_capitals_is_the_same_format(model: Path, tmp_path: Path) -> None:
    source = write_csv(tmp_path / "in.csv", {"age": "10"}, {"age": "50"})
    score_file(source, tmp_path / "out.parquet", model)
    score_file(source.rename(tmp_path / "in.CSV"), tmp_path / "out.PARQUET", model)
    assert (tmp_path / "out.PARQUET").read_bytes() == (tmp_path / "out.parquet").read_bytes()


@pytest.mark.parametrize("most", [1, 3, 4, 100])
def test_the_size_of_a_chunk_changes_nothing(model: Path, tmp_path: Path, most: int) -> None:
    rows = [{"age": str(age)} for age in (10, -1, 12, 13, 140, 15)]
    score_file(write_csv(tmp_path / "in.csv", *rows), tmp_path / "out.csv", model, most=most)
    assert pd.read_csv(tmp_path / "out.csv")["row"].tolist() == [1, 3, 4, 6]
    refused = [("2", "age must be ≥ 0, got '-1'"), ("5", "age must be ≤ 120, got '140'")]
    assert rejects(tmp_path / "out.csv") == refused


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("plan", "gold", "plan must be one of basic, plus, pro, got 'gold'"),
        ("plan", "", "plan must be present"),
        ("member", "yes", "member must be true or false, got 'yes'"),
        ("age", "old", "age must be a finite number, got 'old'"),
        ("age", "nan", "age must be a finite number, got 'nan'"),
        ("age", "1e999", "age must be a finite number, got '1e999'"),
        ("age", "1_0", "age must be a finite number, got '1_0'"),
        ("age", "0x10", "age must be a finite number, got '0x10'"),
        ("visits", "2.5", "visits must be a whole number, got '2.5'"),
        ("visits", "-3", "visits must be ≥ 0, got '-3'"),
    ],
)
def test_a_bad_cell_is_a_reject_and_its_neighbours_are_scored(
    model: Path, tmp_path: Path, column: str, cell: str, reason: str
) -> None:
    score_file(write_csv(tmp_path / "in.csv", {}, {column: cell}, {}), tmp_path / "out.csv", model)
    assert pd.read_csv(tmp_path / "out.csv")["row"].tolist() == [1, 3]
    with (tmp_path / "out.rejects.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.DictReader(file)) == [{"row": "2", "reason": reason} | GOOD | {column: cell}]


@pytest.mark.parametrize(
    ("column", "cell"),
    [("age", ""), ("age", " 31 "), ("age", "+.5e1"), ("region", ""), ("region", "NA"), ("visits", "3.0")]
    + [("member", text) for text in ("TRUE", "False", "0", "1")],
)
def test_the_ways_in_which_a_cell_may_be_written(model: Path, tmp_path: Path, column: str, cell: str) -> None:
    score_file(write_csv(tmp_path / "in.csv", {column: cell}, {"plan": "x"}), tmp_path / "out.csv", model)
    assert [row for row, _ in rejects(tmp_path / "out.csv")] == ["2"]


def test_rows_with_too_few_or_too_many_fields_are_rejects(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.batch.read.PARSED_AT_ONCE", 120)  # bytes: several blocks
    row = ",".join(GOOD.values())
    lines = [",".join(GOOD), row, "pro", row, f"{row},9", "", row, "plus", "plus", row, row, row, row, "basic"]
    (tmp_path / "in.csv").write_text("\n".join(lines))
    score_file(tmp_path / "in.csv", tmp_path / "out.csv", model)
    assert pd.read_csv(tmp_path / "out.csv")["row"].tolist() == [1, 3, 5, 8, 9, 10, 11]
    must = "must have 5 fields, as the header has, got"
    assert rejects(tmp_path / "out.csv") == [
        ("2", f"{must} 1: pro"),
        ("4", f"{must} 6: {row},9"),
        ("6", f"{must} 1: plus"),
        ("7", f"{must} 1: plus"),
        ("12", f"{must} 1: basic"),
    ]


def test_a_byte_order_mark_windows_line_ends_and_quoted_line_breaks_are_read(model: Path, tmp_path: Path) -> None:
    text = f'\ufeff{",".join(GOOD)}\r\npro,"a ""b"",\r\nc",true,30,2\r\nplus,,false,,1\r\n'
    (tmp_path / "in.csv").write_bytes(text.encode())
    score_file(tmp_path / "in.csv", tmp_path / "out.parquet", model, keep="region, plan")
    found = pq.read_table(tmp_path / "out.parquet").select(["row", "region", "plan"]).to_pylist()
    assert found == [
        {"row": 1, "region": 'a "b",\r\nc', "plan": "pro"},
        {"row": 2, "region": None, "plan": "plus"},
    ]


def test_a_cell_that_is_not_utf_8_is_a_reject(model: Path, tmp_path: Path) -> None:
    text = f"{','.join(GOOD)}\npro,Köln,true,30,2\npro,north,true,30,2\n"
    (tmp_path / "in.csv").write_bytes(text.encode("latin-1"))
    score_file(tmp_path / "in.csv", tmp_path / "out.csv", model)
    assert rejects(tmp_path / "out.csv") == [("1", r"region must be UTF-8, got b'K\xf6ln'")]


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("plan", pa.array(["pro", "plus"]).dictionary_encode()),
        ("plan", pa.array(["pro", "plus"], pa.large_string())),
        ("region", pa.array(["", None])),
        ("region", pa.nulls(2)),
        ("age", pa.array([Decimal("30.5"), None])),
        ("age", pa.array([30, None], pa.int8())),
        ("visits", pa.array([3, 2**40], pa.uint64())),
        ("visits", pa.array([3.0, 4.0], pa.float32())),
    ],
)
def test_a_parquet_column_may_have_any_type_that_holds_its_values(
    model: Path, tmp_path: Path, name: str, column: Any
) -> None:
    assert verdict(tmp_path, model, column, name) == []


@pytest.mark.parametrize(
    ("name", "column", "reason"),
    [
        ("age", pa.array([30.0, float("nan")]), "age must be a finite number, got nan"),
        ("age", pa.array([30.0, float("inf")]), "age must be a finite number, got inf"),
        ("visits", pa.array([3.0, 3.5]), "visits must be a whole number, got 3.5"),
        ("visits", pa.array([3, None]), "visits must be present"),
        ("plan", pa.array(["pro", ""]), "plan must be one of basic, plus, pro, got ''"),
        ("plan", pa.array(["pro", None]).dictionary_encode(), "plan must be present"),
    ],
)
def test_a_bad_value_of_a_parquet_file_is_a_reject(
    model: Path, tmp_path: Path, name: str, column: Any, reason: str
) -> None:
    assert verdict(tmp_path, model, column, name) == [("2", reason)]


@pytest.mark.parametrize(
    ("name", "column", "kind"),
    [
        ("age", pa.array(["30"]), "number, got string"),
        ("age", pa.array([0], pa.timestamp("us")), r"number, got timestamp\[us\]"),
        ("plan", pa.array([1]), "string, got int64"),
        ("member", pa.array([1]), "boolean, got int64"),
    ],
)
def test_a_parquet_column_of_another_kind_is_refused(
    model: Path, tmp_path: Path, name: str, column: Any, kind: str
) -> None:
    with pytest.raises(ProjectError, match=rf"in.parquet: the column {name} must be of type {kind}"):
        verdict(tmp_path, model, column, name)


def test_kept_columns_come_as_they_are(model: Path, tmp_path: Path) -> None:
    table = pa.table(
        {
            **{name: [value] for name, value in GOOD.items()},
            "member": [True],
            "age": [30.0],
            "visits": [2],
            "when": pa.array([7], pa.timestamp("ms", "Europe/Paris")),
            "price": [Decimal("1.50")],
            "colour": pa.array(["red"]).dictionary_encode(),
        }
    )
    pq.write_table(table, tmp_path / "in.parquet")
    score_file(tmp_path / "in.parquet", tmp_path / "out.parquet", model, keep="all")
    found = pq.read_table(tmp_path / "out.parquet").select(table.column_names)
    colour = table.schema.get_field_index("colour")
    assert found == table.set_column(colour, "colour", table["colour"].cast(pa.string()))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "in.csv: empty; a header and rows are needed"),
        (",".join(GOOD) + "\n", "in.csv: empty; it has a header and no rows"),
        ("plan,region,member,age\npro,,true,3\n", r"in.csv: the column visits is absent \(the model needs it\)"),
        (
            "plan,region,member,age,Visits\npro,,true,3,1\n",
            r"in.csv: the column visits is absent \(the model needs it; did you mean Visits\?\)",
        ),
        ("plan,plan,region,member,age,visits\n", "in.csv: the column plan is there twice"),
        ("pl\0an,region\n", "in.csv: the header is not UTF-8 text; save the file as UTF-8"),
        (";".join(GOOD) + "\n", "none of the model's columns; .*; is the delimiter a comma?"),
        (",".join(GOOD) + "\nx,,,,\n", "in.csv: none of 1 rows can be scored; row 1: plan must be one of"),
    ],
)
def test_a_bad_file_is_told_in_a_line_and_nothing_is_written(
    model: Path, tmp_path: Path, content: str, message: str
) -> None:
    (tmp_path / "in.csv").write_text(content)
    (tmp_path / "out.csv").write_text("before")
    with pytest.raises(ProjectError, match=message):
        score_file(tmp_path / "in.csv", tmp_path / "out.csv", model)
    assert (tmp_path / "out.csv").read_text() == "before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "out.csv"]


@pytest.mark.parametrize(
    ("source", "target", "message"),
    [
        ("absent.csv", "out.csv", "absent.csv: no such file"),
        ("in.txt", "out.csv", "in.txt: must end in .csv or .parquet, got '.txt'"),
        ("in.csv", "out", "out: must end in .csv or .parquet, got 'no ending'"),
        ("in.csv", "in.csv", "in.csv: is the input and would be overwritten"),
        ("out.rejects.csv", "out.csv", "out.rejects.csv: is the input and would be overwritten"),
        ("in.csv", "absent/out.csv", "no such folder"),
        ("broken.parquet", "out.csv", "broken.parquet: cannot be read: "),
    ],
)
def test_a_bad_path_is_told_in_a_line(model: Path, tmp_path: Path, source: str, target: str, message: str) -> None:
    for name in ("in.csv", "out.rejects.csv"):
        write_csv(tmp_path / name, {})
    (tmp_path / "broken.parquet").write_bytes(b"PAR1")
    with pytest.raises(ProjectError, match=message):
        score_file(tmp_path / source, tmp_path / target, model)


@pytest.mark.parametrize("wrong", ["in", "out"])
def test_make_predict_says_which_of_its_two_files_is_meant(wrong: str, tmp_path: Path) -> None:
    """`make predict IN=--help OUT=…` once named a file that nobody knew of."""
    words = {"in": tmp_path / "in.csv", "out": tmp_path / "out.csv"} | {wrong: Path("--help")}
    write_csv(tmp_path / "in.csv", {})
    given = Namespace(input=words["in"], output=words["out"], model=tmp_path, keep=None, rows=1, threads=1)
    with pytest.raises(ProjectError, match=f"^{wrong.upper()}=--help: must end in .csv or .parquet"):
        score_opened(nullcontext, given)


@pytest.mark.parametrize(
    ("keep", "message"),
    [("plam", r"the column plam is absent \(--keep names it; did"), ("row", "two columns would have the name row")],
)
def test_a_column_that_cannot_be_kept_is_told(model: Path, tmp_path: Path, keep: str, message: str) -> None:
    pd.DataFrame([GOOD | {"row": 1}]).to_csv(tmp_path / "in.csv", index=False)
    with pytest.raises(ProjectError, match=message):
        score_file(tmp_path / "in.csv", tmp_path / "out.csv", model, keep)


def test_an_old_file_of_rejects_does_not_outlive_a_clean_run(model: Path, tmp_path: Path) -> None:
    for cell in ("x", "30"):
        score_file(write_csv(tmp_path / "in.csv", {}, {"age": cell}), tmp_path / "out.csv", model)
    assert not (tmp_path / "out.rejects.csv").exists()


@pytest.mark.parametrize(("arguments", "missing"), [([], "--in, --out"), (["--in=in.csv"], "--out")])
def test_a_name_that_is_missing_is_told(arguments: list[str], missing: str) -> None:
    command = [str(programs() / "python"), "-m", "harness", "predict", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == f"error: missing: {missing}; more: python -m harness predict --help\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_run_leaves_nothing(model: Path, tmp_path: Path, number: signal.Signals) -> None:
    """It is stopped as soon as it has begun to write."""
    # What a shell starts in the background is deaf to SIGINT, and so is what that starts.
    code = "from signal import *; from harness.__main__ import main; signal(SIGINT, default_int_handler); main()"
    for name in ("dvc.yaml", "data.dvc"):
        (tmp_path / name).write_text("{}")
    command = [sys.executable, "-c", code, "predict", "--in=in.csv", "--out=out.csv", f"--model={model}", "--rows=1"]
    write_csv(tmp_path / "in.csv", *[{}] * 200_000)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True) as process:
        while not list(tmp_path.glob(".out.csv.*")) and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(number)
        _, printed = process.communicate(timeout=PATIENCE)
    assert (process.returncode, printed) == (1, f"error: stopped by {number.name}; nothing was written\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data.dvc", "dvc.yaml", "in.csv"]
