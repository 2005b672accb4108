"""Yours: src/schema.py says what your data is. These tests hold for any table; add what must hold for yours."""

from harness.core.params import load_params
from harness.data.roles import build_contract
from src.schema import Schema
from tests.support.constants import ROOT

CONTRACT = build_contract(Schema.to_schema(), load_params(ROOT / "params.yaml").task.type)
FEATURES = {feature.name for feature in CONTRACT.features}


def test_the_schema_declares_features() -> None:
    assert FEATURES


def test_neither_the_target_nor_the_id_is_a_feature() -> None:
    assert not FEATURES & {CONTRACT.target, CONTRACT.id}


def test_slices_are_declared_columns() -> None:
    assert set(CONTRACT.slices) <= set(Schema.to_schema().columns)
