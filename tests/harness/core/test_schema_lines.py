"""The line of src/schema.py that closes a set of values."""

from pathlib import Path

import pandas as pd
import pandera.pandas as pandera
import pytest

from harness.core.errors import ProjectError
from harness.core.schema_lines import opening
from harness.data.validation import validate

SCHEMA = """class Schema(pa.DataFrameModel):
    plan: str = pa.Field(metadata=CATEGORICAL, isin=["a", "b"])
    home: str = pa.Field(
        alias="Home town",
        isin=[
            "c",
        ],
    )
    age: int = pa.Field(ge=0)
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src/schema.py").write_text(SCHEMA)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(("column", "line"), [("plan", 2), ("Home town", 5), ("age", None), ("x", None)])
def test_the_line_of_a_closed_set_is_named(column: str, line: int | None) -> None:
    told = f" (src/schema.py:{line}: without isin other values are taken too)" if line else ""
    assert opening(column) == told


def test_without_a_schema_no_line_is_named(tmp_path: Path) -> None:
    (tmp_path / "src/schema.py").unlink()
    assert opening("plan") == ""


def test_a_new_value_of_a_closed_set_is_refused_with_the_line_that_opens_it() -> None:
    """One new phone model once made production refuse the row, and nobody knew where to change that."""
    columns = {
        "plan": pandera.Column(str, pandera.Check.isin(["a", "b"]), metadata={"role": ["categorical"]}),
        "y": pandera.Column(int, metadata={"role": ["target"]}),
    }
    rows = pd.DataFrame({"plan": ["a", "c"], "y": [0, 1]}, index=[1, 2])
    must = r"row 2: plan must be one of \['a', 'b'\] \(src/schema.py:2: without isin other values .*\), got 'c'"
    with pytest.raises(ProjectError, match=must):
        validate(rows, pandera.DataFrameSchema(columns), Path("in.csv"))
