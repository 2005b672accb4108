"""Reading and validating: every violation at once, by column, value and row."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pa
import pytest

from harness.core.errors import ProjectError
from harness.core.params import TaskParams
from harness.data.table import check_declared, find_classes, read_table
from harness.data.validation import validate
from tests.support.tables import SCHEMA, customers

SOURCE = Path("data/customers.csv")
HEADER = b"customer,churned,plan,region,member,age,visits\n"


def read(path: Path, frame: pd.DataFrame) -> pd.DataFrame:
    frame.to_csv(path / "customers.csv", index=False)
    return read_table(path / "customers.csv", SCHEMA)


def test_csv_and_parquet_read_alike(tmp_path: Path) -> None:
    frame = customers()
    frame.to_parquet(tmp_path / "customers.parquet")
    from_parquet = validate(read_table(tmp_path / "customers.parquet", SCHEMA), SCHEMA, SOURCE)
    pd.testing.assert_frame_equal(validate(read(tmp_path, frame), SCHEMA, SOURCE), from_parquet)


def test_undeclared_columns_are_dropped(tmp_path: Path) -> None:
    assert list(read(tmp_path, customers()).columns) == list(SCHEMA.columns)


def test_no_value_changes(tmp_path: Path) -> None:
    frame = customers()
    found = validate(read(tmp_path, frame), SCHEMA, SOURCE)
    for name in found:
        assert found[name].isna().to_list() == frame[name].isna().to_list()
        assert found[name].dropna().to_list() == frame[name].dropna().to_list()


def test_na_and_leading_zeros_are_values(tmp_path: Path) -> None:
    found = read(tmp_path, customers())["region"].dropna().unique()
    assert set(found) == {"north", "south", "NA", "007"}


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    customers().to_csv(path, index=False, encoding="utf-8-sig")
    assert len(read_table(path, SCHEMA)) == 400


def test_every_violation_is_told_by_column_value_and_row(tmp_path: Path) -> None:
    frame = customers().astype(object)
    frame.loc[0, "age"] = "old"
    frame.loc[1, "age"] = 150
    frame.loc[2, "plan"] = "gold"
    frame.loc[3, "visits"] = -1
    frame.loc[4, "plan"] = None
    frame.loc[5, "customer"] = 5
    with pytest.raises(ProjectError) as error:
        validate(read(tmp_path, frame), SCHEMA, SOURCE)
    assert sorted(str(error.value).splitlines()) == sorted(
        [
            "data/customers.csv: row 1: age must be of type float64, got 'old'",
            "data/customers.csv: row 3: plan must be one of ['basic', 'plus', 'pro'], got 'gold'",
            "data/customers.csv: row 4: visits must be ≥ 0, got -1",
            "data/customers.csv: row 5: plan must be present",
            "data/customers.csv: row 5: customer must be unique, got 5",
            "data/customers.csv: row 6: customer must be unique, got 5",
            "data/customers.csv: does not meet src/schema.py; correct the rows or the schema; nothing was written",
        ]
    )


def test_a_value_out_of_range_is_told(tmp_path: Path) -> None:
    frame = customers()
    frame.loc[9, "age"] = 150
    with pytest.raises(ProjectError, match=r"customers\.csv: row 10: age must be ≤ 120, got 150\.0"):
        validate(read(tmp_path, frame), SCHEMA, SOURCE)


def test_violations_of_one_check_are_capped_at_20(tmp_path: Path) -> None:
    frame = customers().assign(visits=-1)
    with pytest.raises(ProjectError) as error:
        validate(read(tmp_path, frame), SCHEMA, SOURCE)
    lines = str(error.value).splitlines()
    assert len(lines) == 22
    assert lines[20] == "data/customers.csv: visits must be ≥ 0: 380 more rows"


@pytest.mark.parametrize(
    ("dtype", "values", "must"),
    [
        ("int64", [1, 1.5], "a whole number, got 1.5"),
        ("Int64", [1, 1.5], "a whole number, got 1.5"),
        ("int64", ["1", "1.5"], "a whole number, got '1.5'"),
        ("bool", [True, "yes"], "true or false, got 'yes'"),
        ("bool", [0, 7], "true or false, got 7"),
        ("bool", [True, None], "true or false"),
        ("boolean", [True, "no"], "true or false, got 'no'"),
        ("datetime64[ns]", [1, 20200101], r"datetime64\[ns\], got "),
        (
            "datetime64[ns]",
            pd.to_datetime(["2024-01-01", "2024-01-02"]).tz_localize("US/Eastern"),
            r"datetime64\[ns\], got ",
        ),
    ],
)
def test_a_value_that_its_type_would_change_is_refused(dtype: str, values: Any, must: str) -> None:
    """Conversion makes 1.5 to 1, yes to True and drops a time zone, all without a word."""
    schema = pa.DataFrameSchema({"x": pa.Column(dtype, nullable=True, metadata={"role": "time"})})
    schema.columns["y"] = pa.Column(int, metadata={"role": "target"})
    frame = pd.DataFrame({"x": values, "y": [0, 1]}, index=[1, 2])
    with pytest.raises(ProjectError, match=f"row 2: x must be {must}"):
        validate(frame, schema, SOURCE)


def test_nullable_integers_and_booleans_keep_their_gaps(tmp_path: Path) -> None:
    frame = customers().assign(
        visits=lambda f: f["visits"].where(f["visits"] > 3), member=lambda f: f["member"].where(f["visits"] > 3)
    )
    schema = SCHEMA.update_columns(
        {"visits": {"dtype": "Int64", "nullable": True}, "member": {"dtype": "boolean", "nullable": True}}
    )
    frame.to_csv(tmp_path / "customers.csv", index=False)
    found = validate(read_table(tmp_path / "customers.csv", schema), schema, SOURCE)
    assert found["visits"].isna().equals(frame["visits"].isna().set_axis(found.index))
    assert found["member"].dropna().tolist() == frame["member"].dropna().tolist()


def test_a_check_of_the_whole_table_is_told_too() -> None:
    schema = pa.DataFrameSchema(SCHEMA.columns, checks=pa.Check(lambda frame: len(frame) > 1000, name="many_rows"))
    with pytest.raises(ProjectError, match="many_rows"):
        validate(customers().drop(columns="name"), schema, SOURCE)


@pytest.mark.parametrize("value", [np.inf, -np.inf, 1e39])
def test_a_number_that_float32_cannot_hold_is_refused(value: float) -> None:
    schema = pa.DataFrameSchema(
        {"y": pa.Column(int, metadata={"role": "target"}), "x": pa.Column(float, metadata={"role": "numeric"})}
    )
    frame = pd.DataFrame({"y": [0, 1], "x": [0.0, value]}, index=[1, 2])
    with pytest.raises(ProjectError, match="row 2: x must be finite"):
        validate(frame, schema, SOURCE)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty; a header and rows are needed"),
        (HEADER, "empty; it has a header and no rows"),
        (
            b"customer;churned;plan\n1;yes;pro\n",
            "has none of the columns that src/schema.py declares; its header reads 'customer;churned;plan'; is",
        ),
        (HEADER + "1,Zoë\n".encode("latin-1"), "not UTF-8: byte 0xeb in row 1, column .*, cannot be read"),
        (HEADER + b"1,yes,pro,x,true,5,3\n2,no,pro,x\n", "row 2: must have 7 fields, as the header has, got 4"),
        (
            HEADER + b"1,yes,pro,x,true,5,3,\n2,no,pro,x,true,5,3,\n",
            "row 1: must have 7 fields, as the header has, got 8",
        ),
        (HEADER[:-1] + b",plan\n1,yes,pro,x,true,5,3,pro\n", "the column plan is there twice"),
        (
            b"customer,churned,plan,region,member,age\n1,yes,pro,x,true,5\n",
            r"the column visits is absent \(src/schema.py declares it\)",
        ),
        (
            b"customer,churned,plan,region,member,age,vists\n1,yes,pro,x,true,5,3\n",
            r"the column visits is absent \(src/schema.py declares it; did you mean vists\?\)",
        ),
    ],
)
def test_a_table_that_cannot_be_read_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "customers.csv").write_bytes(content)
    with pytest.raises(ProjectError, match=rf"customers\.csv: {message}"):
        read_table(tmp_path / "customers.csv", SCHEMA)


def test_of_very_many_absent_columns_none_is_guessed(tmp_path: Path) -> None:
    """Half of another table's 2,000 columns were compared with all others for half a minute."""
    wide = pa.DataFrameSchema({f"feature_{i:04}": pa.Column(float) for i in range(1000)})
    header = ["feature_0000", *(f"feat_{i:04}" for i in range(1000))]
    with pytest.raises(ProjectError, match=r"feature_0001 is absent \(src/schema.py declares it\)\n"):
        check_declared(tmp_path / "wide.csv", header, wide)


