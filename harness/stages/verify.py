"""Command behind `make verify`: is what answers there the very model that was measured, in every answer?"""

import http.client
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from harness.core.errors import ProjectError
from harness.image.golden_answers import GoldenAnswers
from harness.inference.predictor import Predictor
from harness.project.web_address import one_line
from harness.serve.token import read_token
from harness.stages.ask import TIMEOUT, RunningService
from harness.stages.registry import read_registry

CALLERS = 4  # at once, under traffic
ONE_LOOK = 10.0  # seconds for the answers where nobody wants to wait
LOOK_EVERY = 0.2  # seconds between two looks whether it is ready


def verify(url: str, model: Path, version: str, within: float, seconds: float, token: Path | None) -> None:
    """Hold the answers of a service against a model file, for some seconds under traffic.

    Raises ProjectError if it is not ready within the limit, runs another model, or answers a golden row otherwise; or
    if the file is not the version.
    """
    service = RunningService(url, f"Bearer {read_token(token)[1].decode()}" if token else "")
    predictor = Predictor(model)
    if version:
        check_file(model, version, predictor.sha256)
    started = time.monotonic()
    wait_until_it_runs(service, predictor, version or model.name, within)
    print(f"{url}: {version or model.name} ({predictor.version}) is ready after {time.monotonic() - started:.1f} s")
    golden = GoldenAnswers(predictor)
    print(f"golden rows: {ask_golden(service, golden, predictor.version)}")
    if seconds:
        count = under_traffic(seconds, lambda: ask_golden(service, golden, predictor.version))
        print(f"under traffic: {count} requests in {seconds:g} s from {CALLERS} callers, every answer right")


def check_file(model: Path, version: str, found: str) -> None:
    """Raises ProjectError unless the file is what was registered."""
    recorded = read_registry().version(version).facts.get("Model", "")
    if recorded != found:
        raise ProjectError(f"{model}: is {found[:12]}, but {version} is {one_line(recorded)[:12] or 'not recorded'}")


def wait_until_it_runs(service: RunningService, predictor: Predictor, name: str, within: float) -> None:
    """Wait until it is ready and runs this model; with a limit of 0, look once."""
    deadline, last = time.monotonic() + (within or ONE_LOOK), ""
    while not last or (within and time.monotonic() < deadline):
        found = _why_not(service, predictor, name, deadline)
        if not found:
            return
        # What the limit cut says nothing: the look before has seen more.
        last = last if last and time.monotonic() >= deadline else found
        time.sleep(LOOK_EVERY if within else 0)
    raise ProjectError(f"{service.url}: {last}" + (f", for {within:g} s" if within else ""))


def _why_not(service: RunningService, predictor: Predictor, name: str, deadline: float) -> str:
    """Why it does not run this model; empty if it does."""
    try:
        status, _ = service.ask("/readyz", within=_left(deadline))
        if status != 200:
            return f"not ready (/readyz answers {status})"
        status, answer = service.ask("/model", within=_left(deadline))
    except (OSError, http.client.HTTPException) as error:
        return f"not ready ({_said(error)})"
    if status != 200 or not isinstance(answer, dict):
        return f"/model answers {status}, must describe {name}"
    if answer.get("sha256") != predictor.sha256 or answer.get("version") != predictor.version:
        return f"runs {one_line(answer.get('version'))[:12]}, must run {predictor.version} ({name})"
    return ""


def ask_golden(service: RunningService, golden: GoldenAnswers, version: str) -> str:
    """Ask the golden rows once; how near the answers are. Raises ProjectError if one is wrong, or another's."""
    try:
        status, answer = service.ask("/predict", {"rows": golden.rows})
        if status != 200:
            raise ProjectError(f"{service.url}: /predict must answer the golden rows, got {status} {one_line(answer)}")
        if answer["model_version"] != version:
            other = one_line(answer["model_version"])
            raise ProjectError(f"{service.url}: model {other} answers there too, besides {version}")
        _check_form(answer["predictions"])
        return _compare(service, golden, answer)
    except (OSError, http.client.HTTPException) as error:
        raise ProjectError(f"{service.url}: /predict gives no answer: {_said(error)}") from None
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
        raise ProjectError(f"{service.url}: /predict gives answers in another form than the model's") from None


def _left(deadline: float) -> float:
    return min(TIMEOUT, max(deadline - time.monotonic(), 0.01))


def _said(error: Exception) -> str:
    """What the service's answer made of an error, in one line."""
    return one_line(" ".join(str(error).split()) or type(error).__name__)


def _compare(service: RunningService, golden: GoldenAnswers, answer: Any) -> str:
    try:
        return golden.compare(answer)
    except ProjectError as error:  # which shows the answer
        raise ProjectError(f"{service.url}: {_said(error)}") from None


def _check_form(predictions: list[dict[str, Any]]) -> None:
    """Raises TypeError if a probability or value is no number, KeyError if there is neither label nor value."""
    for prediction in predictions:
        numbers = prediction["probabilities"].values() if "label" in prediction else [prediction["value"]]
        if not all(type(number) in {int, float} for number in numbers):
            raise TypeError("must be numbers")


def under_traffic(seconds: float, ask: Callable[[], str]) -> int:
    """How often several callers could ask; the first error of one of them ends all."""
    deadline = time.monotonic() + seconds
    failed: list[Exception] = []

    def keep_asking() -> int:
        count = 0
        while time.monotonic() < deadline and not failed:
            try:
                ask()
            except ProjectError as error:
                failed.append(error)
                raise
            count += 1
        return count

    with ThreadPoolExecutor(CALLERS) as pool:
        return sum(one.result() for one in [pool.submit(keep_asking) for _ in range(CALLERS)])
