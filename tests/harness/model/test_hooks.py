"""What src/features.py and src/model.py may be, and how they are refused: one line that names the file."""

import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier

from harness.core.errors import ProjectError
from harness.core.hooks import call_hook
from harness.core.loader import load_hook
from harness.core.params import Params
from harness.core.prepared import Prepared, feature_columns, target_values
from harness.model.own_estimator import own_estimator
from harness.model.pipeline import to_frame
from harness.model.repeatable import check_repeatable
from harness.model.training import read_training_rows, train_model
from tests.support.project import Project
from tests.support.tables import contract, customers, settings, train_params

SRC = '"""The estimator."""\n\n'


@pytest.fixture
def hook(tmp_path: Path) -> Iterator[Callable[[str, str], Any]]:
    """Gives the function of a file src/<name>.py with this content, in a project of its own; then forgets it."""
    path = sys.path.copy()
    known = {name: module for name, module in sys.modules.items() if name.split(".")[0] == "src"}
    (tmp_path / "src").mkdir()
    (tmp_path / "src/__init__.py").touch()

    def load(name: str, content: str) -> Any:
        (tmp_path / f"src/{name}.py").write_text(content)
        return load_hook(name, name, tmp_path)

    yield load
    sys.path[:] = path
    for name in [name for name in sys.modules if name.split(".")[0] == "src"]:
        del sys.modules[name]
    sys.modules.update(known)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (f"{SRC}1 / 0\n", r"src/model\.py:3: ZeroDivisionError: division by zero$"),
        (f"{SRC}def model(:\n", r"src/model\.py:3: SyntaxError: "),
        (f"{SRC}def modell(contract, params): ...\n", r"src/model\.py: must define the function model$"),
        (f"{SRC}raise ValueError('two\\nlines')\n", r"src/model\.py:3: ValueError: two lines$"),
        (f"{SRC}import sys; sys.exit(3)\n", r"src/model\.py:3: SystemExit: 3$"),
        (f"{SRC}model = 5\n", r"src/model\.py: model must be a function, written with def; got 5$"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(hook: Any, content: str, message: str) -> None:
    with pytest.raises(ProjectError, match=message):
        hook("model", content)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("    return 1", r"^src/model\.py:3: model must return a BaseEstimator, got int$"),
        ("    x = 1\n    return x / 0", r"^src/model\.py:5: ZeroDivisionError: division by zero$"),
        (
            "    from sklearn.linear_model import Ridge\n    return Ridge()",
            r"^src/model\.py:3: model must return an estimator for binary, got Ridge$",
        ),
    ],
)
def test_a_model_that_is_no_estimator_is_refused_in_its_line(hook: Any, body: str, message: str) -> None:
    model = hook("model", f"{SRC}def model(contract, params):\n{body}\n")
    with pytest.raises(ProjectError, match=message):
        own_estimator(model, contract(), train_params())


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            "    import random\n    return RandomForestClassifier(max_depth=random.randrange(1, 10**9))",
            r"^src/model\.py:6: model returns another estimator each time it is called$",
        ),
        (
            "    return VotingClassifier([('a', RandomForestClassifier())])",
            r'^src/model\.py:6: VotingClassifier gives no probabilities; a vote gives them with voting="soft"$',
        ),
    ],
)
def test_an_estimator_that_cannot_be_relied_on_is_refused_in_its_line(hook: Any, body: str, message: str) -> None:
    imports = "from sklearn.ensemble import RandomForestClassifier, VotingClassifier\n\n\n"
    model = hook("model", f"{SRC}{imports}def model(contract, params):\n{body}\n")
    with pytest.raises(ProjectError, match=message):
        own_estimator(model, contract(), train_params())