def test_a_missing_file_is_named_with_the_cure(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"customers\.csv: not found; run: dvc pull data\.dvc"):
        read_table(tmp_path / "customers.csv", SCHEMA)


def test_a_broken_parquet_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "customers.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(ProjectError, match=r"customers\.parquet: cannot be read"):
        read_table(tmp_path / "customers.parquet", SCHEMA)


@pytest.mark.parametrize(
    ("labels", "task", "message"),
    [
        (["a", "a"], "binary", "target is constant: every row has 'a'"),
        ([1.5, 1.5], "regression", "target is constant: every row has 1.5"),
        (["a", "b", "c"], "binary", r"target has 3 labels \('a', 'b', 'c', …\) but params.yaml: task.type is binary"),
        (["a", "a", "b"], "multiclass", "target: the class 'b' has one row; at least 2 are needed"),
        (["a", "b"], "regression", "target is str but params.yaml: task.type is regression"),
    ],
)
def test_a_target_that_does_not_fit_the_task_is_refused(labels: list[object], task: str, message: str) -> None:
    with pytest.raises(ProjectError, match=rf"customers\.csv: {message}"):
        find_classes(
            pd.Series(labels, name="target"), TaskParams.model_validate({"type": task, "positive": None}), SOURCE
        )


@pytest.mark.parametrize(("positive", "classes"), [("a", ("b", "a")), ("b", ("a", "b")), (None, ("a", "b"))])
def test_the_positive_label_comes_second(positive: str | None, classes: tuple[str, str]) -> None:
    target = pd.Series(["a", "b"] * 2, name="target")
    assert find_classes(target, TaskParams(type="binary", positive=positive), SOURCE) == classes


