"""Yours: the data, as the schema declares it and as the split deals it out. These tests hold for any table."""

import pandas as pd
import pytest

from harness.core.params import load_params
from harness.core.paths import PREPARED
from harness.core.prepared import Prepared
from harness.data.table import read_table
from harness.data.validation import validate
from src.schema import Schema
from tests.support.clone import Clone
from tests.support.constants import ROOT
from tests.support.project import example_request

SCHEMA = Schema.to_schema()


@pytest.fixture(scope="module")
def prepared(evaluated: Clone) -> Prepared:
    """What the stage `preprocess` has made of the data."""
    return Prepared(evaluated.folder / PREPARED)


def test_every_row_is_as_the_schema_says(evaluated: Clone) -> None:
    path = evaluated.folder / load_params(ROOT / "params.yaml").data.path
    assert len(validate(read_table(path, SCHEMA).drop_duplicates(), SCHEMA, path))


def test_only_declared_columns_leave_preprocess(prepared: Prepared) -> None:
    for side in ("train", "test"):
        assert set(prepared.read_rows(side).columns) <= set(SCHEMA.columns)


def test_no_entity_is_on_both_sides_of_the_split(prepared: Prepared) -> None:
    contract = prepared.read_contract()
    name = contract.group or contract.id
    if name is None or (contract.group and contract.time):
        pytest.skip("rows without an id, or dealt out by time")
    train, test = (set(prepared.read_rows(side)[name]) for side in ("train", "test"))
    assert not train & test


def test_the_readmes_example_names_the_features(prepared: Prepared) -> None:
    features = {feature.name for feature in prepared.read_contract().features}
    (row,) = example_request((ROOT / "README.md").read_text("utf-8"))["rows"]
    assert set(row) <= features
    assert not pd.isna(list(row.values())).all()
