"""`make verify` against a service that lies, breaks its line or never ends: one line each, and in time."""

import json
import time
from collections.abc import Iterator
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from harness.core.contract import as_text
from harness.core.errors import ProjectError
from harness.image.golden_answers import are_same
from harness.inference.predictor import Predictor
from harness.stages.ask import RunningService
from harness.stages.verify import verify
from tests.support.hostile import Pieces, hostile, reply
from tests.support.models import exported

IN_TIME = 10  # seconds: more than any limit below, and less than a socket's own
OTHER_FORM = "/predict gives answers in another form than the model's"


class Liar:
    """Says that it is ready and runs the very model; what it answers besides is the test's."""

    def __init__(self, model: Path) -> None:
        self.model, self.url, self.predictor = model, "", Predictor(model)
        described = {"version": self.predictor.version, "sha256": self.predictor.sha256}
        described_so = reply(json.dumps(described).encode())
        self.answers: dict[str, bytes | Pieces] = {"/readyz": reply(b""), "/model": described_so, "/predict": b""}

    def accepted(self) -> None:
        verify(self.url, self.model, "", 1, 0, None)

    def told(self, within: float = 1.0) -> str:
        """What `make verify` says of it, without its address."""
        with pytest.raises(ProjectError) as caught:
            verify(self.url, self.model, "", within, 0, None)
        told = str(caught.value)
        assert told.isprintable()  # one line, which steers no terminal
        assert told.startswith(f"{self.url}: ")
        return told.removeprefix(f"{self.url}: ")

    def predict(self, **changed: Any) -> None:
        """Answer the golden rows rightly but for this, or what it makes of label and scores; None takes a key away."""
        golden, names = self.predictor.golden, [as_text(label) for label in self.predictor.contract.classes]
        labels = self.predictor.predict(np.asarray(golden["answers"], dtype=np.float32))
        predictions = []
        for label, scores in zip(labels, golden["answers"], strict=True):
            shares = dict(zip(names, scores, strict=bool(names)))
            whole: dict[str, Any] = {"label": label, "probabilities": shares} if names else {"value": label}
            whole |= {key: value(label, scores) if callable(value) else value for key, value in changed.items()}
            predictions.append({key: value for key, value in whole.items() if value is not None})
        answer = {"model_version": self.predictor.version, "predictions": predictions}
        self.answers["/predict"] = reply(json.dumps(answer).encode())


@pytest.fixture(scope="module")
def lying(model: Path) -> Iterator[Liar]:
    made = Liar(model)
    with hostile(made.answers) as made.url:
        yield made


@pytest.fixture
def liar(lying: Liar, monkeypatch: pytest.MonkeyPatch) -> Liar:
    """What a test changes holds for it alone."""
    for path, answer in lying.answers.items():
        monkeypatch.setitem(lying.answers, path, answer)
    return lying


def endless(start: bytes, then: bytes) -> Pieces:
    """Something new so often that no read of a socket ends by its own limit; given up after IN_TIME."""

    def pieces() -> Iterator[bytes]:
        yield start
        for piece in repeat(then, IN_TIME * 20):
            time.sleep(0.05)
            yield piece

    return pieces


def silence() -> Iterator[bytes]:
    time.sleep(IN_TIME)
    yield b""


ENDLESS = {
    "drip": endless(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", b" "),
    "continue": endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "silence": silence,
}


def test_right_answers_pass_and_labels_are_never_left_out(liar: Liar, capsys: pytest.CaptureFixture[str]) -> None:
    liar.predict()
    liar.accepted()
    assert "golden rows: 20 answers equal to the last bit" in capsys.readouterr().out
    liar.predict(label=None)
    assert liar.told() == OTHER_FORM
    liar.predict(label=None, value=0.5)
    assert liar.told() == "golden row 1: must hold label, probabilities, got ['probabilities', 'value']"


@pytest.mark.parametrize("path", ["/readyz", "/predict"])
def test_a_status_line_of_the_service_stays_in_ours(liar: Liar, path: str) -> None:
    status = "\x1b[31mHACK\x85error: all is well\u2028::warning::x\r::error::y".encode("latin-1", "replace")
    liar.answers[path] = b"HTTP/1.1 " + status + b"\r\n\r\n"
    assert "error: all is well" in liar.told()


@pytest.mark.parametrize(
    ("path", "told"), [("/model", "/model answers 200, must describe model.onnx"), ("/predict", OTHER_FORM)]
)
@pytest.mark.parametrize("answer", [b"[" * 100_000, b"\xff\x00", b"null", b"[]"], ids=["deep", "bytes", "null", "list"])
def test_an_answer_of_another_form_is_one_line(liar: Liar, path: str, told: str, answer: bytes) -> None:
    liar.answers[path] = reply(answer)
    assert liar.told(within=0) == told


@pytest.mark.parametrize("number", ["1" * 400, '"0.5"', "null", "true", "[]", '{"a": 1}'])
def test_a_probability_that_is_no_number_of_ours_is_one_line(liar: Liar, number: str) -> None:
    liar.predict(probabilities=dict.fromkeys(map(as_text, liar.predictor.contract.classes), "NUMBER"))
    whole = liar.answers["/predict"]
    assert isinstance(whole, bytes)
    _, _, content = whole.partition(b"\r\n\r\n")
    liar.answers["/predict"] = reply(content.replace(b'"NUMBER"', number.encode()))
    assert liar.told() == OTHER_FORM


EXTRA_CLASS = "golden row 1: must give probabilities of "


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"probabilities": lambda _, scores: {"no": scores[0], "yes": scores[1], "x": 0.0}}, EXTRA_CLASS),
        ({"probabilities": lambda _, scores: {"no": scores[0], "yes": scores[1], "2": float("nan")}}, EXTRA_CLASS),
        ({"probabilities": [0.5, 0.5]}, OTHER_FORM),
        ({"prediction_set": lambda label, _: [label]}, "golden row 1: must hold label, probabilities, got "),
        ({"value": 0.5}, "golden row 1: must hold label, probabilities, got "),
    ],
)
def test_more_classes_parts_that_the_model_has_not_are_wrong(liar: Liar, changed: dict[str, Any], told: str) -> None:
    liar.predict(**changed)
    assert liar.told().startswith(told)


