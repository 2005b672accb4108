"""shadow.json: what a replay found, as data. Strict."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from harness.core.files import write_bytes, write_json
from harness.core.metrics_file import Finite
from harness.report.report import Change


class ShadowPart(BaseModel):
    """A piece of shadow.json."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class AnswersApart(ShadowPart):
    """How far the answers to some rows lie apart; `changed` labels, None for regression."""

    column: str | None = None  # None: all rows
    value: str | None = None
    rows: int
    changed: int | None
    mean: Finite  # of |candidate − running|: probability of the positive or likeliest class, or the value
    largest: Finite


class RowApart(ShadowPart):
    """One request whose answers lie far apart."""

    request: str  # its id, and the row's number in it
    columns: dict[str, str]
    running: str
    candidate: str
    difference: Finite


class MeasuredPart(ShadowPart):
    """The report's statistics, on rows whose truth has come."""

    column: str | None = None
    value: str | None = None
    rows: int
    not_evaluable: str = ""
    changes: list[Change]


class Shadow(ShadowPart):
    """All of shadow.json."""

    running: str
    candidate: str
    first: str
    last: str
    moved: list[AnswersApart]  # all rows first
    largest: list[RowApart]
    refused: dict[str, int]  # column → rows that the candidate's contract refuses
    logged_apart: Finite
    latency: dict[str, tuple[Finite, Finite]]  # median and 99th percentile of one row, microseconds
    measured: list[MeasuredPart]  # empty without truth
    notices: list[str]


def write_shadow(shadow: Shadow, markdown: str, folder: Path) -> None:
    """Write shadow.json, which is strict, and shadow.md."""
    write_json(folder / "shadow.json", shadow.model_dump(mode="json"))
    write_bytes(folder / "shadow.md", markdown.encode())
