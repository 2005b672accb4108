"""POST /explain: what each answer depends on, by the model file and reference.json alone."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from harness.inference.predictor import Predictor, to_columns
from harness.inference.reference import Reference, Spread
from harness.serve.explain import most_explained
from harness.serve.explainer import Explainer, replacements
from tests.support.constants import PATIENCE
from tests.support.serving import Server, serving, started


@pytest.fixture(scope="module")
def service(model: Path, reference: Path) -> Iterator[Server]:
    with serving(model, REFERENCE_FILE=str(reference), EXPLAIN="1") as server:
        yield server


def explain(server: Server, body: object) -> httpx.Response:
    return httpx.post(f"{server.url}/explain", json=body, timeout=PATIENCE)


def test_each_column_has_the_change_that_replacing_its_value_makes(
    service: Server, predictor: Predictor, reference: Path
) -> None:
    row = predictor.golden["rows"][0]
    answer = explain(service, {"rows": [row]})
    assert answer.status_code == 200
    (found,) = answer.json()["explanations"]
    assert answer.json()["model_version"] == predictor.version
    known = {one.name: one for one in Reference.model_validate_json(reference.read_bytes()).features}
    assert {one["feature"] for one in found["features"]} == set(known)
    score = predictor.scores(to_columns([row], predictor.contract))[0, 1]
    assert found["of"] == f"probability of {predictor.contract.classes[1]}"
    assert found["score"] == pytest.approx(float(score))
    (plan,) = (one for one in found["features"] if one["feature"] == "plan")
    values, shares = replacements(known["plan"], is_whole=False)
    replaced = [{**row, "plan": value or None} for value in values.tolist()]
    scores = predictor.scores(to_columns(replaced, predictor.contract))[:, 1]
    assert plan["change"] == pytest.approx(float(scores @ shares) - float(score), abs=1e-6)


def test_the_same_request_gets_the_same_explanation_in_both_forms(service: Server, predictor: Predictor) -> None:
    rows = predictor.golden["rows"]
    columns = to_columns(rows, predictor.contract)
    assert explain(service, {"rows": rows}).content == explain(service, {"columns": columns}).content


@pytest.mark.parametrize("body", [{"rows": [{}]}, {"rows": [{"age": 999}]}, {"columns": {"age": ["x"]}}, [], {}])
def test_a_row_that_the_contract_refuses_gets_the_same_400(service: Server, body: object) -> None:
    answer = explain(service, body)
    assert answer.status_code == 400
    assert answer.content == service.predict(body).content


def test_more_rows_than_can_be_explained_at_once_are_refused(service: Server, predictor: Predictor) -> None:
    answer = explain(service, {"rows": [predictor.golden["rows"][0]] * 21})
    told = f"at most 20 rows of {len(predictor.contract.features)} columns are explained at once, got 21"
    assert (answer.status_code, answer.json()) == (400, {"error": told})


@pytest.mark.parametrize(("columns", "most"), [(1, 20), (16, 20), (100, 20), (200, 5), (300, 2), (447, 1), (2000, 1)])
def test_of_a_wide_table_fewer_rows_are_explained_at_once(columns: int, most: int) -> None:
    """The cost grows with the square of the columns, and nobody else is answered meanwhile."""
    assert most_explained(columns) == most


def test_an_explanation_counts_as_no_prediction(service: Server, predictor: Predictor) -> None:
    def counted() -> list[str]:
        text = service.get("/metrics").text
        return [line for line in text.splitlines() if line.startswith(("model_predictions", "model_score_count"))]

    before = counted()
    explain(service, {"rows": predictor.golden["rows"]})
    assert counted() == before


def test_the_description_of_a_service_that_explains_says_so(service: Server) -> None:
    docs = service.get("/docs.json").json()
    assert docs["paths"]["/explain"]["post"]["responses"]["200"]
    assert set(docs["components"]["schemas"]["ColumnChange"]["properties"]) == {"feature", "change", "spread"}


def test_it_is_off_by_default_and_needs_the_reference(model: Path, predictor: Predictor, tmp_path: Path) -> None:
    body = {"rows": predictor.golden["rows"][:1]}
    with serving(model) as server:
        assert explain(server, body).status_code == 404
        assert "/explain" not in server.get("/docs.json").json()["paths"]
    with serving(model, EXPLAIN="1", REFERENCE_FILE=str(tmp_path / "none")) as server:
        answer = explain(server, body)
        told = "cannot explain: reference.json is missing beside the model"
        assert (answer.status_code, answer.json()) == (503, {"error": told})


def test_a_setting_that_is_neither_on_nor_off_ends_it_at_once(model: Path) -> None:
    with started(model, EXPLAIN="yes") as server:
        assert server.process.wait(PATIENCE) == 1
        assert server.log() == ["error: EXPLAIN must be a whole number from 0 to 1, got 'yes'"]


def test_replacements_lie_within_what_was_seen() -> None:
    spread = Spread(name="n", kind="number", edges=[1.0, 4.0], values=[], known=None, shares=[0.5, 0.2, 0.2],
                    missing=0.1, unseen=0.0)  # fmt: skip
    values, shares = replacements(spread, is_whole=True)
    assert values.tolist()[:3] == [0, 2, 4]
    assert np.isnan(values[3])
    assert shares.tolist() == pytest.approx([0.5, 0.2, 0.2, 0.1])


def test_a_column_of_one_value_has_nothing_to_be_replaced_by(predictor: Predictor, reference: Path) -> None:
    raw: dict[str, Any] = json.loads(reference.read_bytes())
    for spread in raw["features"]:
        if spread["name"] == "visits":
            spread |= {"edges": [], "shares": [1.0]}
    explainer = Explainer(predictor, Reference.model_validate_json(json.dumps(raw)))
    rows = predictor.encode(to_columns(predictor.golden["rows"][:1], predictor.contract))
    assert "visits" not in {one["feature"] for one in explainer.explain(rows)[0]["features"]}
