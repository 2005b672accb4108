"""What LightGBM, XGBoost and CatBoost have learnt, as plain trees: to the last bit, for their numbers are doubles.

onnxmltools rounds LightGBM's thresholds to float32 and sums in float32, so its files answer otherwise here and there.
"""

import json
import math
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

# An objective's raw scores → what the estimator answers.
LINKS = {
    "identity": {
        "regression", "regression_l1", "huber", "fair", "quantile", "mape",
        "reg:squarederror", "reg:absoluteerror", "reg:pseudohubererror", "reg:quantileerror",
        "RMSE", "MAE", "Quantile", "Huber", "MAPE", "LogCosh", "Expectile", "Lq",
    },
    # XGBoost sums in float32, of which exp makes differences of 1e-5: its objectives are not among these.
    "exp": {"poisson", "gamma", "tweedie", "Poisson", "Tweedie"},
    "sigmoid": {"binary", "cross_entropy", "binary:logistic", "reg:logistic", "Logloss", "CrossEntropy"},
    "softmax": {"multiclass", "multi:softprob", "MultiClass"},
}  # fmt: skip


@dataclass
class Trees:
    """Trees by node, as ONNX lists them; the raw scores (one, or one a class) are sums of leaves and `base`."""

    link: str
    base: list[float]
    scale: float = 1.0  # of what is below the link
    nodes: list[dict[str, Any]] = field(default_factory=list)
    leaves: list[dict[str, Any]] = field(default_factory=list)
    count: int = 0

    def add(self, root: object, node_of: Callable[[Any], "Node"]) -> None:
        """A tree from its root down; `node_of` says what a node is."""
        waiting, known = [root], 1
        for number, place in _numbered(waiting):
            node = node_of(place)
            row: dict[str, Any] = {"tree": self.count, "node": number, "mode": node.mode, "feature": node.feature}
            row |= {"value": node.threshold, "true": 0, "false": 0, "missing": int(node.missing)}
            if node.mode == "LEAF":
                for output, value in node.leaf.items():
                    self.leaves.append({"tree": self.count, "node": number, "output": output, "value": value})
            else:
                row |= {"true": known, "false": known + 1}
                waiting += [node.if_true, node.if_false]
                known += 2
            self.nodes.append(row)
        self.count += 1


@dataclass(frozen=True)
class Node:
    """A split, or a leaf with a value by output."""

    mode: str
    feature: int = 0
    threshold: float = 0.0
    if_true: object = None
    if_false: object = None
    missing: bool = False  # whether a missing value takes the first way
    leaf: Mapping[int, float] = field(default_factory=dict)


class NotExportableError(ValueError):
    """What a fitted booster has that plain trees have not."""


def trees_of(estimator: BaseEstimator) -> Trees:
    """The trees of a fitted estimator of one of the three packages. NotExportableError says what to change."""
    return READERS[type(estimator).__module__.split(".")[0]](estimator)


def _numbered(waiting: list[Any]) -> Iterator[tuple[int, Any]]:
    """Each with its number; the list grows meanwhile."""
    number = 0
    while number < len(waiting):
        yield number, waiting[number]
        number += 1


def _link(objective: str) -> str:
    for link, objectives in LINKS.items():
        if objective in objectives:
            return link
    known = ", ".join(sorted(set().union(*LINKS.values())))
    raise NotExportableError(f"the objective {objective} has no ONNX form; these have: {known}")


