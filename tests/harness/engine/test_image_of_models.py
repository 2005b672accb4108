"""Images of a model of texts and of one of LightGBM's: the lean image needs nothing more for either."""

import numpy as np
import pandas as pd
import pytest

from tests.support import engine
from tests.support.clone import Clone, clone_of, embed, lend_environment
from tests.support.engine import Engine

pytestmark = pytest.mark.skipif(bool(engine.why_not()), reason=f"a container engine {engine.why_not()}")
WORDS = np.array(["refund", "late", "kind", "broken", "größe", "fast", "thanks", "invoice", "漢字"])


def short_reports(clone: Clone) -> None:
    clone.edit_params(lambda params: params["evaluate"].update(resamples=200, refits=0))


@pytest.fixture(scope="module")
def texts(origin: Clone, tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """A project in which words that people wrote tell what they did."""
    made = clone_of(origin, tmp_path_factory.mktemp("texts") / "clone")
    lend_environment(made)
    embed(made)
    rng = np.random.default_rng(0)
    said = [" ".join(rng.choice(WORDS, 5)) + f" {number}" for number in range(400)]
    left = ["yes" if ("late" in text) + ("broken" in text) + 0.8 * rng.random() > 1 else "no" for text in said]
    table = tmp_path_factory.mktemp("table") / "calls.csv"
    pd.DataFrame({"said": said, "minutes": rng.integers(1, 60, 400), "left": left}).to_csv(table, index=False)
    made.run("python", "-m", "harness", "adopt", f"--data={table}", "--target=left", "--keep=said")
    assert '"role": ["text"]' in (made.folder / "src/schema.py").read_text()
    short_reports(made)
    made.commit("calls")
    made.run("make", "pipeline")
    return made


@pytest.fixture(scope="module")
def boosted(origin: Clone, tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """The worked example by LightGBM, in an environment of its own that has it."""
    made = clone_of(origin, tmp_path_factory.mktemp("boosted") / "clone")
    short_reports(made)
    chosen = {"estimator": "lightgbm.LGBMClassifier", "params": {"n_estimators": 50}}
    made.edit_params(lambda params: params["train"].update(chosen))
    made.run("make", "setup", "WITH=boosters")
    made.commit("LightGBM")
    made.run("make", "pipeline")
    return made


@pytest.mark.parametrize("kind", ["texts", "boosted"])
def test_the_lean_image_answers_as_the_model_does(kind: str, docker: Engine, request: pytest.FixtureRequest) -> None:
    clone, image = request.getfixturevalue(kind), f"IMAGE={kind}:test"
    for target in ("image", "smoke"):
        done = docker.call("make", target, image, folder=clone.folder)
        assert done.returncode == 0, done.stderr
    assert "20 answers equal to the last bit" in done.stdout
    packages = docker.run("run", "--rm", "--network=host", "--entrypoint=ls", f"{kind}:test", "/packages").split()
    assert not {"sklearn", "lightgbm", "skl2onnx", "pandas"} & set(packages)
