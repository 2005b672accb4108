"""The card's sections on data: what goes in, what was left out and why, how the rows were split."""

import ast
import csv
import re
from collections.abc import Iterator
from pathlib import Path

from pyarrow.parquet import read_schema

from harness.core.contract import Contract, Feature, as_text
from harness.core.params import read_yaml
from harness.core.paths import DATA_DVC, SCHEMA_PATH
from harness.report.card import MOST_TABLE_ROWS, CardFiles, CardSection

MOST_VALUES = 12  # of a column's allowed ones


def prediction_section(files: CardFiles) -> CardSection:
    """The target, its classes, and each column of a request."""
    contract, threshold = files.contract, files.model.threshold
    text = [f"{contract.target}: {_task(files)}"]
    if threshold is not None:
        text.append(f"A row is labelled {as_text(contract.classes[1])} if its probability is at least {threshold:g}.")
    if contract.derived:
        names = ", ".join(feature.name for feature in contract.derived)
        text.append(f"The model file makes these columns itself, of those below: {names}.")
    rows = [
        [one.name, _kind(one), _allowed(one), "may be missing" if one.nullable else "needed"]
        for one in contract.features
    ]
    header = ["column", "type", "allowed", ""]
    return CardSection(title="What it predicts", text=text, header=header, rows=rows[:MOST_TABLE_ROWS])


def data_section(files: CardFiles) -> CardSection:
    """Rows, span, hash and split, and where the data is from."""
    profile, described = files.profile, _mapping(files.folder / DATA_DVC)
    origin = described.get("meta")
    span = files.span()
    rows = [
        ["description", str(described.get("desc") or "not stated")],
        *([str(key), _said(value)] for key, value in (origin.items() if isinstance(origin, dict) else ())),
        ["rows", f"{profile['rows']:,} ({profile['duplicates_dropped']:,} exact duplicates dropped)"],
        ["span", f"{span[0]} to {span[1]} ({files.contract.time})" if span else "no column says when a row was"],
        ["train", f"{profile['train_rows']:,} rows"],
        ["test", f"{profile['test_rows']:,} rows, split {profile['split']}"],
        ["SHA-256", str(profile["data_sha256"])],
    ]
    return CardSection(
        title="Data", header=["", ""], rows=[[key[:2000], " ".join(value.split())[:2000]] for key, value in rows]
    )


def left_out_section(files: CardFiles) -> CardSection:
    """The columns of the table that no model sees, and why: as src/schema.py says it."""
    said, reasons = columns_left_out(files.folder, files.params.data.path, files.contract)
    if not reasons:
        return CardSection(title="Columns left out", text=["None: each column of the table is declared."])
    return CardSection(
        title="Columns left out",
        text=[said] if said else [],
        header=["column", "why"],
        rows=[[name[:2000], why[:2000]] for name, why in reasons[:MOST_TABLE_ROWS]],
    )


def columns_left_out(folder: Path, data_path: str, contract: Contract) -> tuple[str, list[tuple[str, str]]]:
    """What src/schema.py says of its columns, and each one of the table that it leaves out, with the reason."""
    source = folder / SCHEMA_PATH
    text = source.read_text("utf-8") if source.exists() else ""
    reasons, docstring = dict(_reasons(text)), _docstring(text)
    names = dict.fromkeys([*_undeclared(folder / data_path, contract), *reasons])
    unsaid = "see above" if docstring else "not declared"
    found = [(name, reasons.get(name, unsaid)) for name in names]
    return f"{SCHEMA_PATH} says: {docstring}"[:2000] if docstring else "", found


def _task(files: CardFiles) -> str:
    classes = [as_text(label) for label in files.contract.classes]
    if files.contract.task == "regression":
        return "a number (regression)."
    if files.contract.task == "binary":
        return f"{classes[0]} or {classes[1]} (binary classification; {classes[1]} is the positive class)."
    more = f" and {len(classes) - MOST_VALUES} more" if len(classes) > MOST_VALUES else ""
    return f"one of {', '.join(classes[:MOST_VALUES])}{more} (multiclass classification)."


def _kind(feature: Feature) -> str:
    return "free text" if feature.free else feature.type if feature.role == "numeric" else f"{feature.type}, category"


def _allowed(feature: Feature) -> str:
    if feature.isin is not None:
        more = f" and {len(feature.isin) - MOST_VALUES} more" if len(feature.isin) > MOST_VALUES else ""
        return (", ".join(as_text(value) for value in feature.isin[:MOST_VALUES]) + more)[:2000]
    bounds = (("≥", feature.ge), (">", feature.gt), ("≤", feature.le), ("<", feature.lt))
    return ", ".join(f"{sign} {bound:g}" for sign, bound in bounds if bound is not None) or "any"


def _said(value: object) -> str:
    """What data.dvc says of the data; of several things each with its name."""
    return ", ".join(f"{key}: {one}" for key, one in value.items()) if isinstance(value, dict) else str(value)


def _mapping(path: Path) -> dict[str, object]:
    value = read_yaml(path) if path.exists() else {}
    return value if isinstance(value, dict) else {}


def _undeclared(path: Path, contract: Contract) -> list[str]:
    """Columns of the raw table that the contract does not name; none where the table is not here."""
    if not path.exists():
        return []
    if path.suffix == ".parquet":
        header = list(read_schema(path).names)
    else:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = next(csv.reader(file), [])
    declared = {contract.target, contract.id, contract.group, contract.time, *contract.slices}
    declared |= {feature.name for feature in contract.features}
    return [name for name in header if name not in declared]


def _reasons(schema: str) -> Iterator[tuple[str, str]]:
    """What a comment says of a column: `# left out: NAME: why`, wrapped over several lines."""
    for block in re.findall(r"(?:^[ \t]*#.*\n)+", schema, re.MULTILINE):
        lines = [line.strip().lstrip("#").strip() for line in block.splitlines()]
        kept = [line for line in lines if not re.match(r"\w+: \S+ = pa\.Field\(", line)]
        for found in " ".join(kept).split("left out: ")[1:]:
            name, _, why = found.partition(": ")
            yield name, why.strip()


def _docstring(schema: str) -> str:
    """The class's own docstring, in one line."""
    classes = [node for node in ast.parse(schema).body if isinstance(node, ast.ClassDef) and node.name == "Schema"]
    return " ".join((ast.get_docstring(classes[0]) or "").split()) if classes else ""
