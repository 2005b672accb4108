"""A table and what was found in it → every file of the adopted project, in a folder aside, tried out."""

from dataclasses import dataclass, replace
from pathlib import Path

from harness.adopt.example_request import curl_line
from harness.adopt.plan import Column, Plan
from harness.adopt.trial import Trial, rules, try_out
from harness.adopt.write_data_dvc import data_dvc_text, how_it_was_read
from harness.adopt.write_project import params_text, readme_text, write_data
from harness.adopt.write_schema import schema_text
from harness.core.errors import ProjectError
from harness.core.params import TaskParams, load_params
from harness.core.paths import DATA_DVC, PARAMS_PATH
from harness.data.roles import SCHEMA
from harness.project.store import LARGE, is_embedded
from harness.tables.column_format import Form
from harness.tables.source import Source
from harness.tables.staging import Staged

README = Path("README.md")
ADDRESS = "http://localhost:3000/predict"
COPIES = 0.05  # share of rows that are equal: more are no copies, so rows are numbered
SKEWED = 0.05  # share of the rarer class
PRIMARIES = {"multiclass": ["roc_auc_ovr", "accuracy"], "regression": ["rmse", "mae"], "binary": ["roc_auc"]}


@dataclass(frozen=True)
class Draft:
    """The new text of each file, and the data file that is to come into data/."""

    plan: Plan
    trial: Trial
    texts: dict[Path, str]
    data: Path
    embedded: bool  # the data goes into the repository's own store

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
        plan = _numbered(plan, table)
        data, trial = _tried(table, plan, name, folder)
    primary, gates = rules(plan.task, _primaries(plan), trial, plan.spread)
    old = PARAMS_PATH.read_text("utf-8")
    features = sum(bool({"numeric", "categorical"} & set(column.roles)) for column in plan.columns)
    target = plan.named("target")[0]
    parts = {
        "results": f"This project predicts `{target}` ({plan.task}) from {features} columns of {trial.rows:,} rows.",
        "request": f"```\n{curl_line(trial.example, ADDRESS)}\n```",
        "data": f"The data: {name}; `data.dvc` tells what was changed.",
    }
    embedded = is_embedded()
    texts = {
        Path(SCHEMA): (folder / "schema.py").read_text("utf-8"),
        PARAMS_PATH: params_text(old, plan, f"data/{data.name}", trial, primary, gates),
        DATA_DVC: data_dvc_text(plan, name, trial.rows, embedded, how_it_was_read(source, plan)),
        README: readme_text(README.read_text("utf-8"), parts) if README.exists() else "",
    }
    return Draft(plan, trial, texts, data, embedded)


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
    """With a number for each row: else `preprocess` would take rows that are alike by nature for copies."""
    name = next(name for name in ("row_id", "row_number", "row_id_", "row_number_") if name not in table.names)
    why = "the row's place in the source: many rows are alike, and without it they would count as copies"
    number = Column(name, Form("integer"), "int", ("id",), {"ge": 1}, False, why)
    return replace(plan, columns=(number, *plan.columns))


def _primaries(plan: Plan) -> list[str]:
    if plan.task == "binary" and plan.rare < SKEWED:
        return ["average_precision", "roc_auc"]
    return ["mae"] if plan.outliers else PRIMARIES[plan.task]
