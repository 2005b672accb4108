"""A plan → src/schema.py: a line per column, what is left out as a comment below its reason."""

import ast
import keyword
import sys
import textwrap
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

import pandera.pandas as pa

from harness.adopt.plan import Column, Plan
from harness.core.errors import ProjectError
from harness.core.shell import try_program
from harness.tables.header import snake

WIDTH = 110  # of a comment
NUMERIC = frozenset({"int", "float", "pd.Int64Dtype", "pd.Timestamp"})
# A field of one of these names would hide what later lines of the class, or pandera, need.
RESERVED = frozenset({*dir(pa.DataFrameModel), "int", "float", "str", "bool", "pa", "pd", "l", "O", "I"})


def schema_text(plan: Plan, title: str, old: str) -> str:
    """The file's text, formatted; the docstring, which explains roles and types, is the old file's."""
    explained = ast.get_docstring(ast.parse(old), clean=False) or ""
    roles = {_constant(column.roles): list(column.roles) for column in plan.columns if column.roles}
    body = list(_body(plan.columns))
    lines = [
        f'"""{explained}"""',
        "",
        *(["import pandas as pd"] if any("pd." in line for line in body if not line.startswith("#")) else []),
        "import pandera.pandas as pa",
        "",
        *(f'{name} = {{"role": {names!r}}}' for name, names in sorted(roles.items())),
        "",
        "",
        "class Schema(pa.DataFrameModel):",
        f"    {_text(title, quotes=3)}",
        "",
        *(f"    {line}" for line in body),
    ]
    return _formatted("\n".join(lines) + "\n")


def attributes(names: Iterable[str]) -> Iterator[str]:
    """A Python name for each column, its own where that can be."""
    seen: set[str] = set()
    for name in names:
        made = name if _is_plain(name) else snake(_ascii(name))
        if not made.isidentifier() or keyword.iskeyword(made) or made in RESERVED:
            made = f"column_{made}".rstrip("_")
        unique, number = made, 2
        while unique in seen:
            unique, number = f"{made}_{number}", number + 1
        seen.add(unique)
        yield unique


def _is_plain(name: str) -> bool:
    """Whether a column's name may be the field's: the linter wants no mixedCase."""
    normal = name.isascii() and name.isidentifier() and not keyword.iskeyword(name)
    return normal and not name.startswith("_") and name not in RESERVED and (name == name.lower() or "_" in name)


def _ascii(name: str) -> str:
    """Without accents, and without letters that have no base in ASCII: the alias beside it has the real name."""
    return unicodedata.normalize("NFKD", name.replace("ß", "ss")).encode("ascii", "ignore").decode()


def _body(columns: tuple[Column, ...]) -> Iterator[str]:
    names = list(attributes(column.name for column in columns))
    for column, name in zip(columns, names, strict=True):
        for line in textwrap.wrap(_printable(_remark(column)), WIDTH):
            yield f"# {line}"
        line = _field(column, name)
        if column.roles:
            yield line
        elif column.stored:
            yield f"# {line}"


def _remark(column: Column) -> str:
    if column.roles:
        return column.reason
    return f"left out: {column.name}: {column.reason}"


def _field(column: Column, name: str) -> str:
    roles = column.roles or (column.offered or ("numeric" if column.type in NUMERIC else "categorical"),)
    settings = [f"metadata={_constant(roles)}" if column.roles else f'metadata={{"role": {_value(list(roles))}}}']
    if name != column.name:
        settings.insert(0, f"alias={_text(column.name)}")
    settings += [f"{key}={_value(value)}" for key, value in column.limits.items()]
    settings += ["nullable=True"] if column.nullable else []
    return f"{name}: {column.type} = pa.Field({', '.join(settings)})"


def _constant(roles: tuple[str, ...]) -> str:
    return "_".join(roles).upper()


def _value(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_value(item) for item in value)}]"
    return _text(value) if isinstance(value, str) else repr(value)


def _text(text: str, quotes: int = 1) -> str:
    """As a Python literal: what cannot be printed, or reads from right to left, is escaped."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    safe = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in escaped)
    return '"' * quotes + safe + '"' * quotes


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def _formatted(text: str) -> str:
    ruff = Path(sys.prefix) / "bin/ruff"
    program = str(ruff) if ruff.exists() else "ruff"
    done = try_program(program, "format", "--stdin-filename", "src/schema.py", "-", text=text)
    if done.returncode:
        raise ProjectError(f"src/schema.py cannot be written: {done.stderr.strip()[:300]}")
    return done.stdout