def _lightgbm(estimator: BaseEstimator) -> Trees:
    dump = estimator.booster_.dump_model()
    objective, *settings = dump["objective"].split()
    if dump["average_output"] or getattr(estimator, "linear_tree", False) or "sqrt" in settings:
        raise NotExportableError("boosting_type rf, linear_tree and reg_sqrt have no ONNX form; leave them out")
    scale = next((float(text.partition(":")[2]) for text in settings if text.startswith("sigmoid:")), 1.0)
    outputs = dump["num_tree_per_iteration"]
    trees = Trees(_link(objective), [0.0] * outputs, scale)
    for number, tree in enumerate(dump["tree_info"]):
        output = number % outputs

        def node_of(place: Any, output: int = output) -> Node:
            if "leaf_value" in place:
                return Node("LEAF", leaf={output: place["leaf_value"]})
            if place["decision_type"] != "<=":
                raise NotExportableError("splits by categories have no ONNX form; leave categorical_feature out")
            left, right = place["left_child"], place["right_child"]
            return Node("BRANCH_LEQ", place["split_feature"], place["threshold"], left, right)

        trees.add(tree["tree_structure"], node_of)
    return trees


def _xgboost(estimator: BaseEstimator) -> Trees:
    learner = json.loads(estimator.get_booster().save_raw("json"))["learner"]
    booster, objective = learner["gradient_booster"], learner["objective"]["name"]
    if booster["name"] != "gbtree" or "model" not in booster:
        raise NotExportableError(f"booster {booster['name']} has no ONNX form; take gbtree")
    link, model = _link(objective), booster["model"]
    given = json.loads(learner["learner_model_param"]["base_score"])
    base = [_margin(value, link) for value in _singles(given if isinstance(given, list) else [given])]
    outputs = max(int(learner["learner_model_param"]["num_class"]), 1)
    trees = Trees(link, base if len(base) == outputs else base * outputs)
    for output, tree in zip(model["tree_info"], model["trees"], strict=True):
        if int(tree["tree_param"]["size_leaf_vector"]) > 1 or any(tree["split_type"]):
            raise NotExportableError("vector leaves and splits by categories have no ONNX form; leave them out")

        values = _singles(tree["split_conditions"])

        def node_of(place: Any, tree: Any = tree, values: list[float] = values, output: int = output) -> Node:
            if tree["left_children"][place] < 0:
                return Node("LEAF", leaf={output: values[place]})
            left, right = tree["left_children"][place], tree["right_children"][place]
            return Node("BRANCH_LT", tree["split_indices"][place], values[place], left, right)

        trees.add(0, node_of)
    return trees


def _singles(values: list[float]) -> list[float]:
    """XGBoost writes a float32 in as few digits as name it; as a double they are another number."""
    singles: list[float] = np.asarray(values, dtype=np.float32).astype(float).tolist()
    return singles


def _margin(mean: float, link: str) -> float:
    """XGBoost keeps where it starts from as an answer, not as a raw score."""
    return math.log(mean / (1 - mean)) if link == "sigmoid" else mean


def _catboost(estimator: BaseEstimator) -> Trees:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        estimator.save_model(str(path), format="json")
        dump = json.loads(path.read_text("utf-8"))
    if "oblivious_trees" not in dump:
        raise NotExportableError("only symmetric trees have an ONNX form; leave grow_policy out")
    objective = str(estimator.get_all_params()["loss_function"]).partition(":")[0]
    scale, base = dump["scale_and_bias"]
    trees = Trees(_link(objective), [float(value) for value in base])
    for tree in dump["oblivious_trees"]:
        splits, values = tree["splits"] or [], tree["leaf_values"]
        outputs = len(values) >> len(splits)

        def node_of(place: Any, splits: Any = splits, values: Any = values, outputs: int = outputs) -> Node:
            level, leaf = place
            if level == len(splits):
                return Node("LEAF", leaf={at: scale * values[leaf * outputs + at] for at in range(outputs)})
            split, above = splits[level], leaf | 1 << level
            return Node(
                "BRANCH_GT", split["float_feature_index"], split["border"], (level + 1, above), (level + 1, leaf)
            )

        trees.add((0, 0), node_of)
    return trees


READERS: Mapping[str, Callable[[BaseEstimator], Trees]] = {
    "lightgbm": _lightgbm,
    "xgboost": _xgboost,
    "catboost": _catboost,
}
