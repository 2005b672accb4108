"""Which rows both models are judged on, and which of them came since the last model."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from harness.compare.base_model import Base
from harness.compare.pairing import pair_models
from harness.core.paths import EXAMPLE_DATA, MODEL_PATH, PARAMS_PATH, PREPARED
from harness.inference.predictor import Predictor
from tests.support.tables import contract, customers


def test_rows_that_neither_side_of_the_bases_split_holds_are_new(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are the slice "since the last model"; those that the base was trained on judge nobody."""
    (tmp_path / MODEL_PATH).parent.mkdir(parents=True)
    shutil.copy(model, tmp_path / MODEL_PATH)
    (tmp_path / PREPARED).mkdir()
    table = customers(90)
    table[:30].to_parquet(tmp_path / PREPARED / "train.parquet")
    table[30:60].to_parquet(tmp_path / PREPARED / "test.parquet")
    (tmp_path / "params.yaml").write_text("preprocess: {}\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    base = Base("0" * 40, tmp_path, "reproduced")
    found = pair_models(base, pd.DataFrame(table[20:90]), Predictor(model), contract(), {})
    assert found.state == "compared"
    assert found.rows["customer"].tolist() == list(range(31, 91))
    assert found.fresh is not None
    assert found.fresh.tolist() == [False] * 30 + [True] * 30


def test_a_base_that_has_the_worked_example_leaves_nothing_to_compare(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody could tell from "the base's is the worked example" why there was no comparison."""
    base = Base("0" * 40, tmp_path / "base", "reproduced")
    (base.folder / MODEL_PATH).parent.mkdir(parents=True)
    shutil.copy(model, base.folder / MODEL_PATH)
    for folder, data in ((base.folder, EXAMPLE_DATA), (tmp_path, "data/customers.csv")):
        (folder / PARAMS_PATH).write_text(f"data: {{path: {data}}}\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    found = pair_models(base, customers(20), Predictor(model), contract(), {})
    told = "this is the first model of your data: the base has the worked example, so nothing is compared"
    assert (found.state, found.reason, found.base) == ("first run", told, ())
