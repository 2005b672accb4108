"""src/service.py is the project's own: what its method answers is what HTTP answers, and its faults are reported."""

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from harness.inference.predictor import Predictor
from tests.support.constants import PATIENCE, ROOT
from tests.support.serving import SERVE, Server, running
from tests.support.warm import programs

SHIPPED = "return self.model.answer(rows)"
RULE = """answer = self.model.answer(rows)
        for row, prediction in zip(rows, answer.predictions, strict=True):
            if row["visits"] == 0:
                prediction["label"] = "no"
        return answer"""


@contextmanager
def project(folder: Path, model: Path, source: str | None, **environment: str) -> Iterator[Server]:
    """The service of a project folder of its own, whose src/service.py is this."""
    shutil.copytree(ROOT / "harness", folder / "harness", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "src").mkdir()
    (folder / "src/__init__.py").touch()
    if source is not None:
        (folder / "src/service.py").write_text(source, "utf-8")
    files = {"MODEL_FILE": str(model), "METRICS_FILE": str(model.with_name("metrics.json"))}
    with running(folder, (str(programs() / "python"), *SERVE), **files, **environment) as server:
        yield server


def edited(old: str, new: str) -> str:
    """The shipped service with an edit."""
    text = (ROOT / "src/service.py").read_text("utf-8")
    assert text.count(old) >= 1
    head, _, tail = text.rpartition(old)
    return head + new + tail


def test_the_shipped_service_is_short() -> None:
    assert len((ROOT / "src/service.py").read_text("utf-8").splitlines()) <= 40


@pytest.mark.parametrize("kind", ["def", "async def"])
def test_a_business_rule_in_predict_changes_the_answer_over_http(tmp_path: Path, model: Path, kind: str) -> None:
    """An ASGI layer took /predict before the method did, and an edit of the method changed nothing."""
    source = edited(SHIPPED, RULE).replace("    def predict", f"    {kind} predict")
    golden = Predictor(model).golden["rows"]
    rows = [{**golden[0], "visits": visits} for visits in (0, 30)]
    with project(tmp_path, model, source) as server:
        server.until(server.is_ready)
        answer = server.predict({"rows": rows}).json()
        assert server.predict({"rows": golden}).status_code == 200
    plain = Predictor(model)
    assert list(answer) == ["model_version", "predictions"]
    assert answer["predictions"][0]["label"] == "no"
    assert [max(one["probabilities"].values()) > 0.5 for one in answer["predictions"]] == [True, True]
    assert answer["model_version"] == plain.version


def test_a_plain_dict_of_the_answers_form_is_an_answer_too_and_may_say_more(tmp_path: Path, model: Path) -> None:
    made = '{"label": "no", "probabilities": {"no": 0.75, "yes": 0.25}, "why": "closed"}'
    source = edited(SHIPPED, f'return {{"model_version": "mine", "predictions": [{made}]}}')
    with project(tmp_path, model, source) as server:
        server.until(server.is_ready)
        answer = server.predict({"rows": [Predictor(model).golden["rows"][0]]})
    assert (answer.status_code, answer.json()) == (200, {"model_version": "mine", "predictions": [json.loads(made)]})


def test_predict_may_refuse_a_request(tmp_path: Path, model: Path) -> None:
    source = edited(SHIPPED, 'raise bentoml.exceptions.InvalidArgument("closed today")')
    with project(tmp_path, model, source) as server:
        server.until(server.is_ready)
        answer = server.predict({"rows": [Predictor(model).golden["rows"][0]]})
    assert (answer.status_code, answer.json()) == (400, {"error": "closed today"})


