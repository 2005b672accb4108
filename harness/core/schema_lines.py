"""Which line of src/schema.py closes a column's set of values, for the errors of those that are not in it."""

import ast
from functools import cache

from harness.core.paths import SCHEMA_PATH


def opening(column: str) -> str:
    """What opens the set, to stand behind "must be one of …"; nothing where the project's schema has no such line."""
    if not SCHEMA_PATH.is_file():
        return ""
    line = _closing_lines(SCHEMA_PATH.read_text("utf-8")).get(column)
    return f" ({SCHEMA_PATH}:{line}: without isin other values are taken too)" if line else ""


@cache
def _closing_lines(text: str) -> dict[str, int]:
    """By column: the line of its `isin=`."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return {}
    found = {}
    for field in ast.walk(tree):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(field.value, ast.Call)
        ):
            given = {keyword.arg: keyword.value for keyword in field.value.keywords}
            alias = given.get("alias")
            name = alias.value if isinstance(alias, ast.Constant) else field.target.id
            if "isin" in given:
                found[str(name)] = given["isin"].lineno
    return found