def test_an_unknown_positive_label_is_refused() -> None:
    with pytest.raises(ProjectError, match=r"task\.positive must be one of \['a', 'b'\], got 'c'"):
        find_classes(pd.Series(["a", "b"] * 2, name="target"), TaskParams(type="binary", positive="c"), SOURCE)


@pytest.mark.parametrize("cell", ["0_5", "１", "٣", "nan", "1_000.5"])
@pytest.mark.parametrize("column", ["age", "visits"])
def test_a_cell_that_scoring_refuses_is_refused_when_training(tmp_path: Path, column: str, cell: str) -> None:
    """Python takes 0_5 and digits of other scripts for numbers; the service and `make predict` do not."""
    frame = customers(30)
    frame[column] = frame[column].astype(object)
    frame.loc[2, column] = cell
    with pytest.raises(ProjectError, match=rf"customers\.csv: row 3: {column} must be a number in digits 0-9, got '"):
        validate(read(tmp_path, frame), SCHEMA, Path("customers.csv"))


def test_numbers_among_blanks_stay_numbers(tmp_path: Path) -> None:
    frame = customers(30)
    frame["age"] = frame["age"].map(lambda age: f" {age}").where(frame["age"].notna())
    assert validate(read(tmp_path, frame), SCHEMA, Path("customers.csv"))["age"].equals(
        validate(read(tmp_path, customers(30)), SCHEMA, Path("customers.csv"))["age"]
    )