@pytest.mark.parametrize(
    "made",
    [
        "VotingClassifier([('a', LogisticRegression()), ('b', SVC(probability=True))], voting='soft', weights=[2, 1])",
        "StackingClassifier([('a', LogisticRegression()), ('b', SVC(probability=True))])",
    ],
)
def test_a_vote_or_stack_made_anew_each_time_is_the_same(hook: Any, made: str) -> None:
    """Every vote was refused as another one: what was settled in the first was missing in the second."""
    imports = "from sklearn.ensemble import StackingClassifier, VotingClassifier\n"
    imports += "from sklearn.linear_model import LogisticRegression\nfrom sklearn.svm import SVC\n\n\n"
    model = hook("model", f"{SRC}{imports}def model(contract, params):\n    return {made}\n")
    assert len(own_estimator(model, contract(), train_params()).estimators) == 2


def test_a_seed_that_is_no_number_is_refused_in_its_line(hook: Any) -> None:
    imports = "import numpy\nfrom sklearn.ensemble import RandomForestClassifier\n\n\n"
    made = "RandomForestClassifier(random_state=numpy.random.RandomState())"
    model = hook("model", f"{SRC}{imports}def model(contract, params):\n    return {made}\n")
    told = r"^src/model\.py:7: RandomForestClassifier: random_state must be a whole number, got RandomState$"
    with pytest.raises(ProjectError, match=told):
        own_estimator(model, contract(), train_params())


def test_a_member_without_a_seed_gets_that_of_the_parameters(hook: Any) -> None:
    imports = "from sklearn.ensemble import RandomForestClassifier\n\n\n"
    model = hook("model", f"{SRC}{imports}def model(contract, params):\n    return RandomForestClassifier()\n")
    made = own_estimator(model, contract(), train_params(random_state=7))
    assert made.random_state == 7


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (
            "StackingClassifier([('a', LogisticRegression())], cv='prefit')",
            r"^src/model\.py: StackingClassifier cannot be fitted: This LogisticRegression instance is not fitted yet",
        ),
        ("DummyClassifier()", r"^src/model\.py: DummyClassifier has no exact ONNX form; use one of: "),
    ],
)
def test_an_own_estimator_that_cannot_be_trained_names_the_file(
    project: Project, hook: Any, returned: str, message: str
) -> None:
    project.run(["preprocess"])
    imports = "from sklearn.dummy import DummyClassifier\nfrom sklearn.ensemble import StackingClassifier\n"
    imports += "from sklearn.linear_model import LogisticRegression\n\n\n"
    model = hook("model", f"{SRC}{imports}def model(contract, params):\n    return {returned}\n")
    params = Params.model_validate(settings())
    rows = read_training_rows(Prepared(project.folder / "artifacts/prepared"), params)
    with pytest.raises(ProjectError, match=message):
        train_model(rows, params, no_features, model)


class MoodyTree(DecisionTreeClassifier):  # type: ignore[misc]
    """A tree that splits by chance, whatever the seed."""

    def fit(self, X: Any, y: Any) -> Any:
        return super().fit(X, np.random.default_rng().permutation(y))


def test_an_estimator_that_learns_otherwise_each_time_is_refused() -> None:
    X, y = to_frame(feature_columns(customers(300), contract()), contract()), target_values(customers(300), contract())
    told = r"^src/model\.py: MoodyTree learns something else from the same rows each time; give it a random_state$"
    with pytest.raises(ProjectError, match=told):
        check_repeatable(X, y, contract(), train_params(), MoodyTree())
    check_repeatable(X, y, contract(), train_params(), DecisionTreeClassifier(random_state=0))


def test_what_is_no_function_is_refused() -> None:
    with pytest.raises(ProjectError, match=r"^src/: a stage needs a function written with def here, got func"):
        call_hook(partial(no_features, None), int, {})


def no_features(xp: Any, row: Any) -> dict[str, Any]:
    del xp, row
    return {}


def test_a_projects_own_estimator_is_trained(project: Project, hook: Any) -> None:
    project.run(["preprocess"])
    params = Params.model_validate(settings())
    model = hook(
        "model",
        "from sklearn.naive_bayes import BernoulliNB\ndef model(contract, params):\n    return BernoulliNB(alpha=2)\n",
    )
    rows = read_training_rows(Prepared(project.folder / "artifacts/prepared"), params)
    assert train_model(rows, params, no_features, model).pipeline[-1].alpha == 2
