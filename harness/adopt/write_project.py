"""A plan → params.yaml (comments kept), data.dvc, the data file, and README.md's marked parts."""

import io
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, MutableMapping
from pathlib import Path

import pyarrow as pa
from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from harness.adopt.defaults import boosting
from harness.adopt.gate_rules import GateRules
from harness.adopt.plan import Plan
from harness.adopt.trial import Trial
from harness.core.contract import Contract
from harness.tables.detect_format import convert
from harness.tables.staging import Staged
from harness.tables.write_rows import hashed, numbered, write_rows

CSV_CELLS = 1_000_000  # a table of more goes into Parquet
HEADING = re.compile(r"^# .*$", re.MULTILINE)
PICTURE = re.compile(r"!\[[^\]]*\]\(\.github/comment\.png\)\n\n?")
CONTAINER_NAME = re.compile(r'("name": )"[^"]*"')
EXAMPLE = re.compile(r"(<!--example:(\w+)-->\n?).*?(\n?<!--/example-->)", re.DOTALL)
GAP = re.compile(r"^\n(\w+):", re.MULTILINE)  # a section after an empty line
SCORING = {"binary": "roc_auc", "multiclass": "roc_auc_ovr", "regression": "neg_root_mean_squared_error"}


def write_data(table: Staged, plan: Plan, folder: Path, stem: str) -> Path:
    """Write the stored columns, every value in its form, as CSV or, if there are many, as Parquet."""
    stored = [column for column in plan.columns if column.stored and column.name in table.columns]
    stored.sort(key=lambda column: table.columns.index(column.name))
    ending = ".parquet" if table.rows * len(stored) > CSV_CELLS else ".csv"
    path = folder / f"{_file_name(stem) or 'table'}{ending}"
    parts: Iterable[pa.Table] = (
        pa.table({column.name: convert(batch[column.name], column.form) for column in stored})
        for batch in table.batches()
    )
    if plan.hashed:
        parts = hashed(parts, plan.hashed, [column.name for column in plan.features])
    if plan.numbered:
        parts = numbered(parts, plan.numbered)
    write_rows(parts, path)
    return path


def _file_name(stem: str) -> str:
    """In plain letters: imóveis 2024 → imoveis_2024."""
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


def params_text(old: str, plan: Plan, path: str, trial: Trial, primary: str, gates: GateRules, refits: int) -> str:
    """params.yaml with the data, the task, an estimator and rules for it; comments and all else stay."""
    yaml = YAML()
    yaml.width, yaml.preserve_quotes = 4096, True
    yaml.representer.add_representer(type(None), lambda r, _: r.represent_scalar("tag:yaml.org,2002:null", "null"))
    params = yaml.load(old)
    params["data"]["path"] = path
    # In quotes: to many readers of YAML a bare yes is no text.
    positive = DoubleQuotedScalarString(plan.positive) if isinstance(plan.positive, str) else plan.positive
    params["task"].update({"type": plan.task, "positive": positive})
    train = params["train"]
    kind = "Regressor" if plan.task == "regression" else "Classifier"
    train["estimator"] = f"sklearn.ensemble.HistGradientBoosting{kind}"
    train["class_weight"] = "none"
    train["search"].update({"method": "none", "scoring": SCORING[plan.task]})
    train["threshold"].update({"method": "fixed", "value": 0.5, "metric": "balanced_accuracy"})
    _replace(train["params"], {**boosting(trial.rows), "l2_regularization": 1.0})
    _replace(train["search"]["space"], {"learning_rate": [0.02, 0.05, 0.1], "max_leaf_nodes": [6, 12, 24]})
    params["evaluate"].update({"primary": primary, "refits": refits})
    params["preprocess"].update({"seed": trial.seed, "test_from": "latest"})
    _replace(params["gates"]["metrics"], gates)
    _replace(params["gates"]["slices"], {})
    written = io.StringIO()
    yaml.dump(params, written)
    # An empty mapping belongs before its comment, on the key's line.
    text = re.sub(r"^( *\w+:) (#[^\n]*)\n *\{\}$", r"\1 {} \2", written.getvalue(), flags=re.MULTILINE)
    for key in GAP.findall(old):  # an empty line is lost with the entry before it
        text = re.sub(rf"(?<!\n)\n(?={key}:)", "\n\n", text)
    return text


def _replace(mapping: MutableMapping[str, object], values: Mapping[str, object]) -> None:
    for key in list(mapping):
        del mapping[key]
    mapping.update(values)


def readme_text(old: str, title: str, parts: Mapping[str, str]) -> str:
    """The README with its own title, and the worked example's marked parts and picture replaced.

    A part without a new text becomes empty.
    """
    text = EXAMPLE.sub(lambda found: found[1] + parts.get(found[2], "") + found[3], old)
    return PICTURE.sub("", HEADING.sub(lambda _: f"# {title}", text, count=1))


def split_sentence(contract: Contract, hashed: str) -> str:
    """How the rows are split, for the README; `hashed` is the group that is a hash of the features."""
    if contract.time:
        both = f" (a `{contract.group}` can be on both sides)" if contract.group else ""
        return f"Rows are split by time (`{contract.time}`): the latest are the test{both}."
    if hashed:
        return "Rows are split by a hash of their features: equal rows are on one side."
    if contract.group:
        return f"Rows are split by `{contract.group}`: all rows of one are on one side."
    if contract.id:
        return f"Rows are split by `{contract.id}`: none moves between train and test."
    return "Rows are split by a hash of the whole row: none moves, but a corrected one may."


def named_container(old: str, title: str) -> str:
    """devcontainer.json with the project's name."""
    name = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
    return CONTAINER_NAME.sub(lambda found: f"{found[1]}{json.dumps(name)}", old, count=1)
