"""Eleven models, each a little worse than the one before it, published in turn: whose losses add up, and who sees it.

Real: git, DVC, eleven trainings, ten reports and gates. Only the release is played: a published model is copied to
where CI brings it.
"""

import json
import shutil
from functools import partial
from typing import Any

from harness.core.paths import MODEL_PATH
from tests.support.clone import Clone

TREES = (60, 40, 30, 24, 19, 15, 12, 9, 7, 5, 3)  # of each model: from the fourth on its log loss rises
ALLOWED = 0.06


def publish(project: Clone) -> str:
    """The model of HEAD, as a release holds it."""
    folder = project.folder / "artifacts/published/earlier"
    folder.mkdir(parents=True, exist_ok=True)
    commit = project.run("git", "rev-parse", "HEAD").stdout.strip()
    shutil.copy(project.folder / MODEL_PATH, folder / f"{commit}.onnx")
    return commit


def set_trees(params: dict[str, Any], trees: int) -> None:
    params["train"]["params"]["max_iter"] = trees


def test_ten_small_losses_do_not_add_up_against_the_best_published_model(reproduced: Clone) -> None:
    rules = {"max_rise": ALLOWED, "max_rise_from_best": ALLOWED}
    reproduced.edit_params(lambda params: params["gates"].update(metrics={"log_loss": rules}, slices={}))
    reproduced.edit_params(lambda params: params["evaluate"].update(primary="log_loss", resamples=500))
    reproduced.edit_params(lambda params: params["train"]["params"].update(max_iter=TREES[0], learning_rate=0.1))
    reproduced.run("dvc", "repro", "--quiet")
    reproduced.commit("the first model")
    publish(reproduced)
    outcomes, losses = [], []
    for trees in TREES[1:]:
        reproduced.edit_params(partial(set_trees, trees=trees))
        reproduced.commit(f"{trees} trees")
        reproduced.run("python", "-m", "harness", "report", "--base=HEAD~1")
        found = json.loads((reproduced.folder / "artifacts/report/report.json").read_text("utf-8"))
        publish(reproduced)
        (held,) = found["best"]
        states = {rule["rule"].split()[1]: rule["state"] for rule in found["gate"]}
        gate = reproduced.run("python", "-m", "harness", "gate", check=False).returncode
        outcomes.append((states["max_rise"], states["max_rise_from_best"], gate))
        change = next(change for change in found["changes"] if change["metric"] == "log_loss")
        losses.append((change["change"], held["change"]["change"], held["commit"]))
    assert [step for step, _, _ in outcomes] == ["pass"] * 10
    whole = [state for _, state, _ in outcomes]
    assert whole[:6] == ["pass"] * 6
    assert whole[-3:] == ["fail"] * 3
    assert [gate for _, _, gate in outcomes] == [int(state == "fail") for state in whole]
    assert max(step for step, *_ in losses) < ALLOWED
    assert losses[-1][1] > 2 * ALLOWED
    assert len({best for *_, best in losses[3:]}) == 1  # the fourth model, whatever was published after it