def test_a_label_of_another_type_is_another_label() -> None:
    """To Python `1 == 1.0 == True`."""
    assert are_same([1, "a"], [1, "a"])
    assert not any(are_same([other], [1]) for other in (1.0, True, "1", None))
    assert not are_same((1,), [1])


def test_what_a_project_adds_to_a_prediction_is_right_and_more_beside_them_is_wrong(liar: Liar) -> None:
    liar.predict(why="free")
    liar.accepted()
    whole = liar.answers["/predict"]
    assert isinstance(whole, bytes)
    _, _, content = whole.partition(b"\r\n\r\n")
    liar.answers["/predict"] = reply(json.dumps({**json.loads(content), "x": 1}).encode())
    assert liar.told() == "the answer must not hold ['x']"


@pytest.mark.parametrize("task", ["multiclass", "regression"])
def test_a_set_or_an_interval_must_be_what_the_file_makes_of_the_answer(tmp_path: Path, task: str) -> None:
    """The file of this module's other tests promises neither."""
    path, part = tmp_path / "model.onnx", "prediction_set" if task == "multiclass" else "prediction_interval"
    exported(path, task)
    made = onnx.load_model_from_string(path.read_bytes())
    calibrated = {"confidence": 0.9, "quantile": 0.75, "rows": 100, "units": 100}
    made.metadata_props.add(key="conformal", value=json.dumps(calibrated))
    path.write_bytes(made.SerializeToString())
    liar = Liar(path)
    names = [as_text(label) for label in liar.predictor.contract.classes]

    def right(label: Any, scores: list[float]) -> list[Any]:
        likely = [name for name, score in zip(names, scores, strict=bool(names)) if score >= 0.25]
        return likely or [label - 0.75, label + 0.75]

    with hostile(liar.answers) as liar.url:
        liar.predict(**{part: right})
        liar.accepted()
        liar.predict()
        assert liar.told().startswith("golden row 1: must hold ")
        for wrong in ([], [0.0, 0.0], [True], 1, [[0], {}], [float("nan")] * 2, "01"):
            liar.predict(**{part: wrong})
            assert liar.told().startswith(f"golden row 1: {part} must be [")


def test_a_label_of_megabytes_is_cut(liar: Liar) -> None:
    liar.predict(label="x" * 400_000)  # in each of 20 rows
    told = liar.told()
    assert told.startswith("golden row 1: must give ")
    assert len(told) < 400


@pytest.mark.parametrize("how", ENDLESS)
@pytest.mark.parametrize("path", ["/readyz", "/model"])
def test_within_binds_whatever_the_service_does(liar: Liar, path: str, how: str) -> None:
    liar.answers[path] = ENDLESS[how]
    started = time.monotonic()
    assert liar.told(within=0.3).startswith("not ready (no whole answer in ")
    assert time.monotonic() - started < IN_TIME


@pytest.mark.parametrize("how", ENDLESS)
def test_an_answer_to_the_golden_rows_that_never_ends_is_given_up(liar: Liar, how: str) -> None:
    liar.answers["/predict"] = ENDLESS[how]
    started = time.monotonic()
    with pytest.raises(TimeoutError, match=r"^no whole answer in 0\.3 s$"):
        RunningService(liar.url).ask("/predict", {"rows": []}, within=0.3)
    assert time.monotonic() - started < IN_TIME


def test_the_last_reason_is_what_was_seen_and_not_that_time_was_up(liar: Liar) -> None:
    """The last look is cut by the limit: what the look before it saw says more."""
    looks = iter([reply(b"", b"503 Starting")])

    def first_then_silence() -> Iterator[bytes]:
        for answer in looks:
            yield answer
            return
        yield from silence()

    liar.answers["/readyz"] = first_then_silence
    assert liar.told(within=0.5) == "not ready (/readyz answers 503), for 0.5 s"


def test_without_a_limit_one_look_is_told_without_a_time(liar: Liar) -> None:
    liar.answers["/readyz"] = reply(b"", b"503 Starting")
    assert liar.told(within=0) == "not ready (/readyz answers 503)"
