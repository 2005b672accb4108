"""A table that is read some rows at a time is prepared as one that is held whole: to the byte, whatever the batch."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pa
import pytest

from harness.core.errors import ProjectError
from harness.core.params import Params
from harness.core.prepared import Prepared
from harness.data import prepare as prepare_module
from harness.data.order_statistics import order_statistics, quantiles_linear
from harness.data.prepare import prepare
from harness.model.new_columns import with_features
from tests.support.tables import settings

ROWS = 400
BATCHES = (50, 150)
REPEATED = [*range(5), *range(300, 310)]  # positions of rows that come again, far away


class Stays(pa.DataFrameModel):
    """A column of each type, with and without gaps."""

    stay: int = pa.Field(metadata={"role": "id"})
    home: str = pa.Field(metadata={"role": "group"})
    left: bool = pa.Field(metadata={"role": "target"})
    day: pd.Timestamp = pa.Field(metadata={"role": "numeric"}, nullable=True)
    clock: str = pa.Field(metadata={"role": "clock"}, nullable=True)
    note: str = pa.Field(metadata={"role": "text"}, nullable=True)
    plan: str = pa.Field(metadata={"role": ["categorical", "slice"]}, isin=["basic", "pro"])
    insured: pd.BooleanDtype = pa.Field(metadata={"role": "categorical"}, nullable=True)
    guests: pd.Int64Dtype = pa.Field(metadata={"role": "numeric"}, nullable=True, ge=0)
    nights: int = pa.Field(metadata={"role": "numeric"}, ge=0, le=60)
    price: float = pa.Field(metadata={"role": "numeric"}, nullable=True)
    code: pd.Int64Dtype = pa.Field(metadata={"role": "categorical"}, nullable=True)


class Timed(Stays):
    """The same stays, the latest ones for the test."""

    day: pd.Timestamp = pa.Field(metadata={"role": "time"})


def stays(rows: int = ROWS) -> pd.DataFrame:
    """Values are missing only in the second half, so that the first rows suggest other types than all of them."""
    rng = np.random.default_rng(0)
    late = (np.arange(rows) > rows // 2) & (rng.random(rows) < 0.3)
    moments = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 10_000_000, rows), unit="s")
    table = pd.DataFrame(
        {
            "stay": np.arange(1, rows + 1),
            "home": rng.choice(["a", "b", "c", "007", "NA"], rows) + pd.Series(rng.integers(0, 9, rows)).astype(str),
            "left": rng.random(rows) < 0.4,
            "day": pd.Series(moments.strftime("%Y-%m-%d %H:%M:%S")),
            "clock": pd.Series(rng.choice(["7:05", "13:08:30", "1:08 PM"], rows)).mask(late),
            "note": pd.Series(rng.choice(["late arrival", "no", "Größe"], rows)).mask(late),
            "plan": rng.choice(["basic", "pro"], rows),
            "insured": pd.Series(rng.random(rows) < 0.5, dtype="boolean").mask(late),
            "guests": pd.Series(rng.integers(0, 5, rows), dtype="Int64").mask(late),
            "nights": rng.integers(0, 60, rows),
            "price": pd.Series(rng.normal(size=rows) * 100).mask(late),
            "code": pd.Series(rng.integers(100, 103, rows), dtype="Int64").mask(late),
        }
    )
    return pd.concat([table, table.iloc[REPEATED]], ignore_index=True)


def params(path: Path) -> Params:
    return Params.model_validate(settings() | {"data": {"path": f"data/{path.name}"}, "task": {"type": "binary"}})


def features(xp: Any, row: Any) -> dict[str, Any]:
    return {"each": xp.log1p(row["guests"]) / (row["nights"] + 1), "long": row["nights"] > 7}


def write(folder: Path, table: pd.DataFrame, kind: str) -> Path:
    path = folder / f"stays.{kind}"
    if kind == "csv":
        table.to_csv(path, index=False)
    else:
        numpy = dict.fromkeys(("insured",), object) | dict.fromkeys(("guests", "code"), float)
        table.astype(numpy).to_parquet(path, index=False, row_group_size=90)
    return path


@pytest.fixture
def prepared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What is written of a table that is read in batches of a size."""

    def made(path: Path, schema: type[pa.DataFrameModel], batch: int) -> tuple[dict[str, bytes], str]:
        monkeypatch.setattr(prepare_module, "batch_rows", lambda *_: batch)
        folder = tmp_path / f"{batch}"
        table = with_features(prepare(path, schema.to_schema(), params(path)), features)
        Prepared(folder).write(table.train, table.test, table.contract, table.profile())
        return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}, table.report

    return made


@pytest.mark.parametrize("schema", [Stays, Timed])
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_every_batch_gives_the_same_bytes(tmp_path: Path, prepared: Any, kind: str, schema: Any) -> None:
    path = write(tmp_path, stays(), kind)
    whole, report = prepared(path, schema, 10_000)
    assert f"{len(REPEATED)} exact duplicates dropped" in report
    assert len(whole) == 4
    for batch in BATCHES:
        assert prepared(path, schema, batch) == (whole, report)


def test_what_is_wrong_is_reported_alike(tmp_path: Path, prepared: Any) -> None:
    table = stays().astype(object)
    table.loc[[2, *range(100, 130)], "nights"] = 99
    table.loc[[5, 390], "plan"] = "gold"
    table.loc[391, "left"] = None
    table.loc[350, "stay"] = 7
    table.loc[399, "day"] = "05/06/2024"
    path = write(tmp_path, table, "csv")
    said = []
    for batch in (10_000, *BATCHES):
        with pytest.raises(ProjectError) as error:
            prepared(path, Stays, batch)
        said.append(str(error.value).splitlines())
    assert said[1:] == [said[0]] * len(BATCHES)
    assert f"{path}: row 351: stay must be unique, got 7" in said[0]
    assert f"{path}: nights must be ≤ 60: 11 more rows" in said[0]
    assert f"{path}: row 391: plan must be one of ['basic', 'pro'], got 'gold'" in said[0]


def test_a_check_of_the_projects_own_sees_all_rows(tmp_path: Path, prepared: Any) -> None:
    class Sorted(Stays):
        @pa.check("stay")
        def most(cls, values: pd.Series) -> bool:  # noqa: N805
            return int(values.max()) == ROWS and int(values.min()) == 1

    path = write(tmp_path, stays(), "parquet")
    assert prepared(path, Sorted, 50) == prepared(path, Sorted, 10_000)


def test_order_statistics_are_numpys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.data.order_statistics.BLOCK_ROWS", 50)
    rng = np.random.default_rng(0)
    shares = (0.01, 0.25, 0.5, 0.75, 0.99)
    for size in (1, 2, 51, 1000):
        for values in (
            rng.normal(size=size),
            rng.integers(-3, 3, size).astype(float),
            np.exp(rng.normal(size=size) * 99),
        ):
            parts = np.array_split(values, 7)
            assert quantiles_linear(partial(iter, parts), size, shares) == np.quantile(values, shares).tolist()
        moments = rng.integers(-(2**62), 2**62, size)
        assert order_statistics(partial(iter, [moments]), size, [size // 2])[size // 2] == np.sort(moments)[size // 2]
