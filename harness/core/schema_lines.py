"""What the lines of src/schema.py say of a column, for errors: which one closes its values, what else it is called."""

import ast
from collections.abc import Iterable, Iterator
from functools import cache

from harness.core.nearest import did_you_mean
from harness.core.paths import SCHEMA_PATH


def opening(column: str) -> str:
    """What opens the set, to stand behind "must be one of …"; nothing where the project's schema has no such line."""
    lines = {name: given["isin"].lineno for _, name, given in _fields(_schema()) if "isin" in given}
    return f" ({SCHEMA_PATH}:{lines[column]}: without isin other values are taken too)" if column in lines else ""


def meant_column(name: str, known: Iterable[str]) -> str:
    """In brackets, behind a column that is not there: the one meant by its Python name in the schema, or the nearest.

    A column whose name is no name in Python has two: `fee: float = pa.Field(alias="Gebühr €")`. The alias counts.
    """
    aliases = {python: column for python, column, _ in _fields(_schema()) if python != column}
    if aliases.get(name) in (names := list(known)):
        return f" ({SCHEMA_PATH} calls it so, and the data {aliases[name]!r}: the name in the data counts)"
    return did_you_mean(name, names)


def _schema() -> str:
    return SCHEMA_PATH.read_text("utf-8") if SCHEMA_PATH.is_file() else ""


@cache
def _fields(text: str) -> list[tuple[str, str, dict[str | None, ast.expr]]]:
    """Of each column: its name in Python, its name in the data, and what pa.Field is given."""
    try:
        return list(_read(ast.parse(text)))
    except SyntaxError:
        return []


def _read(tree: ast.Module) -> Iterator[tuple[str, str, dict[str | None, ast.expr]]]:
    for field in ast.walk(tree):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(field.value, ast.Call)
        ):
            given = {keyword.arg: keyword.value for keyword in field.value.keywords}
            alias = given.get("alias")
            yield field.target.id, str(alias.value) if isinstance(alias, ast.Constant) else field.target.id, given
