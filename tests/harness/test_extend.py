"""Every example of docs/extend.md runs: as the project's own file, through the stages, on the project's own data."""

import json
import re
from typing import Any

import pandas as pd
import pytest
import yaml

from harness.core.params import Params
from harness.core.paths import METRICS_PATH
from tests.support import tables
from tests.support.clone import Clone
from tests.support.constants import ROOT
from tests.support.project import Project

PAGE = (ROOT / "docs/extend.md").read_text("utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
BEHAVIOUR = [code for code in BLOCKS if "def test_" in code]
PYTHON = [code for code in BLOCKS if code not in BEHAVIOUR]
# The page speaks of nobody's table; here its columns are the worked example's.
COLUMNS = {"bought": "sibsp", "rented": "parch", "price": "fare", "channel": "sex", "tariff": "pclass"}
YAML_EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


def run_stages(clone: Clone, *stages: str) -> None:
    clone.run("dvc", "pull", "--quiet", "data.dvc")
    table = pd.read_csv(clone.folder / "data/titanic.csv", dtype=str, keep_default_na=False)
    table["sold"] = [f"1912-04-{row % 30 + 1:02} {row % 24:02}:08" for row in range(len(table))]
    table["opens"] = [f"{row % 12 + 1}:{row % 60:02} PM" for row in range(len(table))]
    (clone.folder / "data/titanic.csv").unlink()
    table.to_csv(clone.folder / "data/titanic.csv", index=False)
    for stage in stages:
        clone.run("python", "-m", f"src.{stage}")


@pytest.mark.parametrize("code", PYTHON)
def test_a_file_of_the_page_trains(clone: Clone, code: str) -> None:
    if code.startswith("    "):
        schema = clone.folder / "src/schema.py"
        imports, _, rest = schema.read_text().partition("import pandera")
        schema.write_text(f"{imports}import pandas as pd\nimport pandera{rest}{code}")
    else:
        for shown, ours in COLUMNS.items():
            code = code.replace(f'row["{shown}"]', f'row["{ours}"]').replace('"web"', '"female"')
        name = "features" if "def features" in code else "model"
        (clone.folder / f"src/{name}.py").write_text(code)
    run_stages(clone, "preprocess", "train")


@pytest.mark.parametrize("code", BEHAVIOUR)
def test_tests_of_the_page_pass(clone: Clone, evaluated: Clone, code: str) -> None:
    """`make adopt` deletes the worked example's, so this page has to show how one is written."""
    for shown, ours in {"channel=": "sex=", "price=": "fare=", '"web"': '"female"', '"shop"': '"male"'}.items():
        code = code.replace(shown, ours)
    (clone.folder / "tests/test_behaviour.py").write_text(code)
    evaluated_before = f"EVALUATED_PROJECT={evaluated.folder}"
    done = clone.run("env", evaluated_before, "python", "-m", "pytest", "-n", "0", "-q", "tests/test_behaviour.py")
    assert done.stdout.startswith("." * code.count("def test_") + " ")


@pytest.mark.parametrize("settings", YAML_EXAMPLES)
def test_settings_of_the_page_train(clone: Clone, settings: str) -> None:
    written = yaml.safe_load(settings)

    def change(params: dict[str, Any]) -> None:
        params["train"]["params"].clear()
        for section, values in written.items():
            params[section].update(values)
        params["train"]["params"]["n_estimators"] //= 10  # how many trees there are changes nothing that is shown

    clone.edit_params(change)
    Params.model_validate(yaml.safe_load((clone.folder / "params.yaml").read_text()))
    run_stages(clone, "preprocess", "train", "evaluate")
    metrics = json.loads((clone.folder / METRICS_PATH).read_text())["test"]
    assert set(written["evaluate"]["further"]) <= set(metrics)


@pytest.mark.parametrize("settings", re.findall(r"^    train:\n(?:      .*\n)+", PAGE, re.MULTILINE))
def test_settings_of_another_task_train(project: Project, settings: str) -> None:
    made = tables.settings("regression")
    made["train"] |= yaml.safe_load(settings)["train"]
    project.become("regression", 400)
    project.write(params=made)
    project.run()
    assert json.loads((project.folder / METRICS_PATH).read_text())["coverage"][0]["column"] is None
