"""A table and what was found in it → every file of the adopted project, in a folder aside, tried out."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from harness.adopt.dvc_plots import with_plots
from harness.adopt.example_request import curl_line
from harness.adopt.gate_rules import GateRules, find_primaries, first_rules
from harness.adopt.plan import Column, Plan
from harness.adopt.refits import affordable_refits
from harness.adopt.trial import Trial, try_out
from harness.adopt.write_data_dvc import data_dvc_text, how_it_was_read
from harness.adopt.write_project import named_container, params_text, readme_text, split_sentence, write_data
from harness.adopt.write_schema import schema_text
from harness.core.errors import ProjectError
from harness.core.loader import load_schema
from harness.core.params import TaskParams, load_params
from harness.core.paths import DATA_DVC, DVC_YAML, MODEL_DOCUMENT, PARAMS_PATH
from harness.data.roles import SCHEMA
from harness.project.neutral_hooks import neutral_hooks
from harness.project.store import LARGE, is_embedded
from harness.report.model_document import empty_document
from harness.tables.column_format import Form
from harness.tables.source import Source
from harness.tables.staging import Staged

README, CONTAINER = Path("README.md"), Path(".devcontainer/devcontainer.json")
ADDRESS = "http://localhost:3000/predict"
COPIES = 0.05  # share of rows that are equal: more are no copies, so rows are numbered
SHOWN_FEATURES = 8


@dataclass(frozen=True)
class Draft:
    """The new text of each file, and the data file that is to come into data/."""

    plan: Plan
    trial: Trial
    texts: dict[Path, str]
    data: Path
    embedded: bool  # the data goes into the repository's own store
    primary: str  # the metric that decides
    gates: GateRules

    @property
    def small(self) -> bool:
        return self.data.stat().st_size <= LARGE


def make_draft(table: Staged, plan: Plan, source: Source, folder: Path) -> Draft:
    """Write data and schema into the folder, and try them; where the split cannot be, without a time.

    Raises ProjectError if the classes cannot be split, or if the project's own checks refuse the table.
    """
    name = source.path.name
    data, trial = _tried(table, plan, name, folder)
    if trial.problem and plan.named("time"):
        plan = _without_time(plan, trial.problem)
        data, trial = _tried(table, plan, name, folder)
    if trial.problem:
        raise ProjectError(f"TARGET={plan.named('target')[0]}: {trial.problem}, however the rows are split")
    if trial.repeated > COPIES * trial.rows and not plan.named("id"):
        alike = trial.repeated
        plan = _numbered(plan, table)
        plan = replace(plan, notes=(*plan.notes, f"{alike:,} rows are equal to another one; they are kept"))
        data, trial = _tried(table, plan, name, folder)
    primary, gates = first_rules(plan.task, find_primaries(plan.task, plan.rare, plan.outliers), trial, plan.spread)
    old = PARAMS_PATH.read_text("utf-8")
    target = plan.named("target")[0]
    parts = {
        "split": split_sentence(trial.contract, plan.hashed),
        "results": _sentence(plan, name, trial.rows),
        "request": f"```\n{curl_line(trial.example, ADDRESS)}\n```",
        "data": f"The data: {name}; `data.dvc` says what was changed.",
    }
    embedded, title = is_embedded(), f"{source.path.name.partition('.')[0]}: {target}"
    texts = {
        Path(SCHEMA): (folder / "schema.py").read_text("utf-8"),
        PARAMS_PATH: _with_refits(
            partial(params_text, old, plan, f"data/{data.name}", trial, primary, gates), trial, folder
        ),
        DVC_YAML: with_plots(DVC_YAML.read_text("utf-8"), plan.task),
        DATA_DVC: data_dvc_text(plan, name, trial.rows, embedded, how_it_was_read(source, plan)),
        **neutral_hooks(load_schema().to_schema().columns, {column.name for column in plan.columns if column.roles}),
        **({README: readme_text(README.read_text("utf-8"), title, parts)} if README.exists() else {}),
        **({MODEL_DOCUMENT: empty_document()} if MODEL_DOCUMENT.exists() else {}),
        **({CONTAINER: named_container(CONTAINER.read_text("utf-8"), title)} if CONTAINER.exists() else {}),
    }
    return Draft(plan, trial, texts, data, embedded, primary, gates)


def _with_refits(text: Callable[[int], str], trial: Trial, folder: Path) -> str:
    """params.yaml, in which the time of a fit decides how many more a report may do."""
    path = folder / "params.yaml"
    path.write_text(text(0), "utf-8")
    return text(affordable_refits(trial, load_params(path).train))


def _sentence(plan: Plan, name: str, rows: int) -> str:
    features = [column.name for column in plan.features]
    shown = ", ".join(f"`{feature}`" for feature in features[:SHOWN_FEATURES])
    more = f" and {len(features) - SHOWN_FEATURES} more" if len(features) > SHOWN_FEATURES else ""
    kind = f"a {plan.task} task" if plan.task != "regression" else "a regression"
    return f"It predicts `{plan.named('target')[0]}` ({kind}) from {shown}{more}, learnt from {rows:,} rows of {name}."


def _tried(table: Staged, plan: Plan, source: str, folder: Path) -> tuple[Path, Trial]:
    params = load_params()
    text = schema_text(plan, f"A row of {source}.", Path(SCHEMA).read_text("utf-8"))
    (folder / "schema.py").write_text(text, "utf-8")
    data = write_data(table, plan, folder, Path(source.removesuffix(".gz")).stem)
    settings = params.preprocess.model_copy(update={"test_from": "latest", "seed": 0})
    return data, try_out(data, folder / "schema.py", TaskParams(type=plan.task, positive=plan.positive), settings)


def _without_time(plan: Plan, problem: str) -> Plan:
    def freed(column: Column) -> Column:
        _, _, no_feature = column.reason.partition("; ")  # what comes first is why it was to split
        why = f"no split by time, because {problem}" + (f"; {no_feature}" if no_feature else "")
        return replace(column, roles=tuple(role for role in column.roles if role != "time"), reason=why)

    made = plan.parts.name if plan.parts else None  # a moment that was put together to split by it alone
    kept = [column for column in plan.columns if column.name != made]
    columns = (freed(column) if "time" in column.roles else column for column in kept)
    return replace(plan, columns=tuple(columns), parts=None)


def _numbered(plan: Plan, table: Staged) -> Plan:
    """With a number for each row: otherwise `preprocess` would take rows that are alike by nature for copies.

    And with a hash of the row, so that rows that are alike stay on one side, where no time and no group part the rows.
    """
    name = next(name for name in ("row_id", "row_number", "row_id_", "row_number_") if name not in table.names)
    why = "the row's place in the source: many rows are alike, and without it they would count as copies"
    columns = [Column(name, Form("integer"), "int", ("id",), {"ge": 1}, False, why)]
    if plan.named("time") or plan.named("group"):
        return replace(plan, columns=(*columns, *plan.columns), numbered=name)
    equal = next(name for name in ("row_hash", "row_hash_") if name not in table.names)
    why = "the same for rows that are equal in all features, so that they share a side"
    columns.append(Column(equal, Form("text"), "str", ("group",), {}, False, why))
    return replace(plan, columns=(*columns, *plan.columns), numbered=name, hashed=equal)
