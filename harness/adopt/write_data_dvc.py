"""data.dvc: what data/ holds, and how `make data` reads the source's next file."""

import io

from ruamel.yaml import YAML

from harness.adopt.plan import Plan
from harness.tables.recorded_format import Recorded, form_to_record
from harness.tables.source import Source


def data_dvc_text(plan: Plan, source: str, rows: int, embedded: bool, read: Recorded) -> str:
    """data.dvc without its hash, which `dvc add` fills in; `read` tells `make data` how the source is written."""
    out = {"path": "data", **({"remote": "store"} if embedded else {})}
    kept = sum(bool(column.roles) for column in plan.columns)
    value = {
        "desc": f"{rows:,} rows of {source}; {kept} of {len(plan.columns)} columns are declared (src/schema.py).",
        "meta": {
            "source": source,
            "changes": "UTF-8, comma, LF; empty field = missing (make adopt)",
            "read": dict(read),
        },
        "outs": [out],
    }
    written = io.StringIO()
    YAML().dump(value, written)
    return written.getvalue()


def how_it_was_read(source: Source, plan: Plan) -> Recorded:
    """For data.dvc's meta."""
    stored = [column for column in plan.columns if column.stored and column.name in source.header]
    told = {column.name: form_to_record(column.form) for column in stored}
    unusual = {column.name for column in stored if not column.roles or len(told[column.name]) > 1}
    made = {plan.parts.name: plan.parts.parts} if plan.parts else {}
    return {
        "kind": source.kind,
        "delimiter": source.delimiter,
        "encoding": source.encoding,
        **({"assembled": made} if made else {}),
        **({"hashed": plan.hashed} if plan.hashed else {}),
        **({"numbered": plan.numbered} if plan.numbered else {}),
        "columns": {name: form for name, form in told.items() if name in unusual},
    }
