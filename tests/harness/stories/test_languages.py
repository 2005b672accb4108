"""Tables of other languages go the whole way: adopted, trained, and a served request answered."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from tests.support.clone import Clone
from tests.support.project import example_request
from tests.support.serving import running
from tests.support.strangers import flats_of_lisbon, subscribers_of_tokyo

TOLD_OF_FLATS = (
    "imóveis.csv: 600 rows, 7 columns (cp1252, delimiter ';')",
    "target    Vendido em 30 dias: binary (two values, sim and não)",
    "id        Código do imóvel: another value in every row",
    "time      Anunciado em: the latest rows are the test; a date",
    "features  5: 3 numeric, 2 categorical",
    "a comma before decimals in Área útil (m²), Preço pedido",
    "'R$' is left off in Preço pedido",
    "positive is 'sim' (by its name)",
)
TOLD_OF_SUBSCRIBERS = (
    "会員.csv: 600 rows, 7 columns (shift_jis, delimiter ',')",
    "target    解約: binary (two values, いいえ and はい)",
    "id        会員番号: another value in every row",
    "time      申込日: the latest rows are the test; a date",
    "features  5: 3 numeric, 2 categorical",
    "'\\\\' is left off in 月額料金",
    "positive is 'はい' (by its name)",
)


@pytest.mark.parametrize(
    ("write", "target", "told", "changed"),
    [
        (flats_of_lisbon, "Vendido em 30 dias", TOLD_OF_FLATS, {"Preço pedido": 120_000.5, "Freguesia": "Belém"}),
        (subscribers_of_tokyo, "解約", TOLD_OF_SUBSCRIBERS, {"申込日": "2025-03-01", "支払方法": "請求書"}),
    ],
)
def test_a_table_of_another_language_becomes_a_service(
    made: Clone,
    tmp_path: Path,
    write: Callable[[Path], Path],
    target: str,
    told: tuple[str, ...],
    changed: dict[str, object],
) -> None:
    table = write(tmp_path)
    printed = made.run("make", "adopt", f"DATA={table}", f"TARGET={target}").stdout
    assert [line for line in told if line not in printed] == [], printed
    made.run("make", "pipeline")
    metrics = json.loads((made.folder / "artifacts/evaluation/metrics.json").read_text("utf-8"))
    assert metrics["test"]["roc_auc"] > 0.65
    request = example_request((made.folder / "README.md").read_text("utf-8"))
    assert set(changed) <= set(request["rows"][0])
    with running(made.folder, ("make", "serve", "PORT=0")) as service:
        service.until(service.is_ready)
        answers = [service.predict({"rows": [{**request["rows"][0], **change}]}) for change in ({}, changed)]
        assert [answer.status_code for answer in answers] == [200, 200], answers[-1].text
        one, other = (answer.json()["predictions"][0] for answer in answers)
        assert one["probabilities"] != other["probabilities"]
        refused = service.predict({"rows": [{**request["rows"][0], next(iter(changed)): "?"}]})
        assert (refused.status_code, next(iter(changed)) in refused.text) == (400, True)
    # A later file as the source writes it is scored with the same answers.
    made.run("make", "predict", f"IN={table}", f"OUT={tmp_path}/scores.csv")
    assert len(pd.read_csv(tmp_path / "scores.csv")) == 600