@pytest.mark.parametrize(
    ("body", "logged"),
    [
        ('raise ValueError(f"secret {rows[0]}")', r"predict failed: src/service.py:\d+: ValueError"),
        ('return {"predictions": rows}', r"src/service.py: predict returned no answer: .*model_version.*"),
        ("return None", r"src/service.py: predict returned no answer: .*"),
        (
            'return {"model_version": "1", "predictions": []}',
            r"src/service.py: predict returned 0 predictions to 1 rows",
        ),
    ],
)
def test_a_predict_that_fails_is_an_error_without_values(tmp_path: Path, model: Path, body: str, logged: str) -> None:
    row = Predictor(model).golden["rows"][0]
    with project(tmp_path, model, edited(SHIPPED, body)) as server:
        server.until(server.is_ready)
        answer = server.predict({"rows": [row]})
        assert (answer.status_code, list(answer.json())) == (500, ["error"])
        assert server.get("/livez").status_code == 200
        (line,) = (line for line in server.log() if "[ERROR]" in line)
    assert re.search(rf"\] {logged}$", line)
    assert "secret" not in answer.text + line
    assert str(row["plan"]) not in line


@pytest.mark.parametrize(
    ("source", "told", "workers"),
    [
        (None, r"\S*src/service.py: not found; every project needs this file, and \S+ has none", 1),
        ("import no_such_package", r"\S*src/service.py:1: ModuleNotFoundError: No module named 'no_such_package'", 2),
        ("def f(:", r"\S*src/service.py:1: SyntaxError: .*", 1),
        ("", "src/service.py: must define the class ModelService", 1),
        ("class ModelService: ...", "src/service.py: ModelService must be decorated with @bentoml.service", 1),
        ("import bentoml\n@bentoml.service\nclass ModelService: ...",
         "src/service.py: ModelService must have the method predict, decorated with @bentoml.api", 1),
        (("rows: RequestRows", "rows: RequestRows, extra: int"),
         "src/service.py: predict must take self and rows, got self, rows, extra", 1),
    ],
)  # fmt: skip
def test_a_service_that_cannot_answer_is_told_in_one_line(
    tmp_path: Path, model: Path, source: str | tuple[str, str] | None, told: str, workers: int
) -> None:
    text = edited(*source) if isinstance(source, tuple) else source
    with project(tmp_path, model, text, WORKERS=str(workers)) as server:
        assert server.process.wait(PATIENCE) == 1
        (line,) = (line for line in server.log() if not line.startswith("model "))
    assert re.fullmatch(f"error: {told}", line)


def test_a_service_whose_init_fails_is_alive_and_never_ready(tmp_path: Path, model: Path) -> None:
    source = edited("self.model = load_model()", 'raise OSError("no such database")')
    with project(tmp_path, model, source) as server:
        server.until(lambda: any("not ready" in line for line in server.log()))
        assert [server.get(path).status_code for path in ("/livez", "/readyz", "/model")] == [200, 503, 503]
        (line,) = (line for line in server.log() if "[ERROR]" in line)
    assert re.search(r"\] not ready: src/service.py:\d+: OSError$", line)


def test_another_method_has_a_path_of_its_own(tmp_path: Path, model: Path) -> None:
    more = SHIPPED + '\n\n    @bentoml.api\n    def greet(self, name: str) -> str:\n        return f"hello {name}"'
    with project(tmp_path, model, edited(SHIPPED, more)) as server:
        server.until(server.is_ready)
        answer = httpx.post(server.url + "/greet", json={"name": "you"}, timeout=PATIENCE)
        assert (answer.status_code, answer.text) == (200, "hello you")
        assert "/greet" in server.get("/docs.json").json()["paths"]


def test_a_service_may_call_itself(tmp_path: Path, model: Path) -> None:
    """BentoML's client of the service itself is made when it is first asked for: it is a fifth of a start."""
    asks = """if rows[0]["visits"] > 0:
            return self.model.answer(rows)
        answers = [await self.to_async.predict(rows=[{**row, "visits": 30} for row in rows]) for _ in range(2)]
        if answers[0].predictions != answers[1].predictions:
            raise ValueError(answers)
        return answers[0]"""
    source = edited(SHIPPED, asks).replace("    def predict", "    async def predict")
    row = Predictor(model).golden["rows"][0]
    with project(tmp_path, model, source) as server:
        server.until(server.is_ready)
        alone = server.predict({"rows": [{**row, "visits": 30}]}).json()
        assert server.predict({"rows": [{**row, "visits": 0}]}).json() == alone, server.log()
